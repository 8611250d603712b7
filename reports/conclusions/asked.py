"""What a report adds only where it is asked for: Bayesian probabilities, and an outlook beyond the last epoch.

Neither is a finding, and no sentence of the verdict rests on them.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from reports import words
from reports.conclusions.comparison import Comparison
from reports.grid import Grid
from reports.results.tables import Tables
from reports.statistics.posterior import posterior
from reports.statistics.power_law import outlook

BAYESIAN: Final = "bayesian"
EXTRAPOLATION: Final = "extrapolation"

FURTHER: Final = (2, 4)
"""How many times the epochs that were trained an outlook is asked for."""


def posteriors_grid(tables: Tables, compared: Sequence[Comparison], margin: float) -> Grid | None:
    """How probable each outcome of each comparison is; None where nobody asked, or where there are too few pairs."""
    if BAYESIAN not in tables.study.also_report:
        return None
    rows = []
    for each in compared:
        kinds = (0.0, each.overlap) if each.overlap else (0.0,)
        for overlap in kinds:
            found = posterior(each.pairs, margin, overlap=overlap)
            if found is not None:
                rows.append(
                    (
                        each.label,
                        each.within or "–",
                        "others from the same source" if overlap else "these",
                        *(_probability(one) for one in (found.first, found.alike, found.second)),
                        str(len(each.pairs)),
                    )
                )
    if not rows:
        return None
    least = f"by more than {words.points(margin)} points, or that the two differ by less"
    if not margin:
        least = "at all, since a single example changes the error by more than the margin"
    heads = ("first − second", "with", "on data", "first better", "no matter", "second better", "pairs")
    caption = (
        f"On request: how probable it is that one is better {least} (correlated Bayesian t test; Benavoli et al., "
        "2017). Prior: every mean difference and every logarithm of the spread equally probable. Not corrected for the "
        "number of comparisons or looks; the verdict does not rest on it"
    )
    return Grid(caption, heads, tuple(rows), frozenset({3, 4, 5, 6}))


def outlook_grid(tables: Tables) -> Grid | None:
    """Where each choice's error would go with more epochs, by a power law; None where nobody asked, or with too few."""
    if EXTRAPOLATION not in tables.study.also_report:
        return None
    rows = []
    for choice, run in tables.in_order(tables.shown()):
        record = tables.record(run)
        curves = tables.curves(run, "validation_error")
        curves = curves[np.isfinite(curves).all(axis=1)]
        found = [outlook(curves, times * record.epochs) for times in FURTHER] if curves.size else []
        known = [each for each in found if each is not None]
        if known and not record.stops_early:
            rows.append(
                (
                    tables.short(choice),
                    words.percent(float(curves[:, -1].mean())),
                    *(f"{words.error(each.error)} at epoch {each.epoch}" for each in known),
                    f"{words.points(known[0].missed)} points",
                    str(len(curves)),
                )
            )
    if not rows:
        return None
    times = [f"with {each} times the epochs" for each in FURTHER]
    heads = ("choice", "mean error at the end", *times, "missed the end by", "seeds")
    caption = (
        "On request, and no finding: where the mean error would go if it fell on as a power law of the epochs "
        "(a + b · epoch⁻ᶜ). “Missed the end by”: the law was also fitted to the first half of the epochs, and this is "
        "what it then foretold of the last one, less what was measured; each interval includes it. If the error has "
        "another course, the outlook is wrong"
    )
    return Grid(caption, heads, tuple(rows), frozenset({1, 2, 3, 4, 5}))


def _probability(share: float) -> str:
    """A probability that is never written as certain."""
    text = words.percent(share, 1)
    return {"0.0 %": "< 0.1 %", "100.0 %": "> 99.9 %"}.get(text, text)
