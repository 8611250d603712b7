"""Which learning rates work for each choice, and how wide is the basin?"""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from reports import words
from reports.basins import basin, points
from reports.design import Parameter
from reports.labels import Label, place
from reports.panels import MOST, ErrorScale, Line, Panel, error_scale, grid, left_out, panels
from reports.statistics import Values
from reports.style import INK, QUIET, STRIP, Look, Picture, canvas, house_style, set_title, title_room
from reports.tables import Tables
from reports.ticks import log_ticks
from reports.verdict import measure

HIGHEST: Final = 1.5
"""Errors above this many times chance, which only regression knows, leave the panel rather than stretch it."""

CROWDED: Final = 60
"""Beyond this many trials of one choice their markers are small."""

SEED_POINTS: Final = 2_000
"""Beyond this many seeds in the figure their single points are left out."""


def learning_rate(tables: Tables) -> Picture | None:
    """Final validation error against the learning rate, small multiples; None without a numeric parameter.

    Diverged and stuck seeds stand in a strip of their own and change no axis.
    """
    axis = tables.design.axis
    data = points(tables)
    if axis is None or data.empty:
        return None
    every = panels(tables)
    shown = every[:MOST]
    rows, columns = grid(len(shown))
    label = words.name(axis.name)
    seeds = int(tables.of_phase("search")["seeds"].max())
    title = _title(tables, data, shown, axis)
    joined = "Line: mean" if tables.design.lines else "Point: mean"
    hollow = " Hollow: pruned, at its last value." if (data["state"] == "pruned").any() else ""
    subtitle = (
        f"Final {measure(tables)} of the search's trials, {words.count(seeds, 'seed')} each. {joined} over the "
        "seeds that did not diverge; band: lowest to highest; small dots: single seeds. ★ best trial; bar below: "
        f"{label}s within 25 % of the best. × seeds that diverged or got stuck; pale: some, and how many where "
        f"there is room.{hollow}"
    )
    with house_style():
        figure, axes = canvas(
            title,
            subtitle,
            rows=rows,
            columns=columns,
            height=3.0,
            above=1.05 + title_room([each.title for each in shown], columns),
            between=0.22,
        )
        learnt = data[data["drawn"]]
        errors = np.concatenate([learnt["low"], learnt["high"], [tables.chance]])
        errors = np.minimum(errors, HIGHEST * tables.chance)
        most = max(len(each.lines) for each in shown)
        scale = error_scale(errors, room_below=0.09 + 0.045 * most)
        low, high = _limits(axis, data["x"])
        for index in range(rows * columns):
            panel = axes[index // columns][index % columns]
            if index >= len(shown):
                panel.set_visible(False)
                continue
            if axis.log:
                panel.set_xscale("log")
            panel.set_xlim(low, high)
            if axis.log:
                log_ticks(panel.xaxis, low, high)
            scale.apply(panel)
            panel.tick_params(labelleft=index % columns == 0)
            if index % columns == 0:
                panel.set_ylabel("final error" + (" (log)" if scale.log else ""))
            panel.set_xlabel(label + (" (log)" if axis.log else ""))
            _panel(panel, shown[index], data, scale, tables, strip_rows=most)
    numbers = data[["choice", "x", "error", "low", "high", "state", "failed", "seeds", "slot"]]
    failed = int(data["failed"].sum())
    return Picture(
        name="learning-rate",
        question=f"Which {label}s work for each choice, and how wide is the basin?",
        title=title,
        subtitle=subtitle,
        alt=f"Error against {label} for {words.count(len(tables.choices()), 'choice')}. {title}. "
        f"{failed} seeds diverged or got stuck.",
        caption=f"{left_out(len(every))} {words.count(len(data), 'trial')}, "
        f"{int(data['seeds'].sum())} networks.",
        figure=figure,
        numbers=numbers.rename(columns={"x": axis.name}).reset_index(drop=True),
    )


def _title(tables: Tables, data: pd.DataFrame, shown: list[Panel], axis: Parameter) -> str:
    """A finding that is true of every panel."""
    label = words.name(axis.name)
    best = {choice: basin(mine) for choice, mine in data.groupby("choice", sort=False)}
    rates = {str(choice): each.best for choice, each in best.items() if each is not None}
    if not rates:
        return f"No trial was trained to its end, so no {label} can be called best"
    named = {rate: words.number(rate) for rate in rates.values()}
    if len(tables.choices()) == 1:
        only = next(each for each in best.values() if each is not None)
        return (
            f"The best {label} tried is {named[only.best]}; from {words.number(only.low)} to "
            f"{words.number(only.high)} the error stays within 25 % of its"
        )
    lowest, highest = min(rates.values()), max(rates.values())
    if named[lowest] == named[highest]:
        return f"One {label}, {named[lowest]}, is the best tried for every choice"
    needs = _needs_most(shown, rates)
    if needs:
        return needs[0].upper() + needs[1:]
    return f"No one {label} is best for every choice: the best tried lie from {named[lowest]} to {named[highest]}"


def _needs_most(shown: list[Panel], rates: dict[str, float]) -> str:
    """Which series has the highest best rate in every panel, and by how many times; empty if none has."""
    found: dict[str, list[float]] = {}
    for panel in shown:
        own = [(rates[line.choice], line.name) for line in panel.lines if line.choice in rates]
        if len(own) < 2 or len(own) < len(panel.lines):
            return ""
        own.sort(reverse=True)
        if own[0][0] <= own[1][0] or own[1][0] <= 0:
            return ""
        found.setdefault(own[0][1], []).append(own[0][0] / own[1][0])
    if len(found) != 1:
        return ""
    name, factors = next(iter(found.items()))
    low, high = words.number(min(factors), 2), words.number(max(factors), 2)
    times = low if low == high else f"{low} to {high}"
    everywhere = " in every panel" if len(shown) > 1 else ""
    return f"{name} needs the highest rate{everywhere}: {times} times that of the next"


def _limits(axis: Parameter, x: pd.Series) -> tuple[float, float]:
    low = min([float(x.min())] + ([axis.low] if axis.low is not None else []))
    high = max([float(x.max())] + ([axis.high] if axis.high is not None else []))
    if axis.log:
        return low / 1.35, high * 1.35
    pad = 0.05 * (high - low) or 0.5
    return low - pad, high + pad


def _panel(
    panel: Axes, what: Panel, data: pd.DataFrame, scale: ErrorScale, tables: Tables, *, strip_rows: int
) -> None:
    strip = panel.inset_axes((0, 1.0, 1, 0.07 + 0.06 * strip_rows), sharex=panel)
    strip.set_facecolor(STRIP)
    strip.set_ylim(-0.6, strip_rows - 0.4)
    strip.tick_params(left=False, labelleft=False, bottom=False, labelbottom=False, which="both")
    strip.spines["left"].set_visible(False)
    strip.spines["bottom"].set_visible(False)
    strip.grid(False, axis="y")
    set_title(strip, what.title)
    panel.axhline(tables.chance, color=QUIET, lw=0.9, ls=(0, (2, 2)), zorder=1.5)
    x_ends = np.array(panel.get_xlim())
    labels = []
    for row, line in enumerate(what.lines):
        mine = data[data["choice"] == line.choice]
        _strip_row(strip, strip_rows - 1 - row, mine, line.look)
        labels += _series(panel, line, row, mine, scale, tables)
    if not (strip_x := _in_strip(strip, what, data)).size or strip_x.min() > 0.4:
        strip.text(0.02, 0.5, "did not learn", transform=strip.transAxes, va="center", color=QUIET)
    labels.append(
        Label(f"guessing, {words.percent(tables.chance, 0)}", QUIET, x_ends, np.full(2, tables.chance))
    )
    to_data = (panel.transAxes - panel.transData).transform
    bars = [(x_ends, np.full(2, to_data((0, _level(row)))[1])) for row in range(len(what.lines))]
    place(panel, [each for each in labels if len(each.x)], bars)


def _in_strip(strip: Axes, what: Panel, data: pd.DataFrame) -> Values:
    """Where the strip has marks, 0 at its left and 1 at its right."""
    mine = data[data["choice"].isin([line.choice for line in what.lines]) & (data["failed"] > 0)]
    at = strip.transData.transform(np.column_stack([mine["x"], np.zeros(len(mine))]))
    return np.asarray(strip.transAxes.inverted().transform(at)[:, 0])


def _strip_row(strip: Axes, row: int, mine: pd.DataFrame, look: Look) -> None:
    """The failed seeds of one line: × where there are some, and how many unless all."""
    failed = mine[mine["failed"] > 0]
    to_points = 72 / strip.figure.dpi
    places = (
        strip.transData.transform(np.column_stack([failed["x"], np.full(len(failed), row)]))[:, 0] * to_points
    )
    right = strip.get_window_extent().x1 * to_points
    for index, (x, count, seeds) in enumerate(
        zip(failed["x"], failed["failed"], failed["seeds"], strict=True)
    ):
        whole = count == seeds
        strip.plot(x, row, "x", color=look.line, alpha=1 if whole else 0.6, ms=5.5, mew=2)
        following = places[index + 1] if index + 1 < len(places) else right + 8
        if not whole and following - places[index] > 17:
            strip.annotate(
                str(count), (x, row), (5, 0), textcoords="offset points", va="center", size=8, color=look.text
            )


def _level(row: int) -> float:
    """How high the bar of a line's working range stands, as a share of the panel."""
    return 0.035 + 0.045 * row


def _series(
    panel: Axes, line: Line, row: int, mine: pd.DataFrame, scale: ErrorScale, tables: Tables
) -> list[Label]:
    """One choice: line, band, seeds, pruned ones, star and working range; its label if there is a line to name."""
    look = line.look
    drawn = mine[mine["drawn"]]
    pruned, complete = drawn[drawn["state"] == "pruned"], drawn[drawn["state"] != "pruned"]
    x, y = complete["x"].to_numpy(), scale.at(complete["error"].to_numpy())
    if tables.design.lines:
        panel.fill_between(
            x, scale.at(complete["low"].to_numpy()), scale.at(complete["high"].to_numpy()), color=look.line,
            alpha=0.15, lw=0,
        )  # fmt: skip
        panel.plot(x, y, color=look.line, ls=look.dash, zorder=3)
    size = {"mec": "white", "mew": 0.6} if len(x) <= CROWDED else {"ms": 2.0, "alpha": 0.6}
    panel.plot(x, y, ls="none", marker=look.marker, color=look.line, zorder=3.2, **size)
    panel.plot(
        pruned["x"], scale.at(pruned["error"].to_numpy()), ls="none", marker=look.marker, mfc="white",
        mec=look.line, zorder=3.1,
    )  # fmt: skip
    if int(tables.of_phase("search")["seeds"].sum()) <= SEED_POINTS:
        single = tables.seeds[
            tables.seeds["run"].isin(complete.index) & tables.seeds["validation_error"].notna()
        ]
        at = single["run"].map(complete["x"])
        panel.plot(
            at, scale.at(single["validation_error"].to_numpy()), ".", color=look.line, alpha=0.45, ms=2.5
        )
    found = basin(mine)
    if found is not None:
        at_best = complete[complete["winner"]]
        panel.plot(
            at_best["x"], scale.at(at_best["error"].to_numpy()), "*", color=look.line, mec=INK, ms=17 - 4.3 * row,
            zorder=5 + 0.1 * row,
        )  # fmt: skip
        level = _level(row)
        to_panel = panel.get_xaxis_transform()
        panel.plot(
            [found.low, found.high], [level] * 2, color=look.line, lw=3.2, transform=to_panel, zorder=2
        )
        panel.plot(
            [found.low, found.high],
            [level] * 2,
            "|",
            color=look.line,
            ms=7,
            mew=1.6,
            transform=to_panel,
            zorder=2,
        )
    return [Label(line.name, look.text, x, y)] if len(x) else []
