import pickle
import subprocess
import sys
from dataclasses import replace

import pytest

from reports.conclusions.verdict import reach_verdict
from reports.drawing.style import ONE_COLUMN
from reports.figures.figure_table import Figures
from reports.page import rendering as module
from reports.page.page_figure import drawn as draw
from reports.page.rendering import drawing
from reports.results.tables import read_tables


@pytest.fixture(scope="module")
def figures(digits):
    tables = read_tables(digits)
    made = Figures(tables, reach_verdict(tables))
    return [
        (made.picture("quality").figure, "any"),
        (made.picture("training-cost", ONE_COLUMN).figure, "narrow"),
    ]


def here(figures):
    return {
        figure: draw(figure, screen, f"f{number}", png=screen != "narrow")
        for number, (figure, screen) in enumerate(figures)
    }


def test_the_other_process_draws_what_this_one_would(figures):
    with drawing() as drawn:
        for figure, screen in figures:
            drawn.begin(figure, screen)
        there = [answer.result() for answer in drawn._sent]
        files = drawn.end()
    assert files == here(figures)
    assert there == [files[figure] for figure, _ in figures]
    assert [each.png[:4] for each in there] == [b"\x89PNG", b""], "a page needs no PNG for a phone"


def test_what_the_other_process_is_not_sent_is_drawn_here(figures, monkeypatch):
    monkeypatch.setattr(module, "AHEAD", 1)
    with drawing(pngs=False) as drawn:
        for figure, screen in figures:
            drawn.begin(figure, screen)
        made = drawn.end()
    assert made == {figure: replace(each, png=b"") for figure, each in here(figures).items()}


def test_the_other_process_imports_what_drawing_needs_and_no_more(figures):
    asked = pickle.dumps((*figures[0], "f0"))
    code = (
        "import pickle, sys; from reports.page.rendering import drawn\n"
        "drawn(*pickle.load(sys.stdin.buffer), png=True)\n"
        "assert not {'pandas', 'scipy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], input=asked, check=True)


@pytest.mark.parametrize(
    "program", ["raise SystemExit(3)", "import sys; sys.stdin.buffer.read(9); raise SystemExit(3)"]
)
def test_a_process_that_died_is_made_good(figures, monkeypatch, program):
    monkeypatch.setattr(module, "Popen", _instead(program))
    with drawing() as drawn:
        for figure, screen in figures:
            drawn.begin(figure, screen)
        assert drawn.end() == here(figures)


def test_threads_take_short_turns_only_while_figures_are_drawn():
    before = sys.getswitchinterval()
    with drawing():
        assert sys.getswitchinterval() < before
    assert sys.getswitchinterval() == before


@pytest.mark.parametrize("mishap", [RuntimeError, BrokenPipeError])
def test_no_process_is_left_when_the_page_fails(figures, mishap):
    def fails():
        with drawing() as drawn:
            started.append(drawn)
            drawn.begin(*figures[0])
            raise mishap

    started = []
    with pytest.raises(mishap):
        fails()
    assert started[0]._process.returncode is not None


def _instead(program):
    real = module.Popen
    return lambda _command, **pipes: real([sys.executable, "-c", program], **pipes)
