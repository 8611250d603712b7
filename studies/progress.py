"""How a study stands, in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from studies.lane import Lane
from studies.plan import Plan

Stage = Literal["search", "confirm", "champion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How a study stands.

    Attributes:
        stage: searching for settings, confirming the winners, or training the champion.
        done: networks trained and recorded, in this run or an earlier one.
        networks: networks that the study trains in all.
        finished: trials that have ended.
        trials: trials that there are to be.
        pruned: of the finished ones, those pruned.
        failed: likewise those failed.
        diverged: likewise those of which a seed diverged.
        best: lowest objective so far, None if there is none.
        best_settings: the scientific and nuisance parameters of that trial.
        seconds: since this run began.
        seconds_left: an estimate, None where nothing is known yet.
    """

    stage: Stage
    done: int
    networks: int
    finished: int
    trials: int
    pruned: int
    failed: int
    diverged: int
    best: float | None
    best_settings: dict[str, object]
    seconds: float
    seconds_left: float | None


class Clock:
    """Counts what is done and estimates what is left."""

    def __init__(self, plan: Plan) -> None:
        """Begin now."""
        self._plan, self._began, self._done_before = plan, monotonic(), -1

    def read(self, lanes: Sequence[Lane]) -> Progress:
        """How the study stands now."""
        study = self._plan.file.study
        finished = [trial for lane in lanes for trial in lane.finished]
        confirmed = [lane.settled(task) for lane in lanes if lane.searched and (task := lane.confirmation())]
        settled = sum(value is not None for value in confirmed) if study.confirm_seeds else 0
        crowned = study.confirm_seeds > 0 and any(
            lane.settled(task) is not None for lane in lanes if (task := lane.championship())
        )
        done = len(finished) * study.seeds + (settled + crowned) * study.confirm_seeds
        if self._done_before < 0:
            self._done_before = done
        seconds, fresh = monotonic() - self._began, done - self._done_before
        best_lane = min(
            (lane for lane in lanes if lane.best),
            key=lambda lane: lane.best.value if lane.best and lane.best.value is not None else 0.0,
            default=None,
        )
        task = best_lane.confirmation() if best_lane else None
        searched = all(lane.searched for lane in lanes)
        stage: Stage = "search"
        if searched and study.confirm_seeds:
            stage = "confirm" if settled < len(confirmed) else "champion"
        return Progress(
            stage=stage,
            done=done,
            networks=self._plan.networks,
            finished=len(finished),
            trials=self._plan.trials,
            pruned=sum(trial.state.name == "PRUNED" for trial in finished),
            failed=sum(trial.state.name == "FAIL" for trial in finished),
            diverged=sum(trial.user_attrs.get("diverged", 0) > 0 for trial in finished),
            best=best_lane.best.value if best_lane and best_lane.best else None,
            best_settings={**task.scientific, **task.nuisance} if task else {},
            seconds=seconds,
            seconds_left=(self._plan.networks - done) * seconds / fresh if fresh else None,
        )
