"""Figure: training cost against the epoch, a panel for each cost function and its class weights.

Values of different costs are not comparable, and those with different class weights are not either.
"""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from core import COSTS
from reports import words
from reports.conclusions.verdict import Verdict
from reports.drawing.curves import (
    Curve,
    by_panel,
    curves,
    dotted,
    draw,
    epoch_axis,
    networks,
    table_of,
    whose,
)
from reports.drawing.labels import place
from reports.drawing.panels import MOST, Line, Panel, error_scale, grid
from reports.drawing.style import (
    LOOKS,
    PAGE,
    QUIET,
    Frame,
    Picture,
    canvas,
    filled,
    house_style,
    set_title,
    title_room,
)
from reports.results.tables import Tables

WEIGHTED: Final = ", class weights "
"""Between a cost function and its class weights in the name of a panel."""


def cost_curves(tables: Tables) -> pd.DataFrame:
    """The training cost of the best choices of each cost function; empty without a finished run of `core`."""
    if tables.study.trainer:
        return pd.DataFrame()
    by_cost = _choices_of_costs(tables).items()
    found = [(cost, _best_curves(tables, cost, choices)) for cost, choices in by_cost]
    return table_of([(cost, curves) for cost, curves in found if curves][:MOST])


def training_costs(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """Training cost against the epoch, each panel with its formula."""
    title = _title([curve for _, found in by_panel(data) for curve in found])
    panels = words.count(data["panel"].nunique(), "cost function")
    crowded = any(len(choices) > len(LOOKS) for choices in _choices_of_costs(tables).values())
    subtitle = (
        "Mean training cost of an example at each choice's best setting"
        f"{' (the three best of each cost function)' if crowded else ''}, {whose(tables)}. Line: centre of the seeds; "
        "band: its pointwise 95 % interval. Values of different costs are not comparable: a factor in the formula "
        f"rescales the learning rate too.{dotted(data['epoch'])}"
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Training cost against epoch for {panels}{', a panel each' * (data['panel'].nunique() > 1)}. {title}.",
        caption=f"{words.count(networks(data), 'network')}.",
        figure=draw_training_costs(data, Frame(title, subtitle, width)),
        numbers=tables.in_words(data),
    )


@house_style()
def draw_training_costs(data: pd.DataFrame, frame: Frame = Frame()) -> Figure:
    """Draw the training cost against the epoch, one panel a cost function with its formula.

    `data` has a row an epoch of each curve, see `reports.drawing.curves`; each `panel` is a cost function's name, with
    its class weights where it has them.
    """
    found = list(by_panel(data))
    rows, columns = grid(len(found), frame.width)
    figure, axes = canvas(
        frame, rows=rows, columns=columns, height=2.3, between=0.62, share="none",
        above=0.5 + title_room([words.value(cost) for cost, _ in found], columns, frame.width),
    )  # fmt: skip
    for index, (panel, (cost, drawn)) in enumerate(filled(axes, found)):
        formula = COSTS[_plain(cost)].formula if _plain(cost) in COSTS else ""
        set_title(panel, words.value(cost), pad=18)
        panel.text(0, 1.02, formula, transform=panel.transAxes, color=QUIET, va="bottom")
        epoch_axis(panel, max(int(curve.epochs[-1]) for curve in drawn))
        scale = error_scale(np.concatenate([[*curve.centre, *curve.low, *curve.high] for curve in drawn]))
        scale.apply(panel, percent=False)
        place(panel, [draw(panel, curve, scale) for curve in drawn])
        panel.set_xlabel("epoch")
        if index % columns == 0:
            panel.set_ylabel("training cost")
    return figure


def _choices_of_costs(tables: Tables) -> dict[str, list[int]]:
    """The choices trained with each cost function and its class weights, best first; costs in the order of `core`."""
    shown = tables.shown()
    found: dict[str, list[int]] = {}
    for choice in sorted(shown, key=lambda each: float(tables.row(shown[each])["mean_error"])):
        settings = tables.record(shown[choice]).task.settings
        cost, weights = str(settings.get("cost", "not recorded")), settings.get("class_weights")
        if weights not in (None, "none"):
            cost += f"{WEIGHTED}{words.value(weights)}"
        found.setdefault(cost, []).append(choice)
    known = [*COSTS]
    return dict(sorted(found.items(), key=lambda each: [*known, _plain(each[0])].index(_plain(each[0]))))


def _plain(cost: str) -> str:
    """A cost function without its class weights."""
    return cost.partition(WEIGHTED)[0]


def _best_curves(tables: Tables, cost: str, choices: list[int]) -> list[Curve]:
    """Curves of the best choices of one cost function, drawn alike in every panel, named without the cost."""
    best = [choice for choice in tables.choices() if choice in choices[: len(LOOKS)]]
    lines = [
        Line(tables.short(choice).removeprefix(f"{words.value(_plain(cost))} · "), look, choice)
        for look, choice in zip(LOOKS, best, strict=False)
    ]
    return curves(tables, Panel(cost, tuple(lines)), "train_cost")


def _title(drawn: list[Curve]) -> str:
    falls = [float(curve.centre[0] / curve.centre[-1]) for curve in drawn if curve.centre[-1] > 0]
    if not falls:
        return "Each cost function falls on a scale of its own"
    if max(falls) == min(falls) == 1:
        return "From the first epoch to the last, no training cost changes"
    if min(falls) < 1:
        return "Not every training cost is lower at the end than after the first epoch"
    least, most = words.factor(min(falls)), words.factor(max(falls))
    if least == most:
        return f"From the first epoch to the last, the training cost falls by a factor of {most}"
    return f"From the first epoch to the last, training costs fall by factors of {least} to {most}"
