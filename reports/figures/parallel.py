"""Figure: parallel coordinates, with a line for each trial and an axis for each parameter."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from experiments.choices import told_apart
from reports import words
from reports.conclusions.importance import PARAMETERS
from reports.conclusions.verdict import Verdict, measure
from reports.drawing.lettering import fitted, text_width
from reports.drawing.panels import ErrorScale, error_scale
from reports.drawing.style import (
    INK,
    LOOKS,
    PAGE,
    QUIET,
    TEXT,
    TWO_COLUMNS,
    Frame,
    Picture,
    canvas,
    house_style,
    named,
)
from reports.results.design import Parameter
from reports.results.record_rows import SETTING, cell
from reports.results.states import STUCK
from reports.results.tables import Tables
from reports.statistics.intervals import Values

if TYPE_CHECKING:
    from numpy.typing import NDArray

LINES: Final = 400
"""Trials at most, evenly chosen from the ranking; more lines hide each other."""

AXES: Final = 8
"""Parameters at most, those that differ first."""

PALEST: Final = 0.85
"""By this share the line of the largest error is paler than that of the lowest; paleness is seen on every paper."""

SPREAD: Final = 0.035
"""By this share of the axis lines through the same choice lie apart on either side, so that one can see how many."""

LYING: Final = 0.75
"""Inches from one axis to the next where they lie."""

MISSING: Final = "–"
"""The place of trials without the parameter."""

FAILED: Final = 1.12
"""Where on the last axis those end that did not learn; 1 is the largest error."""


def parallel_coordinates(
    data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE
) -> Picture:
    """Every trial's settings and its error."""
    parameters = [each for each in tables.design.parameters if each.name in data][:AXES]
    best = data[data["learnt"]].nsmallest(max(1, round(0.1 * int(data["learnt"].sum()))), "error")
    title = _title(best, parameters)
    failed = int((~data["learnt"]).sum())
    subtitle = (
        f"A line is a trial: its value of each parameter, then its mean final {measure(tables)}, the lower the "
        "stronger. "
        "Dashed, ending beyond the last axis: trials that diverged or got stuck."
        + (f" {LINES} trials, evenly chosen from the ranking, are drawn." if len(data) > LINES else "")
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Parallel coordinates of {words.count(len(parameters), 'parameter')} and the error. {title}.",
        caption=(f"{words.count(failed, 'trial')} diverged or got stuck. " if failed else "")
        + f"{words.count(len(data), 'trial')}.",
        figure=draw_parallel(data, parameters, Frame(title, subtitle, width)),
        numbers=data.reset_index(drop=True),
    )


def coordinates(tables: Tables, fewest: int = PARAMETERS) -> pd.DataFrame:
    """One row a search trial that was trained to its end: its parameters, error, and whether it learnt.

    Empty below so few parameters or two trials that learnt.
    """
    trials = tables.of_phase("search")
    if trials.empty:
        return pd.DataFrame()
    trials = trials[trials["finished"] | trials["state"].isin(STUCK)]
    names = [each.name for each in tables.design.parameters if SETTING + each.name in trials]
    data = trials[[SETTING + name for name in names]].set_axis(names, axis=1)
    learnt = ~trials["state"].isin(STUCK) & trials["mean_error"].notna()
    if len(names) < fewest or learnt.sum() < 2:
        return pd.DataFrame()
    return data.assign(slot=trials["slot"], error=trials["mean_error"], learnt=learnt)


@house_style()
def draw_parallel(data: pd.DataFrame, parameters: list[Parameter], frame: Frame = Frame()) -> Figure:
    """Draw parallel coordinates of trials, as from `coordinates`.

    The axes stand from left to right. In a narrow figure, where their texts would have no room, they lie from top to
    bottom.
    """
    data = evenly(data)
    errors = data["error"].where(data["learnt"]).to_numpy()
    scale = error_scale(errors, room_below=0, room_above=0)
    last = np.where(data["learnt"], _share(scale, errors), FAILED)
    across = np.column_stack([*(places(data[each.name], each) for each in parameters), last])
    upright = frame.width >= TWO_COLUMNS
    figure, axes = canvas(
        frame, rows=1, columns=1, height=3.1 if upright else LYING * len(parameters), left=0.75 if upright else 0.5,
        right=0.75 if upright else 0.55, above=0.45, below=0.25 if upright else 0.45,
    )  # fmt: skip
    panel = axes[0][0]
    ends = (0.0, float(len(parameters))), (-0.05, FAILED + 0.04)
    panel.set_xlim(*ends[0 if upright else 1])
    panel.set_ylim(*(ends[1] if upright else ends[0][::-1]))
    panel.grid(False)
    panel.set_xticks([])
    panel.set_yticks([])
    for side in ("left", "bottom"):
        panel.spines[side].set_visible(False)
    positions = np.arange(len(parameters) + 1)
    learnt = data["learnt"].to_numpy()
    strength = 1 - PALEST * np.where(learnt, last, 0)
    blue = [(*to_rgb(LOOKS[1].text), round(float(alpha), 2)) for alpha in strength[learnt]]
    kinds: list[tuple[NDArray[np.bool_], dict[str, Any]]] = [
        (~learnt, {"colors": LOOKS[0].line, "linewidths": 0.8, "alpha": 0.6, "linestyles": [(0, (4, 2))]}),
        (learnt, {"colors": blue, "linewidths": 1.1}),
    ]
    for order, (which, look) in enumerate(kinds):
        lines = LineCollection(
            [_points(positions, place, upright=upright) for place in across[which]], zorder=2 + order, **look
        )
        panel.add_collection(lines, autolim=False)
        named(lines, runs=data.index[which])
    values = (
        np.linspace(scale.low, scale.high, 4) if not scale.log else np.geomspace(scale.low, scale.high, 4)
    )
    written = [(words.name(each.name), *ticks(data[each.name], each)) for each in parameters]
    written.append(("error", _share(scale, values), [words.percent(each) for each in values]))
    room = 72 * (frame.width - 1.5) / len(parameters) - 6
    for position, (name, at, texts) in enumerate(written):
        if upright:
            _axis(panel, position, fitted(name, TEXT, "bold", room), at, texts, room)
        else:
            _lying_axis(panel, position, name, at, texts, 72 * (frame.width - 1.05))
    if not data["learnt"].all():
        failed = (len(parameters) + 0.02, FAILED) if upright else (FAILED, len(parameters) - 0.08)
        beside: dict[str, Any] = (
            {"ha": "left", "va": "center"} if upright else {"ha": "center", "va": "bottom"}
        )
        panel.text(*failed, "failed", size=8, color=LOOKS[0].text, **beside)
    return figure


def evenly(data: pd.DataFrame) -> pd.DataFrame:
    """Trials from the worst to the best, of more than `LINES` only so many, evenly chosen from the ranking."""
    data = data.sort_values(["learnt", "error"], ascending=[True, False], kind="stable")
    if len(data) <= LINES:
        return data
    return data.iloc[np.unique(np.linspace(0, len(data) - 1, LINES).round().astype(int))]


def places(column: "pd.Series[float]", parameter: Parameter) -> Values:
    """Where values lie on a parameter's axis, 0 … 1; choices stand at equal distances in the study file's order."""
    if parameter.ends:
        return np.asarray(parameter.places(column.to_numpy(dtype=float)))
    there = _choices(column, parameter)
    apart = SPREAD * np.sin(2.4 * np.arange(len(column)))
    index = np.array([there.index(_cell(each)) for each in column], dtype=float)
    return np.asarray(index / max(1, len(there) - 1) + apart)


def ticks(column: "pd.Series[float]", parameter: Parameter, most: int = 4) -> tuple[Values, list[str]]:
    """Ticks of a parameter's axis, 0 … 1, and what is written at them; so many at most of a range."""
    if parameter.ends:
        values = (np.geomspace if parameter.log else np.linspace)(*parameter.ends, most)
        return np.linspace(0, 1, most), [words.number(float(each), 2) for each in values]
    texts = told_apart(_choices(column, parameter), words.whole_value)
    return np.arange(len(texts)) / max(1, len(texts) - 1), texts


def _share(scale: ErrorScale, errors: Values) -> Values:
    """Where errors lie on the last axis, 0 at its lower end."""
    at = scale.at(errors)
    if scale.log:
        return np.asarray(np.log(at / scale.low) / np.log(scale.high / scale.low))
    return np.asarray((at - scale.low) / (scale.high - scale.low))


def _choices(column: "pd.Series[float]", parameter: Parameter) -> list[Any]:
    """The values on a parameter's axis, as cells."""
    return list(dict.fromkeys(_cell(each) for each in [*parameter.choices, *column]))


def _cell(value: Any) -> Any:
    return MISSING if value != value else cell(value)


def _points(positions: "NDArray[np.int_]", places: Values, *, upright: bool) -> Values:
    """The points of a line through these places on the axes at these positions."""
    return np.column_stack([positions, places] if upright else [places, positions])


def _axis(panel: Axes, position: int, name: str, places: Values, texts: list[str], room: float) -> None:
    """One vertical axis with its name above and its ticks, written to its right; of many only some."""
    panel.plot([position, position], [0, 1], color=INK, lw=1.1, zorder=4, clip_on=False)
    top = panel.get_ylim()[1]
    panel.annotate(
        name,
        (position, top),
        (0, 3),
        textcoords="offset points",
        ha="center",
        weight="bold",
        annotation_clip=False,
    )
    step = -(-len(texts) // 10)
    for place, text in list(zip(places, texts, strict=True))[::step]:
        panel.plot(position, place, "_", color=INK, ms=5, zorder=4, clip_on=False)
        panel.annotate(
            fitted(text, 8, "normal", min(room, 90)), (position, place), (5, 0), textcoords="offset points",
            va="center", size=8, color=INK if len(texts) > 1 else QUIET, zorder=5, annotation_clip=False,
            bbox={"boxstyle": "square,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.9},
        )  # fmt: skip


def _lying_axis(
    panel: Axes, position: int, name: str, places: Values, texts: list[str], length: float
) -> None:
    """One horizontal axis, so many points long, with its name above its left end and its ticks below.

    Of many ticks only some are written, in two rows where they would not fit in one.
    """
    panel.plot([0, 1], [position, position], color=INK, lw=1.1, zorder=4, clip_on=False)
    paper = {"boxstyle": "square,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.9}
    write: dict[str, Any] = {
        "textcoords": "offset points", "zorder": 5, "annotation_clip": False, "bbox": paper,
    }  # fmt: skip
    panel.annotate(name, (-0.05, position), (-12, 6), ha="left", va="bottom", weight="bold", **write)
    step = -(-len(texts) // 10)
    apart = length / max(1, len(texts[::step]) - 1) - 4
    rows = 1 if max(text_width(each, 8) for each in texts) <= apart else 2
    for number, (place, text) in enumerate(list(zip(places, texts, strict=True))[::step]):
        panel.plot(place, position, "|", color=INK, ms=5, zorder=4, clip_on=False)
        under = (0, -5 - 10 * (number % rows))
        shown = fitted(text, 8, "normal", rows * apart)
        panel.annotate(shown, (place, position), under, ha="center", va="top", size=8, **write)


def _title(best: pd.DataFrame, parameters: list[Parameter]) -> str:
    """What the best tenth of the trials has in common."""
    common = []
    for parameter in parameters:
        column = best[parameter.name]
        if column.isna().any():  # as momentum beside an optimiser without
            continue
        if column.nunique() == 1:
            common.append(f"{words.name(parameter.name)} {words.value(column.iloc[0])}")
        elif parameter.ends and np.ptp(places(column, parameter)) < 0.35:
            low, high = words.number(float(column.min()), 2), words.number(float(column.max()), 2)
            span = low if low == high else f"{low} to {high}"
            common.append(f"{words.name(parameter.name)} {span}")
    who = f"The best {words.count(len(best), 'trial')}" if len(best) > 1 else "The best trial"
    if not common:
        return f"{who} have no setting in common"
    return f"{who} {'have' if len(best) > 1 else 'has'} {words.enumerated(common[:3])}"
