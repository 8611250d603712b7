"""Figure: which classes does the champion confuse?"""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from reports import words
from reports.conclusions.class_errors import SHOWN
from reports.conclusions.verdict import Verdict
from reports.drawing.lettering import plain, text_width
from reports.drawing.style import INK, LOOKS, PAGE, TEXT, Frame, Picture, canvas, house_style
from reports.results.tables import Tables

_SHADES: Final = LinearSegmentedColormap.from_list(
    "shades", [(*to_rgb(LOOKS[0].line), most) for most in (0, 0.6)]
)
"""From none of the first colour to so much of it that ink stays legible, on white paper and on dark."""


def confusion(counted: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """The champion's confusion matrix on the test split, its seeds together."""
    names = [plain(words.shortened(str(each))) for each in counted.index]
    shares = _shares(counted)
    wrong = np.where(np.eye(len(names), dtype=bool), 0, counted.to_numpy())
    row, column = (int(each) for each in np.unravel_index(int(wrong.argmax()), wrong.shape))
    record = tables.record(int(tables.champion() or 0))
    examples = len(record.test_target)
    seeds = int(counted.to_numpy().sum()) // examples
    of_classes = np.bincount(record.test_target, minlength=len(names)).tolist()
    title = (
        f"The champion's commonest mistake: {names[row]} taken for {names[column]}, "
        f"{words.portion(float(shares[row, column]))} of that class"
        if wrong.any()
        else "The champion makes no mistake on the test split"
    )
    subtitle = (
        f"Test split, {words.count(seeds, 'seed')} together: a row is a true class, a number the percentage of it that "
        "was given the column's class; blank: none."
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Confusion matrix of {len(names)} classes. {title}.",
        caption=f"{words.count(seeds, 'network')}, {words.count(examples, 'example')}, "
        f"{words.counts(of_classes, 'example')} of each class.",
        figure=draw_confusion(counted, Frame(title, subtitle, width)),
        numbers=counted.rename_axis("true_class").reset_index(),
    )


@house_style()
def draw_confusion(counted: pd.DataFrame, frame: Frame = Frame()) -> Figure:
    """Draw a confusion matrix: how often each true class (row) was given each class (column)."""
    names = [plain(words.shortened(str(each)))[:14] for each in counted.index]
    shares = _shares(counted)
    left = 2.6 if frame.width == PAGE else 1.2
    side = min(max(2.4, 0.33 * len(names)), frame.width - left - 0.2)
    size = 8 if side >= 0.3 * len(names) else 6
    aslant = 0 if max(map(len, names)) < 4 else 60
    tall = max(text_width(each, TEXT) for each in names) / 72 if aslant else 0.0
    figure, axes = canvas(
        frame, rows=1, columns=1, height=side, left=left, right=frame.width - left - side, above=0.3 + tall,
        below=0.2,
    )  # fmt: skip
    panel = axes[0][0]
    off = np.where(np.eye(len(names), dtype=bool), 0, shares)
    panel.imshow(off, cmap=_SHADES, vmin=0, vmax=max(0.05, float(off.max())), aspect="auto")
    for i, j in zip(*np.nonzero(shares), strict=True):
        share = shares[i, j]
        text = words.points(float(share), 1 if i != j or 0.995 <= share < 1 else 0)
        weight = "bold" if i == j else "normal"
        panel.text(j, i, text, ha="center", va="center", size=size, weight=weight, color=INK)
    panel.set_xticks(range(len(names)), names, rotation=aslant)
    panel.set_yticks(range(len(names)), names)
    panel.xaxis.tick_top()
    panel.set_ylabel("true class")
    panel.grid(False)
    return figure


def confusion_counts(tables: Tables) -> pd.DataFrame:
    """How often each true class (row) was given each class (column) by the champion's seeds.

    Empty for regression, without a champion, and for more classes than are drawn.
    """
    champion = tables.champion()
    if champion is None:
        return pd.DataFrame()
    record = tables.record(champion)
    named = list(tables.study.data.get("classes") or [])
    if not record.test_prediction.size or not len(record.test_target) or not 0 < len(named) <= SHOWN:
        return pd.DataFrame()
    answers = record.test_prediction
    answered = answers[(answers >= 0).all(axis=1)]  # a diverged seed has none
    counts = np.zeros((len(named), len(named)), dtype=int)
    np.add.at(counts, (np.broadcast_to(record.test_target, answered.shape), answered), 1)
    return pd.DataFrame(counts, index=named, columns=named)


def _shares(counted: pd.DataFrame) -> NDArray[np.float64]:
    """The counts as shares of their rows, 0 in a row without any."""
    counts = counted.to_numpy()
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))
