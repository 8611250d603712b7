"""Figures of what happens inside networks: training and validation error, gradients and saturated units by layer."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from core.measures import MEASURES, recorded
from experiments.error_wording import on_an_axis
from reports import words
from reports.conclusions import overfitting
from reports.conclusions.verdict import Verdict
from reports.drawing.curves import (
    by_panel,
    curve_of,
    dots,
    dotted,
    draw,
    epoch_axis,
    networks,
    table_of,
)
from reports.drawing.labels import Label, place
from reports.drawing.panels import ErrorScale, Line, error_scale, name_rows
from reports.drawing.style import (
    LOOKS,
    PAGE,
    TWO_COLUMNS,
    Frame,
    Picture,
    canvas,
    filled,
    house_style,
    named,
    set_title,
    title_room,
)
from reports.figures.best_of_choices import best_of_choices
from reports.results.speed import to_the_end
from reports.results.tables import Tables
from reports.statistics.intervals import Values

_FIRST: Final = ("gradient_norm", "saturated")

INSIDE: Final = {name: MEASURES[name] for name in _FIRST} | {
    name: measure
    for name, measure in recorded().items()
    if measure not in (MEASURES["cost"], MEASURES["error"])
}
"""The measures that the figure shows, from above, by the names of their records."""

VANISHED: Final = 10.0
"""Gradients vanish if the last layer's is so many times the first layer's, or more."""


def errors_on_both_parts(tables: Tables) -> pd.DataFrame:
    """Error on the training and on the validation part, best and worst choice; empty without a finished run."""
    found = []
    for name, run in _best_and_worst(tables):
        pair = _both_parts(tables, run)
        if pair[0].size:
            parts = zip(("training", "validation"), LOOKS[1::-1], pair, strict=True)
            choice = tables.row(run)["choice"]
            lines = [(Line(part, look, choice), errors) for part, look, errors in parts]
            found.append(
                (
                    name,
                    [curve_of(line, errors) for line, errors in lines],
                )
            )
    return table_of(found)


def _both_parts(tables: Tables, run: int) -> list[Values]:
    """The errors on either part, at all epochs, of the seeds that have both to the end."""
    pair = [tables.curves(run, curve) for curve in ("train_error", "validation_error")]
    kept = to_the_end(pair[0]) & to_the_end(pair[1])
    return [errors[kept] for errors in pair]


def training_against_validation(
    data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE
) -> Picture:
    """Error on the training and on the validation part, best and worst choice."""
    training, validation = _both_parts(tables, tables.shown()[data["choice"].iloc[0]])
    mean = validation.mean(axis=0)
    low = int(mean.argmin())
    learnt, new = words.percent(training[:, -1].mean()), words.percent(mean[-1])
    title = f"The best choice ends with an error of {learnt} on training examples and {new} on validation examples"
    best = _best_and_worst(tables)[0][1]
    if any(turn.overfits for turn in overfitting.turns(tables) if tables.shown().get(turn.choice) == best):
        title += f", past its lowest at epoch {low + 1}"
    subtitle = (
        "Line: centre of the seeds; band: its pointwise 95 % interval. Each choice at its best setting."
        f"{dotted(data.loc[data['series'] == 'training', 'epoch'])}"
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Training and validation error against epoch for {_whose(data['panel'].nunique())}. {title}.",
        caption=f"{words.count(networks(data[data['series'] == 'training']), tables.study.trained)}.",
        figure=draw_training_and_validation(
            data, Frame(title, subtitle, width, on_an_axis(tables.study.data))
        ),
        numbers=tables.in_words(data),
    )


@house_style()
def draw_training_and_validation(data: pd.DataFrame, frame: Frame = Frame()) -> Figure:
    """Draw errors on both parts against the epoch, one panel a choice with the series `training` and `validation`.

    `data` has a row an epoch of each curve, see `reports.drawing.curves`.
    """
    found = list(by_panel(data))
    rows, columns = (1, 2) if frame.width >= TWO_COLUMNS else (len(found), 1)
    figure, axes = canvas(
        frame, rows=rows, columns=columns, height=2.3, between=0.25,
        above=0.35 + title_room([name for name, _ in found], columns, frame.width),
    )  # fmt: skip
    scale = error_scale(data["centre"].to_numpy())
    for index, (panel, (name, pair)) in enumerate(filled(axes, found)):
        set_title(panel, name)
        epoch_axis(panel, int(pair[0].epochs[-1]))
        scale.apply(panel)
        place(panel, [draw(panel, curve, scale) for curve in pair])
        panel.set_xlabel("epoch")
        name_rows(panel, index, columns, scale.named(frame.error_axis("error")))
    return figure


def means_by_layer(tables: Tables) -> pd.DataFrame:
    """What happened inside, best and worst choice, means over the seeds; empty where not recorded.

    `gradient_norm`, `saturated` and whatever else `MEASURES` has by layer; in the rows of layer 0 what it has of the
    whole network. Epochs in which nothing of this was measured have no row.
    """
    parts = []
    for choice, run in _best_and_worst(tables):
        record = tables.record(run)
        curves = {name: record.curves[name] for name in INSIDE if name in record.curves}
        for by_layer in (True, False):
            mine = {
                name: each for name, each in curves.items() if INSIDE[name].by_layer is by_layer and each.size
            }
            count = next(iter(mine.values())).shape[-1] if by_layer and mine else 1
            layers, epochs = np.arange(count) + by_layer, np.arange(record.epochs) + 1
            where = {
                "choice": choice,
                "run": run,
                "layer": np.tile(layers, len(epochs)),
                "epoch": np.repeat(epochs, count),
            }
            means = {name: pd.DataFrame(each.reshape(len(each), -1)).mean() for name, each in mine.items()}
            parts += [pd.DataFrame(where | means).dropna(subset=list(means), how="all")] if mine else []
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def gradients_and_saturation(
    means: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE
) -> Picture:
    """Gradient norm and share of saturated units by layer, best and worst choice."""
    names = list(means["choice"].unique())
    chosen = [(name, run) for name, run in _best_and_worst(tables) if name in names]
    by_layer = means[means["layer"] > 0]
    title = _vanishing(by_layer, names) or _saturation(by_layer, names)
    subtitle = (
        "Above: norm of the gradient of each layer's weights and biases over all training examples (log). Below: share "
        "of its units saturated (slope below 1 % of the steepest), over units and examples"
        f"{_switched_off(tables, chosen)}{_further(means)}. Means of the seeds that did not diverge."
        f"{dotted(means.dropna(subset=[name for name in _FIRST if name in means])['epoch'])}"
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"{words.sentence(words.enumerated(_labels(means)))} by layer for {_whose(len(names))}. {title}.",
        caption=f"{words.count(sum(tables.row(run)['seeds'] for _, run in chosen), tables.study.trained)}.",
        figure=draw_inside(means, Frame(title, subtitle, width)),
        numbers=means.drop(columns="run"),
    )


@house_style()
def draw_inside(means: pd.DataFrame, frame: Frame = Frame()) -> Figure:
    """Draw gradient norms and saturated units by layer, as from `means_by_layer`, a column a choice, two at most."""
    names = list(dict.fromkeys(means["choice"]))
    shown = {name: measure for name, measure in INSIDE.items() if name in means}
    beside = frame.width >= TWO_COLUMNS
    columns = 2 if beside else 1
    figure, axes = canvas(
        frame,
        rows=len(shown) * (1 if beside else len(names)),
        columns=columns,
        height=1.75,
        between=0.25,
        above=0.3 + title_room(names, columns, frame.width),
        below=0.5,
        share="none",
    )
    if not beside:  # the choices of a measure below each other
        axes = [[row[0] for row in axes[at : at + len(names)]] for at in range(0, len(axes), len(names))]
    for row, (measure, entry) in zip(axes, shown.items(), strict=True):
        scale = _scale(means[measure])
        for panel, name in filled([row], names):
            mine = means[(means["choice"] == name) & means[measure].notna()]
            if entry.share:
                panel.set_ylim(-0.04, 1.04)
                panel.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
            else:
                scale.apply(panel, percent=False)
            epoch_axis(panel, int(means.loc[means["choice"] == name, "epoch"].max()))
            labels = []
            for layer, look in zip(_few_layers(int(mine["layer"].max())), LOOKS, strict=False):
                curve = mine[mine["layer"] == layer].sort_values("epoch")
                x, y = curve["epoch"].to_numpy(dtype=float), curve[measure].to_numpy(dtype=float)
                y = y if entry.share else scale.at(y)
                (line,) = panel.plot(x, y, marker=dots(x), color=look.line, ls=look.dash)
                named(line, runs=[int(curve["run"].iloc[0])])
                labels.append(Label(f"layer {layer}" if layer else "all layers", look.text, x, y))
            place(panel, labels)
            panel.tick_params(labelleft=panel is row[0] or not beside, labelbottom=row is axes[-1])
            if row is axes[0] or not beside:
                set_title(panel, name)
            if panel is row[0] or not beside:
                panel.set_ylabel(entry.label + (" (log)" if scale.log and not entry.share else ""))
    for panel in axes[-1][: len(names)]:
        panel.set_xlabel("epoch")
    return figure


def _scale(values: pd.Series) -> ErrorScale:
    """A scale that holds what is above 0."""
    positive = values[values > 0].to_numpy()
    return error_scale(positive if len(positive) else np.ones(1))


def _vanishing(means: pd.DataFrame, names: list[str]) -> str:
    """That a gradient shrinks from the last layer to the first, as a title; empty unless it does so much."""
    start = means[means["epoch"] == 1]
    shrunk = {}
    for name in names:
        norm = start[start["choice"] == name].sort_values("layer")["gradient_norm"].to_numpy()
        if len(norm) > 1 and norm[0] > 0:
            shrunk[name] = float(norm[-1] / norm[0])
    if not shrunk or max(shrunk.values()) < VANISHED:
        return ""
    name = max(shrunk, key=lambda each: shrunk[each])
    kind, _, choice = name.partition(": ")
    size = words.factor(shrunk[name])
    return (
        f"Gradients vanish in the {kind} choice, {choice}: after epoch 1 the first layer's is smaller than the last's "
        f"by a factor of {size}"
    )


def _saturation(means: pd.DataFrame, names: list[str]) -> str:
    last = means[means["epoch"] == means.groupby("choice")["epoch"].transform("max")]
    first_layer = last[last["layer"] == 1].set_index("choice")["saturated"]
    shares = [words.portion(float(first_layer[name]), 0) for name in names]
    title = f"At the end {shares[0]} of the first layer's units are saturated in the best choice"
    return title + (f", {shares[1]} in the worst" if len(shares) > 1 else "")


def _switched_off(tables: Tables, chosen: list[tuple[str, int]]) -> str:
    """What saturation is where units are switched off by design; empty elsewhere."""
    relu = any(tables.record(run).task.settings.get("activation") == "relu" for _, run in chosen)
    return "; relu units count as saturated where they are off, which is normal" if relu else ""


def _labels(means: pd.DataFrame) -> list[str]:
    """What is measured, as the entries of `MEASURES` call it."""
    return [measure.label for name, measure in INSIDE.items() if name in means]


def _further(means: pd.DataFrame) -> str:
    """What stands below these two, in words; empty if nothing does."""
    more = _labels(means)[len(_FIRST) :]
    return f"; then {words.enumerated(more)}" if more else ""


def _whose(choices: int) -> str:
    return "the best and the worst choice" if choices > 1 else "the best choice"


def _best_and_worst(tables: Tables) -> list[tuple[str, int]]:
    data = best_of_choices(tables)
    if data.empty:
        return []
    ends = {"best": data.iloc[0], "worst": data.iloc[-1]} if len(data) > 1 else {"best": data.iloc[0]}
    return [(f"{kind}: {row['short']}", int(row["run"])) for kind, row in ends.items()]


def _few_layers(count: int) -> list[int]:
    """All layers up to three, else the first, the middle and the last; 0 of what has none."""
    if count == 0:
        return [0]
    return list(range(1, count + 1)) if count <= len(LOOKS) else [1, (count + 1) // 2, count]
