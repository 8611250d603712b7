"""A run's artifacts: read and written as files where they are files of this machine, else through the server."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
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


def put_files(
    repositories: Repositories, artifact_uri: str, under: str, folder: Path, files: Iterable[Path]
) -> None:
    """Put files of a folder, each where it is in it, among the artifacts there, under a name."""
    place = _folder(artifact_uri)
    for file in files:
        relative = Path(under, file.relative_to(folder))
        if place:
            (place / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, place / relative)
        else:
            repositories(artifact_uri).log_artifact(str(file), relative.parent.as_posix())


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
    whose = f"run {run.info.run_id} ({run.info.run_name})"
    advice = "Restore the artifacts folder, or delete that run in MLflow and resume the study."
    return _read(repositories, place_of(run, moved_to), name, whose, advice)


def get_of_model(
    repositories: Repositories, model_id: str, location: str, name: str, moved_to: Path
) -> bytes:
    """Read an artifact of a model that was logged, whose address was recorded; as `get`."""
    place = _here_or(location, moved_to / "models" / model_id / "artifacts")
    return _read(repositories, place, name, f"the model {model_id}", "Restore the artifacts folder.")


def _read(repositories: Repositories, place: str, name: str, whose: str, advice: str) -> bytes:
    if folder := _folder(place):
        try:
            return (folder / name).read_bytes()
        except FileNotFoundError as reason:
            raise StoreError(f"{folder / name} is missing, of {whose}", advice) from reason
    with tempfile.TemporaryDirectory() as temporary:
        return Path(repositories(place).download_artifacts(name, temporary)).read_bytes()


def place_of(run: Any, moved_to: Path) -> str:
    """The address of a run's artifacts: of their folder in this output folder if there is one, else as recorded.

    The output folder may have been moved since, or be a copy of another, whose files are not touched then.

    Args:
        run: of MLflow's.
        moved_to: the folder of all artifacts in this output folder.
    """
    return place_of_run(run.info.run_id, str(run.info.artifact_uri), moved_to)


def place_of_run(run_id: str, recorded: str, moved_to: Path) -> str:
    """The same, given the run's id and the address that was recorded."""
    return _here_or(recorded, moved_to / run_id / "artifacts")


def _here_or(recorded: str, here: Path) -> str:
    """The address of a folder in this output folder, if artifacts are files and it is there."""
    return here.as_uri() if _folder(recorded) is not None and here.exists() else recorded


def remove(repositories: Repositories, artifact_uri: str, owner: str, moved_to: Path) -> None:
    """Remove all artifacts of a run or model of this id.

    Of files of this machine only those in this output folder are removed, whose folder of all artifacts is `moved_to`:
    it may be a copy of another. Those that a server keeps can be removed on its machine only.
    """
    scheme = urlsplit(artifact_uri).scheme
    if scheme == "file":
        for each in (moved_to / owner, moved_to / "models" / owner):
            if each.exists():
                shutil.rmtree(each)
    elif scheme != "mlflow-artifacts":
        repositories(artifact_uri).delete_artifacts()


def _folder(artifact_uri: str) -> Path | None:
    """The folder of a run's artifacts, or None where a server keeps them."""
    uri = urlsplit(artifact_uri)
    return Path(url2pathname(uri.path)) if uri.scheme == "file" else None
