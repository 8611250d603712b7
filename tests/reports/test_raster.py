import sys

import pytest

from reports import raster
from reports.figures.quality import speed_against_quality
from reports.raster import drawing
from reports.style import as_png
from reports.tables import read_tables


@pytest.fixture(scope="module")
def figures(digits):
    return [speed_against_quality(read_tables(digits)).figure]


def test_the_other_process_draws_what_this_one_would(figures):
    with drawing() as pngs:
        for figure in figures:
            pngs.begin(figure)
        drawn = pngs.end()
    assert drawn == [as_png(figure) for figure in figures]
    assert drawn[0].startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "program", ["raise SystemExit(3)", "import sys; sys.stdin.buffer.read(); raise SystemExit(3)"]
)
def test_a_process_that_died_is_made_good(figures, monkeypatch, program):
    real = raster.Popen
    monkeypatch.setattr(
        raster, "Popen", lambda _command, **pipes: real([sys.executable, "-c", program], **pipes)
    )
    with drawing() as pngs:
        for figure in figures * 3:
            pngs.begin(figure)
        assert pngs.end() == [as_png(figures[0])] * 3


def test_no_process_is_left_when_the_page_fails():
    def fails():
        with drawing() as pngs:
            started.append(pngs)
            raise RuntimeError

    started = []
    with pytest.raises(RuntimeError):
        fails()
    assert started[0]._process.returncode is not None
