"""A whole study in MLflow is deleted, renamed or put away.

Each function may be called again after it was interrupted anywhere, and then finishes the work. The caller holds the
study's lock, and remembers the id of the experiment.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, Final

from experiments.recording.records import ARTIFACT, from_bytes, to_bytes
from experiments.store import archived, purging
from experiments.store.mlflow_reading import all_pages
from experiments.store.study_record import STUDY_FILE, study_from_json, study_to_json

EVERYTHING: Final = 3
"""MLflow's number for what has been deleted and what has not."""

AT_ONCE: Final = 100
"""Run ids in one question."""


def delete(client: Any, experiment_id: str, name: str, remove: Callable[[str, str], None]) -> bool:
    """Delete a study's models, runs and experiment.

    MLflow itself only hides what is deleted. In a database it is then removed for good, with its artifacts. A server
    offers no way to do so: there the experiment is hidden under another name, so that this one is free.

    Args:
        client: MLflow's.
        experiment_id: of the experiment; another one of this name is left alone.
        name: of the study.
        remove: removes the artifacts of a run or a model, given their address and its id.

    Returns:
        Whether it is gone for good.
    """
    store = purging.database_of(client)
    trash = f"{name} (deleted, {experiment_id})"
    found = next(
        (
            one
            for one in map(client.get_experiment_by_name, (name, trash))
            if one is not None and one.experiment_id == experiment_id
        ),
        None,
    )
    if found is None:
        return store is not None
    runs = _runs(client, experiment_id)
    _delete_models(client, runs)
    active = found.lifecycle_stage == "active"
    if store is None:
        if active and found.name == name:
            client.rename_experiment(experiment_id, trash)
        if active:
            client.delete_experiment(experiment_id)
        return False
    models = _logged_models(client, experiment_id)
    if active:
        client.delete_experiment(experiment_id)
    for model in models:
        remove(model.artifact_location, model.model_id)
    for run in runs:
        remove(run.info.artifact_uri, run.info.run_id)
    purging.purge(store, experiment_id, [run.info.run_id for run in runs])
    return True


def rename(
    client: Any,
    experiment_id: str,
    names: tuple[str, str],
    key: Callable[[str], str],
    command: Callable[[str], str],
    get: Callable[[Any, str], bytes],
    put: Callable[[Any, str, bytes], None],
) -> None:
    """Give a study another name: its runs' records and tags, its models, and at last its experiment.

    Args:
        client: MLflow's.
        experiment_id: of the experiment.
        names: the study's old name and the new one.
        key: gives the new run key for an old one, and a new one as it is.
        command: likewise for a command that goes on with the study.
        get: reads an artifact of a run.
        put: writes one.
    """
    old, new = names
    runs = [run for run in _runs(client, experiment_id) if run.info.lifecycle_stage == "active"]
    for run in runs:
        tags = run.data.tags
        if tags.get("chainrule.phase") == "study":
            study = study_from_json(get(run, STUDY_FILE))
            if study.name != new:
                study = study.renamed(new, command(study.command))
                put(run, STUDY_FILE, study_to_json(study))
            if run.info.run_name != new:
                client.update_run(run.info.run_id, name=new)
        elif "chainrule.run_key" in tags and run.info.status in ("FINISHED", "FAILED"):
            _rename_record(run, names, key, get, put)
        changed = {"chainrule.run_key": key, "mlflow.source.name": command}
        for tag, renamed in changed.items():
            if tag in tags and (value := renamed(tags[tag])) != tags[tag]:
                client.set_tag(run.info.run_id, tag, value)
    for version in _versions(client, runs):
        tag = version.tags.get("chainrule.run_key")
        if tag and key(tag) != tag:
            client.set_model_version_tag(version.name, version.version, "chainrule.run_key", key(tag))
        if version.tags.get("chainrule.study", new) != new:
            client.set_model_version_tag(version.name, version.version, "chainrule.study", new)
    for model in sorted({version.name for version in _versions(client, runs)}):
        done = model == new or model.startswith(f"{new}-")
        if not done and (model == old or model.startswith(f"{old}-")):
            client.rename_registered_model(model, f"{new}{model.removeprefix(old)}")
    if client.get_experiment(experiment_id).name != new:
        client.rename_experiment(experiment_id, new)


def models_of(client: Any, experiment_id: str) -> list[str]:
    """The registered models, name and version, that a study's runs have made."""
    versions = _versions(client, _runs(client, experiment_id))
    return sorted(f"{version.name} {version.version}" for version in versions)


def archive(client: Any, experiment_id: str, since: str | None) -> None:
    """Put a study away since a moment, or bring it back if that is None."""
    if since is not None:
        client.set_experiment_tag(experiment_id, archived.TAG, since)
    elif archived.TAG in client.get_experiment(experiment_id).tags:
        client.delete_experiment_tag(experiment_id, archived.TAG)


def _rename_record(
    run: Any,
    names: tuple[str, str],
    key: Callable[[str], str],
    get: Callable[[Any, str], bytes],
    put: Callable[[Any, str, bytes], None],
) -> None:
    record = from_bytes(get(run, ARTIFACT))
    if record.task.study != names[1]:
        task = replace(record.task, study=names[1], run_key=key(record.task.run_key))
        put(run, ARTIFACT, to_bytes(replace(record, task=task)))


def _delete_models(client: Any, runs: Sequence[Any]) -> None:
    """Delete the versions that these runs have made, and models that have no other."""
    mine: dict[str, list[str]] = {}
    for version in _versions(client, runs):
        mine.setdefault(version.name, []).append(version.version)
    for name, versions in mine.items():
        every = all_pages(partial(_page_of_versions, client, f"name='{name}'"))
        if len(every) == len(versions):
            client.delete_registered_model(name)
        else:
            for version in versions:
                client.delete_model_version(name, version)


def _versions(client: Any, runs: Iterable[Any]) -> list[Any]:
    """The model versions that these runs have made."""
    found: list[Any] = []
    for ids in _pieces(run.info.run_id for run in runs):
        asked = f"run_id IN ({', '.join(map(repr, ids))})"
        found += all_pages(partial(_page_of_versions, client, asked))
    return found


def _page_of_versions(client: Any, asked: str, token: str | None) -> Any:
    return client.search_model_versions(asked, page_token=token)


def _runs(client: Any, experiment_id: str) -> list[Any]:
    """Every run of an experiment, deleted ones too."""
    return all_pages(
        lambda token: client.search_runs(
            [experiment_id], run_view_type=EVERYTHING, max_results=1000, page_token=token
        )
    )


def _logged_models(client: Any, experiment_id: str) -> list[Any]:
    return all_pages(lambda token: client.search_logged_models([experiment_id], page_token=token))


def _pieces(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while piece := list(islice(rest, AT_ONCE)):
        yield piece
