"""Figure of the step times: each contender's time divided by ours."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.contenders import OURS
from benchmarks.measure import Measured

COLOURS: Final = {"float32": "#0072b2", "float64": "#d55e00"}
"""Okabe and Ito's blue and vermilion, told apart by colour-blind readers; the marks differ too."""
MARKS: Final = {"float32": "o", "float64": "D"}
TICKS: Final = (0.2, 0.5, 1, 2, 5, 10, 20, 50)


def save(measured: Sequence[Measured], stem: Path) -> None:
    """Write `stem`.svg and `stem`.png: a panel for each workload, a row for each contender, a logarithmic axis."""
    mpl.rcParams["svg.hashsalt"] = "chainrule"
    works = list(dict.fromkeys(one.work for one in measured))
    figure = Figure(figsize=(3 + 2.6 * len(works), 4.2), layout="constrained")
    panels = figure.subplots(1, len(works), sharex=True, sharey=True, squeeze=False)[0]
    for panel, work in zip(panels, works, strict=True):
        _draw(panel, [one for one in measured if one.work == work])
        panel.set_title(str(work), fontsize="medium")
    panels[0].invert_yaxis()
    panels[0].legend(frameon=False, fontsize="small")
    figure.supxlabel("time of a step over ours (1 is as fast as we are, more is slower); median and range")
    for suffix in (".svg", ".png"):
        figure.savefig(
            stem.with_suffix(suffix), dpi=150, metadata={"Date": None} if suffix == ".svg" else None
        )


def _draw(panel: Axes, measured: Sequence[Measured]) -> None:
    """The rows of one workload, its precisions a little apart."""
    names = list(measured[0].microseconds)
    panel.axvline(1, color="0.6", linewidth=1)
    for place, one in enumerate(measured):
        ours = one.microseconds[OURS].middle
        rows = [row + 0.24 * (place - (len(measured) - 1) / 2) for row in range(len(names))]
        spreads = [one.microseconds[name] for name in names]
        panel.hlines(
            rows,
            [s.low / ours for s in spreads],
            [s.high / ours for s in spreads],
            COLOURS[one.dtype],
            alpha=0.6,
        )
        panel.plot(
            [s.middle / ours for s in spreads],
            rows,
            MARKS[one.dtype],
            color=COLOURS[one.dtype],
            markersize=4,
            label=one.dtype,
        )
    panel.set_xscale("log")
    panel.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
    panel.minorticks_off()
    panel.set_yticks(range(len(names)), names)
    panel.grid(axis="x", which="major", color="0.9")
    panel.spines[["top", "right"]].set_visible(False)
