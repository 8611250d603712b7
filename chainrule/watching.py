"""Looks at a study again and again, from its records alone, without slowing it."""

from collections.abc import Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from chainrule.workspace import Workspace
from experiments.mistakes import Fault, UserError
from experiments.recording.study_state import STATES
from experiments.store.metrics import run_name
from experiments.store.reading import Records
from experiments.system.locks import is_held
from experiments.wording import sentence
from studies.running.tally import Progress, Stage

if TYPE_CHECKING:
    from experiments.store.look import Look

SOONEST: Final = 1.0
"""Seconds between two looks, at least."""

SHARE: Final = 30.0
"""A look is followed by a pause of this many times what it took."""

NOTICED: Final = 0.2
"""Seconds after which it is noticed that the study's process has ended."""


class View(NamedTuple):
    """What was seen.

    Attributes:
        look: the study; None if it has just begun, and nothing of it is recorded.
        progress: how far it has come, as the command that runs it would say; likewise.
        trouble: why the records, or a part of them, could not be read; empty if they could.
    """

    look: "Look | None" = None
    progress: Progress | None = None
    trouble: str = ""

    @property
    def over(self) -> bool:
        """Whether the study has ended."""
        return self.look is not None and self.look.study.state != "running"

    @property
    def ending(self) -> Sequence[str]:
        """How it has ended and how it goes on, a sentence a line; empty while it runs."""
        from experiments.store.study_summary import sentences

        if self.look is None or not self.over:
            return []
        study = self.look.study
        said = [
            f"{study.name}: {study.state}. {sentence(STATES[study.state])}.",
            *sentences(self.look.summary),
        ]
        if study.state != "complete" and study.command and not study.waiting:
            said.append(f"Continue: {study.command}")
        return said


class Watched:
    """A study that is looked at."""

    def __init__(self, name: str, home: Path, tracking_uri: str | None) -> None:
        """Nothing is read yet."""
        self._name, self._home, self._uri = name, home, tracking_uri
        self._lock = Workspace(home).lock(name)
        self._known: dict[tuple[str, str], Any] = {}
        self._took, self._was_held = 0.0, False
        self._began: tuple[float, int] | None = None  # to look, and how many networks there were

    def look(self) -> View:
        """How it stands now.

        Raises:
            UserError: if there is no such study; it names the nearest.
            StoreError: if the records cannot be read.
        """
        began, self._was_held = monotonic(), bool(is_held(self._lock))
        try:
            records = Records.open(self._home, self._uri)
            look = records.look(self._name, self._known)
        except UserError:
            if not self._was_held:
                raise
            return View()
        finally:
            self._took = monotonic() - began
        return View(look, self._progress(look), _first_line(records.trouble) if records.trouble else "")

    def look_again(self, before: View) -> View:
        """The same; as it was before while the records of a study that runs cannot be read."""
        try:
            return self.look()
        except (Fault, UserError) as reason:
            if before.look is None or (before.look.study.running and not self._was_held):
                raise
            return before._replace(trouble=_first_line(reason))

    def wait(self) -> None:
        """Wait until it is time to look again, or the study's process has ended."""
        until = monotonic() + max(SOONEST, SHARE * self._took)
        while monotonic() < until and not (self._was_held and not is_held(self._lock)):
            sleep(NOTICED)

    def _progress(self, look: "Look") -> Progress:
        """How far it has come. The time left follows from what was done since the first look."""
        study, summary = look.study, look.summary
        leaders = [one.leader for one in look.standings if one.leader]
        best = next((run.task for run in leaders if run_name(run.task) == summary.best_run), None)
        combinations = len(study.combinations)
        most = summary.trials * study.seeds + study.confirm_seeds * (combinations + 1)
        most += combinations * (study.seeds + study.confirm_seeds) * study.default_setting
        networks = max(look.networks, most, 1)
        now = monotonic()
        self._began = since, done = self._began or (now, look.networks)
        left = None
        if look.networks > done and study.state == "running":
            left = (networks - look.networks) * (now - since) / (look.networks - done)
        return Progress(
            stage=_stage(look),
            done=look.networks,
            networks=networks,
            trials=summary.trials,
            recorded=summary.recorded,
            diverged=summary.diverged,
            best=summary.best,
            best_settings={**best.scientific, **best.nuisance} if best else {},
            seconds=now - since,
            seconds_left=left,
        )


def _stage(look: "Look") -> Stage:
    """What is being done, found from what has been."""
    study, phases = look.study, look.phases
    leaders = [one.leader for one in look.standings if one.leader]
    racing = any(len(run.task.seeds) < study.seeds for run in leaders)
    searching = sum(look.summary.recorded.values()) < look.summary.trials or racing
    if (
        searching or not study.confirm_seeds or study.state == "complete"
    ):  # of one that is over its trials are counted
        return "search"
    if phases.get("confirm", 0) < len(leaders):
        return "confirm"
    if study.default_setting and phases.get("default", 0) < len(study.combinations):
        return "default"
    return "probe" if phases.get("champion") else "champion"


def _first_line(reason: BaseException) -> str:
    return str(reason).removeprefix("error: ").partition("\n")[0]
