"""The champion in MLflow's model registry: versions for each champion's run, however often it is tried.

One is the network that was best on its validation part, with alias `champion`; another all networks of the run, whose
answers are averaged, with alias `ensemble`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

from experiments.recording.records import RunRecord, StudyRecord
from experiments.store.metrics import text

Alias = Literal["champion", "ensemble"]
"""Points at the version of its kind that was registered last."""

KINDS: Final[Mapping[Alias, str]] = {
    "champion": "The champion's network with the lowest validation error.",
    "ensemble": "All of the champion's networks, one for each seed; the answer is the mean of theirs.",
}

KIND: Final = "chainrule.model"
"""The tag of a version that says its kind; versions of earlier releases, which lack it, are champions."""


def name_of(study: str) -> str:
    """What a study's models are registered as."""
    return re.sub(r"[/:'`]", "-", study)  # MLflow refuses the first two; the others would end a search


def address_of(study: str, alias: Alias) -> str:
    """Where MLflow loads a study's model from, `models:/NAME@champion`."""
    return f"models:/{name_of(study)}@{alias}"


def not_kept(study: StudyRecord) -> str:
    """A sentence that there is no model of a study whose trainer is the user's own."""
    return f"No model is kept or registered: {study.trainer} trained them, and only it can use them."


MOST_DESCRIBED: Final = 5000
"""Characters of a description of a model or of a version of it."""


def texts(study: StudyRecord, cards: Mapping[Alias, str]) -> tuple[dict[Alias, str], str]:
    """The descriptions of the versions of a study's model, from their cards, and that of the model itself."""
    models = "\n".join(f"- `{address_of(study.name, alias)}`: {kind}" for alias, kind in KINDS.items())
    told = {alias: text(card, MOST_DESCRIBED) for alias, card in cards.items()}
    return told, text(f"{study.question}\n\n{models}", MOST_DESCRIBED)


NETWORKS: Final = "artifacts/network.npz"
"""The networks in a model's folder."""


def register(
    client: Any,
    run: Any,
    record: RunRecord,
    alias: Alias,
    tags: Mapping[str, str],
    command: str,
    log_model: Callable[[str], None],
) -> str:
    """Log networks of the champion's run as a model and register it, as far as that has not been done.

    `run` is MLflow's and `record` ours of the same run; `log_model`, given the id of an empty model, fills it. The tags
    are the version's, and `command` goes on with the study.

    Returns:
        Where MLflow loads it from.
    """
    name = name_of(record.task.study)
    if not client.search_registered_models(f"name='{name}'"):
        client.create_registered_model(name)
    version = _version(client, name, record, alias)
    if version is None:
        model_name = name.replace(".", "-")  # MLflow refuses a dot here, though not in the name above
        model_name = model_name if alias == "champion" else f"{model_name}-{alias}"
        model_id = _logged(client, run, model_name) or _log(client, run, model_name, log_model)
        version = client.create_model_version(
            name,
            f"models:/{model_id}",
            run.info.run_id,
            {"chainrule.run_key": record.task.run_key, KIND: alias, **tags},
            description=f"{KINDS[alias]} It has no model card yet. This writes one, with the study's report: "
            f"`{command}`",
            model_id=model_id,
        )
    client.set_registered_model_alias(name, alias, version.version)
    return address_of(record.task.study, alias)


def withdraw(client: Any, record: RunRecord, alias: Alias) -> None:
    """Take an alias away that still points at a model of an earlier champion."""
    name = name_of(record.task.study)
    if alias in client.get_registered_model(name).aliases:
        client.delete_registered_model_alias(name, alias)


def describe(client: Any, study: str, run_key: str, cards: Mapping[Alias, str], whole: str) -> None:
    """Describe the versions that come from the champion's run with their model cards, and all of them together."""
    name = name_of(study)
    found = client.search_model_versions(f"name='{name}' and tags.`chainrule.run_key`='{run_key}'")
    for version in found:
        if card := cards.get(version.tags.get(KIND, "champion")):
            client.update_model_version(name, version.version, card)
    if found:
        client.update_registered_model(name, whole)


def _version(client: Any, name: str, record: RunRecord, alias: Alias) -> Any:
    """The version of this kind that is registered of a run; None if none is."""
    found = client.search_model_versions(
        f"name='{name}' and tags.`chainrule.run_key`='{record.task.run_key}'"
    )
    return next((one for one in found if one.tags.get(KIND, "champion") == alias), None)


def _logged(client: Any, run: Any, model_name: str) -> str | None:
    """The id of the run's model of this name if it is whole; one that was cut off is deleted."""
    own = f"source_run_id = '{run.info.run_id}'"
    for model in client.search_logged_models([run.info.experiment_id], filter_string=own):
        if model.name != model_name:
            continue
        if model.status == "READY":
            return str(model.model_id)
        client.delete_logged_model(model.model_id)
    return None


def _log(client: Any, run: Any, model_name: str, log_model: Callable[[str], None]) -> str:
    model = client.create_logged_model(
        run.info.experiment_id, model_name, run.info.run_id, params=run.data.params, model_type="pyfunc"
    )
    log_model(model.model_id)
    return str(model.model_id)
