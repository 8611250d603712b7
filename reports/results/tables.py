"""A recorded study as tidy tables: a row a run, a row a seed, a row an epoch.

| table | one row is | columns |
|---|---|---|
| `trials` | a run | who it is, its settings (`setting.…`), how it ended, error and interval, counts of seeds |
| `seeds` | a seed of a run | how it ended, its last and best values, when it reached the target |
| `epochs` | an epoch of a seed of a run | seconds and the four curves |

`run` is the row's index in `trials` and joins the tables. `choice` is the number of the scientific combination, without
the learning rate should that be among them: `Tables.label` and `Tables.short` write it in words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from experiments.outcome.winners import present, standing_of, winners
from experiments.recording.merging_seeds import first_seeds
from experiments.recording.records import RunRecord, StudyRecord
from experiments.wording import depending
from reports.results.design import Design, read_design
from reports.results.record_rows import epoch_rows, seed_rows, trial_rows
from reports.results.states import Ending, counted_errors, final_errors, learning_rate, learnt, seed_endings
from reports.statistics.intervals import Estimate

Table = pd.DataFrame
"""For rooms that hand tables on and do without pandas."""


@dataclass(frozen=True)
class Tables:
    """A study and its tables; without slots, so that what is asked for again and again is worked out once.

    Attributes:
        study: what they were made from.
        design: which part each parameter plays.
        chance: error of the best constant answer.
        trials: one row a run, but for probes, which nothing but the rule that they check may count.
        seeds: one row a seed of a run.
        probes: one row a probe, with the columns of `trials`.
        probe_runs: the records of the probes, which are not among those of the study.
    """

    study: StudyRecord
    design: Design
    chance: float
    trials: pd.DataFrame
    seeds: pd.DataFrame
    probes: pd.DataFrame
    probe_runs: tuple[RunRecord, ...] = ()

    @property
    def epochs(self) -> pd.DataFrame:
        """One row an epoch of a seed of a run. The largest table, made whenever it is asked for."""
        return epoch_rows(self.study.runs)

    def of_phase(self, phase: str) -> pd.DataFrame:
        """The rows of `trials` of one phase, not to be written to."""
        return self._phases.get(phase, self.trials.iloc[:0])

    @cached_property
    def _phases(self) -> dict[str, pd.DataFrame]:
        return {str(phase): rows for phase, rows in self.trials.groupby("phase", sort=False)}

    def choices(self) -> range:
        """The choices that are compared, in the study file's order, whether or not a trial of it was run."""
        return range(len(self.design.choices))

    def label(self, choice: int) -> str:
        """A choice in words: "cost quadratic, widths [16]"."""
        return self.design.labels[choice]

    def short(self, choice: int) -> str:
        """A choice in short: "quadratic · [16]"."""
        return self.design.shorts[choice]

    def in_words(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table with the column `choice` in words, as it is shown and written to files."""
        return table.assign(choice=[self.label(choice) for choice in table["choice"]])

    @cached_property
    def winners(self) -> Mapping[int, int]:
        """The best search run of each choice, by choice: the one that was confirmed, else the best objective."""
        return _by_choice(self.trials[self.trials["winner"]])

    @property
    def compared(self) -> Mapping[int, int]:
        """The run by which each choice is compared with others, by choice.

        It is the one on fresh seeds, which had no say in choosing. Other people's runs have none that is known to be
        such, so their winners are compared, and what that shows is told in weaker words (see `observed`).
        """
        return self.winners if self.study.origin else self.confirmed

    @cached_property
    def confirmed(self) -> Mapping[int, int]:
        """The run on fresh seeds of each choice's winner, by choice; only those that are there and complete."""
        fresh = self.of_phase("confirm")
        slots = {self.trials.at[run, "slot"] for run in self.winners.values()}
        return _by_choice(fresh[fresh["slot"].isin(slots) & fresh["finished"]])

    @cached_property
    def leader(self) -> int | None:
        """The run on fresh seeds of the choice that is best on them; None before there is one."""
        by_seeds = not self.study.until
        order = {run: standing_of(self.record(run), by_seeds=by_seeds) for run in self.confirmed.values()}
        return min(order, key=order.__getitem__, default=None)

    @property
    def x(self) -> str:
        """What curves stand over, in words."""
        return self.study.origin.x if self.study.origin else "epoch"

    @property
    def members(self) -> str:
        """What a trial has several of: seeds, or runs whose seed may not be known."""
        return "runs" if self.study.origin else "seeds"

    @property
    def xs(self) -> str:
        """The same as a plural."""
        return f"{self.x}s" if self.x.isalpha() else self.x

    def champion(self) -> int | None:
        """The champion's run, None if there is none yet: the best on fresh seeds is to be trained once more then."""
        best = None if self.leader is None else self.trials.at[self.leader, "slot"]
        runs = self.of_phase("champion")
        runs = runs[runs["finished"] & (runs["slot"] == best)]
        return None if runs.empty else int(runs.index[-1])

    def shown(self) -> dict[int, int]:
        """What stands for each choice: its run on fresh seeds, or its best search run while there is none."""
        return {**self.winners, **self.confirmed}

    def in_order(self, runs: Mapping[int, int]) -> list[tuple[int, int]]:
        """Choices and their runs in the order of `choices`."""
        return [(choice, runs[choice]) for choice in self.choices() if choice in runs]

    def row(self, run: int) -> dict[str, Any]:
        """A row of `trials` by column."""
        return {str(column): value for column, value in self.trials.loc[run].items()}

    def errors(self, run: int) -> pd.Series:
        """Final validation error of a run's seeds, by seed; a seed that diverged counts as guessing."""
        record = self.record(run)
        return pd.Series(counted_errors(record, self.chance), index=list(record.task.seeds))

    def error(self, run: int) -> Estimate:
        """Final validation error of a run and its interval."""
        row = self.row(run)
        n = int(np.isfinite(self.errors(run)).sum())
        return Estimate(float(row["error"]), float(row["error_low"]), float(row["error_high"]), n)

    def diverged(self, run: int) -> "pd.Series[bool]":
        """Which of a run's seeds diverged, by seed."""
        record = self.record(run)
        lost: pd.Series[bool] = pd.Series(list(~np.isfinite(final_errors(record))), list(record.task.seeds))
        return lost

    def curves(self, run: int, curve: str) -> np.ndarray:
        """One curve of a run's seeds, (S, E)."""
        record = self.record(run)
        return np.asarray(record.curves.get(curve, np.zeros((len(record.task.seeds), 0))), dtype=float)

    def test_losses(self, run: int) -> np.ndarray:
        """What each test example adds to each seed's error, (S, m), NaN for a diverged seed; empty if not recorded.

        Empty, too, where examples depend on each other: an interval over them would be too narrow. Records from before
        it was recorded have the answers of classifiers, from which it follows.
        """
        record = self.record(run)
        if depending(self.study.data):
            return np.zeros((0, 0))
        of_answers = self.study.data.get("error", "misclassified") == "misclassified"
        if record.test_loss.size or not record.test_prediction.size or not of_answers:
            return record.test_loss
        wrong = (record.test_prediction != record.test_target).astype(float)
        return np.where(record.test_prediction < 0, np.nan, wrong)

    def combination(self, run: int) -> Mapping[str, Any]:
        """The scientific parameters of a run, as the study compares them."""
        return self.design.combinations[self.record(run).task.combination]

    def record(self, run: int) -> RunRecord:
        """The record that a row of `trials` was made from."""
        return self.study.runs[run]


def read_tables(study: StudyRecord) -> Tables:
    """The tidy tables of a recorded study."""
    runs = present(study)
    probes = tuple(run for run in runs if run.task.phase == "probe")
    study = replace(study, runs=tuple(run for run in runs if run.task.phase != "probe"))
    design = read_design(study)
    chance = float(study.data.get("chance_error", 1.0))
    won = winners(study.runs, lambda record: design.choice_of(record.task), raced=study.origin is None)
    lowest: dict[int, float] = {}
    for record in study.runs:
        if learnt(record, chance):
            choice = design.choice_of(record.task)
            lowest[choice] = min(lowest.get(choice, np.inf), learning_rate(record))

    def ended(record: RunRecord) -> list[Ending]:
        return seed_endings(record, chance, lowest.get(design.choice_of(record.task), float("nan")))

    endings = list(map(ended, study.runs))
    trials = trial_rows(study.runs, design, endings, chance)
    trials["winner"] = trials.index.isin(list(won.values()))
    target = study.target_error
    seeds = seed_rows(study.runs, endings, target)
    fresh = trial_rows(probes, design, list(map(ended, probes)), chance)
    return Tables(study, design, chance, trials, seeds, fresh, probes)


def until(tables: Tables, seeds: int) -> Tables:
    """The tables of the study when its winners had so many fresh seeds, or fewer where they got no more."""
    runs = (first_seeds(run, seeds) if run.task.phase == "confirm" else run for run in tables.study.runs)
    return read_tables(replace(tables.study, runs=tuple(runs)))


def _by_choice(runs: pd.DataFrame) -> dict[int, int]:
    return {int(choice): int(run) for run, choice in zip(runs.index, runs["choice"], strict=True)}
