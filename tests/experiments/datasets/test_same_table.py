"""The same table is the same data set, whichever program wrote it and whatever reads it."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.datasets import Reading, from_frame, load
from experiments.mistakes import UserError

ROWS = [
    (
        round(20 + 7.3 * row % 61, 1),
        ["Zürich", "Bern", None][row % 3],
        row % 4 == 0,
        ["yes", "no"][row % 5 > 1],
    )
    for row in range(60)
]
ROWS[7] = (None, *ROWS[7][1:])
NAMES = ("size (m²)", "town", "balcony", "let")
READING = {"target": ("let",), "missing": "median"}


def text(delimiter: str = ",", decimal: str = ".", end: str = "\n") -> str:
    def cell(value: object) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        return (
            ""
            if value is None
            else str(value).replace(".", decimal)
            if isinstance(value, float)
            else str(value)
        )

    return end.join(delimiter.join(map(cell, row)) for row in (NAMES, *ROWS)) + end


def as_excel_writes_it() -> bytes:
    """In many countries: a mark at the beginning, semicolons, decimal commas, line breaks in cells, blank lines."""
    cells = text(";", ",", "\r\n").replace("Bern", '"Be\r\nrn"') + "\r\n\r\n"
    return b"\xef\xbb\xbf" + cells.encode()


@pytest.fixture
def plain(tmp_path: Path) -> tuple[str, np.ndarray]:
    (tmp_path / "plain.csv").write_text(text(), "utf-8")
    data = load("csv:plain.csv", Reading(**READING), tmp_path)
    return data.fingerprint, data.inputs


def test_pandas_pyarrow_and_the_file_itself_give_the_same_data(
    plain: tuple[str, np.ndarray], tmp_path: Path
) -> None:
    fingerprint, inputs = plain
    assert np.isnan(inputs).sum() == 1 + 20
    frame = pd.read_csv(tmp_path / "plain.csv")
    assert from_frame(frame, Reading(**READING)).fingerprint == fingerprint
    columns = dict(zip(NAMES, zip(*ROWS, strict=True), strict=True))
    table = pa.table({name: list(cells) for name, cells in columns.items()})
    pq.write_table(table, tmp_path / "arrow.parquet")
    frame.to_parquet(tmp_path / "pandas.parquet")
    for name in ("arrow", "pandas"):
        data = load(f"parquet:{name}.parquet", Reading(**READING), tmp_path)
        assert data.fingerprint == fingerprint
        np.testing.assert_array_equal(data.inputs, inputs)


def test_a_spreadsheets_file_is_the_same_data_once_its_delimiter_and_decimal_comma_are_said(
    plain: tuple[str, np.ndarray], tmp_path: Path
) -> None:
    _, inputs = plain
    (tmp_path / "excel.csv").write_bytes(as_excel_writes_it())
    said = {"delimiter": ";", "decimal": ","}
    data = load("csv:excel.csv", Reading(**READING, **said), tmp_path)
    np.testing.assert_array_equal(data.inputs, inputs)
    assert data.columns[1].categories == ("Be\r\nrn", "Zürich")
    frame = pd.read_csv(BytesIO(as_excel_writes_it()), sep=";", decimal=",")
    np.testing.assert_array_equal(from_frame(frame, Reading(**READING)).inputs, inputs)
    for wrong, told in (({}, 'delimiter = ";"'), ({"delimiter": ";"}, 'row 2, column .* say decimal = ","')):
        with pytest.raises(UserError, match=told):
            load("csv:excel.csv", Reading(**READING, **wrong), tmp_path)
    (tmp_path / "old.csv").write_bytes(as_excel_writes_it().decode("utf-8-sig").encode("cp1252"))
    with pytest.raises(UserError, match=r'row 1: byte 0xb2 is not UTF-8; .* which Excel calls "CSV UTF-8"'):
        load("csv:old.csv", Reading(**READING, **said), tmp_path)
