from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from experiments.store import artifacts
from experiments.store.store_errors import StoreError


def run(folder: Path) -> Any:
    info = SimpleNamespace(run_id="r1", run_name="017 …", artifact_uri=(folder / "r1" / "artifacts").as_uri())
    return SimpleNamespace(info=info)


def no_server(_uri: str) -> Any:
    raise AssertionError("a file needs no server")


def test_an_artifact_on_this_machine_is_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "a folder é"
    assert not artifacts.has(no_server, run(folder), "x.npz")
    artifacts.put(no_server, run(folder).info.artifact_uri, "x.npz", b"first")
    artifacts.put(no_server, run(folder).info.artifact_uri, "x.npz", b"content")
    assert artifacts.has(no_server, run(folder), "x.npz")
    assert artifacts.get(no_server, run(folder), "x.npz", tmp_path) == b"content"
    assert [path.name for path in (folder / "r1" / "artifacts").iterdir()] == ["x.npz"]


def test_where_the_folder_has_been_moved_it_is_found(tmp_path: Path) -> None:
    artifacts.put(no_server, run(tmp_path / "old").info.artifact_uri, "x.npz", b"content")
    (tmp_path / "old").rename(tmp_path / "new")
    assert artifacts.get(no_server, run(tmp_path / "old"), "x.npz", tmp_path / "new") == b"content"


def test_a_missing_artifact_is_named_with_its_run(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"x\.npz is missing, of run r1 \(017 …\)"):
        artifacts.get(no_server, run(tmp_path), "x.npz", tmp_path)


def test_many_files_come_in_the_runs_order(tmp_path: Path) -> None:
    runs = [run(tmp_path / str(number)) for number in range(20)]
    for number, each in enumerate(runs):
        artifacts.put(no_server, each.info.artifact_uri, "x.npz", b"%d" % number)
    assert artifacts.get_each(no_server, runs, "x.npz", tmp_path) == [b"%d" % number for number in range(20)]


class Served:
    """A server's repository that holds its own address under every name."""

    def __init__(self, uri: str) -> None:
        self.uri = uri

    def download_artifacts(self, name: str, folder: str) -> str:
        Path(folder, name).write_bytes(self.uri.encode())
        return str(Path(folder, name))


def test_many_of_a_servers_come_in_the_runs_order(tmp_path: Path) -> None:
    addresses = [f"mlflow-artifacts:/{number}" for number in range(20)]
    runs: list[Any] = [
        SimpleNamespace(info=SimpleNamespace(artifact_uri=uri, run_id="", run_name="")) for uri in addresses
    ]
    found = artifacts.get_each(Served, runs, "x.npz", tmp_path)
    assert found == [uri.encode() for uri in addresses]
