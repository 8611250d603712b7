"""MLflow's web application, as MLflow's server starts it in a process of its own (entry point `mlflow.app`)."""

from mlflow.server.fastapi_app import app

import experiments.store.mlflow_faults  # noqa: F401 # put right before the first request opens the store

__all__ = ["app"]
