"""The search space and how points of it are chosen."""
