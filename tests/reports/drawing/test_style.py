import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.drawing.labels import Label, place
from reports.drawing.lettering import fitted, plain, text_width, wrapped
from reports.drawing.panels import error_scale, grid, panels
from reports.drawing.style import Frame, canvas, house_style
from reports.results.tables import read_tables
from tests.reports.conftest import odd


@given(st.text(max_size=120), st.floats(60, 600))
def test_wrapped_lines_are_no_wider_than_their_room_and_lose_no_word(text, room):
    line = plain(text)
    lines = wrapped(line, 9, "normal", room)
    assert " ".join(lines).split() == line.replace(" %", "\N{NO-BREAK SPACE}%").split()
    assert all(text_width(each, 9) <= room * 1.03 or " " not in each for each in lines)


@given(st.text(max_size=80), st.floats(30, 300))
def test_a_fitted_text_fits(text, room):
    assert text_width(fitted(text, 9, "bold", room), 9, "bold") <= room


def test_letters_that_the_font_lacks_are_shown_as_boxes():
    assert plain("a\n𓀀b") == "a □b"


@pytest.mark.parametrize(
    ("count", "rows", "columns"), [(1, 1, 1), (4, 1, 4), (5, 2, 3), (9, 3, 3), (12, 3, 4)]
)
def test_there_are_at_most_four_panels_in_a_row(count, rows, columns):
    assert grid(count) == (rows, columns)


def test_an_error_axis_is_logarithmic_beyond_a_factor_of_ten_and_holds_zero():
    assert not error_scale(np.array([0.02, 0.19])).log
    wide = error_scale(np.array([0.0, 0.02, 0.9]))
    assert wide.log
    assert wide.has_zero
    assert wide.low < wide.at(np.array([0.0]))[0] == 0.01
    assert not error_scale(np.array([0.02, 0.9])).has_zero
    assert error_scale(np.array([np.nan])).low < 0 < error_scale(np.array([0.0])).high


def test_more_than_three_choices_are_spread_over_panels():
    found = panels(read_tables(odd("regression")))
    assert [[line.name for line in panel.lines] for panel in found] == [
        ["tanh", "relu", "sigmoid"],
        ["gelu", "silu"],
    ]
    assert [panel.title for panel in found] == ["all choices (1 of 2)", "all choices (2 of 2)"]


def test_a_label_covers_no_line():
    with house_style():
        figure, axes = canvas(Frame("t", "s"), rows=1, columns=1, height=3)
        panel = axes[0][0]
        x = np.linspace(0, 1, 50)
        panel.set_xlim(0, 1)
        panel.set_ylim(0, 1)
        lines = [Label("first", "black", x, 0.5 * x), Label("second", "black", x, 1 - 0.5 * x)]
        place(panel, lines)
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in panel.texts]
        for line in lines:
            points = panel.transData.transform(np.column_stack([line.x, line.y]))
            assert not any(box.contains(*point) for box in boxes for point in points)
        assert not boxes[0].overlaps(boxes[1])
