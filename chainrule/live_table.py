"""How a study's combinations stand, as a table for the terminal: also while the study runs.

What stands for a combination, its error and the interval are found by the report's own functions, so the table shows
what a report written at this moment has.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from rich.table import Table
from rich.text import Text

from chainrule.curve import sparkline
from experiments.choices import cut
from experiments.control_characters import visible
from experiments.outcome.standings import SHOWN, Standing
from experiments.recording.objectives import reached
from experiments.recording.records import RunRecord, StudyRecord
from experiments.settings_line import combinations
from experiments.wording import count
from reports import words
from reports.results.speed import measured
from reports.results.states import final_estimates
from reports.statistics.intervals import Values, trimmed_mean

NARROWEST: Final = 8
"""Columns of a curve, at least."""

WIDEST: Final = 30
"""Columns of a curve, at most."""

OTHERS: Final = 57
"""Columns of a row without its name and its curve."""

SHORTEST: Final = 12
"""Columns of a name, at least."""

NOTHING: Final = "–"
"""What stands where nothing is known."""


def live_table(study: StudyRecord, standings: Sequence[Standing], width: int, rows: int) -> Table:
    """The table: best error with its interval, on which seeds, how many trials have ended or diverged, the curve.

    Args:
        study: what is studied.
        standings: of its combinations, in their order.
        width: columns of the terminal.
        rows: at most so many combinations are shown, those with the lowest errors; the last line counts the others.
    """
    chance = float(study.data.get("chance_error", 1.0))
    shown = [one.shown for one in standings]
    places = [place for place, run in enumerate(shown) if run]
    runs = [run for run in shown if run]
    errors = dict(zip(places, final_estimates(runs, chance), strict=True))
    curves = dict(zip(places, map(_centre, runs), strict=True))
    every = np.concatenate([np.zeros(0), *curves.values()])
    within = (float(every.min()), float(every.max())) if every.size else None
    names = [name or words.ONLY for name in combinations(study.combinations)]
    longest = max(map(len, names))
    for_curve = max(NARROWEST, min(WIDEST, width - OTHERS - longest))
    for_name = max(SHORTEST, width - OTHERS - for_curve)
    by_epochs = study.objective == "epochs_to_target"
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("combination", no_wrap=True)
    table.add_column("best [95 % interval]", no_wrap=True)
    if by_epochs:
        table.add_column("epochs to target", justify="right", no_wrap=True)
    for name in ("seeds", "trials", "diverged"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("curve", no_wrap=True)
    best_first = sorted(range(len(shown)), key=lambda place: errors[place].centre if shown[place] else np.inf)
    lead = _lead(standings, best_first)
    for place in sorted(best_first[:rows]):
        one, run = standings[place], shown[place]
        cells = [names[place], words.error(errors[place]) if run else NOTHING]
        if by_epochs:
            cells.append(_epochs(run) if run else NOTHING)
        cells += [_seeds(run) if run else NOTHING, str(one.ended), str(one.diverged or NOTHING)]
        cells.append(_bars(curves[place], within, for_curve) if run else "")
        cells[0] = cut(cells[0], for_name)
        table.add_row(*(Text(visible(cell), style="bold" if place == lead else "") for cell in cells))
    if (others := len(shown) - rows) > 0:
        table.add_row(Text(f"and {count(others, 'other')} with no lower error"))
    return table


def _lead(standings: Sequence[Standing], best_first: Sequence[int]) -> int | None:
    """The place of the combination with the lowest error: among those on fresh seeds, where there are any."""
    found = [place for place in best_first if standings[place].shown]
    fresh = [place for place in found if standings[place].shown is standings[place].confirmed]
    return next(iter(fresh or found), None) if len(standings) > 1 else None


def _seeds(run: RunRecord) -> str:
    seeds = len(run.task.seeds)
    return f"{seeds} fresh" if run.task.phase == "confirm" else str(seeds)


def _epochs(run: RunRecord) -> str:
    """The mean number of epochs to the target."""
    value = run.objective
    if value is None or not reached("epochs_to_target", value, int(run.task.settings["epochs"])):
        return "not reached"
    return f"{value:.1f}"


def _centre(run: RunRecord) -> Values:
    """The centre of a run's curve as the report's figure of convergence has it, (E,); without seeds that diverged."""
    _, seeds = measured(np.asarray(run.curves[SHOWN], dtype=float))
    return trimmed_mean(seeds) if seeds.size else np.zeros(0)


def _bars(curve: Values, within: tuple[float, float] | None, width: int) -> str:
    """The whole curve in so many columns at most, the same height meaning the same error in every row."""
    if len(curve) > width:
        curve = curve[np.linspace(0, len(curve) - 1, width).round().astype(int)]
    return sparkline(curve.tolist(), width, within)
