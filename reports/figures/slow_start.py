"""Does the quadratic cost start slowly? Nielsen's chapter 3 from the study's own records.

The output layer's error signal is (h − y) σ'(z) under the quadratic cost and h − y under the cost that fits the
output, so saturated outputs that are wrong keep the quadratic cost's gradient small, however wrong they are.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.error_wording import on_an_axis
from reports import words
from reports.conclusions.verdict import Verdict
from reports.drawing.curves import dots, dotted, epoch_axis
from reports.drawing.labels import Label, place
from reports.drawing.panels import error_scale
from reports.drawing.style import LOOKS, PAGE, Frame, Picture, canvas, house_style, named, set_title
from reports.results.tables import Tables

if TYPE_CHECKING:
    from experiments.choices import Identity

SLOW: Final = "quadratic"
FITTING: Final = ("cross_entropy", "log_likelihood")
"""The cost that may start slowly, and those that fit an output activation, the first that was studied being drawn."""

ROWS: Final = 3
"""Groups of choices at most, a row each."""

MEASURES: Final = (
    ("validation_error", "validation error"),
    ("gradient_norm", "gradient of the last layer"),
    ("saturated", "saturated outputs"),
)


def slow_starts(tables: Tables, verdict: Verdict) -> pd.DataFrame:
    """The first epochs at the shared rate, or of each choice at its best; empty unless both costs were studied."""
    data = first_epochs(tables, verdict.findings.shared.runs if verdict.findings.shared else tables.winners)
    return data if data.empty else data[data["within"].isin(data["within"].unique()[:ROWS])]


def slow_start(data: pd.DataFrame, tables: Tables, verdict: Verdict, width: float = PAGE) -> Picture:
    """Error, gradient and saturation of the output layer for both costs."""
    shared = verdict.findings.shared
    title = _title(data, tables.chance)
    where = (
        f"at the shared rate {'' if shared.exact else 'of about '}{shared.rate}"
        if shared
        else "each at its own best setting"
    )
    subtitle = (
        f"Means of the search's seeds, {where}, from the first epoch on: validation error, norm of the gradient of the "
        "output layer over all training examples, and share of its units saturated (slope below 1 % of the steepest)."
        f"{dotted(data.loc[data['gradient_norm'].notna(), 'epoch'])}"
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Error, gradient and saturated outputs against the epoch for two cost functions. {title}.",
        caption=f"{words.count(int(data.groupby(['within', 'cost'])['seeds'].first().sum()), 'network')}.",
        figure=draw_slow_start(data, Frame(title, subtitle, width, on_an_axis(tables.study.data))),
        numbers=data.drop(columns="choice").reset_index(drop=True),
    )


def first_epochs(tables: Tables, runs: Mapping[int, int]) -> pd.DataFrame:
    """A row an epoch, cost and group of choices alike but for the cost: error, and the output layer's two measures.

    These two are NaN in epochs in which they were not measured.
    """
    if "cost" not in tables.design.factors:
        return pd.DataFrame()
    found: dict[Identity, dict[str, pd.DataFrame]] = {}
    for _, run in tables.in_order(runs):
        record, chosen, error = (
            tables.record(run),
            tables.combination(run),
            tables.curves(run, "validation_error"),
        )
        inside = [record.curves.get(name) for name in ("gradient_norm", "saturated")]
        alive = np.isfinite(error).all(axis=1)
        cost = str(chosen.get("cost"))
        if any(each is None or each.ndim != 3 for each in inside) or not alive.any() or not record.epochs:
            continue
        same = tables.design.condition("cost", chosen)
        norm, saturated = (np.asarray(each)[alive, :, -1].mean(axis=0) for each in inside)
        found.setdefault(same, {})[cost] = pd.DataFrame(
            {
                "within": tables.design.others("cost", chosen),
                "cost": cost,
                "choice": tables.design.choice(chosen),
                "epoch": np.arange(1, record.epochs + 1),
                "validation_error": error[alive].mean(axis=0),
                "gradient_norm": norm,
                "saturated": saturated,
                "seeds": int(alive.sum()),
            }
        )
    parts = []
    for members in found.values():
        fitting = next((cost for cost in FITTING if cost in members), None)
        if SLOW in members and fitting:
            parts += [members[SLOW], members[fitting]]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


@house_style()
def draw_slow_start(data: pd.DataFrame, frame: Frame = Frame()) -> Figure:
    """Draw the first epochs, as from `first_epochs`: a row a group, a column a measure."""
    groups = list(dict.fromkeys(data["within"]))
    stacked = frame.width < PAGE / 2
    rows, columns = (len(groups) * len(MEASURES), 1) if stacked else (len(groups), len(MEASURES))
    scales = {
        "validation_error": error_scale(data["validation_error"].to_numpy()),
        "gradient_norm": error_scale(data["gradient_norm"].to_numpy()),
    }
    figure, axes = canvas(
        frame, rows=rows, columns=columns, height=1.75, between=0.75, above=0.5, share="none"
    )  # fmt: skip
    for index in range(rows * columns):
        panel = axes[index // columns][index % columns]
        within, (measure, name) = groups[index // len(MEASURES)], MEASURES[index % len(MEASURES)]
        mine = data[data["within"] == within]
        first = index % len(MEASURES) == 0
        set_title(panel, f"{within}: {name}" if first and within else name)
        epoch_axis(panel, int(mine["epoch"].max()))
        panel.set_xlabel("epoch")
        if measure == "validation_error":
            panel.set_ylabel(frame.measure)
        scale = scales.get(measure)
        if scale is not None:
            scale.apply(panel, percent=measure == "validation_error")
        else:
            panel.set_ylim(-0.04, 1.04)
            panel.set_yticks([0, 0.5, 1], ["0 %", "50 %", "100 %"])
        labels = []
        for look, (cost, curve) in zip(LOOKS, mine.groupby("cost", sort=False), strict=False):
            curve = curve[curve[measure].notna()]
            y = curve[measure].to_numpy(dtype=float)
            y = scale.at(y) if scale is not None else y
            x = curve["epoch"].to_numpy(dtype=float)
            whose = (int(curve["choice"].iloc[0]),)
            (line,) = panel.plot(x, y, marker=dots(x), color=look.line, ls=look.dash)
            named(line, choices=whose)
            labels.append(Label(words.value(cost), look.text, x, y, whose))
        place(panel, labels)
    return figure


def _title(data: pd.DataFrame, chance: float) -> str:
    """Where the costs differ most: how many epochs each takes to come half of the way down, and with what gradient.

    Half of the way, on a logarithmic axis, from guessing to the lowest error of the two.
    """
    found = []
    for within, mine in data.groupby("within", sort=False):
        goal = float(np.sqrt(chance * max(mine["validation_error"].min(), 0.001)))
        taken, gradient = {}, {}
        for cost, curve in mine.groupby("cost", sort=False):
            there = curve["epoch"][curve["validation_error"] <= goal]
            taken[str(cost)] = int(there.iloc[0]) if len(there) else int(curve["epoch"].max()) + 1
            gradient[str(cost)] = float(curve["gradient_norm"].iloc[0])
        fitting = next(cost for cost in taken if cost != SLOW)
        times = gradient[fitting] / gradient[SLOW] if gradient[SLOW] > 0 else np.inf
        found.append(
            (taken[SLOW] - taken[fitting], str(within), taken[SLOW], taken[fitting], fitting, times, goal)
        )
    later, within, slow, quick, fitting, times, goal = max(found, key=lambda each: each[0])
    name, where = words.value(fitting), f" with {within}" if within and len(found) > 1 else ""
    if later <= 0:
        soon = f"it reaches {words.percent(goal, 0)} error as soon as {name}"
        return f"The quadratic cost does not start slowly here: {soon}"
    last = int(data["epoch"].max())
    error = f"{words.percent(goal, 0)} error"
    text = f"The quadratic cost reaches {error} in epoch {slow}, {name} in epoch {quick}{where}"
    if slow > last:
        never = f"the quadratic cost not in {last} epochs"
        text = f"{words.sentence(name)} reaches {error} in epoch {quick}, {never}{where}"
    small = (
        f"; after epoch 1 the quadratic cost's last gradient is smaller by a factor of {words.factor(times)}"
    )
    return text + (small if np.isfinite(times) and times > 2 else "")
