"""Which learning rates work for each choice, and how wide is the basin?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.error_wording import on_an_axis
from reports import words
from reports.conclusions.basins import Basin, basin, basins, given_points
from reports.conclusions.verdict import Verdict, measure
from reports.drawing.labels import Label, place
from reports.drawing.panels import (
    MOST,
    ErrorScale,
    Line,
    Panel,
    error_scale,
    grid,
    left_out,
    name_rows,
    panels,
)
from reports.drawing.style import (
    INK,
    PAGE,
    QUIET,
    Frame,
    Picture,
    canvas,
    filled,
    house_style,
    named,
    set_title,
    title_room,
)
from reports.drawing.ticks import log_ticks
from reports.figures.strip import draw_strip
from reports.results.design import Parameter
from reports.results.tables import Tables

if TYPE_CHECKING:
    from matplotlib.artist import Artist

HIGHEST: Final = 1.5
"""Errors above this many times chance, which only regression knows, leave the panel rather than stretch it."""

CROWDED: Final = 60
"""Beyond this many trials of one choice their markers are small."""

SEED_POINTS: Final = 2_000
"""Beyond this many seeds in the figure their single points are left out."""


def learning_rate(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """Final validation error against the learning rate, small multiples.

    Diverged and stuck seeds stand in a strip of their own and change no axis.
    """
    axis = tables.design.axis
    assert axis is not None  # there are points
    every = panels(tables)
    shown = every[:MOST]
    label = words.name(axis.name)
    title = _title(tables, data, shown, axis)
    subtitle = _subtitle(tables, data, label)
    numbers = data[["choice", "x", "error", "low", "high", "state", "failed", "seeds", "slot"]]
    failed = int(data["failed"].sum())
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Error against {label} for {words.count(len(tables.choices()), 'choice')}. {title}. "
        f"{words.count(failed, tables.members.removesuffix('s'))} diverged or got stuck.",
        caption=f"{left_out(len(every))} {words.count(len(data), 'trial')}, "
        f"{words.count(int(data['seeds'].sum()), tables.study.trained)}.",
        figure=draw_basins(
            data,
            tables.seeds[tables.seeds["run"].isin(data.index)],
            shown,
            axis,
            given=given_points(tables),
            chance=tables.chance,
            joined=tables.design.lines,
            frame=Frame(title, subtitle, width, on_an_axis(tables.study.data)),
        ),
        numbers=tables.in_words(numbers).rename(columns={"x": axis.name}).reset_index(drop=True),
    )


@house_style()
def draw_basins(
    data: pd.DataFrame,
    seeds: pd.DataFrame,
    shown: Sequence[Panel],
    axis: Parameter,
    *,
    given: pd.DataFrame,
    chance: float,
    joined: bool,
    frame: Frame = Frame(),
) -> Figure:
    """Draw error against a parameter.

    Args:
        data: a row a trial, as from `basins.points`.
        seeds: a row a seed of these trials, with `run` and `validation_error`; each is a small dot.
        shown: which choices stand in which panel.
        axis: the parameter.
        given: a row a given setting, as from `basins.given_points`.
        chance: error of guessing, a thin line.
        joined: whether a line joins the points of a choice.
        frame: around the panels.
    """
    rows, columns = grid(len(shown), frame.width)
    most = max(len(each.lines) for each in shown)
    scale = _scale(data, chance, most)
    low, high = _limits(axis, data["x"])
    if len(seeds) > SEED_POINTS:
        seeds = seeds.iloc[:0]
    figure, axes = canvas(
        frame, rows=rows, columns=columns, height=3.0, between=0.22,
        above=1.05 + title_room([each.title for each in shown], columns, frame.width),
    )  # fmt: skip
    for index, (panel, each) in enumerate(filled(axes, shown)):
        if axis.log:
            panel.set_xscale("log")
        panel.set_xlim(low, high)
        if axis.log:
            log_ticks(panel.xaxis, low, high)
        scale.apply(panel)
        name_rows(panel, index, columns, scale.named(frame.error_axis("final error")))
        panel.set_xlabel(words.name(axis.name) + (" (log)" if axis.log else ""))
        lines = each.lines
        strip = draw_strip(panel, lines, data, rows=most)
        set_title(strip, each.title)
        x_ends = np.array(panel.get_xlim())
        guessing: list[Label] = []
        if np.isfinite(chance):  # of other people's runs it may not be known
            panel.axhline(chance, color=QUIET, lw=0.9, ls=(0, (2, 2)), zorder=1.5)
            guessing = [Label(f"guessing, {words.percent(chance, 0)}", QUIET, x_ends, np.full(2, chance))]
        labels: list[Label] = []
        for row, line in enumerate(lines):
            mine = data[data["choice"] == line.choice]
            labels += _series(panel, line, row, mine, seeds, scale, chance=chance, joined=joined)
            _mark_given(panel, line, given[given["choice"] == line.choice], scale, chance)
        to_data = (panel.transAxes - panel.transData).transform
        bars = [(x_ends, np.full(2, to_data((0, _level(row)))[1])) for row in range(len(lines))]
        place(panel, [*labels, *guessing], bars)
    return figure


def _subtitle(tables: Tables, data: pd.DataFrame, label: str) -> str:
    members = tables.members
    seeds = words.counts(tables.of_phase("search").loc[data.index, "seeds"], members[:-1])
    joined = "Line: mean" if tables.design.lines else "Point: mean"
    hollow = " Hollow: pruned, at its last value." if (data["state"] == "pruned").any() else ""
    whose = "the" if tables.study.origin else "the search's"
    if len(given_points(tables)):
        hollow += " ◇ setting that was given, not searched for."
    if _beyond(data, tables.chance).any():
        hollow += " ▲ at the top: beyond the axis."
    return (
        f"Final {measure(tables)} of {whose} trials, {seeds} each. {joined} over the "
        f"{members} that did not diverge; band: lowest to highest; small dots: single {members}. ★ best trial; bar "
        f"below: {label}s within 25 % of the best. × {members} that diverged or got stuck; pale: some, and how many "
        f"where there is room.{hollow}"
    )


def _beyond(data: pd.DataFrame, chance: float) -> "pd.Series[bool]":
    """Which trials that learnt something once, or were pruned before they did, err more than the axis shows."""
    return data["drawn"] & (data["error"] > HIGHEST * chance)


def _scale(data: pd.DataFrame, chance: float, lines: int) -> ErrorScale:
    """The axis of the errors: it holds every trial that learnt, up to a little above guessing."""
    learnt = data[data["drawn"]]
    errors = np.concatenate([learnt["low"], learnt["high"], [chance]])
    return error_scale(np.minimum(errors, HIGHEST * chance), room_below=0.09 + 0.045 * lines)


def _title(tables: Tables, data: pd.DataFrame, shown: list[Panel], axis: Parameter) -> str:
    """A finding that is true of every panel."""
    label = words.name(axis.name)
    best = basins(data)
    rates = {choice: each.best for choice, each in best.items()}
    if not rates:
        return f"No trial was trained to its end, so no {label} can be called best"
    named = {rate: words.number(rate) for rate in rates.values()}
    if len(tables.choices()) == 1:
        (only,) = best.values()
        if data["x"].nunique() == 1:
            return f"Only one {label} was tried, {named[only.best]}"
        if only.low == only.high:
            return f"The best {label} tried is {named[only.best]}; with its neighbours the error is over 25 % higher"
        return (
            f"The best {label} tried is {named[only.best]}; from {words.number(only.low)} to "
            f"{words.number(only.high)} the error stays within 25 % of the lowest"
        )
    lowest, highest = min(rates.values()), max(rates.values())
    if data["x"].nunique() == 1:
        return f"Only one {label} was tried, {named[lowest]}"
    if named[lowest] == named[highest]:
        return f"One {label}, {named[lowest]}, is the best tried for every choice"
    needs = _needs_most(shown, best) if tables.design.lines else ""
    if needs:
        return words.sentence(needs)
    text = f"The best {label} tried lies between {named[lowest]} and {named[highest]}"
    known = [each for each in best.values() if not np.isnan(each.may_low)]
    if (
        tables.design.lines
        and known
        and max(each.may_low for each in known) >= min(each.may_high for each in known)
    ):
        return f"{text}; it is not the same for every choice"
    return f"{text}; the same one may be the best for every choice"


def _needs_most(shown: list[Panel], best: dict[int, Basin]) -> str:
    """Which series has the highest best rate in every panel, and by how many times; empty if none has."""
    found: dict[str, list[float]] = {}
    apart = True
    for panel in shown:
        own = [(best[line.choice].best, line.name) for line in panel.lines if line.choice in best]
        if len(own) < 2 or len(own) < len(panel.lines):
            return ""
        own.sort(reverse=True)
        if own[0][0] <= own[1][0] or own[1][0] <= 0:
            return ""
        found.setdefault(own[0][1], []).append(own[0][0] / own[1][0])
        ranges = {line.name: best[line.choice] for line in panel.lines}
        apart &= all(ranges[own[0][1]].may_low >= ranges[name].may_high for _, name in own[1:])
    if len(found) != 1:
        return ""
    name, factors = next(iter(found.items()))
    low, high = words.number(min(factors), 2), words.number(max(factors), 2)
    times = low if low == high else f"{low} to {high}"
    everywhere = " in every panel" if len(shown) > 1 else ""
    if apart:
        return f"{name} needs the highest rate{everywhere}: {times} times the next one"
    return (
        f"of the best rates tried, that of {name} is the highest{everywhere}, {times} times the next one, but these "
        "seeds do not show that they differ"
    )


def _mark_given(panel: Axes, line: Line, mine: pd.DataFrame, scale: ErrorScale, chance: float) -> None:
    """The given settings of a choice, hollow, at the top where they err more than the axis shows."""
    if mine.empty:
        return
    highest = HIGHEST * chance if np.isfinite(chance) else np.inf
    at = scale.at(np.minimum(mine["error"].to_numpy(), highest))
    (marks,) = panel.plot(
        mine["x"], at, ls="none", marker="D", mfc="none", mec=line.look.line, mew=1.2, ms=6, zorder=3.3
    )
    named(marks, runs=mine.index)


def _limits(axis: Parameter, x: pd.Series) -> tuple[float, float]:
    low = min([float(x.min())] + ([axis.low] if axis.low is not None else []))
    high = max([float(x.max())] + ([axis.high] if axis.high is not None else []))
    if axis.log:
        return low / 1.35, high * 1.35
    pad = 0.05 * (high - low) or 0.5 * abs(high) or 0.5  # a single value, such as a rate, keeps its sign
    return low - pad, high + pad


def _level(row: int) -> float:
    """How high the bar of a line's working range stands, as a share of the panel."""
    return 0.035 + 0.045 * row


def _series(
    panel: Axes,
    line: Line,
    row: int,
    mine: pd.DataFrame,
    seeds: pd.DataFrame,
    scale: ErrorScale,
    *,
    chance: float,
    joined: bool,
) -> list[Label]:
    """One choice: line, band, seeds, pruned ones, star and working range; its label if there is a line to name."""
    look = line.look
    drawn = mine[mine["drawn"]]
    beyond = _beyond(drawn, chance)
    pruned = drawn[(drawn["state"] == "pruned") & ~beyond]
    complete = drawn[drawn["state"] != "pruned"]
    x, y = complete["x"].to_numpy(), scale.at(complete["error"].to_numpy())
    whole: list[Artist] = []
    if joined:
        band = panel.fill_between(
            x, scale.at(complete["low"].to_numpy()), scale.at(complete["high"].to_numpy()), color=look.line,
            alpha=0.15, lw=0,
        )  # fmt: skip
        whole += [band, *panel.plot(x, y, color=look.line, ls=look.dash, zorder=3)]
    size = {"mec": "white", "mew": 0.6} if len(x) <= CROWDED else {"ms": 2.0, "alpha": 0.6}
    inside = complete[~beyond[complete.index]]
    at = scale.at(inside["error"].to_numpy())
    (marks,) = panel.plot(inside["x"], at, ls="none", marker=look.marker, color=look.line, zorder=3.2, **size)
    named(marks, runs=inside.index)
    (marks,) = panel.plot(
        pruned["x"], scale.at(pruned["error"].to_numpy()), ls="none", marker=look.marker, mfc="white",
        mec=look.line, zorder=3.1,
    )  # fmt: skip
    named(marks, runs=pruned.index)
    top = drawn[beyond]
    (marks,) = panel.plot(
        top["x"], np.full(len(top), 0.975), ls="none", marker="^", mfc="white", mec=look.line, ms=5.5,
        transform=panel.get_xaxis_transform(), zorder=3.1,
    )  # fmt: skip
    named(marks, runs=top.index)
    single = seeds[seeds["run"].isin(complete.index) & seeds["validation_error"].notna()]
    where = single["run"].map(complete["x"])
    whole += panel.plot(
        where, scale.at(single["validation_error"].to_numpy()), ".", color=look.line, alpha=0.45, ms=2.5
    )
    found = basin(mine)
    if found is not None:
        at_best = complete[complete["winner"]]
        (star,) = panel.plot(
            at_best["x"], scale.at(at_best["error"].to_numpy()), "*", color=look.line, mec=INK, ms=17 - 4.3 * row,
            zorder=5 + 0.1 * row,
        )  # fmt: skip
        named(star, runs=at_best.index)
        place: dict[str, Any] = {"color": look.line, "transform": panel.get_xaxis_transform(), "zorder": 2}
        ends, level = [found.low, found.high], [_level(row)] * 2
        whole += panel.plot(ends, level, lw=3.2, **place)
        whole += panel.plot(ends, level, "|", ms=7, mew=1.6, **place)
    for drawn_whole in whole:
        named(drawn_whole, choices=[line.choice])
    return [Label(line.name, look.text, x, y, (line.choice,))] if len(x) else []
