"""Runs of other programs in a folder `mlruns`, as MLflow wrote it by default before version 3.7.

MLflow's own client would make folders in it. Here files are read, and nothing else.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from experiments.mistakes import UserError, nearest
from experiments.recording.foreign_runs import ForeignRun, ForeignRuns, Series, series, typed
from experiments.store.mlflow_names import PARENT, STATUSES, ended, told
from experiments.store.sqlite_file import NOTHING_CHANGED

META: Final = "meta.yaml"
"""What MLflow says of an experiment or a run, a key and its value in each line."""


def read_folder(folder: Path, experiment: str, option: str) -> ForeignRuns:
    """All runs of an experiment that have not been deleted.

    Raises:
        UserError: if it is no such folder, there is no such experiment, or a file in it cannot be understood.
    """
    if not folder.is_dir():
        raise UserError(f"{option}: there is no folder {folder}", advice=NOTHING_CHANGED)
    found = {path.parent: _said(path) for path in sorted(folder.glob(f"*/{META}"))}
    named = {said.get("name", ""): path for path, said in found.items() if _active(said)}
    if not named:
        raise UserError(f"{option}: {folder} holds no MLflow experiments", advice=NOTHING_CHANGED)
    if experiment not in named:
        raise UserError(f'--experiment: there is no experiment "{experiment}"{nearest(experiment, named)}')
    runs = sorted(_runs(named[experiment]), key=lambda run: (run.started, run.name))
    return ForeignRuns(name=experiment, source=f"MLflow's experiment “{experiment}”", runs=tuple(runs))


def _runs(folder: Path) -> Iterator[ForeignRun]:
    for path in folder.glob(f"*/{META}"):
        said, place = _said(path), path.parent
        if not _active(said) or "status" not in said:  # a model that was logged is no run
            continue
        began, over = (int(said.get(name, "")) if said.get(name, "").isdigit() else 0 for name in _TIMES)
        tags = {name: file.read_text("utf-8") for name, file in _files(place / "tags")}
        yield ForeignRun(
            name=place.name,
            ended=ended(_status(said["status"]), tags),
            parameters=told(tags)
            | {name: typed(file.read_text("utf-8")) for name, file in _files(place / "params")},
            metrics={name: _series(file) for name, file in _files(place / "metrics")},
            parent=tags.get(PARENT, "").strip(),
            started=began,
            seconds=(over - began) / 1000 if began and over else 0.0,
        )


_TIMES: Final = ("start_time", "end_time")


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files below a folder by their names in MLflow, which may have slashes."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield file.relative_to(folder).as_posix(), file


def _series(file: Path) -> Series:
    """A metric: a line a value, with its time, value and step."""
    rows = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
        time, value, step, *_ = [*line.split(), "0", "0"]
        try:
            rows.append((float(step), float(time), float(value)))
        except ValueError as reason:
            raise UserError(f"{file}:{number}: this is not one of MLflow's metrics") from reason
    rows.sort(key=lambda row: row[:2])
    return series([step for step, _, _ in rows], [value for _, _, value in rows])


def _said(path: Path) -> dict[str, str]:
    return {
        key: _plain(value)
        for key, value in re.findall(r"^(\w+): ?(.*)$", path.read_text("utf-8"), re.MULTILINE)
    }


def _plain(value: str) -> str:
    """A text without the quotation marks that YAML needs around some."""
    if value[:1] == value[-1:] == "'" and len(value) > 1:
        return value[1:-1].replace("''", "'")
    if value[:1] == value[-1:] == '"' and len(value) > 1:
        try:
            return str(json.loads(value))
        except ValueError:
            return value
    return value


def _active(said: dict[str, str]) -> bool:
    return said.get("lifecycle_stage", "active") == "active"


def _status(said: str) -> str:
    number = int(said) if said.isdigit() else 0
    return STATUSES[number - 1] if 0 < number <= len(STATUSES) else said
