"""The live curve of one training."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.curve import BARS, curve, sparkline

errors = st.lists(st.floats(0, 1), max_size=200)


@given(errors, st.integers(1, 80))
def test_a_sparkline_has_a_bar_for_each_of_the_last_values(values: list[float], width: int) -> None:
    bars = sparkline(values, width)
    assert len(bars) == min(len(values), width)
    assert set(bars) <= set(BARS)


@given(st.lists(st.floats(1e-4, 1), min_size=2, max_size=60))
def test_a_larger_value_has_no_lower_bar(values: list[float]) -> None:
    pairs = sorted(zip(values, map(BARS.index, sparkline(values)), strict=True))
    heights = [height for _, height in pairs]
    assert heights == sorted(heights)


def test_the_largest_is_a_full_bar_and_the_smallest_the_least() -> None:
    assert sparkline([1.0, 0.1, 0.01]) == "█▅▁"


def test_equal_values_stand_half_way() -> None:
    assert set(sparkline([0.3] * 4)) == {"▅"}


def test_zero_is_drawn() -> None:
    assert sparkline([1.0, 0.0]) == "█▁"


def drawn(capsys: pytest.CaptureFixture[str], epochs: int, *, quiet: bool = False) -> list[str]:
    with curve(epochs, quiet=quiet, color=True) as draw:
        for epoch in range(1, epochs + 1):
            draw([1 / (1 + step) for step in range(epoch)])
    out, err = capsys.readouterr()
    assert out == ""
    return list(err.splitlines())


def test_without_a_terminal_every_tenth_is_a_plain_line(capsys: pytest.CaptureFixture[str]) -> None:
    lines = drawn(capsys, 50)
    assert [line.split()[1] for line in lines] == [f"{epoch}/50" for epoch in range(5, 51, 5)]
    assert lines[-1].startswith("epoch 50/50  validation error 2.0 %  ")


def test_the_last_epoch_is_shown_whatever_their_number(capsys: pytest.CaptureFixture[str]) -> None:
    for epochs in (1, 7, 25, 99):
        lines = drawn(capsys, epochs)
        assert lines[-1].startswith(f"epoch {epochs}/{epochs} ")
        assert len(lines) <= 13


def test_quiet_means_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert drawn(capsys, 30, quiet=True) == []


def test_at_a_terminal_the_line_changes_in_its_place(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chainrule.curve.animated", lambda color: color)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    lines = drawn(capsys, 30)
    assert any("epoch 30/30" in line for line in lines)
