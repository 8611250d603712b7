"""Figures in the page: small, linked to its rows, in colours that are legible on either scheme."""

import re

import matplotlib as mpl
import numpy as np
import pytest

from reports.drawing.dark import DARK_PAPER, ON_DARK
from reports.drawing.style import (
    BAND,
    GRID,
    INK,
    LOOKS,
    PAPER,
    QUIET,
    STRIP,
    Frame,
    as_svg,
    canvas,
    house_style,
    named,
)
from reports.page.inline import inlined, style_sheet


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours."""

    def light(colour):
        parts = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(colour)
        ]
        return float(np.dot([0.2126, 0.7152, 0.0722], parts)) + 0.05

    high, low = sorted((light(one), light(other)), reverse=True)
    return high / low


@pytest.mark.parametrize(
    ("paper", "colours"), [(PAPER, {each: each for each in ON_DARK}), (DARK_PAPER, ON_DARK)]
)
def test_text_and_lines_are_legible_on_white_paper_and_on_dark(paper, colours):
    assert min(contrast(paper, colours[each]) for each in (INK, QUIET)) >= 7
    assert min(contrast(paper, colours[look.text.lower()]) for look in LOOKS) >= 5.9
    assert min(contrast(paper, colours[look.line.lower()]) for look in LOOKS) >= 3
    assert max(contrast(paper, colours[each]) for each in (GRID, STRIP, BAND)) < 1.7


def drawn(draw) -> tuple[str, str]:
    """A panel with something in it as an element of the page, and the style sheet."""
    with house_style():
        figure, axes = canvas(Frame("A finding 0.123456", "How to read it"), rows=1, columns=1, height=2)
        axes[0][0].set_xlim(0, 1)
        axes[0][0].set_ylim(0, 1)
        draw(axes[0][0])
    made = inlined(as_svg(figure), "wide", "w0")
    return made.element, style_sheet([made])


def test_a_mark_has_the_row_of_its_run_and_a_line_the_choices_that_it_stands_for():
    def draw(panel):
        (marks,) = panel.plot([0.1, 0.5, 0.9], [0.5] * 3, "o")
        named(marks, runs=[7, 3, 11])
        (line,) = panel.plot([0, 1], [0, 1])
        named(line, choices=[2, 0])
        (alone,) = panel.plot([0, 1], [1, 0])
        named(alone, runs=[4])
        named(panel.text(0.5, 0.5, "0.123456"), choices=[1])

    svg, _ = drawn(draw)
    assert re.findall(r'<use [^>]*data-run="([^"]+)"', svg) == ["run-7", "run-3", "run-11"]
    assert re.findall(r'<path [^>]*data-run="([^"]+)"', svg) == ["run-4"]
    assert re.findall(r'<g data-choice="([^"]+)"', svg) == ["2 0", "1"]
    assert ">0.123456<" in svg


def test_marks_of_which_some_are_not_drawn_stay_unnamed_rather_than_misnamed():
    def draw(panel):
        (marks,) = panel.plot([0.1, np.nan, 0.9], [0.5] * 3, "o")
        named(marks, runs=[7, 3, 11])

    assert "data-run" not in drawn(draw)[0]


def test_the_finding_is_left_to_the_page_with_the_room_that_it_takes():
    svg, _ = drawn(lambda panel: panel.plot([0, 1], [0, 1]))
    assert "finding" not in svg
    assert "How to read it" not in svg
    left, top, width, height = map(float, re.search(r'viewBox="([^"]+)"', svg)[1].split())
    assert (left, width) == (0, 720)
    assert top > 30
    above = min(float(y) for y in re.findall(r'<text [^>]*y="([^"]+)"', svg))
    assert top < above < top + height


def test_every_colour_of_a_figure_follows_the_scheme_of_the_page():
    svg, css = drawn(lambda panel: panel.plot([0, 1], [0, 1], color=LOOKS[0].line, mec="white", marker="o"))
    rules = re.findall(r"^\.f[0-9a-f]+{.*}$", css, re.MULTILINE)
    assert len(rules) > 5
    assert not [rule for rule in rules if "#" in rule]
    assert "style=" not in svg
    classes = set(re.findall(r'class="(f[0-9a-f]+)"', svg))
    assert classes == {rule[1 : rule.index("{")] for rule in rules}
    variables = set(re.findall(r"var\((--[^)]+)\)", css))
    light, dark = (set(re.findall(r"(--c\w+):", part)) for part in css.split("@media")[:2])
    assert variables <= light == dark
