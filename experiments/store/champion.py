"""The champion in MLflow's model registry: one version for each champion's run, however often it is tried."""

import re
from collections.abc import Callable
from typing import Any

from experiments.records import RunRecord

ALIAS = "champion"
"""Points at the version registered last."""


def register(client: Any, run: Any, record: RunRecord, log_model: Callable[[str], None]) -> str:
    """Log the network of the champion's run as a model and register it, as far as that has not been done.

    `run` is MLflow's and `record` ours of the same run; `log_model`, given the id of an empty model, fills it.

    Returns:
        Where MLflow loads it from, `models:/NAME@champion`.
    """
    name = re.sub(
        r"[/:'`]", "-", record.task.study
    )  # MLflow refuses the first two; the others would end a search
    if not client.search_registered_models(f"name='{name}'"):
        client.create_registered_model(name)
    versions = client.search_model_versions(
        f"name='{name}' and tags.`chainrule.run_key`='{record.task.run_key}'"
    )
    if versions:
        version = versions[0].version
    else:
        model_id = _logged(client, run) or _log(client, run, name, log_model)
        tags = {"chainrule.run_key": record.task.run_key}
        source = f"models:/{model_id}"
        version = client.create_model_version(name, source, run.info.run_id, tags, model_id=model_id).version
    client.set_registered_model_alias(name, ALIAS, version)
    return f"models:/{name}@{ALIAS}"


def _logged(client: Any, run: Any) -> str | None:
    """The id of the run's model if it is whole; one that was cut off is deleted."""
    own = f"source_run_id = '{run.info.run_id}'"
    for model in client.search_logged_models([run.info.experiment_id], filter_string=own):
        if model.status == "READY":
            return str(model.model_id)
        client.delete_logged_model(model.model_id)
    return None


def _log(client: Any, run: Any, name: str, log_model: Callable[[str], None]) -> str:
    model = client.create_logged_model(
        run.info.experiment_id, name, run.info.run_id, params=run.data.params, model_type="pyfunc"
    )
    log_model(model.model_id)
    return str(model.model_id)
