"""Which pictures does the champion get wrong?"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from reports import words
from reports.conclusions.verdict import Verdict
from reports.drawing.lettering import fitted, plain
from reports.drawing.style import PAGE, Frame, Picture, canvas, filled, house_style
from reports.results.tables import Tables

PIXEL = "pixel_"
"""What the name of a column of brightness begins with."""


def wrongest_examples(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """The test pictures that most of the champion's seeds got wrong."""
    shape = tables.study.data["image_shape"]
    first = data.iloc[0]
    title = (
        f"{first['wrong']} of {words.count(int(first['seeds']), 'seed')} get the hardest example wrong; it is of class "
        f"{first['true']} and mostly taken for {first['given']}"
    )
    subtitle = (
        "The pictures of the test split that most seeds of the champion got wrong. Below each: its class, the wrong "
        "class that it was given most often, and how many seeds gave it a wrong one."
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"{words.count(len(data), 'picture')}, the most mistaken first. {title}.",
        caption=f"{words.count(len(data), 'picture')}, {words.count(int(first['seeds']), 'network')}.",
        figure=draw_examples(data, (shape[0], shape[1]), Frame(title, subtitle, width)),
        numbers=data[["example", "true", "given", "wrong", "seeds"]],
    )


def wrongest(tables: Tables) -> pd.DataFrame:
    """One row a test picture, the most mistaken first: classes, counts of seeds, brightness of each pixel.

    Empty unless pictures are recorded.
    """
    champion, shape = tables.champion(), tables.study.data.get("image_shape")
    if champion is None or not shape or not len(tables.record(champion).test_shown):
        return pd.DataFrame()
    record = tables.record(champion)
    names = [plain(words.shortened(str(each))) for each in tables.study.data.get("classes") or []]
    rows = []
    for example, inputs in zip(record.test_shown.tolist(), record.test_inputs, strict=True):
        true = int(record.test_target[example])
        answers = record.test_prediction[:, example]
        wrong = answers[(answers != true) & (answers >= 0)]
        if wrong.size:
            rows.append(
                {
                    "example": example,
                    "true": names[true],
                    "given": names[int(np.bincount(wrong).argmax())],
                    "wrong": len(wrong),
                    "seeds": int((answers >= 0).sum()),
                }
                | {f"{PIXEL}{i}": each for i, each in enumerate(inputs)}
            )
    return pd.DataFrame(rows)


@house_style()
def draw_examples(data: pd.DataFrame, shape: tuple[int, int], frame: Frame = Frame()) -> Figure:
    """Draw pictures of `shape` (height, width) in pixels with their classes, a row a picture, as from `wrongest`."""
    columns = min(len(data), max(1, int(frame.width / 1.6)), 5)
    rows = -(-len(data) // columns)
    side = 1.15
    pixels = data[[name for name in data.columns if str(name).startswith(PIXEL)]].to_numpy(dtype=float)
    low, high = float(pixels.min()), float(pixels.max())
    between = (frame.width - 0.6 - columns * side) / max(1, columns - 1) if columns > 1 else 0.0
    figure, axes = canvas(
        frame, rows=rows, columns=columns, height=side, left=0.3, right=0.3, between=between,
        above=0.12, below=0.55, share="none",
    )  # fmt: skip
    for index, (panel, each) in enumerate(filled(axes, data.to_dict("records"))):
        panel.imshow(pixels[index].reshape(shape), cmap="gray_r", vmin=low, vmax=high, aspect="equal")
        room = 72 * (side + max(0.0, between - 0.1))
        lines = (f"{each['true']}, taken for {each['given']}", f"{each['wrong']} of {each['seeds']} wrong")
        panel.set_xlabel("\n".join(fitted(line, 9, "normal", room) for line in lines), size=9)
        panel.set_xticks([])
        panel.set_yticks([])
        panel.grid(False)
        panel.spines[["top", "right"]].set_visible(True)
    return figure
