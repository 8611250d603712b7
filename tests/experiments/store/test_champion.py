import json
import os
import subprocess
import sys
import warnings
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np
import pytest

from experiments.datasets import Reading, from_python, load
from experiments.preparing.preparation import prepare
from experiments.recording.records import RunRecord
from experiments.store.store_errors import StoreError
from experiments.trained.network_file import load_networks, networks_to_bytes, save_networks
from experiments.trained.trained_network import TrainedNetwork
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

STUDY = a_record()


@pytest.fixture(scope="module")
def network() -> bytes:
    """Of one network, so that there is no ensemble."""
    return save_networks(started((4, 8, 3), seed=2, output="softmax"), [prepare(load("iris"))])


@pytest.fixture(scope="module")
def networks() -> bytes:
    """Of three, of which the second is the best."""
    splits = [prepare(load("iris"), split_seed=seed) for seed in range(3)]
    return save_networks(started((4, 8, 3), 3, seed=2, output="softmax"), splits, best=1)


def by_name(trained: TrainedNetwork, rows: np.ndarray) -> dict[str, list[float]]:
    return dict(zip(trained.features, rows.T.tolist(), strict=True))


def answers(model: Any, inputs: Any, method: str = "predict") -> Any:
    return model.predict(inputs, params={"predict_method": method})


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
    trained = load_networks(network)
    inputs = by_name(trained, trained.cells)
    loaded = load_model(store, f"models:/{name}@champion")
    expected = trained.alone(trained.best).table(trained.cells)
    assert loaded.predict(inputs).to_dict("list") == {key: each.tolist() for key, each in expected.items()}
    assert loaded.metadata.signature.outputs.input_names() == list(expected)
    assert loaded.metadata.signature.inputs.input_names() == list(trained.features)
    assert {key: list(each) for key, each in dict(loaded.input_example).items()} == inputs


def load_model(store: Any, uri: str) -> Any:
    import mlflow

    from experiments.store.mlflow_store import tracking_at

    with tracking_at(store.tracking_uri):
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
        assert store.register_champion(record, network, STUDY, parent) == f"models:/{name}@champion"
        assert_registered_once(store, name, record, network)


def test_the_champion_of_a_study_with_a_dot_in_its_name_becomes_a_model(
    store: Any, name: str, networks: bytes
) -> None:
    name = f"{name[:50]}.2"
    study = a_record(name)
    parent = store.begin_study(study, f"{name}-design")
    record = a_run_record(name, 0, phase="champion", test_error=np.array([0.02, 0.03, 0.04]))
    store.record(record, study, parent)
    assert store.register_champion(record, networks, study, parent) == f"models:/{name}@champion"
    for alias in ("champion", "ensemble"):
        assert load_model(store, f"models:/{name}@{alias}")


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
            store.register_champion(record, network, STUDY, parent)
    if CALLS.index(call) > CALLS.index("log_model_artifacts"):  # the model was whole by then
        monkeypatch.setattr(mlflow.MlflowClient, "log_model_artifacts", None)
    store.register_champion(record, network, STUDY, parent)
    assert_registered_once(store, name, record, network)


def test_a_model_of_named_columns_takes_every_kind_of_number_and_says_what_it_does_not_take(
    store: Any, name: str, champion: tuple[RunRecord, str], network: bytes
) -> None:
    import pandas as pd
    from mlflow.exceptions import MlflowException

    store.register_champion(champion[0], network, STUDY, champion[1])
    from mlflow.pyfunc.scoring_server import invocations  # its first import warns, registering knows how

    model = load_model(store, f"models:/{name}@champion")
    trained = load_networks(network)
    names = list(trained.features)
    whole = np.array([[5, 3, 1, 0], [7, 3, 6, 2], [1, 0, 1, 1]])
    right = trained.predict(whole).tolist()
    probable = trained.predict_proba(whole)

    for dtype in ("f8", "f4", "f2", "i8", "i4", "u1", "u8", bool):
        frame = pd.DataFrame(whole.astype(dtype), columns=names)
        expected = trained.predict(whole.astype(dtype).astype(float)).tolist()
        assert answers(model, frame).tolist() == expected
    frame = pd.DataFrame(whole, columns=names).astype({names[0]: "float32"})
    assert answers(model, frame[names[::-1]].assign(more="x")).tolist() == right
    assert (answers(model, frame, "predict_proba") == probable).all()
    table = model.predict(frame)
    assert table["class"].tolist() == right
    assert (table[[f"P({one})" for one in trained.classes]].to_numpy() == probable).all()
    assert model.metadata.metadata["classes"] == list(trained.classes)

    def served(**payload: Any) -> Any:
        answer = invocations(
            json.dumps(payload), "application/json", model, model.metadata.get_input_schema()
        )
        return json.loads(answer.response)["predictions"]

    alone = {"predict_method": "predict"}
    split = {"columns": names[::-1], "data": whole[:, ::-1].tolist()}
    assert served(dataframe_split=split, params=alone) == right
    records = [dict(zip(names, row, strict=True)) for row in whole.tolist()]
    for form in ("dataframe_records", "inputs", "instances"):
        assert served(**{form: records}, params=alone) == right
    assert served(inputs=by_name(trained, whole), params=alone) == right
    full = served(dataframe_records=records)
    assert [list(one) for one in full] == [["class", *(f"P({one})" for one in trained.classes)]] * 3
    assert ([[one[f"P({each})"] for each in trained.classes] for one in full] == probable).all()

    def by_csv(sent: pd.DataFrame) -> Any:
        return invocations(
            sent.to_csv(index=False), "text/csv", model, model.metadata.get_input_schema()
        ).response

    assert [
        one["class"] for one in json.loads(by_csv(frame[names[::-1]].assign(more="x")))["predictions"]
    ] == right
    with pytest.raises(MlflowException, match=r"Failed to parse .*could not convert string to float"):
        by_csv(frame.astype(object).replace(5, "five"))

    hollow = whole.astype(float)
    hollow[1, 2] = np.nan
    refused: list[tuple[Any, dict[str, Any] | None, str]] = [
        (
            pd.DataFrame(hollow, columns=names),
            None,
            r"row 1, column 2 \(petal length \(cm\)\) is nan; a finite number was expected",
        ),
        (pd.DataFrame(np.full_like(hollow, -np.inf), columns=names), None, "row 0, column 0 .* is -inf"),
        (pd.DataFrame(whole.astype(str), columns=names), None, "column .* is of dtype"),
        (
            frame,
            {"predict_method": "proba"},
            'predict_method is "table", "predict" or "predict_proba", not "proba"',
        ),
    ]
    for inputs, params, reason in refused:
        with pytest.raises(MlflowException, match=reason) as told:
            model.predict(inputs, params=params)
        assert told.value.error_code == "INVALID_PARAMETER_VALUE"
        assert "\n" not in told.value.message
    for inputs in (whole, whole.tolist(), frame[["petal width (cm)"]]):  # MLflow itself looks for the names
        with pytest.raises(MlflowException, match=r"missing inputs \['sepal length \(cm\)'"):
            model.predict(inputs)
    with pytest.raises(
        MlflowException, match="row 1, column 2"
    ):  # JSON as Python writes it, and not the standard
        served(dataframe_split={"columns": names, "data": hollow.tolist()})


def test_csv_for_a_server_is_read_by_the_kinds_of_the_columns() -> None:
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # on import, about types of its own
        from mlflow.pyfunc import scoring_server

        from experiments.store.champion_model import _have_csv_read

    size = np.arange(20)
    frame = pd.DataFrame({"code": pd.Categorical(["01", "1"] * 10), "size": size, "large": size > 9})
    data = from_python(frame, Reading(target=("large",)))
    trained = load_networks(save_networks(started((3, 2), seed=2, output="softmax"), [prepare(data)]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring_server, "parse_csv_input", scoring_server.parse_csv_input)
        for _ in range(2):
            _have_csv_read(trained)
        found = scoring_server.parse_csv_input(StringIO("size,code\n3,01\n3,1\n"), schema="any")
    assert trained.read(found).tolist() == trained.read({"code": ["01", "1"], "size": [3, 3]}).tolist()


def test_a_model_of_pictures_takes_arrays_of_every_kind_of_number(
    store: Any, name: str, champion: tuple[RunRecord, str]
) -> None:
    import pandas as pd
    from mlflow.exceptions import MlflowException

    content = save_networks(started((64, 10), seed=2, output="softmax"), [prepare(load("digits"))])
    store.register_champion(champion[0], content, STUDY, champion[1])
    model = load_model(store, f"models:/{name}@champion")
    trained = load_networks(content)
    assert model.metadata.signature.inputs is None
    rows = load("digits").inputs[:3]
    right = trained.predict(rows).tolist()
    for dtype in ("f8", "f4", "f2", "i8", "i4", "u1", "u8"):
        assert answers(model, rows.astype(dtype)).tolist() == right
    assert answers(model, rows.tolist()).tolist() == answers(model, pd.DataFrame(rows)).tolist() == right
    assert (answers(model, rows, "predict_proba") == trained.predict_proba(rows)).all()
    refused: list[tuple[Any, str]] = [
        (np.full((1, 64), np.inf), "row 0, column 0 .* is inf"),
        (rows.astype(str), "inputs is of dtype <U"),
        (np.hstack([rows, rows]), r"\(3, 128\), one example a row, \(m, 64\)"),
    ]
    for inputs, reason in refused:
        with pytest.raises(MlflowException, match=reason):
            model.predict(inputs)


def test_all_networks_together_are_a_second_model_with_its_own_alias(
    store: Any, name: str, champion: tuple[RunRecord, str], networks: bytes
) -> None:
    record, parent = champion
    trained = load_networks(networks)
    for _ in range(2):
        store.register_champion(record, networks, STUDY, parent)
    assert len(store._client.search_model_versions(f"name='{name}'")) == 2
    rows = by_name(trained, trained.cells)
    found = {
        alias: load_model(store, f"models:/{name}@{alias}").predict(rows)
        for alias in ("champion", "ensemble")
    }
    expected = {"champion": trained.alone(1), "ensemble": trained}
    for alias, table in found.items():
        mine = expected[alias].table(trained.cells)
        assert table.to_dict("list") == {key: each.tolist() for key, each in mine.items()}
        assert store.networks(name, alias) == networks_to_bytes(expected[alias])


def test_a_next_champion_of_one_network_takes_the_alias_of_the_ensemble_away(
    store: Any, name: str, champion: tuple[RunRecord, str], network: bytes, networks: bytes
) -> None:
    store.register_champion(champion[0], networks, STUDY, champion[1])
    better = a_run_record(name, 1, phase="champion")
    store.record(better, a_record(name), champion[1])
    store.register_champion(better, network, STUDY, champion[1])
    assert list(store._client.get_registered_model(name).aliases) == ["champion"]
    assert store.networks(name, "ensemble") is None


def test_a_version_says_where_it_comes_from_and_how_good_it_is(
    store: Any, name: str, champion: tuple[RunRecord, str], networks: bytes
) -> None:
    record = a_run_record(
        name,
        1,
        phase="champion",
        test_error=np.array([0.02, 0.03, 0.04]),
        champion_seed=1,
        ensemble_error=0.01,
        ensemble_loss=np.full(20, 0.01),
    )
    store.record(record, a_record(name), champion[1])
    for _ in range(2):
        store.register_champion(record, networks, STUDY, champion[1])
    client = store._client
    found = {one.tags["chainrule.model"]: one for one in client.search_model_versions(f"name='{name}'")}
    for alias, metrics in (
        (
            "champion",
            {
                "champion_test_error": 0.03,
                "champion_validation_error": record.curves["validation_error"][1, -1],
            },
        ),
        ("ensemble", {"ensemble_test_error": 0.01}),
    ):
        version = found[alias]
        assert version.tags["chainrule.data"] == "digits"
        assert version.tags["chainrule.data_fingerprint"] == STUDY.data["fingerprint"]
        assert version.tags["chainrule.seeds"] == "[0, 1, 2]"
        assert version.description.endswith(f"with the study's report: `{STUDY.command}`")
        model = client.get_logged_model(version.source.removeprefix("models:/"))
        assert metrics.items() <= {one.key: one.value for one in model.metrics}.items()
    store.describe_champion(
        a_record(name), record.task.run_key, {"champion": "# Card\n\n**good**", "ensemble": "é" * 6000}
    )
    described = {
        one.tags["chainrule.model"]: one.description for one in client.search_model_versions(f"name='{name}'")
    }
    assert described["champion"] == "# Card\n\n**good**"
    assert len(described["ensemble"]) == 5000
    assert f"models:/{name}@ensemble" in client.get_registered_model(name).description


def test_a_card_is_not_given_to_the_model_of_another_run(
    store: Any, name: str, champion: tuple[RunRecord, str], network: bytes
) -> None:
    store.register_champion(champion[0], network, STUDY, champion[1])
    store.describe_champion(a_record(name), "another", {"champion": "of another"})
    (version,) = store._client.search_model_versions(f"name='{name}'")
    assert "of another" not in version.description


def test_there_is_no_pickle_in_a_model(
    store: Any, name: str, champion: tuple[RunRecord, str], networks: bytes
) -> None:
    store.register_champion(champion[0], networks, STUDY, champion[1])
    client = store._client
    for version in client.search_model_versions(f"name='{name}'"):
        model = client.get_logged_model(version.source.removeprefix("models:/"))
        folder = Path(url2pathname(urlsplit(model.artifact_location).path))
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert {"MLmodel", "champion_model.py", "network.npz"} <= {path.name for path in files}
        assert "python_model:" not in (folder / "MLmodel").read_text()
        for path in files:
            assert path.suffix not in (".pkl", ".pickle", ".joblib", ".pt"), path
            assert not path.read_bytes().startswith(b"\x80"), path  # as every pickle begins since protocol 2
        np.load(folder / "artifacts" / "network.npz", allow_pickle=False).close()


def test_the_next_champion_takes_the_alias(
    store: Any, name: str, champion: tuple[RunRecord, str], network: bytes
) -> None:
    record, parent = champion
    store.register_champion(record, network, STUDY, parent)
    better = a_run_record(name, 1, phase="champion")
    store.record(better, a_record(name), parent)
    store.register_champion(better, network, STUDY, parent)
    versions = store._client.search_model_versions(f"name='{name}'")
    assert len(versions) == 2
    alias = store._client.get_model_version_by_alias(name, "champion")
    assert alias.tags["chainrule.run_key"] == better.task.run_key


def test_a_name_that_mlflow_would_refuse_is_made_fit(store: Any, network: bytes) -> None:
    study = a_record("it's: a/b")
    parent = store.begin_study(study, "its-design")
    record = a_run_record(study.name, 0, phase="champion", run_key="its-key")
    store.record(record, study, parent)
    assert store.register_champion(record, network, STUDY, parent) == "models:/it-s- a-b@champion"
    assert_registered_once(store, "it-s- a-b", record, network)


def test_the_global_state_of_mlflow_is_left_as_it_was(
    store: Any, champion: tuple[RunRecord, str], network: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere")
    store.register_champion(champion[0], network, STUDY, champion[1])
    assert os.environ["MLFLOW_TRACKING_URI"] == "http://elsewhere"


@pytest.mark.skipif(
    "%" in sys.prefix, reason="MLflow by itself finds no migrations in a folder with % in its name"
)
def test_the_model_runs_without_the_checkout(
    store: Any, name: str, champion: tuple[RunRecord, str], network: bytes, tmp_path: Path
) -> None:
    store.register_champion(champion[0], network, STUDY, champion[1])
    script = f"""
import sys
sys.path[:] = [path for path in sys.path if path != {str(Path(__file__).parents[3])!r}]
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder)]
import mlflow
mlflow.set_tracking_uri({store.tracking_uri!r})
model = mlflow.pyfunc.load_model("models:/{name}@champion")
import core, numpy
print(core.__file__)
print(*model.predict({by_name(load_networks(network), load_networks(network).cells)})["class"])
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
    where, told = done.stdout.splitlines()
    assert "artifacts" in Path(where).parts
    assert told.split() == load_networks(network).predict(load_networks(network).examples).tolist()
