from io import BytesIO

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

from reports.drawing.lettering import lettered, text_width
from reports.drawing.style import Frame, as_png, as_svg, canvas, house_style, named


@house_style()
def a_figure() -> Figure:
    """Lines, bands, markers that differ, pictures, a rotated axis label and texts on several lines."""
    rng = np.random.default_rng(0)
    figure, axes = canvas(
        Frame("A finding in bold", "Sub, with − and ≥"), rows=1, columns=3, height=2, share="none"
    )
    curves, points, picture = axes[0]
    curves.set_yscale("log")
    curves.fill_between([1, 2, 3], [0.1, 0.2, 0.4], [1, 2, 3], alpha=0.2, lw=0)
    curves.plot([1, 2, 3], [0.3, 1, 2], "s", mec="white", mew=0.6)
    curves.set_ylabel("final error (log)")
    curves.set_title("two\nlines")
    named(points.plot(*rng.normal(size=(2, 40)), "x", color="C1", alpha=0.6)[0], runs=range(40))
    points.plot(*rng.normal(size=(2, 40)), "o", mfc="none")
    points.scatter(*rng.normal(size=(2, 40)), c=rng.random(40))
    points.annotate("there", (0, 0), (1, 1), arrowprops={"arrowstyle": "->"})
    points.plot([], [], "^")
    picture.imshow(rng.random((4, 4)))
    picture.text(0.5, 0.5, "slanted", rotation=30, weight="bold")
    return figure


@pytest.mark.parametrize(
    ("ours", "form", "metadata", "options"),
    [
        (as_svg, "svg", {"Date": None, "Creator": None}, {}),
        (as_png, "png", {"Software": None}, {"pil_kwargs": {"compress_level": 1}}),
    ],
)
def test_files_are_those_of_matplotlibs_own_renderers(ours, form, metadata, options):
    figure, theirs = a_figure(), BytesIO()
    made = [ours(figure) for _ in range(2)]
    with house_style():
        figure.savefig(theirs, format=form, metadata=metadata, **options)
    assert made == [theirs.getvalue()] * 2


def test_a_letter_that_the_font_lacks_is_measured_as_matplotlib_does():
    figure = Figure()
    figure.text(0.5, 0.5, "𓀀", ha="center")
    assert not lettered("𓀀")
    with pytest.warns(UserWarning, match="missing from font"):
        assert b"\xf0\x93\x80\x80" in as_svg(figure)


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_a_text_is_as_wide_as_in_matplotlibs_font_whatever_was_drawn_before(weight):
    figure = Figure()
    figure.text(0.5, 0.5, "slanted", rotation=30, family="DejaVu Sans", weight=weight)
    as_png(figure)
    font = get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))
    for text in ("", "office, AVATAR · 2 %", "η ≥ 1,000 − […]"):
        font.set_size(100, 72)
        font.set_text(text)
        assert text_width(text, 9, weight) == font.get_width_height()[0] / 64 * 9 / 100
