"""What is wanted of a report is judged at the right size, and a byte that differs is told."""

from pathlib import Path

from benchmarks.phases import PHASES
from benchmarks.report_time import Reported, _differing, body, findings


def reported(trials: int, *, seconds: float = 4.0, processor: float = 12.0, differing: int = 0) -> Reported:
    phases = [dict.fromkeys(PHASES, 1.5)]
    return Reported(trials, phases, [seconds], [processor], [400.0], page=1.9, differing=differing)


def missed(*measured: Reported) -> list[str]:
    return [finding.what for finding in findings(measured) if finding.missed]


def test_seconds_are_judged_at_one_thousand_trials_only() -> None:
    assert missed(reported(300, seconds=11), reported(1_000), reported(3_000, seconds=11)) == []
    assert missed(reported(1_000, seconds=11)) == ["seconds of the report of 1,000 trials"]


def test_a_file_that_differs_misses_a_goal_and_is_told() -> None:
    again = reported(300, differing=1)
    assert missed(again) == ["files of the report of 300 trials that differ when it is made again"]
    assert "### 1 of 2 goals missed" in body([again])
    assert "| 300 | 1.5 | 1.5 | 1.5 | 1.5 | 1.5 | 4 | 12.0 | 400 | 1.9 | no |" in body([again])


def test_a_cost_that_is_not_linear_misses_a_goal() -> None:
    small, middle = reported(300, processor=12), reported(1_000, processor=14)
    assert missed(small, middle, reported(3_000, processor=20)) == []
    (told,) = missed(small, middle, reported(3_000, processor=30))
    assert told == "processor time at 3,000 trials ÷ by a line through 300 and 1,000"


def test_reports_differ_in_a_byte_or_a_file(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        (folder / "figures").mkdir(parents=True)
        (folder / "report.html").write_bytes(b"the same")
        (folder / "figures" / "a.svg").write_bytes(b"the same")
    assert _differing(one, other) == set()
    (other / "figures" / "a.svg").write_bytes(b"the samE")
    (one / "more.csv").write_bytes(b"")
    assert _differing(one, other) == {"figures/a.svg", "more.csv"}
