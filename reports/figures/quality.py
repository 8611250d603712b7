"""What does a lower error cost in weights, or in the study's other objectives?"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from core import ERRORS
from experiments.error_wording import on_an_axis
from experiments.outcome.pareto_front import front
from reports import words
from reports.conclusions.verdict import Verdict
from reports.drawing.labels import Label, place
from reports.drawing.panels import error_scale, name_rows
from reports.drawing.style import (
    INK,
    LOOKS,
    PAGE,
    QUIET,
    TWO_COLUMNS,
    Frame,
    Look,
    Picture,
    canvas,
    filled,
    house_style,
    named,
)
from reports.drawing.ticks import log_ticks, plain_ticks
from reports.figures.best_of_choices import best_of_choices, ends
from reports.results.recorded import recorded
from reports.results.tables import Tables
from reports.statistics.intervals import Values

NAMED: Final = 8
"""Points of a front that are named in a panel at most."""

IN_WORDS: Final = {
    **{name: f"validation error, {measure.label}" for name, measure in ERRORS.items()},
    "validation_error": "validation error",
    "epochs_to_target": "epochs to the target",
    "seconds": "seconds",
    "weights": "weights",
}
"""A study's objectives."""


def with_front(tables: Tables) -> pd.DataFrame:
    """The best of each choice, and whether it is on the front of error and weights.

    Empty where no choice is smaller than another, or where a trainer of the user's own has not said how large its
    models are.
    """
    data = best_of_choices(tables)
    if data.empty or data["weights"].nunique() < 2 or "weights" not in recorded(tables):
        return pd.DataFrame()
    data["front_weights"] = _on_front(data[["weights", "error"]])
    return data


def size_against_quality(
    data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE
) -> Picture:
    """Error against number of weights, the Pareto front joined.

    Seconds are in the table only: each run was timed once, on a machine that does other work, which compares nothing.
    """
    title = _title(data)
    subtitle = (
        "Each choice at its best setting: final validation error against its number of weights and biases. Filled "
        "and joined: no other choice is both smaller and lower in error, as measured."
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Error against weights of {words.count(len(data), 'choice')}. {title}.",
        caption="Seconds in the table were taken once, on the machine named below, and are not compared. "
        f"{words.count(len(data), 'choice')}, {words.count(int(data['seeds'].sum()), 'network')}.",
        figure=draw_front_of_choices(data, Frame(title, subtitle, width, on_an_axis(tables.study.data))),
        numbers=tables.in_words(data)[
            ["choice", "error", "seconds_a_network", "weights", "front_weights"]
        ].reset_index(drop=True),
    )


def draw_front_of_choices(data: pd.DataFrame, frame: Frame = Frame()) -> Figure:
    """Draw error against weights, as from `with_front`: the choices that nothing beats in both are joined and named."""
    costs = [("weights", "front_weights", "weights and biases", LOOKS[0])]
    return _drawn(data, ("error", frame.error_axis("final error")), costs, frame, joined=True)


def trials_and_front(tables: Tables) -> pd.DataFrame:
    """A row a finished trial with its objectives, and whether it is on their front; empty below two objectives."""
    objectives = tables.study.objectives
    data = tables.of_phase("search")
    data = data[data["finished"] & data["objective"].notna()]
    if len(objectives) < 2 or data.empty:
        return pd.DataFrame()
    data = data[["slot", "choice", "objective", "seconds", "weights"]].rename(
        columns={"objective": objectives[0]}
    )
    data["front"] = _on_front(data[list(objectives)])
    data["short"] = [f"trial {slot}" for slot in data["slot"]]
    data["run"] = data.index
    return data


def front_of_trials(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """The study's objectives against each other, the trials on the Pareto front named."""
    objectives = tables.study.objectives
    named = words.enumerated([IN_WORDS[name] for name in objectives])
    on = data[data["front"]].sort_values(objectives[0], kind="stable")
    title = (
        f"{words.count(len(on), 'trial')} of {len(data)} {'is' if len(on) == 1 else 'are'} on the Pareto front of "
        f"{named}"
    )
    subtitle = (
        "Each finished trial, on the seeds of the search. Filled: on the front; no other trial is as good in every "
        f"objective and better in one. {'' if len(on) <= NAMED else f'{NAMED} are named.'}"
    )
    columns = ["slot", "choice", *dict.fromkeys([*objectives, "seconds", "weights"]), "front"]
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"{named.capitalize()} of {words.count(len(data), 'trial')}. {title}: "
        f"{words.enumerated([str(slot) for slot in on['slot'].head(2 * NAMED)])}{', …' * (len(on) > 2 * NAMED)}.",
        caption=f"Seconds are those of the machine named below. {words.count(len(data), 'trial')}.",
        figure=draw_front(data, objectives, Frame(title, subtitle, width, on_an_axis(tables.study.data))),
        numbers=tables.in_words(data)[columns].reset_index(drop=True),
    )


def draw_front(data: pd.DataFrame, objectives: Sequence[str], frame: Frame = Frame()) -> Figure:
    """Draw the deciding objective, the first, against each other one, the trials on the front filled and named.

    `data` has a row a trial with `short`, `run`, a column of each objective's name, and whether it is on the `front`.
    """
    deciding, *others = objectives
    costs = [
        (name, "front", IN_WORDS[name], look)
        for name, look in zip(others, (LOOKS[1], LOOKS[0], LOOKS[2]), strict=False)
    ]
    label = IN_WORDS[deciding] if deciding == "epochs_to_target" else frame.error_axis("validation error")
    return _drawn(data, (deciding, label), costs, frame, joined=len(others) == 1)


@house_style()
def _drawn(
    data: pd.DataFrame,
    deciding: tuple[str, str],
    costs: Sequence[tuple[str, str, str, Look]],
    frame: Frame,
    *,
    joined: bool,
) -> Figure:
    """Draw what decides against each cost, in panels side by side where there is room.

    Args:
        data: a row a point with `short` and its `run`.
        deciding: the column of the y axis, and its name in words.
        costs: of each panel the column of the x axis, that of who is on the front, the cost in words, and the look.
        frame: around the panels.
        joined: whether steps join the front.
    """
    column, label = deciding
    beside = frame.width >= TWO_COLUMNS
    figure, axes = canvas(
        frame, rows=1 if beside else len(costs), columns=len(costs) if beside else 1, height=2.8,
        share="none", between=0.35, above=0.15,
    )  # fmt: skip
    y = data[column].to_numpy(dtype=float)
    scale = error_scale(y, room_below=0.12, room_above=0.12)
    for index, (panel, (cost, on, name, look)) in enumerate(filled(axes, costs)):
        x = data[cost].to_numpy(dtype=float)
        _cost_axis(panel, x, name)
        scale.apply(panel, percent=column != "epochs_to_target")
        front, shorts, runs = (data[each].to_numpy() for each in (on, "short", "run"))
        _points(panel, x, scale.at(y), front, shorts, runs, look, joined=joined)
        name_rows(panel, index, len(costs) if beside else 1, scale.named(label))
    return figure


def _cost_axis(panel: Axes, x: Values, label: str) -> None:
    """The x axis of what is paid, logarithmic where it spans more than a factor of five."""
    log = x.min() > 0 and x.max() / x.min() > 5
    if log:
        panel.set_xscale("log")
        low, high = float(x.min()) / 1.5, float(x.max()) * 1.5
        panel.set_xlim(low, high)
        log_ticks(panel.xaxis, low, high)
    else:
        room = 0.12 * (x.max() - x.min()) or 0.5 * x.max() or 1.0
        panel.set_xlim(x.min() - room, x.max() + room)
        plain_ticks(panel.xaxis)
    panel.set_xlabel(label + (" (log)" if log else ""))


def _points(
    panel: Axes,
    x: Values,
    y: Values,
    on: NDArray[np.bool_],
    shorts: NDArray[Any],
    runs: NDArray[np.int_],
    look: Look,
    *,
    joined: bool,
) -> None:
    """Points, those on the front filled, the first of them named, and joined by steps if wanted."""
    (others,) = panel.plot(x[~on], y[~on], "o", mfc="white", mec=QUIET, ms=6)
    order = np.argsort(x[on], kind="stable")
    along, up = x[on][order], y[on][order]
    steps = []
    if joined:
        panel.step(along, up, where="post", color=look.line, lw=1.2, ls=look.dash)
        corners = np.column_stack([np.repeat(along, 2)[1:], np.repeat(up, 2)[:-1]])
        steps = [(corners[i : i + 2, 0], corners[i : i + 2, 1]) for i in range(len(corners) - 1)]
    (best,) = panel.plot(x[on], y[on], look.marker, color=look.line, mec=INK, ms=7, zorder=4)
    for marks, which in ((others, ~on), (best, on)):
        named(marks, runs=runs[which])
    labels = [Label(name, look.text, x[on][[i]], y[on][[i]]) for i, name in enumerate(shorts[on][:NAMED])]
    place(panel, labels, [*steps, *((x[[i]], y[[i]]) for i in range(len(x)))])


def _on_front(costs: pd.DataFrame) -> NDArray[np.bool_]:
    """Which rows no other one beats in every column."""
    points = dict(enumerate(costs.to_numpy(dtype=float).tolist()))
    return np.isin(np.arange(len(costs)), front(points))


def _title(data: pd.DataFrame) -> str:
    """What was measured; it calls nothing better, which the tests of the other figures do."""
    lowest, highest = ends(data)
    least, most = (words.number(float(each)) for each in (data["weights"].min(), data["weights"].max()))
    errors = f"go from {lowest} to {highest}" if lowest != highest else f"are {lowest}"
    return f"With between {least} and {most} weights and biases, errors {errors}"
