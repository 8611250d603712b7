"""What the publisher and who starts it say to each other: a line of JSON each."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from experiments.recording.study_state import Status
from experiments.store.spool import Job
from experiments.store.study_record import study_from_json, study_to_json

Kind = Literal[
    "ready", "recorded", "registered", "waiting", "recovered", "set_aside", "restarted", "failed", "finished"
]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the publisher has to say.

    Attributes:
        kind: ready: the study's parent run is there, `text` is its id; recorded: a run is in the store;
            registered: the champion is a model, `text` is where; waiting: the store does not answer, it is tried
            again; recovered: it answers again; set_aside: a file cannot be recorded and was renamed; restarted:
            it was killed and another goes on; failed: it gives up; finished: the last notice of all.
        text: one line for people.
        run_key: of the run concerned, or empty.
    """

    kind: Kind
    text: str = ""
    run_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Deliver what is left, end the parent run, and go.

    Attributes:
        status: of the parent run.
        timeout: seconds to do it in, and from each record to the next; what is left then stays in the spool.
        tags: for the parent run.
    """

    status: Status
    timeout: float
    tags: dict[str, str] = field(default_factory=dict)


def job_to_line(job: Job) -> str:
    """A job as one line."""
    return json.dumps(
        {
            "home": str(job.home),
            "tracking_uri": job.tracking_uri,
            "spool": str(job.spool),
            "study": study_to_json(job.study).decode(),
            "run_key": job.run_key,
            "whole": job.whole,
            "system_metrics": job.system_metrics,
            "replaces": job.replaces,
        }
    )


def job_from_line(line: str) -> Job:
    """The job that `job_to_line` wrote."""
    told: dict[str, Any] = json.loads(line)
    return Job(
        home=Path(told["home"]),
        tracking_uri=told["tracking_uri"],
        spool=Path(told["spool"]),
        study=study_from_json(told["study"].encode()),
        run_key=told["run_key"],
        whole=told["whole"],
        system_metrics=told["system_metrics"],
        replaces=tuple(told["replaces"]),
    )
