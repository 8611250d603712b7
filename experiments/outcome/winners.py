"""Who wins: the one rule by which a study chooses the winner of a combination and the champion, and a report reads it.

What a study has decided is recorded: a run on fresh seeds is its combination's winner, a champion's run the champion.
The rule also names the best so far, where nothing has been decided yet.
"""

from collections.abc import Callable, Collection, Sequence
from math import inf

import numpy as np

from experiments.mistakes import UserError
from experiments.recording.look_schedule import named
from experiments.recording.objectives import has_result
from experiments.recording.records import RunRecord, StudyRecord

Rank = tuple[int, float, int]
"""What runs are ordered by; the lowest is the best."""


def standing(seeds: int, objective: float, slot: int) -> Rank:
    """Most seeds first, then the lowest mean objective, then the earliest slot.

    Of trials that raced for seeds, those that left early may have been lucky with few.
    """
    return (-seeds, objective, slot)


def winning(seeds: int, objective: float | None, slot: int, confirmed: Collection[int]) -> tuple[bool, Rank]:
    """What a combination's trials are ordered by; the lowest wins: the confirmed one, else the best `standing`."""
    return slot not in confirmed, standing(seeds, inf if objective is None else objective, slot)


def finished(record: RunRecord) -> bool:
    """Whether a run has a result, by its curves: trained to its end, and not every seed diverged."""
    curve = record.curves.get("validation_error")
    known = 0 if curve is None or not curve.shape[1] else int(np.isfinite(curve[:, -1]).sum())
    seeds = len(record.task.seeds)
    return has_result(record.state, seeds - known, seeds)


def winners(
    records: Sequence[RunRecord], group: Callable[[RunRecord], int], *, raced: bool = True
) -> dict[int, int]:
    """The place of each group's winner among some records: the search run that was confirmed, else the best so far.

    Where trials have not `raced` for seeds, how many one has says nothing of it: the lowest objective wins among those
    with at least half as many seeds as the most of their group.
    """
    if not raced:
        return _of_uneven_seeds(records, group)
    confirmed = {record.task.slot for record in records if record.task.phase == "confirm"}

    def order(place: int) -> tuple[bool, Rank]:
        task = records[place].task
        return winning(len(task.seeds), records[place].objective, task.slot, confirmed)

    found: dict[int, int] = {}
    for place, record in enumerate(records):
        if record.task.phase == "search" and finished(record):
            mine = group(record)
            found[mine] = min(found.get(mine, place), place, key=order)
    return found


def _of_uneven_seeds(records: Sequence[RunRecord], group: Callable[[RunRecord], int]) -> dict[int, int]:
    ended = [place for place, record in enumerate(records) if finished(record)]
    most: dict[int, int] = {}
    for place in ended:
        mine = group(records[place])
        most[mine] = max(most.get(mine, 0), len(records[place].task.seeds))
    found: dict[int, int] = {}
    for place in ended:
        mine = group(records[place])
        if 2 * len(records[place].task.seeds) >= most[mine]:
            best = found.get(mine, place)
            found[mine] = min(best, place, key=lambda each: standing_of(records[each], by_seeds=False))
    return found


def present(study: StudyRecord) -> tuple[RunRecord, ...]:
    """The runs, without those on fresh seeds that were made again with the number that the study now asks for.

    A study has one champion, so the present one also replaces a champion that had another setting.
    """
    ending = named(study.confirm_seeds, study.until or None)
    asked = [run.task.phase != "search" and run.task.run_key.endswith(ending) for run in study.runs]
    again = {_office(run) for run, now in zip(study.runs, asked, strict=True) if now}
    return tuple(run for run, now in zip(study.runs, asked, strict=True) if now or _office(run) not in again)


def _office(run: RunRecord) -> tuple[str, int | None]:
    """What one run at a time can be."""
    return run.task.phase, None if run.task.phase == "champion" else run.task.slot


def that_stand(study: StudyRecord) -> tuple[dict[int, RunRecord], int]:
    """The run that stands for each combination, and the combination of the champion or, so far, of the best run.

    That is the champion's, else the winner's on fresh seeds, else its trial.

    Raises:
        UserError: if no run has a result yet.
    """
    there = present(study)
    chosen = winners(there, lambda run: run.task.combination)
    found = {combination: there[place] for combination, place in chosen.items()}
    if not found:
        raise UserError(f'the study "{study.name}" has no finished run yet')
    runs = {(run.task.phase, run.task.slot): run for run in there if finished(run)}
    found = {place: runs.get(("confirm", run.task.slot), run) for place, run in found.items()}

    def order(place: int) -> tuple[bool, Rank]:
        return found[place].task.phase == "search", standing_of(found[place], by_seeds=not study.until)

    best = min(found, key=order)
    found[best] = runs.get(("champion", found[best].task.slot), found[best])
    return found, best


def standing_of(record: RunRecord, *, by_seeds: bool = True) -> Rank:
    """A record's standing; not by its seeds where a winner has fewer because it was decided on sooner."""
    objective = inf if record.objective is None else record.objective
    return standing(len(record.task.seeds) if by_seeds else 0, objective, record.task.slot)
