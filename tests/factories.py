"""Records made by hand, each with sensible values for all that a test does not ask about."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np

from experiments.outcome.failure_rule import Rule
from experiments.recording.records import CURVES, RunRecord, StudyRecord, to_bytes
from experiments.store.spool import Job
from experiments.task import Phase, Task

STARTED: Final = 1_760_000_000_000
"""A fixed moment: 9 October 2025."""

DATA: Final[dict[str, Any]] = {
    "name": "digits",
    "kind": "classification",
    "source": "scikit-learn's bundled digits",
    "fingerprint": "sha256:0123456789abcdef",
    "examples": {"train": 1077, "validation": 360, "test": 360},
    "inputs": 64,
    "features": [],
    "classes": [str(digit) for digit in range(10)],
    "chance_error": 0.9,
    "image_shape": [8, 8],
    "split_seed": 0,
}

_TASK = {f.name for f in fields(Task)}


def a_record(name: str = "digits", **changes: Any) -> StudyRecord:
    """What is recorded about a study as a whole; its combinations are all those of its scientific parameters."""
    record = StudyRecord(
        name=name,
        question="How do learning rate, width and cost function shape convergence?",
        objective="validation_error",
        target_error=None,
        equivalence_margin=0.005,
        trials=12,
        seeds=5,
        confirm_seeds=10,
        scientific={"cost": ["quadratic", "cross_entropy"], "widths": [[8], [16]]},
        nuisance={"learning_rate": {"low": 0.01, "high": 100.0, "log": True}},
        fixed={"activation": "sigmoid", "batch_size": 16, "epochs": 30},
        combinations=(),
        sampler="qmc",
        pruner="none",
        data=DATA,
        study_file='[study]\nname = "digits"\n',
        command="chainrule study studies/digits.toml",
        study_seed=0,
        environment={
            "python": "3.11.2",
            "numpy": "2.4.6",
            "git": "0123abc, clean",
            "git_revision": "0f" * 20,
        },
    )
    record = replace(record, **changes)
    if not record.combinations:
        names, values = list(record.scientific), list(record.scientific.values())
        combinations = tuple(dict(zip(names, chosen, strict=True)) for chosen in product(*values))
        record = replace(record, combinations=combinations)
    return record


def a_task(study: str = "digits", **changes: Any) -> Task:
    """What is to be trained: a search task of one hidden layer on three seeds."""
    phase, slot = changes.get("phase", "search"), changes.get("slot", 0)
    task = Task(
        study=study,
        run_key=f"{study}-0123abcd-{phase}-{slot}",
        phase=phase,
        slot=slot,
        combination=1,
        scientific={"cost": "cross_entropy", "widths": [64, 32]},
        nuisance={"learning_rate": 0.35},
        fixed={"epochs": 4, "batch_size": 16, "activation": "sigmoid", "biases": True, "l2": 0.0},
        seeds=(0, 1, 2),
        decided={},
        study_seed=0,
        objective="validation_error",
        target_error=None,
    )
    return replace(task, **changes)


def a_run_record(study: str, slot: int, *, seeds: int = 3, epochs: int = 4, **changes: Any) -> RunRecord:
    """A complete run with curves by chance, which its slot decides; `changes` are of the record or of its task."""
    rng = np.random.default_rng(slot)
    curves = {name: rng.random((seeds, epochs)) for name in CURVES}
    curves |= {name: rng.random((seeds, epochs, 2)) for name in ("gradient_norm", "saturated")}
    values = {
        "seeds": tuple(range(seeds)),
        "objective": float(rng.random()),
        "curves": curves,
        "seconds": np.cumsum(rng.random(epochs)),
        "diverged_at": np.zeros(seeds, np.int64),
    }
    return _run_record(study, slot, {**values, **changes})


def _run_record(study: str, slot: int, values: Mapping[str, Any]) -> RunRecord:
    """A record of these values, each of which is the task's or its own; the objective is its own."""
    of_the_task = {name: values[name] for name in (_TASK - {"objective"}) & values.keys()}
    own = {name: value for name, value in values.items() if name not in of_the_task}
    made = RunRecord(
        task=a_task(study, slot=slot, **of_the_task),
        state="complete",
        objective=None,
        started=STARTED + 1000 * slot,
        parameters=810,
    )
    return replace(made, **own)


def a_run(
    record: StudyRecord,
    *,
    slot: int,
    combination: int = 0,
    nuisance: Mapping[str, Any] | None = None,
    errors: Sequence[float] = (0.1,) * 5,
    start: float = 0.9,
    epochs: int = 8,
    phase: Phase = "search",
    first_seed: int = 0,
    **changes: Any,
) -> RunRecord:
    """A run whose seeds fall from `start` to `errors` in a straight line; a NaN among them diverges at epoch 2."""
    final = np.asarray(errors, dtype=float)
    members = len(final)
    curve = start + (final[:, None] - start) * (np.linspace(0, 1, epochs) if epochs else np.zeros(0))
    curve[:, 0] = start
    layers = np.repeat(curve[:, :, None], 2, axis=2)
    values = {
        "run_key": f"{record.name}-{phase}-{slot}",
        "phase": phase,
        "combination": combination,
        "scientific": record.combinations[combination] if record.combinations else {},
        "nuisance": {"learning_rate": 1.0} if nuisance is None else nuisance,
        "fixed": record.fixed,
        "seeds": tuple(range(first_seed, first_seed + members)),
        "target_error": record.target_error,
        "objective": float(np.where(np.isnan(final), 1.0, final).mean()) if members else None,
        "curves": {
            "train_cost": curve,
            "validation_cost": 1.1 * curve,
            "train_error": 0.9 * curve,
            "validation_error": curve,
            "gradient_norm": layers,
            "saturated": layers,
        },
        "seconds": 0.01 * np.arange(1, epochs + 1),
        "diverged_at": np.where(np.isnan(final), 2, 0),
    }
    made = _run_record(record.name, slot, {**values, **changes})
    task = replace(made.task, objective=record.objective)
    return replace(made, run_id=f"{slot:03d}{phase[:3]}", task=task)


def a_probe(
    record: StudyRecord,
    rule: Rule,
    place: int,
    *,
    failed: bool,
    digest: str = "0123abcd",
    **changes: Any,
) -> RunRecord:
    """A fresh setting of one network, which diverged if it failed, that checks a rule."""
    return a_run(
        record,
        slot=place,
        phase="probe",
        errors=[np.nan if failed else 0.1],
        first_seed=1000 + place,
        run_key=f"{record.name}-probe-{place:06d}-{digest}",
        rule=rule.as_json(),
        **changes,
    )


def a_failed_run(record: StudyRecord, *, slot: int, reason: str, combination: int = 0) -> RunRecord:
    """A run that raised before its first epoch: it has no curve at all."""
    nothing: dict[str, Any] = {"curves": {}, "seconds": np.zeros(0), "diverged_at": np.zeros(0, np.int64)}
    return a_run(
        record, slot=slot, combination=combination, state="failed", reason=reason, objective=None, **nothing
    )


def a_study(
    record: StudyRecord,
    runs: Sequence[RunRecord],
    *,
    status: str = "FINISHED",
    ended: int | None = STARTED + 60_000,
) -> StudyRecord:
    """The runs as a study read back from the store."""
    return replace(
        record,
        parent_run_id="parent0",
        experiment_id="1",
        tracking_uri="sqlite:///output/mlflow.db",
        status=status,
        started=STARTED,
        ended=ended,
        runs=tuple(runs),
    )


def a_job(home: Path, name: str = "s", *, spool: Path | None = None, run_key: str = "design") -> Job:
    """A study to be published from its own spool, which is made."""
    spool = spool or home / "studies" / name / "spool"
    spool.mkdir(parents=True, exist_ok=True)
    return Job(home=home, tracking_uri=None, spool=spool, study=a_record(name), run_key=run_key)


def put(job: Job, *records: RunRecord) -> Path:
    """Records that wait in the job's spool; gives the last one's file."""
    for record in records:
        path = job.spool / f"{record.task.name}.npz"
        path.write_bytes(to_bytes(record))
    return path
