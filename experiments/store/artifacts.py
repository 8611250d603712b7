"""A run's artifacts: read and written as files where they are files of this machine, else through the server."""

import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from experiments.store.store_errors import StoreError
from experiments.system.files import sweep, write_durably

Repositories = Callable[[str], Any]
"""Gives MLflow's artifact repository at an address; `client` methods ask the server four times as much."""

READERS: Final = 8
"""Artifacts that are fetched from a server at the same time: most of that is waiting, which reading files is not."""


def put(repositories: Repositories, artifact_uri: str, name: str, content: bytes) -> None:
    """Write an artifact of the run that has its artifacts there; as a file of ours it survives a loss of power."""
    if folder := _folder(artifact_uri):
        folder.mkdir(parents=True, exist_ok=True)
        sweep(folder)
        write_durably(folder / name, content)
        return
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary, name)
        path.write_bytes(content)
        repositories(artifact_uri).log_artifact(str(path))


def has(repositories: Repositories, run: Any, name: str) -> bool:
    """Whether a run has an artifact."""
    if folder := _folder(run.info.artifact_uri):
        return (folder / name).exists()
    return any(found.path == name for found in repositories(run.info.artifact_uri).list_artifacts())


def get_each(repositories: Repositories, runs: Sequence[Any], name: str, moved_to: Path) -> list[bytes]:
    """Read an artifact of each of these runs; as `get`."""
    read = partial(get, repositories, name=name, moved_to=moved_to)
    if all(_folder(run.info.artifact_uri) for run in runs):
        return [read(run) for run in runs]
    with ThreadPoolExecutor(READERS) as readers:
        return list(readers.map(read, runs))


def get(repositories: Repositories, run: Any, name: str, moved_to: Path) -> bytes:
    """Read an artifact of a run; `moved_to` is where its folder is now, should the output folder have been moved since.

    Raises:
        StoreError: if the file is missing.
    """
    if folder := _folder(run.info.artifact_uri):
        if not folder.exists():
            folder = moved_to / run.info.run_id / "artifacts"
        try:
            return (folder / name).read_bytes()
        except FileNotFoundError as reason:
            raise StoreError(
                f"{folder / name} is missing, of run {run.info.run_id} ({run.info.run_name})",
                "Restore the artifacts folder, or delete that run in MLflow and resume the study.",
            ) from reason
    with tempfile.TemporaryDirectory() as temporary:
        return Path(repositories(run.info.artifact_uri).download_artifacts(name, temporary)).read_bytes()


def _folder(artifact_uri: str) -> Path | None:
    """The folder of a run's artifacts, or None where a server keeps them."""
    uri = urlsplit(artifact_uri)
    return Path(url2pathname(uri.path)) if uri.scheme == "file" else None
