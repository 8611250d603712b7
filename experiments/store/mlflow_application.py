"""MLflow's web application, as MLflow's server starts it in a process of its own (entry point `mlflow.app`)."""

from pathlib import Path

from mlflow.server import app as pages
from mlflow.server.fastapi_app import app

import experiments.store.mlflow_faults  # noqa: F401 # put right before the first request opens the store
from experiments.store.page_settings import with_settings

__all__ = ["app"]

PAGE = Path(str(pages.static_folder), "index.html")
"""The one page, which its script fills."""


def _page() -> str:
    return with_settings(PAGE.read_text(encoding="utf-8"))


if PAGE.exists() and "serve" in pages.view_functions:
    pages.view_functions["serve"] = _page
