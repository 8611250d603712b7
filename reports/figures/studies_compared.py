"""What does each choice reach in each study?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.error_wording import on_an_axis
from reports import words
from reports.drawing.lettering import fitted, text_width
from reports.drawing.panels import error_scale
from reports.drawing.style import INK, LOOKS, ONE_COLUMN, TEXT, Frame, Picture, canvas, house_style
from reports.figures.best_of_choices import best_of_choices
from reports.results.tables import Tables

if TYPE_CHECKING:
    from experiments.choices import Identity

MOST: Final = 30
"""Choices that are drawn; the table has all."""

COLUMNS: Final = [
    "study",
    "choice",
    "label",
    "short",
    "error",
    "error_low",
    "error_high",
    "seeds",
    "confirmed",
]


def errors_side_by_side(studies: Sequence[Tables], names: Sequence[str], *, alike: bool) -> Picture | None:
    """The error of every choice in each of up to three studies; None without a finished run.

    `alike` says whether all of them may be compared with the first.
    """
    data = best_of_studies(studies[: len(LOOKS)], names)
    if data.empty:
        return None
    lowest = data.loc[data.groupby("study", sort=False)["error"].idxmin()]
    best = words.enumerated(
        [f"{row['study']} {words.percent(row['error'])}" for row in lowest.to_dict("records")]
    )
    measures = list(dict.fromkeys(on_an_axis(each.study.data) for each in studies))
    measure = measures[0] if len(measures) == 1 else "of each study"
    title = f"Lowest error of each study: {best}"
    subtitle = (
        "Final validation error of each choice at its best setting. Mark: centre of the seeds; bar: its 95 % interval; "
        "hollow: not confirmed on fresh seeds."
    )
    if not alike:
        subtitle += (
            " Not all of these studies may be compared: places on this axis do not say which is better."
        )
    drawn = list(dict.fromkeys(data["choice"]))
    trained = "model" if any(each.study.trainer for each in studies) else "network"
    return Picture(
        name="side-by-side",
        question="What does each choice reach in each study?",
        title=title,
        subtitle=subtitle,
        alt=f"Errors of {words.count(len(drawn), 'choice')} in {data['study'].nunique()} studies. {title}.",
        caption=(f"The first {MOST} of {len(drawn)} choices are drawn. " if len(drawn) > MOST else "")
        + (
            f"The first {len(LOOKS)} of {len(studies)} studies are drawn. "
            if len(studies) > len(LOOKS)
            else ""
        )
        + f"{words.count(len(drawn), 'choice')}, {words.count(int(data['seeds'].sum()), trained)}.",
        figure=draw_side_by_side(data, Frame(title, subtitle, measure=measure)),
        narrow=draw_side_by_side(data, Frame(title, subtitle, ONE_COLUMN, measure)),
        numbers=data.assign(choice=data["label"]).drop(columns=["label", "short"]),
    )


def best_of_studies(studies: Sequence[Tables], names: Sequence[str]) -> pd.DataFrame:
    """A row a study and choice: error with its interval, seeds, and whether it was confirmed on fresh ones."""
    parts = [pd.DataFrame()]
    numbers: dict[Identity, int] = {}
    for name, tables in zip(names, studies, strict=False):
        best = best_of_choices(tables)
        if best.empty:
            continue
        best = best.sort_values("choice")
        known = [tables.design.choices[choice] for choice in best["choice"]]
        labels = [tables.label(choice) for choice in best["choice"]]
        shared = [numbers.setdefault(one, len(numbers)) for one in known]
        parts.append(best.assign(study=name, choice=shared, label=labels)[COLUMNS])
    return pd.concat(parts, ignore_index=True)


@house_style()
def draw_side_by_side(data: pd.DataFrame, frame: Frame = Frame()) -> Figure:
    """Draw errors side by side, a row a study and choice, as from `best_of_studies`."""
    choices = list(dict.fromkeys(zip(data["choice"], data["short"], strict=True)))[:MOST]
    studies = list(dict.fromkeys(data["study"]))[: len(LOOKS)]
    texts = [fitted(short, TEXT, "normal", 23 * frame.width) for _, short in choices]
    left = max(1.4, 0.3 + max(text_width(each, TEXT) for each in texts) / 72)
    figure, axes = canvas(
        frame, rows=1, columns=1, height=0.6 + 0.34 * len(choices), left=left, share="none",
        above=0.1 + 0.22 * len(studies),
    )  # fmt: skip
    panel = axes[0][0]
    scale = error_scale(data[["error", "error_low", "error_high"]].to_numpy(dtype=float).ravel())
    scale.apply(panel, "x")
    for place, (study, look) in enumerate(zip(studies, LOOKS, strict=False)):
        mine = data[data["study"] == study].set_index("choice")
        for row, (choice, _) in enumerate(choices):
            if choice not in mine.index:
                continue
            each = mine.loc[choice]
            y = row + 0.22 * (place - (len(studies) - 1) / 2)
            if np.isfinite(each["error_low"]):
                ends = scale.at(np.array([each["error_low"], each["error_high"]], dtype=float))
                panel.plot(ends, [y, y], color=look.line, lw=2)
            centre = scale.at(np.array([each["error"]], dtype=float))
            face = look.line if each["confirmed"] else "white"
            panel.plot(centre, [y], look.marker, color=look.line, mfc=face, mec=INK, ms=6.5, zorder=4)
        at = 1 + (0.18 + 0.22 * (len(studies) - 1 - place)) / (0.6 + 0.34 * len(choices))
        panel.plot(0.012, at, look.marker, color=look.line, mec=INK, ms=6.5, transform=panel.transAxes,
                   clip_on=False)  # fmt: skip
        name = fitted(study, TEXT, "bold", 50 * frame.width)
        panel.text(0.03, at, name, color=look.text, weight="bold", va="center", transform=panel.transAxes)
    panel.set_yticks(range(len(choices)), texts)
    panel.set_ylim(len(choices) - 0.4, -0.6)
    panel.grid(False, axis="y")
    panel.set_xlabel(scale.named(frame.error_axis("final validation error", room=True)))
    return figure
