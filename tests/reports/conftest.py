"""Studies to report on: one really trained on digits, and hand-made ones for every odd state."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from core import Examples, Purpose, Settings, forward, generators, initialise, output_activation, train
from sklearn.datasets import load_digits

from experiments.records import Phase, RecordedRun, RecordedStudy, RunRecord, StudyRecord

STARTED = 1_760_000_000_000
"""A fixed moment: 9 October 2025."""


def study_record(**changes: Any) -> StudyRecord:
    """What is recorded about a study as a whole; `changes` replace its fields."""
    record = StudyRecord(
        name="digits",
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
        data={
            "name": "digits",
            "kind": "classification",
            "fingerprint": "sha256:0123456789abcdef",
            "examples": {"train": 1078, "validation": 359, "test": 360},
            "inputs": 64,
            "classes": [str(digit) for digit in range(10)],
            "chance_error": 0.9,
            "image_shape": [8, 8],
            "split_seed": 0,
            "source": "scikit-learn's bundled digits",
        },
        study_file='[study]\nname = "digits"\n',
        command="chainrule study studies/digits.toml",
        environment={"python": "3.11.2", "numpy": "2.4.6", "git": "0123abc, clean"},
    )
    record = replace(record, **changes)
    if not record.combinations:
        names, values = list(record.scientific), list(record.scientific.values())
        combinations = tuple(dict(zip(names, chosen, strict=True)) for chosen in product(*values))
        record = replace(record, combinations=combinations)
    return record


def run(
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
) -> RecordedRun:
    """A run whose seeds fall from `start` to `errors` in a straight line; a NaN among them diverges at epoch 2."""
    final = np.asarray(errors, dtype=float)
    members = len(final)
    descent = np.linspace(0, 1, epochs) if epochs else np.zeros(0)
    curve = start + (final[:, None] - start) * descent
    diverged_at = np.where(np.isnan(final), 2, 0)
    curve[:, 0] = start
    layers = np.repeat(curve[:, :, None], 2, axis=2)
    made = RunRecord(
        study=record.name,
        run_key=f"{record.name}-{phase}-{slot}",
        phase=phase,
        slot=slot,
        combination=combination,
        scientific=record.combinations[combination] if record.combinations else {},
        nuisance={"learning_rate": 1.0} if nuisance is None else nuisance,
        fixed=record.fixed,
        seeds=tuple(range(first_seed, first_seed + members)),
        state="complete",
        objective=float(np.where(np.isnan(final), 1.0, final).mean()) if members else None,
        started=STARTED + 1000 * slot,
        parameters=810,
        curves={
            "train_cost": curve,
            "validation_cost": 1.1 * curve,
            "train_error": 0.9 * curve,
            "validation_error": curve,
            "gradient_norm": layers,
            "saturated": layers,
        },
        seconds=0.01 * np.arange(1, epochs + 1),
        diverged_at=diverged_at,
    )
    return RecordedRun(run_id=f"{slot:03d}{phase[:3]}", record=replace(made, **changes))


def failed_run(record: StudyRecord, *, slot: int, reason: str, combination: int = 0) -> RecordedRun:
    """A run that raised before its first epoch: it has no curve at all."""
    return run(
        record,
        slot=slot,
        combination=combination,
        state="failed",
        reason=reason,
        objective=None,
        curves={},
        seconds=np.zeros(0),
        diverged_at=np.zeros(0, np.int64),
    )


def recorded(
    record: StudyRecord, runs: Sequence[RecordedRun], *, status: str = "FINISHED", ended: int | None = STARTED + 60_000
) -> RecordedStudy:
    """The runs as a study read back from the store."""
    return RecordedStudy(
        record=record,
        parent_run_id="parent0",
        experiment_id="1",
        tracking_uri="sqlite:///output/mlflow.db",
        status=status,
        started=STARTED,
        ended=ended,
        runs=tuple(runs),
    )


def digits_data(validation: int = 359, test: int = 360) -> tuple[Examples, Examples, Examples]:
    """Scikit-learn's digits in training, validation and test part, standardised by the first."""
    x, target = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    x, target = x[order], target[order]
    stop = len(x) - validation - test
    spread = x[:stop].std()
    columns = ((x - x[:stop].mean(axis=0)) / spread).T
    one_hot = np.eye(10)[target].T
    cuts = (slice(0, stop), slice(stop, stop + validation), slice(stop + validation, None))
    train_part, validation_part, test_part = (Examples(columns[:, cut], one_hot[:, cut]) for cut in cuts)
    return train_part, validation_part, test_part


def trained_run(
    record: StudyRecord,
    data: tuple[Examples, Examples, Examples],
    *,
    slot: int,
    combination: int,
    rate: float,
    seeds: Sequence[int],
    phase: Phase,
) -> RecordedRun:
    """A run that `core` really trained."""
    chosen = record.combinations[combination]
    epochs = int(record.fixed["epochs"])
    settings = Settings(
        cost=chosen["cost"], learning_rate=rate, epochs=epochs, batch_size=record.fixed["batch_size"]
    )
    network = initialise(
        (64, *chosen["widths"], 10),
        generators(0, seeds, Purpose.INITIALISATION),
        output=output_activation(chosen["cost"], classification=True),
        dtype=np.float32,
    )
    shuffles = generators(0, seeds, Purpose.SHUFFLE)
    history = list(train(network, data[0], data[1], settings, shuffles))
    names = ("train_cost", "validation_cost", "train_error", "validation_error", "gradient_norm", "saturated")
    curves = {name: np.stack([getattr(epoch, name) for epoch in history], axis=1) for name in names}
    diverged = np.stack([epoch.diverged for epoch in history], axis=1)
    changes: dict[str, Any] = {}
    if phase == "champion":
        predicted = forward(history[-1].network, data[2].x.astype(np.float32)).h[-1].argmax(axis=-2)
        target = data[2].y.argmax(axis=0)
        changes = {
            "test_prediction": predicted,
            "test_target": target,
            "test_error": (predicted != target).mean(axis=1),
        }
    final = curves["validation_error"][:, -1]
    return run(
        record,
        slot=slot,
        combination=combination,
        nuisance={"learning_rate": rate},
        errors=final,
        phase=phase,
        epochs=len(history),
        seeds=tuple(seeds),
        objective=float(np.where(np.isnan(final), 1.0, final).mean()),
        parameters=sum(layer.W[0].size + layer.W.shape[1] for layer in network.layers),
        curves=curves,
        seconds=np.array([epoch.seconds for epoch in history]),
        diverged_at=np.where(diverged.any(axis=1), diverged.argmax(axis=1) + 1, 0),
        **changes,
    )


def trained_study(rates: Sequence[float], *, confirm_seeds: int, **changes: Any) -> RecordedStudy:
    """A whole study that `core` really trained: every combination at every rate, winners again, the champion."""
    record = study_record(**changes)
    record = replace(record, trials=len(rates) * len(record.combinations), confirm_seeds=confirm_seeds)
    data = digits_data()
    fresh = range(1000, 1000 + confirm_seeds)
    search = [
        trained_run(
            record,
            data,
            slot=slot,
            combination=slot % len(record.combinations),
            rate=rates[slot // len(record.combinations)],
            seeds=range(record.seeds),
            phase="search",
        )
        for slot in range(record.trials)
    ]

    def again(winner: RunRecord, phase: Phase) -> RecordedRun:
        return trained_run(
            record,
            data,
            slot=winner.slot,
            combination=winner.combination,
            rate=winner.nuisance["learning_rate"],
            seeds=fresh,
            phase=phase,
        )

    confirm = []
    for combination in range(len(record.combinations)):
        mine = [one.record for one in search if one.record.combination == combination]
        confirm.append(again(min(mine, key=lambda one: one.objective or 0.0), "confirm"))
    champion = again(min((one.record for one in confirm), key=lambda one: one.objective or 0.0), "champion")
    return recorded(record, [*search, *confirm, champion])


@pytest.fixture(scope="session")
def digits() -> RecordedStudy:
    """Two costs, two widths, five rates, five seeds, ten fresh ones: trained in a few seconds."""
    return trained_study(
        (0.03, 0.3, 3.0, 10.0, 80.0),
        confirm_seeds=10,
        fixed={"activation": "sigmoid", "batch_size": 16, "epochs": 8},
    )


@pytest.fixture
def a_record() -> Callable[..., StudyRecord]:
    return study_record


@pytest.fixture
def a_run() -> Callable[..., RecordedRun]:
    return run


@pytest.fixture
def a_failed_run() -> Callable[..., RecordedRun]:
    return failed_run


@pytest.fixture
def a_study() -> Callable[..., RecordedStudy]:
    return recorded
