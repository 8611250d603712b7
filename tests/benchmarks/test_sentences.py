"""How often a report says what is not so, of a few simulated studies; the benchmark counts 400 of each kind."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from benchmarks.sentences import KINDS, PLANTED, World, planned_power, said

SO = (
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
)
"""Kinds of sentence, and a world in which each is so."""


@cache
def printed(world: World, studies: int) -> Counter[str]:
    """How many studies of a world print each kind of sentence that is looked for there."""
    kinds = {kind for kind, (_, each, _) in KINDS.items() if each == world}
    return said(sorted(kinds | {kind for kind, each in SO if each == world}), world, range(studies))


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_sentence_is_hardly_ever_printed_where_it_is_not_so(kind: str) -> None:
    assert printed(KINDS[kind][1], studies=4)[kind] <= 4 / 3


@pytest.mark.parametrize(("kind", "world"), SO)
def test_the_same_sentence_is_printed_where_it_is_so(kind: str, world: World) -> None:
    assert printed(world, studies=3)[kind] >= 2


def test_as_many_seeds_as_a_pilot_asks_for_show_the_difference_about_as_often_as_promised() -> None:
    assert planned_power(10, plans=400) == pytest.approx(0.8, abs=0.05)


def test_the_document_has_a_row_for_each_kind_of_sentence() -> None:
    document = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text("utf-8")
    assert sorted(re.findall(r"^\| `(\w+)` \|.*\d %", document, re.MULTILINE)) == sorted(KINDS)
