"""The records in MLflow: written, read, served, and looked at before anything opens them."""
