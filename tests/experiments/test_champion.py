import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core import Purpose, generators, initialise
from experiments.datasets import load
from experiments.network_file import load_network, save_network
from experiments.preparation import prepare
from experiments.records import RunRecord, StudyRecord
from experiments.store_errors import StoreError

CALLS = (
    "create_registered_model",
    "create_logged_model",
    "log_model_artifacts",
    "create_model_version",
    "set_registered_model_alias",
)
"""What registering a champion asks MLflow's client for, in this order."""


@pytest.fixture(scope="module")
def network() -> bytes:
    iris = prepare(load("iris"))
    return save_network(initialise((4, 8, 3), generators(2, [0], Purpose.INITIALISATION)), iris)


@pytest.fixture
def champion(
    store: Any, name: str, make_study: Callable[..., StudyRecord], make_run: Callable[..., RunRecord]
) -> tuple[RunRecord, str]:
    """A champion that has been recorded, and the study's parent run."""
    study = make_study(name)
    parent = store.begin_study(study, f"{name}-design")
    record = make_run(name, 0, phase="champion", test_error=np.array([0.02, 0.03, 0.04]))
    store.record(record, study, parent)
    return record, parent


def assert_registered_once(store: Any, name: str, record: RunRecord, network: bytes) -> None:
    """One version, one whole model, the alias on it, answers as the network's, and the run ended as before."""
    client = store._client
    (version,) = client.search_model_versions(f"name='{name}'")
    assert client.get_model_version_by_alias(name, "champion").version == version.version
    assert version.tags["chainrule.run_key"] == record.run_key
    run = client.get_run(version.run_id)
    (model,) = client.search_logged_models([run.info.experiment_id])
    assert (model.status, f"models:/{model.model_id}") == ("READY", version.source)
    assert run.data.tags["chainrule.run_key"] == record.run_key
    assert run.info.status == "FINISHED"
    inputs = load_network(network).examples
    loaded = load_model(store, f"models:/{name}@champion")
    assert loaded.predict(inputs).tolist() == load_network(network).predict(inputs).tolist()
    assert loaded.metadata.signature.inputs.inputs[0].shape == (-1, 4)
    assert (loaded.input_example == inputs).all()


def load_model(store: Any, uri: str) -> Any:
    import mlflow

    from experiments.tracking import _tracking_at

    with _tracking_at(store.tracking_uri):
        before = list(sys.path)
        try:
            return mlflow.pyfunc.load_model(uri)
        finally:
            sys.path[:] = (
                before  # the model's own code goes first; processes that later tests start would take it
            )


def test_the_champion_becomes_a_model_that_answers_as_its_network(
    store: Any, name: str, champion: tuple[RunRecord, str], network: bytes
) -> None:
    record, parent = champion
    for _ in range(2):
        assert store.register_champion(record, network, parent) == f"models:/{name}@champion"
        assert_registered_once(store, name, record, network)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("call", CALLS)
def test_a_registration_that_was_cut_off_anywhere_is_finished_by_the_next(
    store: Any,
    name: str,
    champion: tuple[RunRecord, str],
    network: bytes,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    moment: str,
) -> None:
    import mlflow

    record, parent = champion
    real = getattr(mlflow.MlflowClient, call)

    def broken(*arguments: Any, **options: Any) -> None:
        if moment == "after":
            real(*arguments, **options)
        raise ConnectionError("the line is dead")

    with monkeypatch.context() as patch:
        patch.setattr(mlflow.MlflowClient, call, broken)
        with pytest.raises(StoreError, match="the line is dead"):
            store.register_champion(record, network, parent)
    if CALLS.index(call) > CALLS.index("log_model_artifacts"):  # the model was whole by then
        monkeypatch.setattr(mlflow.MlflowClient, "log_model_artifacts", None)
    store.register_champion(record, network, parent)
    assert_registered_once(store, name, record, network)


def test_the_next_champion_takes_the_alias(
    store: Any,
    name: str,
    champion: tuple[RunRecord, str],
    network: bytes,
    make_study: Callable[..., StudyRecord],
    make_run: Callable[..., RunRecord],
) -> None:
    record, parent = champion
    store.register_champion(record, network, parent)
    better = make_run(name, 1, phase="champion")
    store.record(better, make_study(name), parent)
    store.register_champion(better, network, parent)
    versions = store._client.search_model_versions(f"name='{name}'")
    assert len(versions) == 2
    alias = store._client.get_model_version_by_alias(name, "champion")
    assert alias.tags["chainrule.run_key"] == better.run_key


def test_a_name_that_mlflow_would_refuse_is_made_fit(
    store: Any, network: bytes, make_study: Callable[..., StudyRecord], make_run: Callable[..., RunRecord]
) -> None:
    study = make_study("it's: a/b")
    parent = store.begin_study(study, "its-design")
    record = make_run(study.name, 0, phase="champion", run_key="its-key")
    store.record(record, study, parent)
    assert store.register_champion(record, network, parent) == "models:/it-s- a-b@champion"
    assert_registered_once(store, "it-s- a-b", record, network)


def test_the_global_state_of_mlflow_is_left_as_it_was(
    store: Any, champion: tuple[RunRecord, str], network: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere")
    store.register_champion(*champion[:1], network, champion[1])
    assert os.environ["MLFLOW_TRACKING_URI"] == "http://elsewhere"


def test_the_model_runs_without_the_checkout(
    store: Any, name: str, champion: tuple[RunRecord, str], network: bytes, tmp_path: Path
) -> None:
    store.register_champion(champion[0], network, champion[1])
    script = f"""
import sys
sys.path[:] = [path for path in sys.path if path != {str(Path(__file__).parents[2])!r}]
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder)]
import mlflow
mlflow.set_tracking_uri({store.tracking_uri!r})
model = mlflow.pyfunc.load_model("models:/{name}@champion")
import core, numpy
print(core.__file__)
print(*model.predict(numpy.array({load_network(network).examples.tolist()})))
"""
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    where, answers = done.stdout.splitlines()
    assert "artifacts" in Path(where).parts
    assert answers.split() == load_network(network).predict(load_network(network).examples).tolist()
