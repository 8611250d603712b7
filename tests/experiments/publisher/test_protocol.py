from collections.abc import Callable
from pathlib import Path

from experiments.publisher.protocol import job_from_line, job_to_line
from experiments.records import StudyRecord
from experiments.store.spool import Job


def test_a_job_is_one_line_and_comes_back_from_it(
    tmp_path: Path, make_study: Callable[..., StudyRecord]
) -> None:
    study = make_study("zwölf", question="two\nlines?")
    job = Job(home=tmp_path, tracking_uri="http://x", spool=tmp_path / "s", study=study, run_key="design")
    line = job_to_line(job)
    assert "\n" not in line
    assert job_from_line(line) == job
