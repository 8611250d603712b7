"""How fast and how far? Validation error and training cost against the epoch, each choice at its best setting."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from core import COSTS
from reports import words
from reports.labels import Label, place
from reports.panels import MOST, Line, Panel, error_scale, grid, left_out, panels
from reports.statistics import Values, epochs_to_target, estimates, median_epochs
from reports.style import LOOKS, QUIET, Picture, canvas, house_style, set_title
from reports.tables import Tables
from reports.verdict import measure

NEAR_BEST: Final = 1.25
"""Without a target in the study file, the target is this many times the lowest final error of any choice."""

FAINT: Final = 400
"""Single seeds are drawn up to this many curves in a figure."""

Curve = tuple[Line, Values, Values, Values, Values]
"""A line, its seeds' curves (n, E), and centre, low and high (E,)."""


def validation_curves(tables: Tables) -> Picture | None:
    """Validation error against the epoch; None if no choice has a finished run."""
    every = panels(tables)
    data = [(panel, _curves(tables, panel, "validation_error")) for panel in every[:MOST]]
    data = [(panel, curves) for panel, curves in data if curves]
    if not data:
        return None
    goal = target(tables)
    reached = epochs_to_reach(tables)
    title = _title(reached, goal)
    own = (
        "given in the study file"
        if tables.study.record.target_error is not None
        else "25 % above the best final one"
    )
    subtitle = (
        f"{words.sentence(measure(tables))} at each choice's best setting, {_whose(tables)}. Line: centre of the "
        "seeds; band: its pointwise 95 % interval; faint: single seeds. Dashed: "
        f"{words.percent(goal)}, {own}; ring: median epoch at which seeds reach it."
    )
    rows, columns = grid(len(data))
    with house_style():
        figure, axes = canvas(title, subtitle, rows=rows, columns=columns, height=2.6, between=0.22)
        spread = [
            np.concatenate([seeds.ravel(), low, high])
            for _, curves in data
            for _, seeds, _, low, high in curves
        ]
        scale = error_scale(np.concatenate([*spread, [goal]]))
        few = sum(len(seeds) for _, curves in data for _, seeds, *_ in curves) <= FAINT
        for index in range(rows * columns):
            axis = axes[index // columns][index % columns]
            if index >= len(data):
                axis.set_visible(False)
                continue
            panel, curves = data[index]
            set_title(axis, panel.title)
            longest = max(seeds.shape[1] for _, seeds, *_ in curves)
            axis.set_xlim(1 - 0.02 * longest, longest + 0.02 * longest + 0.01)
            scale.apply(axis)
            axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            axis.axhline(goal, color=QUIET, lw=0.9, ls=(0, (5, 3)), zorder=1.5)
            labels = []
            for line, seeds, centre, low, high in curves:
                epochs = np.arange(1, seeds.shape[1] + 1)
                if few:
                    axis.plot(epochs, scale.at(seeds).T, color=line.look.line, alpha=0.16, lw=0.7, zorder=1.8)
                axis.fill_between(
                    epochs, scale.at(low), scale.at(high), color=line.look.line, alpha=0.2, lw=0
                )
                axis.plot(epochs, scale.at(centre), color=line.look.line, ls=line.look.dash, zorder=3)
                when = float(reached.loc[reached["choice"] == line.choice, "median_epochs"].iloc[0])
                if np.isfinite(when):
                    height = float(scale.at(centre)[int(when) - 1])
                    axis.plot(
                        when, height, line.look.marker, mfc="white", mec=line.look.line, ms=8, mew=2, zorder=5
                    )
                labels.append(Label(line.name, line.look.text, epochs.astype(float), scale.at(centre)))
            axis.set_xlabel("epoch")
            axis.tick_params(labelleft=index % columns == 0)
            if index % columns == 0:
                axis.set_ylabel("validation error" + (" (log)" if scale.log else ""))
            faint = [(np.arange(1.0, seeds.shape[1] + 1), scale.at(seeds[each])) for _, seeds, *_ in curves
                     for each in (seeds[:, -1].argmax(), seeds[:, -1].argmin())]  # fmt: skip
            place(axis, labels, [*faint, (np.array(axis.get_xlim()), np.array([goal, goal]))])
    return Picture(
        name="convergence",
        question="How fast and how far does each choice come?",
        title=title,
        subtitle=subtitle,
        alt=f"Validation error against epoch for {words.count(len(reached), 'choice')}. {title}.",
        caption=f"{left_out(len(every))} {int(reached['seeds'].sum())} networks.",
        figure=figure,
        numbers=_numbers([curve for _, curves in data for curve in curves]),
    )


def training_costs(tables: Tables) -> Picture | None:
    """Training cost against the epoch, one panel a cost function; None if no choice has a finished run."""
    shown = tables.shown()
    order = sorted(shown, key=lambda choice: float(tables.row(shown[choice])["mean_error"]))
    by_cost: dict[str, list[str]] = {}
    for choice in order:
        by_cost.setdefault(str(tables.record(shown[choice]).settings.get("cost", "")), []).append(choice)
    named = [cost for cost in COSTS if cost in by_cost] + [cost for cost in by_cost if cost not in COSTS]
    data = []
    for cost in named:
        best = by_cost[cost][: len(LOOKS)]
        lines = tuple(
            Line(tables.short(choice).removeprefix(f"{words.value(cost)} · "), look, choice)
            for look, choice in zip(LOOKS, [each for each in tables.choices() if each in best], strict=False)
        )
        curves = _curves(tables, Panel(cost, lines), "train_cost")
        if curves:
            data.append((cost, curves))
    if not data:
        return None
    falls = [
        float(centre[0] / centre[-1]) for _, curves in data for *_, centre, _, _ in curves if centre[-1] > 0
    ]
    title = "Each cost function falls on a scale of its own"
    if falls:
        least, most = words.number(min(falls), 2), words.number(max(falls), 2)
        title += f": to between 1/{most} and 1/{least} of the first epoch's"
    only = (
        " (the three best of each cost function)"
        if any(len(each) > len(LOOKS) for each in by_cost.values())
        else ""
    )
    subtitle = (
        f"Mean training cost of an example at each choice's best setting{only}, {_whose(tables)}. Line: centre of "
        "the seeds; band: its pointwise 95 % interval. Values of different costs are not comparable: a factor in the "
        "formula rescales the learning rate too."
    )
    rows, columns = grid(len(data[:MOST]))
    with house_style():
        figure, axes = canvas(
            title, subtitle, rows=rows, columns=columns, height=2.3, between=0.62, above=0.5, share="none"
        )
        for index in range(rows * columns):
            axis = axes[index // columns][index % columns]
            if index >= len(data[:MOST]):
                axis.set_visible(False)
                continue
            cost, curves = data[index]
            scale = error_scale(
                np.concatenate([part for *_, centre, low, high in curves for part in (centre, low, high)])
            )
            formula = COSTS[cost].formula if cost in COSTS else ""
            set_title(axis, words.value(cost) if len(data) > 1 or formula else "", pad=18)
            axis.text(0, 1.02, formula, transform=axis.transAxes, size=9, color=QUIET, va="bottom")
            longest = max(seeds.shape[1] for _, seeds, *_ in curves)
            axis.set_xlim(1 - 0.02 * longest, longest * 1.02 + 0.01)
            scale.apply(axis, percent=False)
            axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            labels = []
            for line, seeds, centre, low, high in curves:
                epochs = np.arange(1, seeds.shape[1] + 1)
                axis.fill_between(
                    epochs, scale.at(low), scale.at(high), color=line.look.line, alpha=0.2, lw=0
                )
                axis.plot(epochs, scale.at(centre), color=line.look.line, ls=line.look.dash, zorder=3)
                labels.append(Label(line.name, line.look.text, epochs.astype(float), scale.at(centre)))
            axis.set_xlabel("epoch")
            if index % columns == 0:
                axis.set_ylabel("training cost")
            place(axis, labels)
    return Picture(
        name="training-cost",
        question="How does the training cost itself fall?",
        title=title,
        subtitle=subtitle,
        alt=f"Training cost against epoch, one panel for each of {words.count(len(data), 'cost function')}. {title}.",
        caption=f"{sum(len(seeds) for _, curves in data for _, seeds, *_ in curves)} networks.",
        figure=figure,
        numbers=_numbers([curve for _, curves in data for curve in curves]),
    )


def target(tables: Tables) -> float:
    """The error to reach: the study file's, or 25 % above the lowest final mean error of any choice."""
    if tables.study.record.target_error is not None:
        return tables.study.record.target_error
    finals = [float(tables.row(run)["mean_error"]) for run in tables.shown().values()]
    return NEAR_BEST * min(finals)


def epochs_to_reach(tables: Tables) -> pd.DataFrame:
    """Epochs to the target for each choice: Kaplan–Meier median, its interval, and how many seeds got there."""
    goal = target(tables) if tables.shown() else 0.0
    rows = []
    for choice, run in tables.shown().items():
        when, there = epochs_to_target(tables.curves(run, "validation_error"), goal)
        median, low, high = median_epochs(when, there)
        rows.append(
            {
                "choice": choice,
                "short": tables.short(choice),
                "target": goal,
                "median_epochs": median,
                "low": low,
                "high": high,
                "reached": int(there.sum()),
                "seeds": len(there),
                "epochs": tables.record(run).epochs,
            }
        )
    return pd.DataFrame(rows)


def _curves(tables: Tables, panel: Panel, name: str) -> list[Curve]:
    found: list[Curve] = []
    shown = tables.shown()
    for line in panel.lines:
        if line.choice not in shown:
            continue
        seeds = tables.curves(shown[line.choice], name)
        seeds = seeds[np.isfinite(seeds).all(axis=1)]
        if seeds.size:
            found.append((line, seeds, *estimates(seeds)))
    return found


def _whose(tables: Tables) -> str:
    if not tables.confirmed():
        return "on the seeds that chose it"
    seeds = tables.trials.loc[list(tables.confirmed().values()), "seeds"].max()
    return f"{seeds} fresh seeds" + (
        "" if len(tables.confirmed()) == len(tables.shown()) else " where confirmed"
    )


def _title(reached: pd.DataFrame, goal: float) -> str:
    there = reached[np.isfinite(reached["median_epochs"])].sort_values("median_epochs", kind="stable")
    if there.empty:
        return f"No choice brings half of its seeds to {words.percent(goal)}"
    first = float(there["median_epochs"].iloc[0])
    names = list(there.loc[there["median_epochs"] == first, "short"])
    who = words.enumerated(names) if len(names) <= 3 else f"{len(names)} choices"
    text = f"{words.sentence(who)} first to {words.percent(goal)}: median {words.count(int(first), 'epoch')}"
    never = len(reached) - len(there)
    return f"{text}; {never} of {len(reached)} choices never get half of their seeds there" if never else text


def _numbers(curves: list[Curve]) -> pd.DataFrame:
    parts = [
        pd.DataFrame(
            {
                "choice": line.choice,
                "epoch": np.arange(1, seeds.shape[1] + 1),
                "centre": centre,
                "low": low,
                "high": high,
                "seeds": len(seeds),
            }
        )
        for line, seeds, centre, low, high in curves
    ]
    return pd.concat(parts, ignore_index=True)
