"""The process that takes records from the spool to MLflow."""
