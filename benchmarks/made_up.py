"""Studies and tasks that benchmarks make up."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Final

from experiments.recording.records import StudyRecord
from experiments.task import Chosen, Phase, Task

DATA: Final[dict[str, Any]] = {
    "name": "made up",
    "kind": "classification",
    "fingerprint": "none",
    "examples": {"train": 1077, "validation": 360, "test": 360},
    "inputs": 64,
    "features": [],
    "classes": list("0123456789"),
    "chance_error": 0.9,
    "image_shape": None,
    "split_seed": 0,
    "source": "made up",
}


def a_study(name: str, scientific: Mapping[str, Sequence[Any]], **said: Any) -> StudyRecord:
    """A study of every combination of some scientific parameters; whatever else is said has the name of its field."""
    usual = {
        "question": "",
        "objective": "validation_error",
        "target_error": None,
        "equivalence_margin": 0.005,
        "nuisance": {"learning_rate": {"low": 0.01, "high": 30.0, "log": True}},
        "fixed": {"batch_size": 16, "activation": "sigmoid"},
        "combinations": tuple(
            dict(zip(scientific, chosen, strict=True)) for chosen in product(*scientific.values())
        ),
        "sampler": "random",
        "pruner": "none",
        "data": DATA,
        "study_file": "",
        "command": "",
        "environment": {},
    }
    return StudyRecord(name=name, scientific=scientific, **{**usual, **said})


def a_task(
    study: StudyRecord,
    phase: Phase,
    slot: int,
    combination: int,
    nuisance: Mapping[str, Any],
    seeds: Sequence[int],
    chosen: Chosen = "",
) -> Task:
    """What is trained in one run of such a study."""
    return Task(
        study=study.name,
        run_key=f"{study.name}-{phase}-{slot}",
        phase=phase,
        slot=slot,
        combination=combination,
        scientific=study.combinations[combination],
        nuisance=nuisance,
        fixed=study.fixed,
        seeds=tuple(seeds),
        decided={},
        study_seed=0,
        objective=study.objective,
        target_error=study.target_error,
        chosen=chosen,
    )
