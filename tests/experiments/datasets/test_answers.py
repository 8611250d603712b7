"""What networks answer, written to files that give the same numbers back."""

import csv
import gzip
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from experiments.datasets.answers import answers_to_bytes, check_ending
from experiments.mistakes import UserError

NUMBERS = st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5)


def rows_of(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(StringIO(text), delimiter=delimiter))


@given(numbers=NUMBERS, texts=st.sampled_from(["a", 'q"q', "c,d", "t\tt", "é"]))
def test_every_format_gives_the_same_numbers_and_texts_back(numbers: list[float], texts: str) -> None:
    count = len(numbers)
    answers = {"class": np.array([texts] * count), "P(a,b)": np.array(numbers)}
    ids = ("no", pa.chunked_array([list(range(count))]))
    for name, delimiter in (("a.csv", ","), ("a.tsv", "\t"), ("a.csv.gz", ",")):
        content = answers_to_bytes(Path(name), answers, ids)
        text = (gzip.decompress(content) if name.endswith("gz") else content).decode()
        head, *rows = rows_of(text, delimiter)
        assert head == ["no", "class", "P(a,b)"]
        assert [(int(no), each, float(x)) for no, each, x in rows] == [
            (no, texts, x) for no, x in enumerate(numbers)
        ]
    table = parquet.read_table(BytesIO(answers_to_bytes(Path("a.parquet"), answers, ids)))
    assert table.to_pydict() == {"no": list(range(count)), "class": [texts] * count, "P(a,b)": numbers}
    with np.load(BytesIO(answers_to_bytes(Path("a.npz"), answers, ids)), allow_pickle=False) as found:
        assert found["class"].tolist() == [texts] * count
        assert found["no"].tolist() == [str(no) for no in range(count)]
        assert found["numbers"].tolist() == [[x] for x in numbers]
        assert found["columns"].tolist() == ["P(a,b)"]


def test_the_same_answers_are_the_same_bytes() -> None:
    answers = {"prediction": np.array([0.1])}
    for name in ("a.csv.gz", "a.tsv", "a.parquet"):
        assert answers_to_bytes(Path(name), answers) == answers_to_bytes(Path(name), answers)
    assert answers_to_bytes(Path("a.csv.gz"), answers)[4:8] == bytes(4), "no time of day in gzip's header"


def test_an_id_that_is_named_as_an_answer_is_refused() -> None:
    with pytest.raises(UserError, match='the column "prediction" has the name of an answer'):
        answers_to_bytes(
            Path("a.csv"), {"prediction": np.zeros(1)}, ("prediction", pa.chunked_array([["x"]]))
        )


@pytest.mark.parametrize("name", ["a.csv", "a.TSV", "a.txt.gz", "a.parquet", "a.pq", "a.npz", "a.b.csv"])
def test_endings_of_formats_are_taken(name: str) -> None:
    check_ending(Path(name))


@pytest.mark.parametrize("name", ["a", "a.xlsx", "a.parquet.gz", "a.npz.gz", "csv"])
def test_other_endings_are_refused(name: str) -> None:
    with pytest.raises(UserError, match=f"--output {name}: .csv, .tsv"):
        check_ending(Path(name))
