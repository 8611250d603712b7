"""The same table through text, Parquet and pandas is the same data set."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.datasets import Reading, from_frame, load
from experiments.mistakes import UserError

READING = Reading(target=("bought",), missing="median")


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.normal(40, 12, 60).round(2),
            "visits": rng.integers(9, size=60),
            "city": rng.choice(["Bern", "Chur", None], 60),
            "member": rng.random(60) < 0.5,
            "bought": rng.choice(["yes", "no"], 60),
        }
    )


def test_text_parquet_and_a_data_frame_are_the_same_data_set(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.loc[3, "age"] = np.nan
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    frame.iloc[::1].assign(city=frame["city"].astype("category")).to_parquet(
        tmp_path / "b.parquet", compression="gzip"
    )
    frame.set_index(frame.index**2).to_parquet(tmp_path / "c.parquet")  # pandas writes this index as a column
    files = [
        load(f"{one}:{name}.{one}", READING, tmp_path)
        for one, name in (("csv", "a"), ("parquet", "a"), ("parquet", "b"), ("parquet", "c"))
    ]
    assert {one.fingerprint for one in [*files, from_frame(frame, READING)]} == {files[0].fingerprint}
    assert [one.kind for one in files[0].columns] == ["number", "number", "category", "boolean"]


def test_what_no_network_takes_is_refused_with_its_column(frame: pd.DataFrame, tmp_path: Path) -> None:
    for values, answer in (
        (pd.date_range("2024-01-01", periods=60), "holds dates or times"),
        ([[1, 2]] * 60, "holds values of type list"),
        ([None] * 60, "every cell is missing"),
        ([2**60 + 1] * 60, r"has whole numbers beyond ±2\^53"),
        ([1.0, np.inf] * 30, "is not a finite number"),
    ):
        frame.assign(odd=values).to_parquet(tmp_path / "a.parquet")
        with pytest.raises(UserError, match=rf'a.parquet.*, column "odd": .*{answer}'):
            load("parquet:a.parquet", READING, tmp_path)
    with pytest.raises(UserError, match="data frame: a column mixes kinds of values"):
        from_frame(frame.assign(odd=[1, "x"] * 30), READING)
    with pytest.raises(UserError, match='data frame, row 2, column "age": the cell is missing'):
        from_frame(
            frame.assign(age=frame["age"].where(frame.index != 1)),
            Reading(target=("bought",), drop=("city",)),
        )


def test_what_is_no_parquet_file_is_refused(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame.to_parquet(tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    for content in (b"age,bought\n1,2\n", whole[:-9], whole[:200] + b"\0" * 100 + whole[300:]):
        (tmp_path / "b.parquet").write_bytes(content)
        with pytest.raises(UserError, match=r"b.parquet: not a Parquet file that can be read") as told:
            load("parquet:b.parquet", READING, tmp_path)
        assert "\n" not in str(told.value)
    frame[:0].to_parquet(tmp_path / "b.parquet")
    with pytest.raises(UserError, match=r"b.parquet: columns and no row of data"):
        load("parquet:b.parquet", READING, tmp_path)
