"""What waits in a home folder, as readers see it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.recording.records import to_bytes
from experiments.store.spool import Job, keep_study, read_spools
from experiments.store.study_record import study_to_json
from experiments.system.locks import OF_A_STUDY, held
from tests.factories import a_job, a_run_record, put


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return a_job(tmp_path)


def everything(folder: Path) -> dict[str, tuple[int, int]]:
    """Each file with its size and the time of its last change."""
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


def test_what_waits_is_read_with_its_study_and_nothing_is_written(job: Job, tmp_path: Path) -> None:
    keep_study(job)
    record = a_run_record("s", 0)
    put(job, record)
    before = everything(tmp_path)
    spooled = read_spools(tmp_path, None)["s"]
    assert everything(tmp_path) == before
    assert [to_bytes(one) for one in spooled.records] == [to_bytes(record)]
    assert (spooled.study, spooled.run_key, spooled.running) == (job.study, "design", None)
    assert spooled.standing.items() >= {"waiting": 1, "left_out": (), "running": None}.items()


def test_half_written_and_damaged_files_are_told_and_break_nothing(job: Job) -> None:
    keep_study(job)
    put(job, a_run_record("s", 0))
    damaged = put(job, a_run_record("s", 1))
    damaged.write_bytes(damaged.read_bytes()[:300])
    (job.spool / "empty.npz").touch()
    put(job, a_run_record("other", 2))
    (job.spool / ".s-3.npz.4711").write_bytes(b"half")
    (job.spool / "refused.npz.bad").touch()
    (job.spool / "publisher.log").touch()
    spooled = read_spools(job.home, None)["s"]
    assert [one.task.slot for one in spooled.records] == [0]
    other = a_run_record("other", 2).task.run_key
    (job.spool / f"{a_run_record('s', 0).task.run_key}.npz").unlink()
    nothing_else = read_spools(job.home, None)["s"].alone
    assert (nothing_else.runs, nothing_else.left_out) == ((), spooled.left_out)
    assert spooled.left_out == tuple(sorted([damaged.name, "empty.npz", f"{other}.npz", "refused.npz.bad"]))


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b'{"study": {}}', b"\xff"])
def test_records_whose_study_is_not_known_are_still_counted(job: Job, content: bytes | None) -> None:
    put(job, a_run_record("s", 0))
    if content is not None:
        (job.spool / "study.json").write_bytes(content)
    spooled = read_spools(job.home, "http://127.0.0.1:9")["s"]
    assert (len(spooled.records), spooled.study, spooled.alone) == (1, None, None)


def test_what_is_meant_for_another_store_is_no_part_of_this_one(job: Job) -> None:
    elsewhere = replace(job, tracking_uri="postgresql://me:geheim@host/db")
    keep_study(elsewhere)
    put(job, a_run_record("s", 0))
    assert "geheim" not in (job.spool / "study.json").read_text()
    assert read_spools(job.home, "http://127.0.0.1:9") == {}
    assert read_spools(job.home, f"sqlite:///{job.home}/mlflow.db") == {}
    for asked in ("postgresql://me:geheim@host/db", None):
        assert len(read_spools(job.home, asked)["s"].records) == 1
    keep_study(job)
    assert set(read_spools(job.home, f"sqlite:///{job.home}/mlflow.db")) == {"s"}


def test_a_process_that_is_at_work_is_seen(job: Job) -> None:
    with held(job.spool.parent / OF_A_STUDY):
        assert read_spools(job.home, None)["s"].running is True
    assert read_spools(job.home, None)["s"].running is False


def test_a_study_that_mlflow_does_not_have_is_made_of_what_waits(job: Job) -> None:
    keep_study(job)
    assert read_spools(job.home, None)["s"].alone is None
    first, later = a_run_record("s", 1), a_run_record("s", 0, phase="confirm")
    put(job, later)
    put(job, first)
    study: Any = read_spools(job.home, None)["s"].alone
    assert study_to_json(study) == study_to_json(job.study)
    assert (study.state, study.waiting) == ("stopped", 2)
    assert [(run.task.phase, run.run_id) for run in study.runs] == [("search", ""), ("confirm", "")]
    assert study.started == later.started
