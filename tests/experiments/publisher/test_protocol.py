from pathlib import Path

import pytest

from experiments.publisher.protocol import job_from_line, job_to_line
from experiments.store.spool import Job
from tests.factories import a_record


@pytest.mark.parametrize(("whole", "measured"), [(False, True), (True, False)])
def test_a_job_is_one_line_and_comes_back_from_it(whole: bool, measured: bool, tmp_path: Path) -> None:
    study = a_record("zwölf", question="two\nlines?")
    job = Job(
        home=tmp_path,
        tracking_uri="http://x",
        spool=tmp_path / "s",
        study=study,
        run_key="design",
        whole=whole,
        system_metrics=measured,
    )
    line = job_to_line(job)
    assert "\n" not in line
    assert job_from_line(line) == job
