"""What does a lower error cost in seconds and in weights?"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from reports import words
from reports.figures.choices import best_of_choices
from reports.labels import Label, place
from reports.panels import error_scale
from reports.style import INK, LOOKS, PAGE, QUIET, TWO_COLUMNS, Picture, canvas, house_style
from reports.tables import Tables
from reports.ticks import log_ticks, plain_ticks

NAMED = 8
"""Choices on the front that are named in a panel at most."""


def speed_against_quality(tables: Tables, width: float = PAGE) -> Picture | None:
    """Error against seconds and number of weights, the Pareto front joined; None below two choices."""
    data = best_of_choices(tables)
    if len(data) < 2:
        return None
    data["front_seconds"] = pareto_front(data["seconds_a_network"], data["error"])
    data["front_weights"] = pareto_front(data["weights"].astype(float), data["error"])
    title = _title(data)
    subtitle = (
        "Each choice at its best setting: final validation error against the seconds that one network took to train, "
        "and against its weights and biases. Filled and joined: nothing else is both cheaper and better."
    )
    return Picture(
        name="quality",
        question="What does a lower error cost in seconds and in weights?",
        title=title,
        subtitle=subtitle,
        alt=f"Error against seconds and against weights of {words.count(len(data), 'choice')}. {title}.",
        caption=f"Seconds are those of the machine named below. {words.count(len(data), 'choice')}, "
        f"{int(data['seeds'].sum())} networks.",
        figure=draw_fronts(data, title=title, subtitle=subtitle, width=width),
        numbers=data[
            ["choice", "error", "seconds_a_network", "weights", "front_seconds", "front_weights"]
        ].reset_index(drop=True),
    )


def draw_fronts(data: pd.DataFrame, *, title: str = "", subtitle: str = "", width: float = PAGE) -> Figure:
    """Draw error against two costs, the choices that nothing else beats in both joined and named.

    Args:
        data: a row a choice with `short`, `error`, `seconds_a_network`, `weights`, and whether it is on each front,
            `front_seconds` and `front_weights`.
        title: the finding.
        subtitle: what the marks are.
        width: inches across.
    """
    beside = width >= TWO_COLUMNS
    with house_style():
        figure, axes = canvas(
            title, subtitle, rows=1 if beside else 2, columns=2 if beside else 1, height=2.8, share="none",
            between=0.35, above=0.15, width=width,
        )  # fmt: skip
        scale = error_scale(data["error"].to_numpy(), room_below=0.12, room_above=0.12)
        costs = (
            ("seconds_a_network", "front_seconds", "seconds a network", LOOKS[1]),
            ("weights", "front_weights", "weights and biases", LOOKS[0]),
        )
        panels = [panel for row in axes for panel in row]
        for panel, (column, front, label, look) in zip(panels, costs, strict=True):
            x = data[column].to_numpy(dtype=float)
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
            scale.apply(panel)
            y = scale.at(data["error"].to_numpy())
            on = data[front].to_numpy()
            panel.plot(x[~on], y[~on], "o", mfc="white", mec=QUIET, ms=6)
            order = np.argsort(x[on], kind="stable")
            panel.step(x[on][order], y[on][order], where="post", color=look.line, lw=1.2, ls=look.dash)
            panel.plot(x[on], y[on], look.marker, color=look.line, mec=INK, ms=7, zorder=4)
            named = [
                Label(name, look.text, x[on][[i]], y[on][[i]])
                for i, name in list(enumerate(data.loc[on, "short"]))[:NAMED]
            ]
            corners = np.column_stack([np.repeat(x[on][order], 2)[1:], np.repeat(y[on][order], 2)[:-1]])
            steps = [(corners[i : i + 2, 0], corners[i : i + 2, 1]) for i in range(len(corners) - 1)]
            place(panel, named, [*steps, *((x[[i]], y[[i]]) for i in range(len(x)))])
            panel.set_xlabel(label + (" (log)" if log else ""))
            first = panel is panels[0] or not beside
            panel.tick_params(labelleft=first)
            if first:
                panel.set_ylabel("final error" + (" (log)" if scale.log else ""))
    return figure


def pareto_front(cost: pd.Series, error: pd.Series) -> pd.Series:
    """Which points no other one beats: none has both less or equal cost and error, and less of one."""
    c, e = cost.to_numpy(dtype=float), error.to_numpy(dtype=float)
    at_most = (c[None, :] <= c[:, None]) & (e[None, :] <= e[:, None])
    less = (c[None, :] < c[:, None]) | (e[None, :] < e[:, None])
    return pd.Series(~(at_most & less).any(axis=1), index=cost.index)


def _title(data: pd.DataFrame) -> str:
    best, fastest = data.iloc[0], data.iloc[int(data["seconds_a_network"].to_numpy().argmin())]
    if best["choice"] == fastest["choice"]:
        return f"{words.sentence(best['short'])} is both the fastest to train and the lowest in error"
    times = (
        best["seconds_a_network"] / fastest["seconds_a_network"]
        if fastest["seconds_a_network"] > 0
        else np.inf
    )
    less = best["error"] - fastest["error"]
    longer = f"{words.number(float(times), 2)} times as long" if np.isfinite(times) else "longer"
    return (
        f"{words.sentence(best['short'])} errs {words.points(abs(less))} points less than the fastest, "
        f"{fastest['short']}, and trains {longer}"
    )
