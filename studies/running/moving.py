"""A study's trials are deleted, or go on under another name, in Optuna's storage.

Optuna has no way to rename a study. A journal is written again, whole, with the other name in it. In a database, lane
by lane, a copy is made, and when it is complete the old one is deleted. Each function may be called again after it was
interrupted. The caller holds the study's lock or lease.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import optuna
from optuna.storages import BaseStorage

from experiments.recording.records import from_bytes, to_bytes
from experiments.system.files import write_durably
from studies.running.design_agreement import design_in, designs_in
from studies.running.lease import leased
from studies.running.plan import run_key_of
from studies.running.storage import design_in_journal, faults_told, open_database, read_journal

JOURNAL: Final = "optuna.journal"

_DIGEST: Final = "[0-9a-f]{12}"


@dataclass(frozen=True, slots=True)
class Renaming:
    """What a study's new name makes of its run keys, which begin with the name and a digest of the design.

    Attributes:
        old: the study's name.
        new: its name from now on.
        digests: of the design that goes on, before and after; empty where there is none.
    """

    old: str
    new: str
    digests: tuple[str, str] = ("", "")

    @classmethod
    def of(cls, old: str, new: str, design: Mapping[str, Any]) -> "Renaming":
        """The renaming of a study that was begun with this design."""
        if not design:
            return cls(old, new)
        keys = run_key_of(old, design), run_key_of(new, _named(design, new))
        return cls(old, new, (keys[0].removeprefix(f"{old}-"), keys[1].removeprefix(f"{new}-")))

    def key(self, key: str) -> str:
        """The new run key, or name that begins with one, for an old one; anything else as it is."""
        if re.match(rf"{re.escape(self.new)}-{_DIGEST}(?![0-9a-f])", key):
            return key
        found = re.match(rf"{re.escape(self.old)}-({_DIGEST})(?![0-9a-f])", key)
        if not found:
            return key
        digest = self.digests[1] if found[1] == self.digests[0] else found[1]
        return f"{self.new}-{digest}{key[found.end() :]}"

    def attributes(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes of a lane with the new name in them."""
        return {self.key(name): self._value(name, value) for name, value in attributes.items()}

    def notes(self, notes: Mapping[str, Any]) -> dict[str, Any]:
        """The attributes of a trial with the new name in them."""
        return {name: self.key(note) if name == "run_key" else note for name, note in notes.items()}

    def _value(self, name: str, value: Any) -> Any:
        if name == "design" and value["study"]["name"] == self.old:
            return _named(value, self.new)
        if name.endswith("/record"):  # a winner's on fresh seeds
            record = from_bytes(b64decode(value))
            task = replace(record.task, study=self.new, run_key=self.key(record.task.run_key))
            return b64encode(to_bytes(replace(record, task=task))).decode()
        return value

    def lane(self, name: str) -> str:
        """The new name of a lane, or of a study's lease."""
        return f"{self.new}/{name.removeprefix(f'{self.old}/')}" if name.startswith(f"{self.old}/") else name


def _named(design: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {**design, "study": {**design["study"], "name": name}}


class Trials:
    """A study's trials: in a storage, or in the journal of the study's folder."""

    def __init__(self, folder: Path, storage: BaseStorage | None) -> None:
        """Use `open`."""
        self._folder, self._storage = folder, storage

    @classmethod
    def open(cls, folder: Path, url: str | None) -> "Trials":
        """Those in the storage at a URL, or else in the journal of a folder.

        Raises:
            UserError: if no storage can be opened at the URL.
            Fault: if it is damaged.
        """
        return cls(folder, open_database(url) if url else None)

    def there(self, name: str) -> bool:
        """Whether there is a study of this name."""
        return bool(self._lanes(name)) if self._storage else (self._folder / JOURNAL).exists()

    def growing(self, name: str) -> bool:
        """Whether a study has been extended and has not taken over all that it had before."""
        if not self._storage and not (self._folder / JOURNAL).exists():
            return False
        return len(designs_in(self._storage or read_journal(self._folder), name)) > 1

    def renaming(self, old: str, new: str) -> Renaming:
        """What another name makes of a study."""
        storage = self._storage
        return Renaming.of(old, new, design_in(storage, old) if storage else design_in_journal(self._folder))

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Keep other hosts from running the study, where its storage has several.

        Raises:
            UserError: if another runs it.
        """
        with leased(self._storage, name) if self._storage else nullcontext():
            yield

    def delete(self, name: str) -> None:
        """Delete a study from its storage; a journal goes with its folder."""
        with faults_told():
            for study_id in self._lanes(name).values():
                self._of_storage.delete_study(study_id)

    def rename(self, names: Renaming) -> None:
        """Give a study its new name."""
        if not self._storage:
            rename_in_journal(self._folder, names)
            return
        with faults_told():
            for lane in self._lanes(names.old):
                if lane != f"{names.old}/lease":
                    self._move(lane, names)
        self.delete(names.old)

    def _move(self, lane: str, names: Renaming) -> None:
        """Copy a lane under its new name, and delete the old one once the copy is complete."""
        storage, study_id = self._of_storage, self._lanes(names.old)[lane]
        if (unfinished := self._lanes(names.new).get(names.lane(lane))) is not None:
            storage.delete_study(unfinished)  # of an attempt that was cut off
        directions = storage.get_study_directions(study_id)
        copy = optuna.create_study(storage=storage, study_name=names.lane(lane), directions=directions)
        for key, value in names.attributes(storage.get_study_user_attrs(study_id)).items():
            copy.set_user_attr(key, value)
        for trial in storage.get_all_trials(study_id):
            trial.user_attrs = names.notes(trial.user_attrs)
            copy.add_trial(trial)
        storage.delete_study(study_id)

    def _lanes(self, name: str) -> dict[str, int]:
        """What the storage has of a study: its lanes and its lease, by name."""
        with faults_told():
            every = self._of_storage.get_all_studies() if self._storage else []
        mine = (one for one in every if one.study_name.startswith(f"{name}/"))
        return {one.study_name: one._study_id for one in mine}  # noqa: SLF001 # nothing public gives it

    @property
    def _of_storage(self) -> BaseStorage:
        assert self._storage is not None
        return self._storage


def rename_in_journal(folder: Path, names: Renaming) -> None:
    """Give the study in a folder's journal its new name; a line that a crash has cut short is dropped."""
    path = folder / JOURNAL
    if not path.exists():
        return
    lines = [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    changed = [_renamed(line, names) for line in lines]
    if changed != lines:
        write_durably(path, b"".join(changed))


def _renamed(line: bytes, names: Renaming) -> bytes:
    operation: dict[str, Callable[[Any], Any]] = {
        "study_name": names.lane,
        "user_attr": names.attributes,
        "user_attrs": names.notes,
    }
    if not any(f'"{name}"'.encode() in line for name in operation):
        return line
    given: dict[str, Any] = json.loads(line)
    changed = {**given, **{name: change(given[name]) for name, change in operation.items() if name in given}}
    return line if changed == given else json.dumps(changed, separators=(",", ":")).encode() + b"\n"
