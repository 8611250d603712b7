"""How a record becomes rows of the tidy tables."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from experiments.records import CURVES, RecordedRun, RunRecord
from reports import words
from reports.design import Design
from reports.states import ENDINGS, Ending, final_errors, run_ending
from reports.statistics import RESAMPLES, epochs_to_target, estimate

SETTING: Final = "setting."
"""What the name of a settings column begins with, so that no parameter's name can hide another column."""

_SEED_COLUMNS = (
    "run", "slot", "phase", "seed", "state", *CURVES, "best_validation_error", "best_epoch", "diverged_at",
    "epochs_to_target", "test_error",
)  # fmt: skip
NO_SEEDS = pd.DataFrame({name: pd.Series(dtype=float) for name in _SEED_COLUMNS})
NO_EPOCHS = pd.DataFrame(
    {name: pd.Series(dtype=float) for name in ("run", "seed", "epoch", "seconds", *CURVES)}
)


def trial_rows(runs: Sequence[RecordedRun], design: Design, endings: Sequence[list[Ending]]) -> pd.DataFrame:
    """One row a run."""
    rows = []
    for run, ending in zip(runs, endings, strict=True):
        record = run.record
        errors = final_errors(record)
        summary = estimate(errors, resamples=1_000 if record.phase == "search" else RESAMPLES, lowest=0.0)
        mean_curve = _mean_over_seeds(record.curves.get("validation_error"))
        row: dict[str, Any] = {
            "slot": record.slot,
            "phase": record.phase,
            "combination": record.combination,
            "choice": design.choice(record.scientific),
            "series": design.series_of(record.scientific),
            "panel": design.panel_of(record.scientific),
            "state": run_ending(record, ending),
            "reason": record.reason,
            "finished": record.state == "complete" and bool(np.isfinite(errors).any()),
            "objective": np.nan if record.objective is None else float(record.objective),
            "error": summary.centre,
            "error_low": summary.low,
            "error_high": summary.high,
            "mean_error": errors[np.isfinite(errors)].mean() if np.isfinite(errors).any() else np.nan,
            "best_error": np.nanmin(mean_curve) if np.isfinite(mean_curve).any() else np.nan,
            "best_epoch": int(np.nanargmin(mean_curve)) + 1 if np.isfinite(mean_curve).any() else 0,
            "last_epoch": record.epochs,
            "seconds": float(record.seconds[-1]) if record.epochs else 0.0,
            "seeds": len(record.seeds),
            **{f"seeds_{name}": ending.count(name) for name in ENDINGS},
            "weights": record.parameters,
            "started": record.started,
            "run_id": run.run_id,
            "run_key": record.run_key,
        }
        row |= {SETTING + name: cell(each) for name, each in record.settings.items()}
        rows.append(row)
    return pd.DataFrame(rows, columns=None if rows else _trial_columns())


def _trial_columns() -> list[str]:
    return [
        *(
            "slot",
            "phase",
            "combination",
            "choice",
            "series",
            "panel",
            "state",
            "reason",
            "finished",
            "objective",
        ),
        *(
            "error",
            "error_low",
            "error_high",
            "mean_error",
            "best_error",
            "best_epoch",
            "last_epoch",
            "seconds",
        ),
        *("seeds", *(f"seeds_{name}" for name in ENDINGS), "weights", "started", "run_id", "run_key"),
    ]


def winning(trials: pd.DataFrame) -> pd.Series:
    """Whether each run is its choice's best search run: the one that was confirmed, else the best objective."""
    if trials.empty:
        return pd.Series(dtype=bool)
    search = trials[(trials["phase"] == "search") & trials["finished"]]
    ranked = search.assign(rank=search["objective"].fillna(np.inf)).sort_values(
        ["rank", "mean_error", "slot"]
    )
    confirmed = set(trials.loc[trials["phase"] == "confirm", "slot"])
    ranked["confirmed"] = ranked["slot"].isin(confirmed)
    best = ranked.sort_values("confirmed", ascending=False, kind="stable").groupby("choice").head(1)
    return pd.Series(trials.index.isin(best.index), index=trials.index)


def seed_rows(index: int, record: RunRecord, endings: Sequence[Ending], target: float | None) -> pd.DataFrame:
    """One row a seed of a run."""
    members, epochs = len(record.seeds), record.epochs
    curve = record.curves.get("validation_error", np.full((members, 0), np.nan))
    known = np.isfinite(curve).any(axis=1) if epochs else np.zeros(members, dtype=bool)
    filled = np.where(np.isfinite(curve), curve, np.inf)
    reached = np.full(members, np.nan)
    if target is not None and epochs:
        when, there = epochs_to_target(curve, target)
        reached = np.where(there, when, np.nan)
    columns = {
        "run": index,
        "slot": record.slot,
        "phase": record.phase,
        "seed": record.seeds,
        "state": list(endings),
        **{
            name: record.curves[name][:, -1] if epochs and name in record.curves else np.full(members, np.nan)
            for name in CURVES
        },
        "best_validation_error": np.where(known, filled.min(axis=1, initial=np.inf), np.nan),
        "best_epoch": np.where(known, filled.argmin(axis=1) + 1, 0) if epochs else 0,
        "diverged_at": record.diverged_at if len(record.diverged_at) == members else 0,
        "epochs_to_target": reached,
        "test_error": record.test_error if len(record.test_error) == members else np.nan,
    }
    return pd.DataFrame(columns)


def epoch_rows(index: int, record: RunRecord) -> pd.DataFrame:
    """One row an epoch of a seed of a run."""
    members, epochs = len(record.seeds), record.epochs
    columns: dict[str, Any] = {
        "run": index,
        "seed": np.repeat(np.asarray(record.seeds), epochs),
        "epoch": np.tile(np.arange(1, epochs + 1), members),
        "seconds": np.tile(record.seconds, members),
    }
    for name in CURVES:
        curve = record.curves.get(name)
        columns[name] = np.full(members * epochs, np.nan) if curve is None else curve.ravel()
    return pd.DataFrame(columns)


def _mean_over_seeds(curve: np.ndarray | None) -> np.ndarray:
    """Mean of the seeds that are finite at each epoch, (E,); NaN where there is none."""
    if curve is None or not curve.size:
        return np.zeros(0)
    finite = np.isfinite(curve)
    total = np.where(finite, curve, 0).sum(axis=0)
    counted = finite.sum(axis=0)
    return np.where(counted > 0, total / np.maximum(counted, 1), np.nan)


def cell(setting: Any) -> Any:
    """A setting as a cell: numbers stay numbers, everything else becomes words."""
    is_number = isinstance(setting, int | float) and not isinstance(setting, bool)
    return setting if is_number else words.value(setting)
