"""Figure: the class that each choice predicts over the plane, for data with two inputs."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from reports import words
from reports.conclusions.verdict import Verdict
from reports.drawing.panels import MOST, grid, left_out, name_rows
from reports.drawing.style import (
    INK,
    LOOKS,
    PAGE,
    Frame,
    Picture,
    canvas,
    filled,
    house_style,
    set_title,
    title_room,
)
from reports.drawing.ticks import plain_ticks
from reports.results.tables import Tables

SHADE: Final = 0.45
"""How much of a class's colour covers the paper."""

AGREED: Final = 0.9
"""Seeds agree on a point if this share of them or more decide alike."""


def decision_surfaces(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """What the seeds of each choice decide over the plane."""
    classes = [words.shortened(str(each)) for each in tables.study.data.get("classes") or []]
    every = list(dict.fromkeys(data["choice"]))
    data = data[data["choice"].isin(every[:MOST])]
    seeds = int(data.groupby("choice")["seeds"].first().sum())
    points = plane_examples(tables)
    title = _title(data)
    kinds = ", ".join(f"{'●■▲'[index]} {name}" for index, name in enumerate(classes))
    subtitle = (
        "Each choice at its best setting, fresh seeds. Shade: share of seeds that predict a class; line: where half "
        f"of them do. Marks: examples of the test split ({kinds})."
    )
    features = [words.name(str(each)) for each in tables.study.data.get("features") or ["", ""]]
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Decision surfaces of {words.count(min(MOST, len(every)), 'choice')} over two inputs. {title}.",
        caption=f"{left_out(len(every))} {words.count(seeds, 'network')}.",
        figure=draw_surfaces(data, points, features, Frame(title, subtitle, width)),
        numbers=tables.in_words(data)[["choice", "x", "y", "class", "share", "seeds"]].reset_index(drop=True),
    )


def surfaces(tables: Tables) -> pd.DataFrame:
    """A row a point of the plane, class and choice: the share of the choice's seeds that decide for the class.

    Empty unless it is recorded, and for more classes than there are looks.
    """
    parts = []
    if len(tables.study.data.get("classes") or []) > len(LOOKS):
        return pd.DataFrame()
    for choice, run in tables.in_order(tables.confirmed):
        record = tables.record(run)
        if not record.surface.size:
            continue
        index, down, across = (each.ravel() for each in np.indices(record.surface.shape))
        x, y = (np.linspace(low, high, record.surface.shape[-1]) for low, high in record.surface_range)
        seeds = int(record.surface[:, 0, 0].sum())
        parts.append(
            pd.DataFrame(
                {
                    "choice": choice,
                    "short": tables.short(choice),
                    "x": x[across],
                    "y": y[down],
                    "class": index,
                    "share": record.surface.ravel() / max(1, seeds),
                    "seeds": seeds,
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def plane_examples(tables: Tables) -> pd.DataFrame:
    """The test examples that are recorded: `x`, `y` and `class`."""
    champion = tables.champion()
    record = None if champion is None else tables.record(champion)
    if record is None or record.test_inputs.shape[1:] != (2,):
        return pd.DataFrame({"x": [], "y": [], "class": []})
    x, y = record.test_inputs.T
    return pd.DataFrame({"x": x, "y": y, "class": record.test_target[record.test_shown]})


@house_style()
def draw_surfaces(
    data: pd.DataFrame, points: pd.DataFrame, features: list[str], frame: Frame = Frame()
) -> Figure:
    """Draw decision surfaces, as from `surfaces`, a panel a choice, with the examples of `plane_examples`."""
    groups = list(data.groupby("choice", sort=False))
    rows, columns = grid(len(groups), frame.width)
    names = [str(mine["short"].iloc[0]) for _, mine in groups]
    figure, axes = canvas(
        frame, rows=rows, columns=columns, height=2.3, between=0.22,
        above=0.35 + title_room(names, columns, frame.width),
    )  # fmt: skip
    for index, (panel, (_, mine)) in enumerate(filled(axes, groups)):
        _panel(panel, mine, points)
        set_title(panel, names[index])
        panel.set_xlabel(features[0])
        name_rows(panel, index, columns, features[1])
    return figure


def _panel(panel: Axes, mine: pd.DataFrame, points: pd.DataFrame) -> None:
    x, y = np.unique(mine["x"]), np.unique(mine["y"])
    shares = mine["share"].to_numpy().reshape(-1, len(y), len(x))
    colours = np.array([to_rgb(look.line) for look in LOOKS[: len(shares)]])
    mixed = np.dstack([np.einsum("cyx,cr->yxr", shares, colours), np.full(shares.shape[1:], SHADE)])
    place: dict[str, Any] = {"extent": (x[0], x[-1], y[0], y[-1]), "origin": "lower", "aspect": "auto"}
    panel.imshow(mixed, interpolation="nearest", zorder=1, **place)
    for share in shares[:-1]:
        if share.min() < 0.5 < share.max():
            panel.contour(x, y, share, [0.5], colors=[INK], linewidths=1.6, zorder=3)
    for index, look in enumerate(LOOKS[: len(shares)]):
        own = points[points["class"] == index]
        panel.plot(own["x"], own["y"], look.marker, color=look.text, mec="white", mew=0.4, ms=3.4, zorder=2)
    panel.set_xlim(x[0], x[-1])
    panel.set_ylim(y[0], y[-1])
    panel.grid(False)
    plain_ticks(panel.xaxis)
    plain_ticks(panel.yaxis)


def _title(data: pd.DataFrame) -> str:
    """On how much of the plane the seeds of a choice agree."""
    names = data.groupby("choice", sort=False)["short"].first()
    best = data.groupby(["choice", "y", "x"], sort=False)["share"].max()
    agreed = (best >= AGREED).groupby("choice", sort=False).mean().sort_values(ascending=False, kind="stable")
    if len(agreed) == 1:
        return f"Nine in ten seeds agree on {words.portion(float(agreed.iloc[0]), 0)} of the plane"
    most, least = (words.portion(float(agreed.iloc[at]), 0) for at in (0, -1))
    if most == least:
        return f"Nine in ten seeds of every choice agree on {most} of the plane"
    first, last = (names[agreed.index[at]] for at in (0, -1))
    return f"Nine in ten seeds of {first} agree on {most} of the plane, of {last} on {least}"
