"""The table of a paper: each choice at its best setting, with its interval, beside the best one, ties marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from experiments import error_wording
from reports import words
from reports.conclusions.against_best import Standing
from reports.conclusions.comparison import Comparison
from reports.paper.latex import BREAK, tabular, tex
from reports.results.tables import Tables
from reports.statistics.intervals import Estimate

EQUIVALENT: Final = r"$^\dagger$"
"""Follows a choice that is equivalent to the best one."""


APART: Final = 3
"""Up to so many nuisance parameters have columns of their own; more share one."""

LONG: Final = 30
"""Characters of a choice's name that fit on one line."""

WIDE: Final = r"p{0.25\linewidth}"
"""A column of texts that need several lines."""


@dataclass(frozen=True, slots=True)
class Row:
    """A choice in the table.

    Attributes:
        choice: which one.
        run: the run that stands for it.
        fresh: whether that is on fresh seeds.
        error: its final validation error.
        against: the best choice's error minus this one's, as of `Standing`; None of the best one, and of a choice that
            is not compared with it yet.
        tied: whether it is the best one, or is not shown to be worse.
    """

    choice: int
    run: int
    fresh: bool
    error: Estimate
    against: Comparison | None
    tied: bool

    @property
    def behind(self) -> Estimate:
        """This choice's error minus that of the best one, without an end where that is not known."""
        unknown = Estimate(np.nan, np.nan, np.nan, 0)
        return -self.against.difference if self.against else unknown

    @property
    def equivalent(self) -> bool:
        """Whether it is shown to be equivalent to the best one."""
        return self.against is not None and self.against.outcome == "equivalent"


def rows_of(tables: Tables, standings: Sequence[Standing]) -> list[Row]:
    """Every choice with a finished run, the lowest error first; of equals, in the study file's order."""
    found = {each.choice: each for each in standings}
    rows = []
    for choice, run in tables.in_order(tables.shown()):
        standing = found.get(choice)
        against, tied = (standing.against, not standing.worse) if standing else (None, False)
        fresh = run in tables.confirmed.values()
        rows.append(Row(choice, run, fresh, tables.error(run), against, tied))
    return sorted(rows, key=lambda row: row.error.centre)


def numbers(tables: Tables, rows: Sequence[Row]) -> pd.DataFrame:
    """The numbers of the table with all their digits, a row for each choice."""
    found = [
        {
            "choice": tables.label(row.choice),
            **tables.record(row.run).task.nuisance,
            "run_key": tables.record(row.run).task.run_key,
            "seeds": row.error.n,
            "error": row.error.centre,
            "error_low": row.error.low,
            "error_high": row.error.high,
            "behind": row.behind.centre + 0.0,  # no minus before a zero
            "behind_low": row.behind.low + 0.0,
            "behind_high": row.behind.high + 0.0,
            "p": row.against.p if row.against else np.nan,
            "tied": row.tied,
            "equivalent": row.equivalent,
        }
        for row in rows
    ]
    return pd.DataFrame(found, columns=None if found else ["choice", "run_key", "seeds", "error"])


def table(tables: Tables, rows: Sequence[Row], margin: float) -> str:
    """The table as LaTeX."""
    if not rows:
        return "\\par\nNo choice has a finished run yet.\n"
    compared = any(row.against for row in rows)
    nuisance = _tuned(tables, rows)
    apart = len(nuisance) <= APART
    settings = [words.sentence(words.name(name)) for name in nuisance] if apart else ["Best setting"]
    heads = ["Choice", *map(tex, settings), "Seeds", r"Error (\%)", *["Behind (points)"] * compared]
    long = any(len(tables.short(row.choice)) > LONG for row in rows)
    columns = [
        WIDE if long else "l",
        *(["r"] * len(nuisance) if apart else [WIDE]),
        "r",
        "r",
        *["r"] * compared,
    ]
    body = tabular(columns, heads, [_cells(tables, row, nuisance, compared=compared) for row in rows])
    label = f"tab:{''.join(each if each.isascii() and each.isalnum() else '-' for each in tables.study.name)}"
    parts = (
        r"\begin{table}",
        r"\centering\small\setlength{\tabcolsep}{4pt}",
        rf"\caption{{{_caption(tables, rows, margin)}}}",
        rf"\label{{{label[:64]}}}",
        body,
        r"\end{table}",
    )
    return "\n".join([*parts, ""])


def _tuned(tables: Tables, rows: Sequence[Row]) -> list[str]:
    """The parameters that were tuned, as runs have them: where the width of each layer was, they have widths."""
    return list(dict.fromkeys(name for row in rows for name in tables.record(row.run).task.nuisance))


def _cells(tables: Tables, row: Row, names: Sequence[str], *, compared: bool) -> list[str]:
    nuisance, texts = tables.record(row.run).task.nuisance, tables.design.texts
    settings = [words.text(name, nuisance[name], texts) if name in nuisance else "–" for name in names]
    if len(names) > APART:
        settings = [words.settings(nuisance, texts)]
    error = tex(words.error(row.error).replace(" %", "", 1))
    name = tex(tables.short(row.choice)).replace(r" $\cdot$ ", rf" $\cdot$ {BREAK}")
    if row.tied:
        error = rf"\textbf{{{error}}}"
    behind = tex(words.difference(row.behind).replace(" points", "", 1)) if row.against else "--"
    marked = f"{behind}{EQUIVALENT}" if row.equivalent else behind
    return [name, *map(tex, settings), str(row.error.n), error, *[marked] * compared]


def _caption(tables: Tables, rows: Sequence[Row], margin: float) -> str:
    study = tables.study
    measure = tex(f"validation error{error_wording.told(study.data)}")
    tuned = ", each at its own best setting" if study.nuisance else ""
    fresh = all(row.fresh for row in rows)
    seeds = "fresh seeds" if fresh else "seeds"
    interval = any(row.error.has_interval for row in rows)
    how = f"trimmed mean over {seeds}" + (r" [95\,\% interval]" if interval else "")
    told = [rf"Final {measure} on {tex(study.data.get('name', 'the data'))}{tuned}: {how}."]
    if not fresh:
        told.append(
            "Errors of choices that have not been trained on fresh seeds are those of the seeds that chose their "
            "settings, and optimistic."
        )
    if any(row.against for row in rows):
        told.append(
            "Behind: the error minus the lowest one, paired by seed. In bold: the lowest error, and every error that "
            "these seeds do not show to be higher (Holm's correction over all pairs of choices)."
        )
    if any(row.equivalent for row in rows):
        told.append(rf"{EQUIVALENT}: equivalent to the best within {words.points(margin)} points.")
    return " ".join(told)
