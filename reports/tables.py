"""A recorded study as tidy tables: a row a run, a row a seed, a row an epoch.

| table | one row is | columns |
|---|---|---|
| `trials` | a run | who it is, its settings (`setting.…`), how it ended, error and interval, counts of seeds |
| `seeds` | a seed of a run | how it ended, its last and best values, when it reached the target |
| `epochs` | an epoch of a seed of a run | seconds and the four curves |
| `layers` | a layer in such an epoch | gradient norm and share of saturated units |

`run` is the row's index in `trials` and joins the tables. `choice` is the scientific combination in words, without
the learning rate should that be among them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from experiments.records import CURVES, RecordedRun, RecordedStudy, RunRecord
from reports import words
from reports.design import Design, read_design
from reports.states import ENDINGS, Ending, best_rates, final_errors, run_ending, seed_endings
from reports.statistics import RESAMPLES, epochs_to_target, estimate

SETTING = "setting."
"""What the name of a settings column begins with, so that no parameter's name can hide another column."""


@dataclass(frozen=True, slots=True)
class Tables:
    """A study and its tables.

    Attributes:
        study: what they were made from.
        design: which part each parameter plays.
        chance: error of the best constant answer.
        trials: one row a run.
        seeds: one row a seed of a run.
        epochs: one row an epoch of a seed of a run.
        shorts: each choice in short.
    """

    study: RecordedStudy
    design: Design
    chance: float
    trials: pd.DataFrame
    seeds: pd.DataFrame
    epochs: pd.DataFrame
    shorts: Mapping[str, str]

    def of_phase(self, phase: str) -> pd.DataFrame:
        """The rows of `trials` of one phase."""
        return self.trials[self.trials["phase"] == phase]

    def choices(self) -> list[str]:
        """The choices that are compared, in the study file's order, whether or not a trial of it was run."""
        named = [self.design.choice(each) for each in self.study.record.combinations]
        return list(dict.fromkeys([*named, *self.trials["choice"]]))

    def short(self, choice: str) -> str:
        """A choice in short: "quadratic · [16]" for "cost quadratic, widths [16]"."""
        return self.shorts[choice]

    def winners(self) -> dict[str, int]:
        """The best search run of each choice, by choice: the one that was confirmed, else the best objective."""
        return _by_choice(self.trials[self.trials["winner"]])

    def confirmed(self) -> dict[str, int]:
        """The run on fresh seeds of each choice's winner, by choice; only those that are there and complete."""
        fresh = self.of_phase("confirm")
        slots = {self.trials.at[run, "slot"] for run in self.winners().values()}
        return _by_choice(fresh[fresh["slot"].isin(slots) & fresh["finished"]])

    def champion(self) -> int | None:
        """The champion's run, None if there is none yet."""
        runs = self.of_phase("champion")
        runs = runs[runs["finished"]]
        return None if runs.empty else int(runs.index[-1])

    def shown(self) -> dict[str, int]:
        """What stands for each choice: its run on fresh seeds, or its best search run while there is none."""
        return self.winners() | self.confirmed()

    def row(self, run: int) -> dict[str, Any]:
        """A row of `trials` by column."""
        return {str(column): value for column, value in self.trials.loc[run].items()}

    def errors(self, run: int) -> pd.Series:
        """Final validation error of a run's seeds, by seed."""
        record = self.record(run)
        return pd.Series(final_errors(record), index=list(record.seeds))

    def curves(self, run: int, curve: str) -> np.ndarray:
        """One curve of a run's seeds, (S, E)."""
        record = self.record(run)
        return np.asarray(record.curves.get(curve, np.zeros((len(record.seeds), 0))), dtype=float)

    def record(self, run: int) -> RunRecord:
        """The record that a row of `trials` was made from."""
        return self.study.runs[run].record


def read_tables(study: RecordedStudy) -> Tables:
    """The tidy tables of a recorded study."""
    design = read_design(study)
    chance = float(study.record.data.get("chance_error", 1.0))
    records = [run.record for run in study.runs]
    rates = best_rates(records, lambda record: design.choice(record.scientific))
    endings = [
        seed_endings(record, chance, rates.get(design.choice(record.scientific), float("nan")))
        for record in records
    ]
    trials = _trials(study.runs, design, endings)
    trials["winner"] = _winners(trials)
    target = study.record.target_error
    seeds = pd.concat(
        [_seeds(index, record, endings[index], target) for index, record in enumerate(records)]
        or [_NO_SEEDS],
        ignore_index=True,
    )
    epochs = pd.concat(
        [_epochs(index, record) for index, record in enumerate(records) if record.epochs] or [_NO_EPOCHS],
        ignore_index=True,
    )
    every = (*study.record.combinations, *(record.scientific for record in records))
    shorts = {design.choice(each): design.short_choice(each) for each in every}
    return Tables(study, design, chance, trials, seeds, epochs, shorts)


def layers(tables: Tables, runs: Sequence[int]) -> pd.DataFrame:
    """Gradient norm and saturation of some runs: a row a run, seed, epoch and layer, layers counted from 1."""
    parts = []
    for run in runs:
        record = tables.record(run)
        norm, saturated = record.curves.get("gradient_norm"), record.curves.get("saturated")
        if norm is None or saturated is None or norm.ndim != 3:
            continue
        seed, epoch, layer = np.indices(norm.shape)
        parts.append(
            pd.DataFrame(
                {
                    "run": run,
                    "seed": np.asarray(record.seeds)[seed.ravel()],
                    "epoch": epoch.ravel() + 1,
                    "layer": layer.ravel() + 1,
                    "gradient_norm": norm.ravel(),
                    "saturated": saturated.ravel(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["run", "layer"])


def cell(setting: Any) -> Any:
    """A setting as a cell: numbers stay numbers, everything else becomes words."""
    is_number = isinstance(setting, int | float) and not isinstance(setting, bool)
    return setting if is_number else words.value(setting)


_SEED_COLUMNS = (
    "run", "slot", "phase", "seed", "state", *CURVES, "best_validation_error", "best_epoch", "diverged_at",
    "epochs_to_target", "test_error",
)  # fmt: skip
_NO_SEEDS = pd.DataFrame({name: pd.Series(dtype=float) for name in _SEED_COLUMNS})
_NO_EPOCHS = pd.DataFrame(
    {name: pd.Series(dtype=float) for name in ("run", "seed", "epoch", "seconds", *CURVES)}
)


def _trials(runs: Sequence[RecordedRun], design: Design, endings: Sequence[list[Ending]]) -> pd.DataFrame:
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


def _winners(trials: pd.DataFrame) -> pd.Series:
    """Whether each run is its choice's best search run."""
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


def _seeds(index: int, record: RunRecord, endings: Sequence[Ending], target: float | None) -> pd.DataFrame:
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


def _epochs(index: int, record: RunRecord) -> pd.DataFrame:
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


def _by_choice(runs: pd.DataFrame) -> dict[str, int]:
    return {str(choice): int(run) for run, choice in zip(runs.index, runs["choice"], strict=True)}
