"""How a study stands, in numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal, NamedTuple

from experiments.outcome.pareto_front import front
from experiments.outcome.winners import standing
from experiments.recording.objectives import reached
from experiments.recording.records import RunRecord
from experiments.store.metrics import run_name
from studies.running.confirmations import Confirmations
from studies.running.lane import STATES, Lane
from studies.running.plan import Plan
from studies.running.probes import Probes

Stage = Literal["search", "confirm", "default", "champion", "probe"]


class Led(NamedTuple):
    """A combination: how many of its trials have ended, of how many of them a seed diverged, and who leads.

    The leader is named by the key of its run; empty if no trial has a result.
    """

    ended: int
    diverged: int
    leader: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How a study stands.

    Attributes:
        stage: searching, confirming the winners, training the default settings or the champion, or checking
            where networks fail.
        done: networks trained and recorded, in this run or an earlier one.
        networks: networks that the study trains in all; fewer, the more trials leave the race for further seeds.
        trials: trials that there are to be.
        recorded: how many of them have ended, by state: complete, pruned, failed.
        diverged: in how many of them a seed diverged.
        best: lowest objective so far of a trial that has a result, None if there is none.
        best_settings: the scientific and nuisance parameters of that trial.
        best_run: its name in MLflow; empty if there is none.
        seconds: since this run began.
        seconds_left: an estimate, None where nothing is known yet.
        changes: code and packages that changed while the study went on, a line each.
        seals: those that the study was run with.
        front: slots of the trials on the Pareto front, once the search is over and if there are several objectives.
        combinations: how each scientific combination stands.
        record: of the run that has just ended; None at the start.
    """

    stage: Stage
    done: int
    networks: int
    trials: int
    recorded: Mapping[str, int]
    diverged: int
    best: float | None
    best_settings: dict[str, object]
    seconds: float
    seconds_left: float | None
    best_run: str = ""
    front: tuple[int, ...] = ()
    changes: tuple[str, ...] = ()
    seals: tuple[str, ...] = ()
    combinations: tuple[Led, ...] = ()
    record: RunRecord | None = None

    @property
    def whole(self) -> bool:
        """Whether everything is trained."""
        return self.done >= self.networks

    @property
    def finished(self) -> int:
        """How many trials have ended."""
        return sum(self.recorded.values())


class Clock:
    """Counts what is done and estimates what is left."""

    def __init__(self, plan: Plan, confirmations: Confirmations, probes: Probes) -> None:
        """Begin now."""
        self._confirmations, self._probes = confirmations, probes
        self._plan, self._began, self._done_before = plan, monotonic(), -1

    def read(self, lanes: Sequence[Lane], record: RunRecord | None = None) -> Progress:
        """How the study stands now that this run has ended."""
        study = self._plan.file.study
        ended = sum((lane.ended for lane in lanes), Counter())
        confirmations = self._confirmations
        given = [lane.given_networks for lane in lanes]
        done = sum(lane.trained for lane in lanes) + confirmations.done + self._probes.done
        done += sum(trained for trained, _ in given)
        later = self._plan.trials - sum(lane.goal for lane in lanes)  # not yet given to any lane
        networks = done + sum(lane.ahead for lane in lanes) + later * study.seeds
        networks += confirmations.ahead + self._probes.ahead + sum(ahead for _, ahead in given)
        if self._done_before < 0:
            self._done_before = done
        seconds, fresh = monotonic() - self._began, done - self._done_before
        leaders = [lane.leader() for lane in lanes]
        winners = [
            (standing(0, lane.best.value, task.slot), task)
            for lane, task in zip(lanes, leaders, strict=True)
            if lane.best and task
        ]
        best, task = min(winners, key=lambda one: one[0], default=(None, None))
        value = best[1] if best else None
        if task and value is not None and not reached(study.objective, value, task.settings["epochs"]):
            value, task = None, None
        stage: Stage = "search"
        if study.confirm_seeds and winners and all(lane.searched for lane in lanes):
            stage = "confirm"
            if confirmations.over:
                stage = "champion" if confirmations.only_champion else "default"
        if all(lane.searched for lane in lanes) and self._probes.ahead and not confirmations.ahead:
            stage = "probe"
        return Progress(
            stage=stage,
            done=done,
            networks=networks,
            trials=self._plan.trials,
            recorded={state: ended[theirs.name] for state, theirs in STATES.items()},
            diverged=ended["diverged"],
            best=value,
            best_settings={**task.scientific, **task.nuisance} if task else {},
            best_run=run_name(task) if task else "",
            seconds=seconds,
            front=self._front(lanes),
            combinations=tuple(
                Led(lane.finished, lane.ended["diverged"], leader.run_key if leader else "")
                for lane, leader in zip(lanes, leaders, strict=True)
            ),
            record=record,
            changes=tuple(dict.fromkeys(line for lane in lanes for line in lane.versions.past)),
            seals=lanes[0].seals,
            seconds_left=(networks - done) * seconds / fresh if fresh else None,
        )

    def _front(self, lanes: Sequence[Lane]) -> tuple[int, ...]:
        """The slots of the trials on the Pareto front of the study, once all have ended."""
        if not self._plan.file.study.objectives or not all(lane.searched for lane in lanes):
            return ()
        return front(
            {
                number * len(lanes) + place: point
                for place, lane in enumerate(lanes)
                for number, point in lane.points.items()
            }
        )
