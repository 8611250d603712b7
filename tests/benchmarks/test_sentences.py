"""How often a report says what is not so, of a few simulated studies; the benchmark counts 400 of each kind."""

import re
from pathlib import Path

import pytest

from benchmarks.sentences import KINDS, PLANTED, World, planned_power, share


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_sentence_is_hardly_ever_printed_where_it_is_not_so(kind: str) -> None:
    assert share(kind, studies=4) <= 1 / 3


@pytest.mark.parametrize(
    ("kind", "world"),
    [
        ("better", World(flat=True, apart=0.02)),
        ("equivalent", World(flat=True, spread=0.002)),
        ("gained", World()),
        ("worse", World(flat=True, apart=0.02)),
        ("pairs", World(flat=True, apart=0.02)),
        ("leads", World(flat=True, apart=0.02)),
        ("given", World(basin=0.2, trials=4, given=20)),
        ("order", World(apart=-0.035, steep=8.0, trials=72)),
        ("budget", World(falls=1.0)),
        ("overfits", World(falls=-0.5)),
        ("mattered", World(parameters=3)),
        ("edge", World(optimum=1000.0)),
        ("cliff", World(failing=1.0, optimum=0.2)),
        *PLANTED.items(),
    ],
)
def test_the_same_sentence_is_printed_where_it_is_so(kind: str, world: World) -> None:
    assert share(kind, studies=3, world=world) >= 2 / 3


def test_as_many_seeds_as_a_pilot_asks_for_show_the_difference_about_as_often_as_promised() -> None:
    assert planned_power(10, plans=400) == pytest.approx(0.8, abs=0.05)


def test_the_document_has_a_row_for_each_kind_of_sentence() -> None:
    document = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text("utf-8")
    assert sorted(re.findall(r"^\| `(\w+)` \|.*\d %", document, re.MULTILINE)) == sorted(KINDS)
