import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.datasets import load
from experiments.network_file import load_network, save_network
from experiments.preparation import prepare
from experiments.records import RunRecord
from experiments.store.store_errors import StoreError
from tests.factories import a_record, a_run_record
from tests.networks import started

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
    return save_network(started((4, 8, 3), seed=2), iris)


@pytest.fixture
def champion(store: Any, name: str) -> tuple[RunRecord, str]:
    """A champion that has been recorded, and the study's parent run."""
    study = a_record(name)
    parent = store.begin_study(study, f"{name}-design")
    record = a_run_record(name, 0, phase="champion", test_error=np.array([0.02, 0.03, 0.04]))
    store.record(record, study, parent)
    return record, parent


def assert_registered_once(store: Any, name: str, record: RunRecord, network: bytes) -> None:
    """One version, one whole model, the alias on it, answers as the network's, and the run ended as before."""
    client = store._client
    (version,) = client.search_model_versions(f"name='{name}'")
    assert client.get_model_version_by_alias(name, "champion").version == version.version
    assert version.tags["chainrule.run_key"] == record.task.run_key
    run = client.get_run(version.run_id)
    (model,) = client.search_logged_models([run.info.experiment_id])
    assert (model.status, f"models:/{model.model_id}") == ("READY", version.source)
    assert run.data.tags["chainrule.run_key"] == record.task.run_key
    assert run.info.status == "FINISHED"
    inputs = load_network(network).examples
    loaded = load_model(store, f"models:/{name}@champion")
    assert loaded.predict(inputs).tolist() == load_network(network).predict(inputs).tolist()
    assert loaded.metadata.signature.outputs is not None
    assert (loaded.input_example == inputs).all()


def load_model(store: Any, uri: str) -> Any:
    import mlflow

    from experiments.store.mlflow_store import _tracking_at

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


def test_the_model_takes_every_kind_of_number_and_says_what_it_does_not_take(
    store: Any, name: str, champion: tuple[RunRecord, str], network: bytes
) -> None:
    import pandas as pd
    from mlflow.exceptions import MlflowException

    store.register_champion(champion[0], network, champion[1])
    from mlflow.pyfunc.scoring_server import invocations  # its first import warns, registering knows how

    model = load_model(store, f"models:/{name}@champion")
    trained = load_network(network)
    whole = np.array([[5, 3, 1, 0], [7, 3, 6, 2], [1, 0, 1, 1]])
    right = trained.predict(whole).tolist()
    probable = trained.predict_proba(whole)

    for dtype in ("f8", "f4", "f2", "i8", "i4", "u1", "u8"):
        assert model.predict(whole.astype(dtype)).tolist() == right
    assert model.predict(whole[2:].astype(bool)).tolist() == right[2:]
    assert model.predict(whole.tolist()).tolist() == right
    frame = pd.DataFrame(whole, columns=list(trained.features)).astype({trained.features[0]: "float32"})
    assert model.predict(frame).tolist() == model.predict(pd.DataFrame(whole)).tolist() == right
    assert model.predict(frame[frame.columns[::-1]]).tolist() == right

    asked = model.predict(whole, params={"predict_method": "predict_proba"})
    assert asked == pytest.approx(probable)
    asked = model.predict(frame[frame.columns[::-1]], params={"predict_method": "predict_proba"})
    assert asked == pytest.approx(probable)
    assert model.metadata.metadata["classes"] == list(trained.classes)

    def served(**payload: Any) -> Any:
        answer = invocations(
            json.dumps(payload), "application/json", model, model.metadata.get_input_schema()
        )
        return json.loads(answer.response)["predictions"]

    assert served(inputs=whole.tolist()) == served(instances=whole.tolist()) == right
    split = {"columns": list(trained.features)[::-1], "data": whole[:, ::-1].tolist()}
    assert served(dataframe_split=split) == right
    by_name = [dict(zip(trained.features, row, strict=True)) for row in whole.tolist()]
    assert served(dataframe_records=by_name) == right
    asked = served(inputs=whole.tolist(), params={"predict_method": "predict_proba"})
    assert np.array(asked) == pytest.approx(probable)

    hollow = whole.astype(float)
    hollow[1, 2] = np.nan
    refused: list[tuple[Any, dict[str, Any] | None, str]] = [
        (hollow, None, r"row 1, column 2 \(petal length \(cm\)\) is nan; a finite number was expected"),
        (np.full_like(hollow, -np.inf), None, "row 0, column 0 .* is -inf"),
        (whole.astype(str), None, "inputs is of dtype <U"),
        ([[5, 3, None, 0]], None, r"inputs\[0, 2\] is None"),
        (np.hstack([whole, whole]), None, r"\(3, 8\), one example a row, \(m, 4\)"),
        (frame[["petal width (cm)"]], None, 'the column "sepal length \\(cm\\)" is missing'),
        (whole, {"predict_method": "proba"}, 'predict_method is "predict" or "predict_proba", not "proba"'),
    ]
    for inputs, params, reason in refused:
        with pytest.raises(MlflowException, match=reason) as told:
            model.predict(inputs, params=params)
        assert told.value.error_code == "INVALID_PARAMETER_VALUE"
        assert "\n" not in told.value.message
    with pytest.raises(
        MlflowException, match="row 1, column 2"
    ):  # as JSON has it: not in the standard, but sent
        served(inputs=hollow.tolist())


def test_the_next_champion_takes_the_alias(
    store: Any, name: str, champion: tuple[RunRecord, str], network: bytes
) -> None:
    record, parent = champion
    store.register_champion(record, network, parent)
    better = a_run_record(name, 1, phase="champion")
    store.record(better, a_record(name), parent)
    store.register_champion(better, network, parent)
    versions = store._client.search_model_versions(f"name='{name}'")
    assert len(versions) == 2
    alias = store._client.get_model_version_by_alias(name, "champion")
    assert alias.tags["chainrule.run_key"] == better.task.run_key


def test_a_name_that_mlflow_would_refuse_is_made_fit(store: Any, network: bytes) -> None:
    study = a_record("it's: a/b")
    parent = store.begin_study(study, "its-design")
    record = a_run_record(study.name, 0, phase="champion", run_key="its-key")
    store.record(record, study, parent)
    assert store.register_champion(record, network, parent) == "models:/it-s- a-b@champion"
    assert_registered_once(store, "it-s- a-b", record, network)


def test_the_global_state_of_mlflow_is_left_as_it_was(
    store: Any, champion: tuple[RunRecord, str], network: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere")
    store.register_champion(*champion[:1], network, champion[1])
    assert os.environ["MLFLOW_TRACKING_URI"] == "http://elsewhere"


@pytest.mark.skipif(
    "%" in sys.prefix, reason="MLflow by itself finds no migrations in a folder with % in its name"
)
def test_the_model_runs_without_the_checkout(
    store: Any, name: str, champion: tuple[RunRecord, str], network: bytes, tmp_path: Path
) -> None:
    store.register_champion(champion[0], network, champion[1])
    script = f"""
import sys
sys.path[:] = [path for path in sys.path if path != {str(Path(__file__).parents[3])!r}]
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
