"""A goal is missed on its wrong side only, and the report says so."""

from pathlib import Path

import pytest

from benchmarks.contenders import OURS
from benchmarks.goals import GOALS, Finding
from benchmarks.measure import Measured
from benchmarks.results_document import body, write_between_marks
from benchmarks.rounds import Spread, Timing, interleaved, ratio
from benchmarks.workloads import WORKLOADS

BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


@pytest.mark.parametrize(
    ("found", "bound", "at_most", "missed"),
    [
        (2.0, 1.9, False, False),
        (1.8, 1.9, False, True),
        (1.1, 1.2, True, False),
        (1.3, 1.2, True, True),
        (0.1, None, False, False),
    ],
)
def test_a_goal_is_missed_on_its_wrong_side(
    found: float, bound: float | None, at_most: bool, missed: bool
) -> None:
    finding = Finding("a ratio", Spread(found, 0.0, 9.0), bound, at_most)

    assert finding.missed == missed
    assert ("**missed**" in str(finding)) == missed


def test_every_goal_has_a_bound_for_each_workload() -> None:
    assert all(len(goal.bounds) == len(WORKLOADS) for goal in GOALS)


def test_a_ratio_is_taken_round_by_round() -> None:
    found = ratio(Timing((2.0, 30.0, 4.0), 1.0), Timing((1.0, 10.0, 4.0), 1.0))

    assert found == Spread(2.0, 1.0, 3.0)


def test_contenders_take_turns() -> None:
    calls: list[str] = []
    interleaved({name: lambda name=name: calls.append(name) for name in "ab"}, rounds=3, seconds=1e-9)

    assert "".join(calls[4:]) == "ababab"


def test_the_report_ends_with_the_goals_that_are_missed() -> None:
    goal = GOALS[1]
    slow = Finding(f"{goal} here", Spread(2.0, 1.5, 2.5), 15)
    fine = Finding("memory", Spread(1.0, 1.0, 1.0), 1.2, at_most=True)
    measured = Measured(WORKLOADS[0], "float32", {OURS: Spread(1, 1, 1)}, {goal: slow}, threads={OURS: 1.5})

    end = body([measured], [fine]).partition("### 1 of 2 goals missed")[2]

    assert f"**Missed**: {goal} here: 2 [1.5, 2.5]; ≥ 15\n" in end
    assert f"not installed: {GOALS[3]}" in end
    assert "More than one thread: ours used 1.50 processors" in end


def test_tables_replace_what_stands_between_the_marks_of_their_name(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    others = "<!-- studies: begin -->\nothers\n<!-- studies: end -->\n"
    document.write_text(f"before\n{BEGIN}\nold\n{END}\n{others}after\n", "utf-8")
    write_between_marks(document, "new\n")

    assert document.read_text("utf-8") == f"before\n{BEGIN}\nnew\n{END}\n{others}after\n"

    write_between_marks(document, "newer\n", "studies")

    assert "new\n" in document.read_text("utf-8")
    assert "begin -->\nnewer\n<!-- studies: end" in document.read_text("utf-8")


def test_a_document_without_marks_is_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "performance.md"
    document.write_text(f"{END} {BEGIN}", "utf-8")
    with pytest.raises(SystemExit, match="no place"):
        write_between_marks(document, "new\n")

    assert document.read_text("utf-8") == f"{END} {BEGIN}"
