"""How a record becomes rows of the tidy tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from experiments.choices import value_identity
from experiments.outcome.winners import finished
from experiments.recording.objectives import means
from experiments.recording.records import CURVES, RunRecord
from reports import words
from reports.results.design import Design
from reports.results.speed import area_below, epochs_to_target
from reports.results.states import ENDINGS, Ending, final_errors, final_estimates, run_ending

SETTING: Final = "setting."
"""What the name of a settings column begins with, so that no parameter's name can hide another column."""

_TRIAL_COLUMNS: Final = (
    "slot", "phase", "combination", "choice", "series", "panel", "state", "reason", "chosen", "finished", "objective",
    "error", "error_low", "error_high", "mean_error", "best_error", "best_epoch", "last_epoch", "seconds",
    "seeds", *(f"seeds_{name}" for name in ENDINGS), "weights", "started", "run_id", "run_key",
)  # fmt: skip
_SEED_COLUMNS: Final = (
    "run", "slot", "phase", "seed", "state", "best_validation_error", "best_epoch", "area", "diverged_at",
    "stopped_at", "kept_epoch", "epochs_to_target", "test_error",
)  # fmt: skip
_EPOCH_COLUMNS: Final = ("run", "seed", "epoch", "seconds")


def curve_names(records: Sequence[RunRecord]) -> tuple[str, ...]:
    """The curves with one number a seed and epoch that runs may have, the errors and costs of `core` first.

    The runs of a trainer of the user's own have those that it has yielded.
    """
    if not any(record.task.trainer for record in records):
        return CURVES
    there = dict.fromkeys(name for record in records for name in record.curves)
    return (*(name for name in CURVES if name in there), *(name for name in there if name not in CURVES))


def trial_rows(
    runs: Sequence[RunRecord],
    design: Design,
    endings: Sequence[list[Ending]],
    chance: float,
) -> pd.DataFrame:
    """One row a run."""
    rows = []
    finals = list(map(final_errors, runs))
    summaries = final_estimates(runs, chance)
    for record, ending, errors, summary in zip(runs, endings, finals, summaries, strict=True):
        mean_curve = means(record.curves.get("validation_error", np.zeros((0, 0))))
        scientific = design.combinations[record.task.combination]
        row: dict[str, Any] = {
            "slot": record.task.slot,
            "phase": record.task.phase,
            "combination": record.task.combination,
            "choice": design.choice(scientific),
            "series": design.series_of(scientific),
            "panel": design.panel_of(scientific),
            "state": run_ending(record, ending),
            "reason": record.reason,
            "chosen": record.task.chosen,
            "finished": finished(record),
            "objective": np.nan if record.objective is None else float(record.objective),
            "error": summary.centre,
            "error_low": summary.low,
            "error_high": summary.high,
            "mean_error": float(means(errors)),
            "best_error": np.nanmin(mean_curve) if np.isfinite(mean_curve).any() else np.nan,
            "best_epoch": int(np.nanargmin(mean_curve)) + 1 if np.isfinite(mean_curve).any() else 0,
            "last_epoch": record.epochs,
            "seconds": float(record.seconds[-1]) if record.epochs else 0.0,
            "seeds": len(record.task.seeds),
            **{f"seeds_{name}": ending.count(name) for name in ENDINGS},
            "weights": record.parameters,
            "started": record.started,
            "run_id": record.run_id,
            "run_key": record.task.run_key,
        }
        row |= {SETTING + name: cell(each) for name, each in record.task.settings.items()}
        rows.append(row)
    return pd.DataFrame(rows, columns=None if rows else _TRIAL_COLUMNS)


def seed_rows(
    records: Sequence[RunRecord], endings: Sequence[list[Ending]], target: float | None
) -> pd.DataFrame:
    """One row a seed of a run."""
    each, names = zip(records, endings, strict=True), curve_names(records)
    return _stacked(
        (*_SEED_COLUMNS[:5], *names, *_SEED_COLUMNS[5:]),
        [_seeds_of(index, record, ending, target, names) for index, (record, ending) in enumerate(each)],
    )


def _seeds_of(
    index: int, record: RunRecord, endings: Sequence[Ending], target: float | None, names: Sequence[str]
) -> dict[str, NDArray[Any]]:
    members, epochs = len(record.task.seeds), record.epochs
    unknown = np.full(members, np.nan)
    curve = record.curves.get("validation_error", np.full((members, 0), np.nan))
    finite = np.isfinite(curve)
    known = finite.any(axis=1)
    filled = np.where(finite, curve, np.inf)
    when = unknown if target is None else epochs_to_target(curve, target)
    return {
        "run": np.full(members, index),
        "slot": np.full(members, record.task.slot),
        "phase": np.full(members, record.task.phase, object),
        "seed": np.asarray(record.task.seeds, int),
        "state": np.asarray(endings, object),
        **{
            name: record.curves[name][:, -1] if epochs and name in record.curves else unknown
            for name in names
        },
        "best_validation_error": np.where(known, filled.min(axis=1, initial=np.inf), np.nan),
        "best_epoch": np.where(known, filled.argmin(axis=1) + 1, 0)
        if curve.shape[1]
        else np.zeros(members, int),
        "area": area_below(curve),
        "diverged_at": record.diverged_at if len(record.diverged_at) == members else np.zeros(members, int),
        "stopped_at": record.stopped_at if record.stops_early else np.zeros(members, int),
        "kept_epoch": record.kept_epoch
        if record.stops_early
        else np.where(finite[:, -1:].any(axis=1), epochs, 0),
        "epochs_to_target": np.where(np.isfinite(when), when, np.nan),
        "test_error": record.test_error if len(record.test_error) == members else unknown,
    }


def epoch_rows(records: Sequence[RunRecord]) -> pd.DataFrame:
    """One row an epoch of a seed of a run."""
    names = curve_names(records)
    parts = [_epochs_of(index, record, names) for index, record in enumerate(records) if record.epochs]
    return _stacked((*_EPOCH_COLUMNS, *names), parts)


def _epochs_of(index: int, record: RunRecord, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    members, epochs = len(record.task.seeds), record.epochs
    unknown = np.full(members * epochs, np.nan)
    return {
        "run": np.full(members * epochs, index),
        "seed": np.repeat(np.asarray(record.task.seeds, int), epochs),
        "epoch": np.tile(np.arange(1, epochs + 1), members),
        "seconds": np.tile(record.seconds, members),
        **{name: record.curves[name].ravel() if name in record.curves else unknown for name in names},
    }


def _stacked(names: Sequence[str], parts: Sequence[Mapping[str, NDArray[Any]]]) -> pd.DataFrame:
    """The parts' columns below each other; a frame made of thousands of frames would take pandas seconds."""
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in names})
    return pd.DataFrame({name: np.concatenate([part[name] for part in parts]) for name in names})


def cell(setting: Any) -> Any:
    """A setting as a cell, to be compared: numbers and texts as they are, a list as a tuple, the rest in words."""
    if isinstance(setting, bool | Mapping) or setting is None:
        return words.value(setting)
    return value_identity(setting)
