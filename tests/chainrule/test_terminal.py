"""Whether there is a terminal to draw on."""

import sys

import pytest

from chainrule.terminal import animated, waiting


@pytest.fixture(autouse=True)
def _at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("NO_COLOR", "CI"):
        monkeypatch.delenv(name, raising=False)


def test_at_a_terminal_there_is_animation() -> None:
    assert animated(color=True)


def test_into_a_file_or_pipe_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    assert not animated(color=True)


def test_whoever_asks_for_no_colour_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not animated(color=False)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not animated(color=True)


def test_an_empty_no_color_asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    assert animated(color=True)


def test_a_terminal_that_can_do_nothing_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert not animated(color=True)


def test_continuous_integration_gets_plain_lines_whatever_terminal_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CI", "true")
    assert not animated(color=True)


def test_another_stream_than_standard_error_may_be_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False, raising=False)
    assert not animated(color=True, stream=sys.stdout)


def test_at_a_terminal_it_is_said_what_takes_its_time_until_it_is_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    sys.stderr.isatty = lambda: True  # type: ignore[method-assign]  # what capsys put there
    with waiting("Reading the records"):
        assert capsys.readouterr().err == "Reading the records …\r"
    assert capsys.readouterr().err == "\x1b[2K\r"


def test_elsewhere_nothing_is_said_of_waiting(capsys: pytest.CaptureFixture[str]) -> None:
    sys.stderr.isatty = lambda: False  # type: ignore[method-assign]  # likewise
    with waiting("Reading the records"):
        pass
    assert capsys.readouterr().err == ""


def test_the_line_is_cleared_when_the_work_ends_badly(capsys: pytest.CaptureFixture[str]) -> None:
    sys.stderr.isatty = lambda: True  # type: ignore[method-assign]  # likewise
    with pytest.raises(KeyError), waiting("Reading the records"):
        raise KeyError
    assert capsys.readouterr().err.endswith("\x1b[2K\r")
