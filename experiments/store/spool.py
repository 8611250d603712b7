"""A study's spool: the folder where records wait until MLflow has them, and what belongs to them.

Workers write it, and the publisher empties it. A study is read from it, too, so that nothing that has been trained is
hidden.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import time
from typing import Any, Final

from experiments.recording.merging_seeds import overlaid
from experiments.recording.records import (
    RunRecord,
    StudyRecord,
    from_bytes,
    in_order,
    to_bytes,
)
from experiments.store.server import default_tracking_uri
from experiments.store.store_errors import StoreError, without_password
from experiments.store.study_record import STUDY_FILE, study_from_json, study_to_json
from experiments.system.files import write_durably
from experiments.system.locks import OF_A_STUDY, is_held

SET_ASIDE: Final = ".bad"
"""Ending of a file that could not be recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to publish.

    Attributes:
        home: the output folder.
        tracking_uri: see `Store.open`.
        spool: folder with `<run key>.npz` files, and beside the champion's its `<run key>.network`.
        study: the study that they belong to.
        run_key: identity of the study's design.
        whole: whether everything had been trained and nothing waited when the study was begun this time.
        system_metrics: whether MLflow measures the machine while the study goes on.
        replaces: run keys of the study as it was before it has grown; their runs are deleted when it has ended.
    """

    home: Path
    tracking_uri: str | None
    spool: Path
    study: StudyRecord
    run_key: str
    whole: bool = False
    system_metrics: bool = False
    replaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """What the home folder knows of a study besides what MLflow has.

    Attributes:
        study: what its records belong to; None if it is not known.
        run_key: identity of the study's design; empty likewise.
        tracking_uri: of the store that they are meant for, as it may be shown.
        records: those that wait, further seeds of a run by themselves.
        left_out: files that are no records, or that MLflow refuses.
        networks: the file of the champion's networks, if it waits.
        running: whether a process is at work on the study; None if that cannot be known.
        begun: when one began to work on it last, in milliseconds since 1970; 0 if that is not known, or if it found
            nothing to do.
    """

    study: StudyRecord | None = None
    run_key: str = ""
    tracking_uri: str = ""
    records: tuple[RunRecord, ...] = ()
    left_out: tuple[str, ...] = ()
    networks: Path | None = None
    running: bool | None = None
    begun: int = 0

    def newer_study(self, ended: int | None) -> StudyRecord | None:
        """The study as it was begun last, if MLflow, where it ended then or goes on, may not know that yet."""
        begun_again = ended is not None and self.begun > ended
        return self.study if self.records or self.running or begun_again else None

    @property
    def standing(self) -> dict[str, Any]:
        """What it says of how the study stands, as `StudyRecord` has it."""
        return {
            "waiting": len(self.records),
            "left_out": self.left_out,
            "running": self.running,
            "begun": self.begun,
        }

    @property
    def alone(self) -> StudyRecord | None:
        """The study where MLflow does not have it; None if nothing of it waits, or what it is is not known."""
        if not self.study or not (self.records or self.left_out):
            return None
        records = overlaid({}, self.records, self.study)
        return replace(
            self.study,
            tracking_uri=self.tracking_uri,
            started=min((record.started for record in self.records), default=self.begun),
            runs=in_order(records.values()),
            **self.standing,
        )


def keep_study(job: Job) -> None:
    """Keep beside the records which study they belong to, and for which store they are meant."""
    meant_for = without_password(job.tracking_uri) if job.tracking_uri else None
    study = json.loads(study_to_json(job.study))
    begun = 0 if job.whole else int(time() * 1000)
    kept = {"run_key": job.run_key, "tracking_uri": meant_for, "begun": begun, "study": study}
    write_durably(job.spool / STUDY_FILE, json.dumps(kept, indent=2, ensure_ascii=False).encode())


def rename_spool(
    spool: Path, names: tuple[str, str], key: Callable[[str], str], command: Callable[[str], str]
) -> None:
    """Give the study in a spool's folder another name; it may be cut off and called again.

    Args:
        spool: the folder; no other process works on it.
        names: the study's old name and the new one.
        key: gives the new run key, or name that begins with one, for an old one, and a new one as it is.
        command: likewise for a command that goes on with the study.
    """
    for path in list(spool.glob("*.npz")):
        try:
            record = from_bytes(path.read_bytes())
        except Exception:  # a damaged file, which belongs to no study
            continue
        if record.task.study == names[0]:
            task = replace(record.task, study=names[1], run_key=key(record.task.run_key))
            renamed = spool / f"{task.name}.npz"
            write_durably(renamed, to_bytes(replace(record, task=task)))
            if (network := path.with_suffix(".network")).exists():
                network.replace(renamed.with_suffix(".network"))
            if path != renamed:
                path.unlink()
    kept, study = _kept(spool)
    if study:
        changed = study.renamed(names[1], command(study.command))
        kept |= {"run_key": key(kept["run_key"]), "study": json.loads(study_to_json(changed))}
        write_durably(spool / STUDY_FILE, json.dumps(kept, indent=2, ensure_ascii=False).encode())


def read_spools(home: Path, tracking_uri: str | None) -> dict[str, Spooled]:
    """What the home folder knows of its studies, by name; those left out whose records are meant for another store.

    Without a store that is asked about it is all of them.
    """
    found = {}
    for folder in sorted(home.glob("studies/*/spool")):
        kept, study = _kept(folder)
        meant_for = _shown(kept.get("tracking_uri"), home)
        if not (tracking_uri and study) or meant_for == _shown(tracking_uri, home):
            found[folder.parent.name] = replace(
                _read(folder),
                study=study,
                run_key=str(kept.get("run_key", "")),
                tracking_uri=meant_for,
                begun=int(kept.get("begun", 0)),
            )
    return found


def _shown(tracking_uri: str | None, home: Path) -> str:
    return without_password(tracking_uri or default_tracking_uri(home))


def _kept(folder: Path) -> tuple[dict[str, Any], StudyRecord | None]:
    """What `keep_study` has kept, and the study; nothing where it is missing or damaged."""
    try:
        kept = json.loads((folder / STUDY_FILE).read_bytes())
        return kept, study_from_json(json.dumps(kept["study"]).encode())
    except (OSError, ValueError, TypeError, KeyError, StoreError):
        return {}, None


def _read(folder: Path) -> Spooled:
    records, left_out = [], [path.name for path in folder.glob(f"*{SET_ASIDE}")]
    for path in folder.glob("*.npz"):
        try:
            record = from_bytes(path.read_bytes())
        except FileNotFoundError:  # delivered meanwhile
            continue
        except Exception:  # a damaged file raises whatever zip, NumPy or JSON find first
            left_out.append(path.name)
            continue
        if record.task.study == folder.parent.name:
            records.append(record)
        else:
            left_out.append(path.name)
    return Spooled(
        records=tuple(records),
        left_out=tuple(sorted(left_out)),
        networks=max(folder.glob("*.network"), key=lambda path: path.stat().st_mtime_ns, default=None),
        running=is_held(folder.parent / OF_A_STUDY),
    )
