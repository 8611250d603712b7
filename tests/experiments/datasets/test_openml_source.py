"""Tables of openml.org, from scikit-learn's cache as it lies on the disk; the network is never asked."""

import gzip
import json
import socket
from hashlib import md5
from pathlib import Path
from urllib.error import URLError

import pytest

from experiments.datasets import Reading, load, source_mistake
from experiments.mistakes import Fault, UserError

ARFF = """@relation flats
@attribute rent numeric
@attribute floor {1,2,3}
@attribute let {1,2}
@data
""" + "".join(f"{rent}.5,{rent % 3 + 1},{rent % 2 + 1}\n" for rent in range(500, 540))

INFO = {
    "id": "7", "name": "Flats", "version": "2", "description": "d", "format": "ARFF", "status": "active",
    "url": "https://www.openml.org/data/v1/download/7/flats.arff", "file_id": "7",
    "md5_checksum": md5(ARFF.encode()).hexdigest(),
}  # fmt: skip


def feature(index: int, name: str, *nominal: str) -> dict[str, object]:
    flags = {"is_target": str(name == "let").lower(), "is_ignore": "false", "is_row_identifier": "false"}
    kind = {"data_type": "nominal", "nominal_value": nominal} if nominal else {"data_type": "numeric"}
    return {"index": str(index), "name": name, "number_of_missing_values": "0", **flags, **kind}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """scikit-learn's data home; whoever asks the network is told that there is none."""

    def unreachable(*_: object, **__: object) -> None:
        raise URLError("no network in tests")

    monkeypatch.setattr("sklearn.datasets._openml.urlopen", unreachable)
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def fetched(home: Path) -> Path:
    """The same after flats have been fetched by name and by version."""
    listed = json.dumps(
        {"data": {"dataset": [{"did": 7, "name": "Flats", "version": 2, "status": "active"}]}}
    )
    features = [feature(0, "rent"), feature(1, "floor", "1", "2", "3"), feature(2, "let", "1", "2")]
    files = {
        "api/v1/json/data/list/data_name/flats/limit/2/status/active/": listed,
        "api/v1/json/data/list/data_name/flats/limit/2/data_version/2": listed,
        "api/v1/json/data/7": json.dumps({"data_set_description": INFO}),
        "api/v1/json/data/features/7": json.dumps({"data_features": {"feature": features}}),
        "api/v1/json/data/qualities/7": json.dumps(
            {"data_qualities": {"quality": [{"name": "NumberOfInstances", "value": "40.0"}]}}
        ),
        "data/v1/download/7/flats.arff": ARFF,
    }
    for path, content in files.items():
        file = home / "openml" / "openml.org" / f"{path}.gz"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(gzip.compress(content.encode()))
    return home


def test_a_table_has_the_target_and_the_categories_that_openml_says(fetched: Path) -> None:
    data = load("openml:flats")
    assert (data.kind, data.classes, data.features) == ("classification", ("1", "2"), ("rent", "floor"))
    assert [(one.kind, one.categories) for one in data.columns] == [
        ("number", ()),
        ("category", ("1", "2", "3")),
    ]
    assert data.inputs[:2].tolist() == [[500.5, 2], [501.5, 0]]
    assert data.source == "openml.org 7: Flats, version 2; flats, 40 rows, target let"
    same = [load(source) for source in ("openml:7", "openml:flats@2", "openml:FLATS")]
    assert {one.fingerprint for one in same} == {data.fingerprint}
    rent = load("openml:flats", Reading(target=("rent",), drop=("floor",)))
    assert (rent.kind, rent.features) == ("regression", ("let",))
    assert socket.getdefaulttimeout() is None
    assert fetched.exists()


def test_without_a_network_it_is_a_fault_of_one_line_and_leaves_nothing(home: Path) -> None:
    with pytest.raises(Fault) as told:
        load("openml:flats")
    what, how = str(told.value).splitlines()
    assert what == (
        "error: openml:flats: openml.org cannot be reached (no network in tests), "
        f"and {home} does not have it from before"
    )
    assert "csv:FILE" in how
    assert not home.exists()
    home.mkdir()
    with pytest.raises(Fault):
        load("openml:flats")
    assert list(home.parent.rglob("*")) == [home]


def test_what_is_damaged_in_the_cache_is_a_fault_too_and_what_is_no_table_a_mistake(fetched: Path) -> None:
    file = fetched / "openml" / "openml.org" / "data" / "v1" / "download" / "7" / "flats.arff.gz"
    file.write_bytes(gzip.compress(b"something else"))
    with pytest.raises((Fault, UserError), match=r"openml:flats: "):
        load("openml:flats")
    info = fetched / "openml" / "openml.org" / "api" / "v1" / "json" / "data" / "7.gz"
    info.write_bytes(
        gzip.compress(json.dumps({"data_set_description": {**INFO, "format": "Sparse_ARFF"}}).encode())
    )
    with pytest.raises(
        UserError, match=r"error: data.source: openml:flats: openml.org has no table like that: Sparse"
    ):
        load("openml:flats")


@pytest.mark.parametrize("name", ["", "a/b", "../x", "..", "a b", "flats@0", "flats@x", "@1", "a?b"])
def test_what_is_no_name_is_refused_before_anybody_is_asked(name: str) -> None:
    assert "a name or number of openml.org was expected" in source_mistake(f"openml:{name}")


def test_a_table_of_openml_is_no_file(fetched: Path) -> None:
    assert fetched.exists()
    for key, said in (("delimiter", ";"), ("test", "csv:a.csv")):
        with pytest.raises(
            UserError, match=f"data.{key}: {key} is for files, and openml:flats is not a file"
        ):
            load("openml:flats", Reading(**{key: said}))
    with pytest.raises(
        UserError, match=r'data.target: flats: there is no column "rend"; did you mean "rent"'
    ):
        load("openml:flats", Reading(target=("rend",)))
