"""Studies to report on: one really trained on digits, and hand-made ones for every odd state."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pytest
from matplotlib.figure import Figure
from sklearn.datasets import load_digits

from core import Examples, Purpose, Settings, forward, generators, initialise, output_activation, train
from experiments.recording.records import RunRecord, StudyRecord
from experiments.task import Phase
from reports.drawing.style import as_svg
from reports.page import verifying, writing
from reports.page.inline import inlined
from reports.page.page_figure import Drawn, Screen, drawn
from tests.factories import DATA, a_failed_run, a_record, a_run, a_study


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
) -> RunRecord:
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
            "test_shown": (hardest := np.argsort(-(predicted != target).sum(axis=0), kind="stable")[:10]),
            "test_inputs": data[2].x[:, hardest].T,
            "test_error": (predicted != target).mean(axis=1),
        }
    final = curves["validation_error"][:, -1]
    parameters = sum(layer.W[0].size + layer.W.shape[1] for layer in network.layers)
    return a_run(
        record,
        slot=slot,
        combination=combination,
        nuisance={"learning_rate": rate},
        errors=final,
        phase=phase,
        epochs=len(history),
        seeds=tuple(seeds),
        objective=float(np.where(np.isnan(final), 1.0, final).mean()),
        parameters=parameters,
        curves=curves,
        seconds=1e-5 * parameters * np.arange(1, len(history) + 1),  # not what a clock says
        diverged_at=np.where(diverged.any(axis=1), diverged.argmax(axis=1) + 1, 0),
        **changes,
    )


def trained_study(rates: Sequence[float], *, confirm_seeds: int, **changes: Any) -> StudyRecord:
    """A whole study that `core` really trained: every combination at every rate, winners again, the champion."""
    record = a_record(**changes)
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

    def again(winner: RunRecord, phase: Phase) -> RunRecord:
        return trained_run(
            record,
            data,
            slot=winner.task.slot,
            combination=winner.task.combination,
            rate=winner.task.nuisance["learning_rate"],
            seeds=fresh,
            phase=phase,
        )

    confirm = []
    for combination in range(len(record.combinations)):
        mine = [one for one in search if one.task.combination == combination]
        confirm.append(again(min(mine, key=lambda one: one.objective or 0.0), "confirm"))
    champion = again(min((one for one in confirm), key=lambda one: one.objective or 0.0), "champion")
    return a_study(record, [*search, *confirm, champion])


@pytest.fixture(scope="session")
def digits() -> StudyRecord:
    """Two costs, two widths, five rates, five seeds, ten fresh ones: trained in a few seconds."""
    return trained_study(
        (0.03, 0.3, 3.0, 10.0, 80.0),
        confirm_seeds=10,
        fixed={"activation": "sigmoid", "batch_size": 16, "epochs": 8},
    )


def _choices(record: StudyRecord, runs_each: int, **changes: Any) -> list[RunRecord]:
    """Search runs of every combination over rising learning rates, with errors that differ a little."""
    rng = np.random.default_rng(0)
    count = len(record.combinations)
    rates = np.geomspace(0.1, 10, runs_each)
    return [
        a_run(
            record,
            slot=slot,
            combination=slot % count,
            nuisance={name: float(rates[slot // count]) for name in record.nuisance},
            errors=0.05 + 0.02 * rng.random(record.seeds) + 0.1 * abs(np.log10(rates[slot // count])),
            **changes,
        )
        for slot in range(runs_each * count)
    ]


def _hostile() -> StudyRecord:
    evil = (
        '<script>alert(1)</script>\x9b\u202e\x7f\u2066\ufeff "x" & $y_$ [a](javascript:b) `|` =cmd() \x00\x1b[31m\n'
        + "w" * 300
    )
    record = a_record(
        name=evil,
        question=evil,
        scientific={evil: [evil, "=1+1", "b_c"]},
        nuisance={"learning_rate": {"low": 0.01, "high": 100.0, "log": True}},
        fixed={evil: evil},
        study_file="```\n" + evil,
        command=evil,
        environment={evil: evil},
        data={**DATA, "name": evil, "source": evil, "classes": [evil] * 10},
    )
    runs = _choices(record, 3)
    return a_study(record, [*runs, a_failed_run(record, slot=9, reason=evil)], status=evil)


def _regression() -> StudyRecord:
    record = a_record(
        scientific={"activation": ["tanh", "relu", "sigmoid", "gelu", "silu"]},
        fixed={"cost": "quadratic", "widths": [8], "epochs": 8},
        data={**DATA, "kind": "regression", "chance_error": 1.0, "classes": []},
    )
    runs = _choices(record, 4)
    fresh = [a_run(record, slot=each, combination=each, errors=0.4 + 0.01 * np.arange(12), phase="confirm",
                 first_seed=100) for each in range(5)]  # fmt: skip
    return a_study(record, [*runs, *fresh])


def _many_parameters() -> StudyRecord:
    record = a_record(
        scientific={"cost": ["quadratic", "cross_entropy"], "widths": [[8], [16, 16]], "depth": [1, 2],
                    "biases": [True, False], "initialisation": ["he", "glorot"]},
        nuisance={"momentum": {"low": 0.1, "high": 0.99}, "learning_rate": {"low": 0.01, "high": 10.0, "log": True}},
    )  # fmt: skip
    return a_study(record, _choices(record, 2))


def _planes() -> StudyRecord:
    """Full-batch descent on two inputs with three parameters, its sharpness recorded and its surfaces kept."""
    record = a_record(
        scientific={"cost": ["quadratic", "cross_entropy"]},
        nuisance={"learning_rate": {"low": 0.01, "high": 10.0, "log": True}, "l2": [0.0, 0.001]},
        fixed={"batch_size": "full", "optimiser": "gradient_descent", "epochs": 8},
        data={**DATA, "inputs": 2, "features": ["x", "y"], "classes": ["upper", "lower"],
              "image_shape": None, "chance_error": 0.5},
    )  # fmt: skip
    rng = np.random.default_rng(0)
    runs = []
    for slot, rate in enumerate(np.geomspace(0.01, 10, 32)):
        failed = rate > 5
        chosen = {"learning_rate": float(rate), "l2": 0.001 * (slot // 2 % 2)}
        one = a_run(
            record, slot=slot, combination=slot % 2, nuisance=chosen,
            errors=[0.5] * 5 if failed else 0.05 + 0.02 * rng.random(5) + 0.1 * abs(np.log10(rate)), start=0.5,
        )  # fmt: skip
        sharpness = np.full((5, 8), np.nan)
        sharpness[:, [1, 7]] = [[0.5, 2 / rate]]
        one.curves["sharpness"] = sharpness  # type: ignore[index] # it is a dict here
        runs.append(one)
    down, across = np.indices((16, 16)) / 15
    for slot, phase in ((20, "confirm"), (21, "confirm"), (21, "champion")):
        votes = np.rint(10 * (across < down + 0.1 * (slot % 2))).astype(int)
        changes: dict[str, Any] = {
            "surface": np.stack([votes, 10 - votes]),
            "surface_range": np.array([[-1.0, 2.0], [0.0, 1.0]]),
        }
        if phase == "champion":
            target = np.arange(30) % 2
            changes |= {
                "test_prediction": np.tile(target, (10, 1)), "test_target": target, "test_error": np.zeros(10),
                "test_shown": np.arange(30), "test_inputs": np.column_stack([np.linspace(-1, 2, 30), target]),
            }  # fmt: skip
        errors = 0.06 + 0.01 * (slot % 2 == 0) + 0.001 * np.arange(10)
        nuisance = runs[slot].task.nuisance
        runs.append(
            a_run(record, slot=slot, combination=slot % 2, nuisance=nuisance, errors=errors, phase=phase,  # type: ignore[arg-type]
                first_seed=100, start=0.5, **changes)
        )  # fmt: skip
    return a_study(record, runs)


def _own_trainer() -> StudyRecord:
    """A trainer of the user's own with a metric of its own, parameters that ours have too, and trials that failed."""
    metric = {"label": "1 − auc", "share": False, "goal": "maximize", "best": 1.0}
    record = a_record(
        trainer="my_training:train",
        scientific={"optimiser": ["sgd", "adam"], "momentum": [0.0, 0.9]},
        nuisance={"rate": {"low": 0.01, "high": 1.0, "log": True}, "width": {"low": 1, "high": 9}},
        fixed={"class_weights": "heavy", "epochs": 8},
        data={**DATA, "error": "auc", "chance_error": 1.0, "chance_errors": {"auc": 0.5}, "metric": metric},
    )
    rng = np.random.default_rng(0)

    def run(slot: int, phase: Phase = "search", **changes: Any) -> RunRecord:
        seeds = 5 if phase == "search" else 10
        errors = 0.1 + 0.05 * (slot % 2) + 0.01 * rng.random(seeds)
        curve = np.linspace(0.9, errors, 8, axis=1)
        curves = {"validation_error": curve, "train_error": 0.8 * curve, "train_cost": 2 * curve}
        curves |= {"auc": 1 - curve / 2, "log/likelihood": -curve, "constant": np.ones_like(curve)}
        return a_run(
            record, slot=slot, combination=slot % 4, nuisance={"rate": 0.01 * (slot + 1), "width": slot % 9 + 1},
            errors=errors, phase=phase, first_seed=0 if phase == "search" else 1000, trainer=record.trainer,
            **{"curves": curves, "parameters": 0, **changes},
        )  # fmt: skip

    reason = "seed 0, after 1 epoch: it was killed by SIGSEGV\nFatal Python error: Segmentation fault"
    failed = [
        replace(run(slot), state="failed", reason=reason, curves={}, seconds=np.zeros(0), objective=None)
        for slot in (16, 17)
    ]
    fresh = [run(slot, "confirm") for slot in range(4)]
    stopped = {"stopped_at": np.full(10, 8), "kept_epoch": np.full(10, 8)}
    champion = run(0, "champion", test_error=np.full(10, 0.12), **stopped)
    return a_study(record, [*(run(slot) for slot in range(16)), *failed, *fresh, champion])


def odd(name: str) -> StudyRecord:
    record = a_record()
    one = a_record(scientific={}, combinations=({},))
    match name:
        case "empty":
            return a_study(record, [], status="RUNNING", ended=None)
        case "one trial":
            return a_study(one, [a_run(one, slot=0)])
        case "one trial of one seed of one epoch":
            return a_study(one, [a_run(one, slot=0, errors=(0.3,), epochs=1)])
        case "all failed":
            return a_study(record, [a_failed_run(record, slot=slot, reason="no memory") for slot in range(4)])
        case "all diverged":
            return a_study(
                record, [a_run(record, slot=slot, combination=slot, errors=[np.nan] * 5) for slot in range(4)]
            )
        case "all stuck":
            return a_study(
                record, [a_run(record, slot=slot, combination=slot, errors=[0.9] * 5) for slot in range(4)]
            )
        case "all pruned":
            pruned = [
                a_run(record, slot=slot, combination=slot, state="pruned", reason="bad") for slot in range(4)
            ]
            return a_study(record, pruned)
        case "interrupted":
            return a_study(record, _choices(record, 2), status="KILLED", ended=None)
        case "confirmed in part":
            fresh = a_run(record, slot=4, combination=0, errors=0.06 + 0.001 * np.arange(10), phase="confirm",
                        first_seed=100)  # fmt: skip
            return a_study(record, [*_choices(record, 3), fresh])
        case "everything at once":
            runs = _choices(record, 3)
            runs += [
                a_run(record, slot=12, errors=[np.nan] * 5, nuisance={"learning_rate": 50.0}),
                a_run(record, slot=13, errors=[0.1, np.nan, 0.9, 0.2, 0.1], nuisance={"learning_rate": 20.0}),
                a_run(record, slot=14, errors=[0.9] * 5, nuisance={"learning_rate": 0.01}),
                a_run(record, slot=15, errors=[0.4] * 5, epochs=2, state="pruned", reason="below the median"),
                a_failed_run(record, slot=16, reason="killed"),
            ]
            fresh = [
                a_run(
                    record,
                    slot=4 + each,
                    combination=each,
                    errors=[*errors, last],
                    phase="confirm",
                    first_seed=100,
                )
                for errors in [0.06 + 0.001 * np.arange(9)]
                for each, last in enumerate((np.nan, 0.9, 0.05, 0.04))
            ]
            return a_study(record, [*runs, *fresh])
        case "zero errors":
            return a_study(
                record,
                [a_run(record, slot=slot, combination=slot % 4, errors=[0.0] * 5) for slot in range(8)],
            )
        case "no learning rate":
            record = a_record(
                nuisance={"momentum": [0.0, 0.5, 0.9]}, fixed={"learning_rate": 0.1, "epochs": 8}
            )
            return a_study(record, _choices(record, 3))
        case "nothing searched":
            record = a_record(nuisance={}, scientific={"cost": ["quadratic", "cross_entropy"]})
            return a_study(
                record, [a_run(record, slot=each, combination=each, nuisance={}) for each in range(2)]
            )
        case "scientific learning rate":
            record = a_record(
                nuisance={}, scientific={"cost": ["quadratic", "huber"], "learning_rate": [0.1, 5.0]}
            )
            return a_study(
                record, [a_run(record, slot=each, combination=each, nuisance={}) for each in range(4)]
            )
        case "regression":
            return _regression()
        case "planes":
            return _planes()
        case "many parameters":
            return _many_parameters()
        case "own trainer":
            return _own_trainer()
        case "hostile":
            return _hostile()
        case _:
            raise KeyError(name)


ODD = (
    "empty", "one trial", "one trial of one seed of one epoch", "all failed", "all diverged", "all stuck", "all pruned",
    "interrupted", "confirmed in part", "everything at once", "zero errors", "no learning rate", "nothing searched",
    "scientific learning rate", "regression", "many parameters", "planes", "own trainer", "hostile",
)  # fmt: skip


SLOW = ("many parameters",)
"""Studies whose pages take many seconds to draw."""


@pytest.fixture(params=[pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in ODD])
def odd_study(request: pytest.FixtureRequest) -> StudyRecord:
    """A study of every kind that is not the usual one."""
    return odd(request.param)


class Svgs:
    """Draws figures as SVG alone, in this process."""

    def __init__(self) -> None:
        self.files: dict[Figure, Drawn] = {}

    def begin(self, figure: Figure, screen: Screen = "any") -> None:
        self.files[figure] = drawn(figure, screen, f"f{len(self.files)}", png=False)

    def end(self) -> dict[Figure, Drawn]:
        return self.files


class Blanks(Svgs):
    """Puts an empty drawing in the place of each figure."""

    svg: Final = as_svg(Figure(figsize=(1, 1)))

    def begin(self, figure: Figure, screen: Screen = "any") -> None:
        self.files[figure] = Drawn(self.svg, b"", inlined(self.svg, screen, f"f{len(self.files)}"))


@pytest.fixture
def no_pngs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without PNGs, which are the same drawings as the SVGs: half of the time."""
    _drawn_by(Svgs, monkeypatch)


@pytest.fixture
def no_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports whose figures are made and not drawn: a quarter of the time."""
    _drawn_by(Blanks, monkeypatch)


def _drawn_by(renderer: type[Svgs], monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (writing, verifying):
        monkeypatch.setattr(module, "drawing", lambda **_options: nullcontext(renderer()))
