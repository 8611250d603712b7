"""Where do networks fail?"""

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments.choices import value_identity
from experiments.outcome.failure_rule import Condition, is_absent, value_in
from reports import words
from reports.conclusions.failing import Checked, checked, sentences, where
from reports.conclusions.verdict import Verdict
from reports.drawing.lettering import fitted
from reports.drawing.panels import grid, name_rows
from reports.drawing.style import (
    BAND,
    INK,
    LOOKS,
    PAGE,
    TEXT,
    Frame,
    Picture,
    canvas,
    filled,
    house_style,
    named,
    set_title,
)
from reports.drawing.ticks import log_ticks, plain_ticks
from reports.results.design import searched
from reports.results.states import STUCK
from reports.results.tables import Tables
from reports.statistics.intervals import Values

PARTS: Final = {"search": "trials of the search", "fresh": "fresh settings"}
"""The panels, by what is in them."""

ROOM: Final = 0.04
"""Beyond either end of a range, as a share of it."""

SPREAD: Final = 0.6
"""Of the room of a value that is no number, the share over which its marks are spread."""

STEPS: Final = {"x": 0.6180339887, "y": 0.4142135624}
"""Multiples of each spread evenly over 0 … 1, and those of both over a square."""


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis of the plane.

    Attributes:
        parameter: whose values it has; empty for the choices.
        low: its lower end.
        high: its upper end.
        log: whether it is logarithmic.
        names: of its values where they are no range, from below.
    """

    parameter: str
    low: float
    high: float
    log: bool = False
    names: tuple[str, ...] = ()

    @property
    def limits(self) -> tuple[float, float]:
        """The ends of the axis."""
        if self.log:
            room = (self.high / self.low) ** ROOM
            return self.low / room, self.high * room
        room = 0.0 if self.names else ROOM * (self.high - self.low)
        return self.low - room, self.high + room

    def side(self, condition: Condition | None) -> tuple[float, float]:
        """From where to where a condition holds on it."""
        low, high = self.limits
        if condition is None:
            return low, high
        if condition.how == "is":
            at = self.names.index(words.value(condition.value))
            return at - 0.5, at + 0.5
        edge = float(condition.value)
        if self.names:
            edge = sum(float(name) <= edge for name in self.names) - 0.5
        return (edge, high) if condition.how == "above" else (low, edge)


def failures(tables: Tables, _verdict: Verdict) -> pd.DataFrame:
    """One row a trial of the search that was trained to its end, and one a fresh setting, if the rule holds.

    `x` and `y` are the parameters of the rule, or the choice where it has one condition; `failed` is how it ended.
    """
    found = checked(tables)
    if found is None or not found.holds:
        return pd.DataFrame()
    x, y = _parameters(found)
    search = tables.of_phase("search")
    search = search[search["finished"] | search["state"].isin(STUCK)]
    rows = []
    for part, trials, record in (
        ("search", search, tables.record),
        ("fresh", tables.probes, lambda run: tables.probe_runs[run]),
    ):
        for run, state, choice in zip(trials.index, trials["state"], trials["choice"], strict=True):
            task = record(int(run)).task
            values = {
                which: _value(task.settings, name) for which, name in zip("xy", (x, y), strict=True) if name
            }
            said = found.rule.fails(task.settings)
            same = part == "search" or task.rule == found.rule.as_json()
            if same:
                rows.append(
                    {
                        "part": part,
                        "run": run,
                        "choice": choice,
                        **values,
                        "failed": state in STUCK,
                        "said": said,
                    }
                )
    return pd.DataFrame(rows)


def _parameters(found: Checked) -> tuple[str, str]:
    """The parameters on the axes: a number lies across."""
    ranked = sorted(found.rule.conditions, key=lambda each: each.how == "is")
    return (ranked[0].parameter, ranked[1].parameter if len(ranked) > 1 else "")


def _value(settings: Any, parameter: str) -> Any:
    value = value_in(settings, parameter)
    return None if is_absent(value) else value


def where_it_fails(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """The plane of the rule's parameters, with the search's trials and the fresh settings."""
    found = checked(tables)
    assert found is not None  # there is data
    x, y = _parameters(found)
    fresh = data[data["part"] == "fresh"]
    right = int((fresh["failed"] == fresh["said"]).sum())
    title = f"Networks fail {where(found.rule)}: right for {right} of {len(fresh)} fresh settings"
    subtitle = (
        "A mark is a setting: × most of its networks diverged or got stuck, ● they learnt. The rule says that those in "
        "the shaded part fail. It was learnt from the search and checked on the fresh settings, of one network each."
    )
    scales = _scale(data, tables, x, "x"), _scale(data, tables, y, "y")
    numbers = tables.in_words(data).drop(columns="run").rename(columns={"x": x, "y": y or "y"})
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Trials and fresh settings over {_label(scales[0])} and {_label(scales[1])}. {title}.",
        caption=f"{sentences(found)[0]} {words.count(len(data) - len(fresh), 'trial')} and "
        f"{words.count(len(fresh), 'fresh setting')}.",
        figure=draw_failures(data, found.rule.conditions, scales, Frame(title, subtitle, width)),
        numbers=numbers.reset_index(drop=True),
    )


def _scale(data: pd.DataFrame, tables: Tables, parameter: str, which: str) -> Scale:
    """The axis of a parameter, or of the choices."""
    if not parameter:
        choices = tables.choices()
        names = tuple(tables.short(choice) for choice in choices) if len(choices) > 1 else ("",)
        return Scale("", -0.5, len(names) - 0.5, names=names)
    allowed = tables.study.nuisance.get(parameter)
    known = searched(parameter, allowed) if allowed is not None else None
    if known and known.ends:
        return Scale(parameter, *known.ends, known.log)
    there = {value_identity(value): value for value in data[which].dropna()}
    values = list(there.values())
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        values.sort()
    names = tuple(dict.fromkeys(map(words.value, values)))
    return Scale(parameter, -0.5, len(names) - 0.5, names=names)


def _label(scale: Scale) -> str:
    return f"{words.name(scale.parameter) if scale.parameter else 'choice'}{' (log)' if scale.log else ''}"


@house_style()
def draw_failures(
    data: pd.DataFrame, conditions: tuple[Condition, ...], scales: tuple[Scale, Scale], frame: Frame = Frame()
) -> Figure:
    """Draw the plane, a panel for the search and one for the fresh settings.

    Args:
        data: a row a setting, as from `failures`.
        conditions: the rule's.
        scales: of both axes.
        frame: around the panels.
    """
    rows, columns = grid(len(PARTS), frame.width)
    left = 1.35 if scales[1].names and any(scales[1].names) else 0.85
    figure, axes = canvas(frame, rows=rows, columns=columns, height=2.4, between=0.22, above=0.35, left=left)
    for index, (panel, (part, name)) in enumerate(filled(axes, list(PARTS.items()))):
        for which, scale in zip("xy", scales, strict=True):
            _axis(panel, which, scale, left)
        _region(panel, conditions, scales)
        _marks(panel, data[data["part"] == part], scales, linked=part == "search")
        set_title(panel, name)
        panel.set_xlabel(_label(scales[0]))
        name_rows(panel, index, columns, "" if scales[1].names else _label(scales[1]))
    return figure


def _axis(panel: Axes, which: str, scale: Scale, left: float) -> None:
    axis = panel.xaxis if which == "x" else panel.yaxis
    if scale.log:
        (panel.set_xscale if which == "x" else panel.set_yscale)("log")
    (panel.set_xlim if which == "x" else panel.set_ylim)(*scale.limits)
    if scale.names:
        room = 72 * (left - 0.15) if which == "y" else 72 * 2.0 / len(scale.names)
        axis.set_ticks(range(len(scale.names)), [fitted(name, TEXT, "normal", room) for name in scale.names])
        panel.grid(False, axis="x" if which == "x" else "y")
    elif scale.log:
        log_ticks(axis, scale.low, scale.high)
    else:
        plain_ticks(axis)


def _region(panel: Axes, conditions: tuple[Condition, ...], scales: tuple[Scale, Scale]) -> None:
    """Shade where the rule says that networks fail."""
    by = {condition.parameter: condition for condition in conditions}
    (left, right), (bottom, top) = (scale.side(by.get(scale.parameter)) for scale in scales)
    box = Rectangle(
        (left, bottom), right - left, top - bottom, fc=BAND, ec=INK, ls=(0, (5, 1.6)), lw=1.2, zorder=0.5
    )
    panel.add_patch(box)


def _marks(panel: Axes, mine: pd.DataFrame, scales: tuple[Scale, Scale], *, linked: bool) -> None:
    at = {which: _places(mine, which, scale) for which, scale in zip("xy", scales, strict=True)}
    failed = mine["failed"].to_numpy(dtype=bool)
    looks: list[tuple[Any, str, dict[str, Any]]] = [
        (~failed, "o", {"color": LOOKS[1].line, "ms": 4.5, "mec": "white", "mew": 0.4}),
        (failed, "x", {"color": LOOKS[0].line, "ms": 5, "mew": 1.5}),
    ]
    for order, (which, marker, look) in enumerate(looks):
        (drawn,) = panel.plot(at["x"][which], at["y"][which], marker, zorder=3 + order, ls="none", **look)
        if linked:
            named(drawn, runs=mine["run"].to_numpy()[which])


def _places(mine: pd.DataFrame, which: str, scale: Scale) -> Values:
    """Where marks lie on an axis; those of a value that is no number are spread over its room."""
    if not scale.names:
        return mine[which].to_numpy(dtype=float)
    if scale.parameter:
        rows = [math.nan if value is None else scale.names.index(words.value(value)) for value in mine[which]]
    else:
        rows = list(mine["choice"]) if len(scale.names) > 1 else [0] * len(mine)
    placed: Values = np.asarray(rows, dtype=float) + SPREAD * (np.arange(len(mine)) * STEPS[which] % 1 - 0.5)
    return placed
