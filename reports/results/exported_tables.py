"""The tables for further computation: every run with its settings as a study file has them."""

import json
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd

from experiments.control_characters import visible
from experiments.recording.objectives import means
from reports.results.tables import Tables


def run_table(tables: Tables) -> pd.DataFrame:
    """Every run, a row each: `Tables.trials` with each setting as it stands in a study file, lists as JSON.

    Runs on fresh seeds also have the mean of every error measure, such as `validation_rmse`, in its own unit.
    """
    table = tables.in_words(tables.trials)
    settings = [run.task.settings for run in tables.study.runs]
    for name in dict.fromkeys(name for one in settings for name in one):
        table[f"setting.{name}"] = _column([one.get(name) for one in settings])
    for name in dict.fromkeys(name for run in tables.study.runs for name in run.measures):
        table[name] = [float(means(run.measures.get(name, np.zeros(0)))) for run in tables.study.runs]
    return table


def _column(values: list[Any]) -> list[Any]:
    """Lists as JSON, and everything as text where some of it is: Parquet's columns have one type."""
    plain = [json.dumps(value) if isinstance(value, list | tuple | dict) else value for value in values]
    if any(isinstance(value, str) for value in plain):
        return [value if value is None or isinstance(value, str) else json.dumps(value) for value in plain]
    return plain


def as_csv(table: pd.DataFrame) -> bytes:
    """A table as CSV, control characters made visible; what a spreadsheet would run is given an apostrophe."""
    safe = table.copy()
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]) and not pd.api.types.is_bool_dtype(safe[name]):
            safe[name] = safe[name].map(_harmless)
    safe.columns = [_harmless(str(name)) for name in safe.columns]
    return safe.to_csv(index=False, lineterminator="\n", float_format="%.10g").encode()


def as_parquet(table: pd.DataFrame) -> bytes:
    """A table as Parquet, every column of one type: where texts are mixed with other values, all become text."""
    plain = table.copy()
    for name in plain.columns:
        if plain[name].dtype == object:
            plain[name] = _column(plain[name].tolist())
    buffer = BytesIO()
    plain.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _harmless(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return json.dumps(value)
    if not isinstance(value, str):
        return value
    shown = visible(value, keep="\n")
    return f"'{shown}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else shown
