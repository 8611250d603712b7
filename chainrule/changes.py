"""Deletes, renames and archives a study in all places where something of it is kept.

These are MLflow's store, Optuna's storage, the spool and whatever else is in the study's folder, and the report. What
is to be done is noted in the study's folder first, and that note is removed last. So whenever the process is killed,
either nothing has changed, or the note is there. Then the study cannot be run, and the same command finishes the work.
Each step may be repeated.
"""

import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from chainrule.change_note import CHANGE, Note, note_in
from chainrule.workspace import Workspace
from experiments.command_line import command_line
from experiments.mistakes import UserError, nearest
from experiments.store.archived import MARK
from experiments.store.reading import Records, check_there
from experiments.store.server import default_tracking_uri
from experiments.store.spool import rename_spool
from experiments.store.store_errors import StudyNotFoundError, without_password
from experiments.store.study_summary import StudySummary
from experiments.system.files import write_durably
from experiments.system.locks import OF_A_STUDY, is_held
from experiments.wording import count, enumerated
from studies.file.study_names import LONGEST_NAME, SINGLE_EXPERIMENTS, why_no_name
from studies.running.moving import JOURNAL, Renaming, Trials

if TYPE_CHECKING:  # it brings MLflow
    from experiments.store.mlflow_store import Store

Agree = Callable[[str], None]
"""Asks the user whether to do this, and raises if the answer is no."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where studies are kept.

    Attributes:
        workspace: the output folder.
        tracking_uri: of MLflow's store; None for the file in the output folder.
        storage: of Optuna's; None for the journal in a study's folder.
    """

    workspace: Workspace
    tracking_uri: str | None
    storage: str | None

    def store(self) -> "Store | None":
        """MLflow's store, open; None if there is none yet."""
        if not self.tracking_uri and not (self.workspace.home / "mlflow.db").exists():
            return None
        from experiments.store.mlflow_store import Store

        return Store.open(self.workspace.home, self.tracking_uri)

    def trials(self, name: str) -> Trials:
        """Optuna's trials of a study."""
        return Trials.open(self.workspace.study(name), self.storage)

    def note(self, what: Literal["delete", "rename"], name: str, to: str = "") -> Note:
        """The note that such a command is to leave, as far as it is known before the study is looked at."""
        uri, storage = (given and without_password(given) for given in (self.tracking_uri, self.storage))
        return Note(what=what, name=name, to=to, tracking_uri=uri, storage=storage)

    def study(self, name: str) -> StudySummary:
        """The summary of a study that no process runs.

        Raises:
            UserError: if there is none, or it is being run, here or, as far as MLflow knows, elsewhere.
        """
        known = self._studies(name)
        if name not in known:
            raise StudyNotFoundError(f'there is no study "{name}"{nearest(name, sorted(known))}')
        folder = self.workspace.study(name)
        if is_held(folder / OF_A_STUDY):
            watch = command_line("watch", name, home=self.workspace.home, tracking_uri=self.tracking_uri)
            raise UserError(
                f'the study "{name}" is being run by another process; nothing was changed',
                advice=f"Stop it with Ctrl-C in its terminal, or wait for its end ({watch}), then run this again.",
            )
        if known[name].state == "running" and not folder.exists():
            raise UserError(
                f'MLflow says that the study "{name}" runs, but not from {self.workspace.home}; nothing was changed',
                advice="Run the command on the machine, and with the --home, where the study was started.",
            )
        return known[name]

    def with_its_trials(self, name: str) -> StudySummary:
        """The same, and `storage` is where its trials are, as far as that is known.

        Raises:
            UserError: likewise, and if they are in another storage.
        """
        study = self.study(name)
        used = shlex.split(study.command) if study.command.startswith("chainrule study ") else []
        if "--storage" in used and not self.storage:
            raise UserError(
                f'the trials of the study "{name}" are in another storage; nothing was changed',
                advice=f"Name it: --storage {used[used.index('--storage') + 1]}",
            )
        return study

    def _studies(self, name: str) -> dict[str, StudySummary]:
        """All studies, by name; one of this name is among them even if only its folder exists."""
        alone = name in self.workspace.begun
        nothing = StudySummary(
            name=name, question="", state="stopped", trials=0, recorded={}, diverged=0, best=None, best_run=""
        )
        try:
            check_there(self.workspace.home, self.tracking_uri)
            found = Records.open(self.workspace.home, self.tracking_uri).studies(archived=True)
        except UserError:  # nothing has been recorded
            if not alone:
                raise
            found = []
        return {**({name: nothing} if alone else {}), **{one.name: one for one in found}}

    def begun(self, mine: Note) -> Note | None:
        """The note of the same command that was interrupted; None if there is none.

        Raises:
            UserError: if it was another command, or one with other addresses.
        """
        note = note_in(self.workspace.study(mine.name))
        if note and replace(note, experiment_id=mine.experiment_id, digests=mine.digests) != mine:
            raise note.cut_off(self.workspace.home)
        return note


def delete(places: Places, name: str, agree: Agree) -> str:
    """Delete a study, or what is left of it after the command was cut off.

    Returns:
        What the user has to know, in a sentence.

    Raises:
        UserError: if there is none, it is being run, or the user does not agree.
        Fault: if a store does not do its work; the same command goes on.
    """
    workspace, folder = places.workspace, places.workspace.study(name)
    mine = places.note("delete", name)
    note = places.begun(mine)
    if note is None:
        study = places.with_its_trials(name)
        store = places.store()
        experiment_id = (store and store.experiment_of(name)) or ""
        agree(_what_goes(places, study, store, experiment_id))
        note = replace(mine, experiment_id=experiment_id)
    else:
        store = places.store()
        agree(f'What is left of the study "{name}" is deleted.')
    trials, gone = places.trials(name), True
    with workspace.locked(name), trials.held(name):
        note.write(folder)
        if store and note.experiment_id:
            gone = store.delete_study(note.experiment_id, name)
        trials.delete(name)
        _remove(workspace.report(name))
        _empty(folder)
    _end(workspace, folder)
    done = f'The study "{name}" is deleted.'
    if gone:
        return done
    purge = shlex.join(
        ["mlflow", "gc", "--backend-store-uri", "DATABASE", "--experiment-ids", note.experiment_id]
    )
    return (
        f"{done} MLflow's server has only hidden its runs; on its machine this removes them for good: {purge}"
    )


def rename(places: Places, old: str, new: str, agree: Agree) -> None:
    """Give a study another name, or finish that after the command was cut off; it goes on under the new one.

    Raises:
        UserError: if there is no such study, it is being run, the new name is none or taken, or the answer is no.
        Fault: if a store does not do its work; the same command goes on.
    """
    workspace, folder = places.workspace, places.workspace.study(old)
    mine = places.note("rename", old, new)
    note, trials, store = places.begun(mine), places.trials(old), places.store()
    if note is None:
        _check_name(new)
        if new == old:
            raise UserError(f'NEW: "{new}": the study is called so already')
        if old == SINGLE_EXPERIMENTS:
            raise UserError(f'"{old}" is where chainrule train keeps its experiments; it has no other name')
        places.with_its_trials(old)
        if trials.growing(old):
            raise UserError(
                f'the study "{old}" is being extended, and not all is taken over yet; nothing was changed',
                advice="Run it to its end first, with its study file as it is now.",
            )
        _check_free(places, new, store, trials)
        agree(f'The study "{old}" gets the name "{new}", with its runs, trials, model and report.')
        experiment_id = (store and store.experiment_of(old)) or ""
        digests = trials.renaming(old, new).digests
        note = replace(mine, experiment_id=experiment_id, digests=digests)
    names = Renaming(old, new, note.digests)

    def command(line: str) -> str:
        return _with_name(line, new)

    with workspace.locked(old), trials.held(old):
        note.write(folder)
        if store and note.experiment_id:
            store.rename_study(note.experiment_id, (old, new), names.key, command)
        rename_spool(workspace.spool(old), (old, new), names.key, command)
        trials.rename(names)
        workspace.study(new).mkdir(exist_ok=True)
        for path in _content(folder):
            path.replace(workspace.study(new) / path.name)
        if workspace.report(old).exists() and not workspace.report(new).exists():
            workspace.report(old).replace(workspace.report(new))
        if workspace.report(new).exists():
            _write_report_again(places, new, store)
    _end(workspace, folder)


def archive(places: Places, name: str, since: str | None, agree: Agree) -> None:
    """Put a study away since a moment, or bring it back if that is None; it may be cut off and done again.

    Raises:
        UserError: if there is none, it is being run, or the user does not agree.
        Fault: if MLflow's store does not do its work; the same command goes on.
    """
    workspace, folder = places.workspace, places.workspace.study(name)
    if note := note_in(folder):
        raise note.cut_off(workspace.home)
    places.study(name)
    mark = folder / MARK
    if since is not None:
        agree(
            f'The study "{name}" is hidden from lists and cannot be run until it is restored. Nothing is removed.'
        )
    store = places.store()
    experiment_id = store.experiment_of(name) if store else None
    with workspace.locked(name):
        if since is not None and not mark.exists():
            write_durably(mark, since.encode())
        if store and experiment_id:
            store.archive_study(experiment_id, since)
        if since is None:
            mark.unlink(missing_ok=True)


def _what_goes(places: Places, study: StudySummary, store: "Store | None", experiment_id: str) -> str:
    """What is deleted with a study, in sentences."""
    workspace = places.workspace
    parts = []
    if experiment_id and store:
        models = [f"model {one}" for one in store.models_of(experiment_id)]
        where = without_password(places.tracking_uri or default_tracking_uri(workspace.home))
        parts.append(f"its runs{''.join(f', {one}' for one in models)} in {where}")
    if places.storage:
        parts.append(f"its trials in {without_password(places.storage)}")
    elif (workspace.study(study.name) / JOURNAL).exists():
        parts.append(f"its trials in {workspace.study(study.name) / JOURNAL}")
    if study.waiting:
        parts.append(f"{count(study.waiting, 'record')} that MLflow has not received yet")
    if workspace.report(study.name).exists():
        parts.append(f"its report in {workspace.report(study.name)}")
    return f'The study "{study.name}" is deleted for good: {enumerated(parts)}.'


def _check_name(name: str) -> None:
    """Refuse what cannot be a study's name."""
    wrong = why_no_name(name) if name else "a name was expected"
    if not wrong and len(name) > LONGEST_NAME:
        wrong = f"a name has at most {LONGEST_NAME} characters"
    if not wrong and name == SINGLE_EXPERIMENTS:
        wrong = "chainrule train keeps its experiments under this name"
    if wrong:
        raise UserError(f'NEW: "{name}": {wrong}')


def _check_free(places: Places, name: str, store: "Store | None", trials: Trials) -> None:
    """Refuse a name under which something is kept already."""
    workspace = places.workspace
    taken = ""
    if workspace.study(name).exists() or workspace.report(name).exists():
        there = workspace.study(name) if workspace.study(name).exists() else workspace.report(name)
        taken = f"there is a folder {there} already"
    elif store and store.experiment_of(name):
        taken = "MLflow has an experiment of this name already, perhaps a deleted one"
    elif store and store.has_model(name):
        taken = "MLflow has a registered model of this name already"
    elif places.storage and trials.there(name):
        taken = "Optuna's storage has a study of this name already"
    if taken:
        raise UserError(f'NEW: "{name}": {taken}; nothing was changed')


def _with_name(line: str, name: str) -> str:
    """A command that goes on with a study, under another name of the study; any other line as it is."""
    if not line.startswith("chainrule study "):
        return line
    words = shlex.split(line)
    if "--name" in words:
        place = words.index("--name")
        words[place + 1 : place + 2] = [name]
        return shlex.join(words)
    return shlex.join([*words, "--name", name])


def _write_report_again(places: Places, name: str, store: "Store | None") -> None:
    """Write a report that was there again, with the study's new name in it, also among the study's artifacts."""
    from chainrule.reporting import write_reports

    folder = places.workspace.report(name)
    _, (study,), report = write_reports(places.workspace.home, places.tracking_uri, [name], folder)
    if store and study.parent_run_id:
        store.log_report(study.parent_run_id, folder, report.files)


def _content(folder: Path) -> list[Path]:
    """What is in a study's folder, without its lock and the note."""
    return [path for path in sorted(folder.iterdir()) if path.name not in (OF_A_STUDY, CHANGE)]


def _empty(folder: Path) -> None:
    """Remove the content of a study's folder."""
    for path in _content(folder):
        _remove(path)


def _end(workspace: Workspace, folder: Path) -> None:
    """Remove what is left of a study's folder: the lock and the note, which go out of the way in one step."""
    away = workspace.home / f".removed-{folder.name}"
    _remove(away)  # should an earlier one have been cut off here
    folder.replace(away)
    _remove(away)


def _remove(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
