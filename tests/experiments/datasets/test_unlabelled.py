"""Examples to predict, read as the columns that a study has found in its own file."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from experiments.datasets.dataset import NEVER_SEEN, Column
from experiments.datasets.file_options import Reading
from experiments.datasets.table_dataset import Table, dataset_of
from experiments.datasets.unlabelled import Unlabelled, Wanted, read_unlabelled
from experiments.mistakes import UserError

COLUMNS = (
    Column("rent"),
    Column("balcony", "boolean"),
    Column("district", "category", ("Altstadt", "Lorraine")),
)
FLATS = Wanted(
    columns=COLUMNS,
    filled=(True, True, True),
    features=tuple(one.name for one in COLUMNS),
    named=True,
    inputs=4,
)
PLANE = Wanted(columns=(), filled=(), features=("x", "y"), named=True, inputs=2)
PIXELS = Wanted(columns=(), filled=(), features=("pixel_0", "pixel_1"), named=False, inputs=2)

Read = Callable[..., Unlabelled]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a file of this content and read it."""

    def of(
        content: str | bytes, wanted: Wanted = FLATS, name: str = "new.csv", **reading: str | None
    ) -> Unlabelled:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_unlabelled(path, wanted, Reading(**reading))  # type: ignore[arg-type]

    return of


def told(mistake: pytest.ExceptionInfo[UserError]) -> str:
    (one,) = mistake.value.mistakes
    return one.message


CELLS = st.fixed_dictionaries(
    {
        "rent": st.one_of(st.none(), st.floats(-1e6, 1e6), st.integers(-(2**53), 2**53)),
        "balcony": st.one_of(st.none(), st.booleans()),
        "district": st.one_of(st.none(), st.sampled_from(["Altstadt", " Lorraine ", "Länggasse", "a,b"])),
        "let": st.sampled_from(["soon", "late"]),
    }
)


@given(rows=st.lists(CELLS, min_size=6, max_size=12), data=st.data())
def test_a_studys_own_file_is_read_as_the_study_read_it_whatever_the_order_of_its_columns(
    rows: list[dict[str, Any]], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows[0] |= {"rent": 1.5, "balcony": True, "district": "Altstadt", "let": "soon"}
    rows[1] |= {"rent": 2.5, "balcony": False, "district": "Lorraine", "let": "late"}
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]}, schema=SCHEMA)
    study = dataset_of(Table("own", table, 1), Reading(target=("let",), missing="median"))
    order = data.draw(st.permutations(table.column_names))
    path = tmp_path_factory.mktemp("own") / "own.parquet"
    parquet.write_table(table.select(order).append_column("more", pa.array(range(len(rows)))), path)
    wanted = Wanted(
        columns=study.columns,
        filled=(True,) * len(study.columns),
        features=study.features,
        named=True,
        inputs=9,
    )
    np.testing.assert_array_equal(read_unlabelled(path, wanted, Reading()).cells, study.inputs)


SCHEMA = pa.schema(
    [("rent", pa.float64()), ("balcony", pa.bool_()), ("district", pa.string()), ("let", pa.string())]
)


def test_cells_of_text_become_numbers_codes_and_gaps(read: Read) -> None:
    found = read("district,rent,balcony\n Lorraine ,1200.5,TRUE\nBern,NA,0\n,7,?\n")
    expected = [[1200.5, 1, 1], [np.nan, 0, NEVER_SEEN], [7, np.nan, np.nan]]
    np.testing.assert_array_equal(found.cells, expected)
    (note,) = found.notes
    assert note == (
        'new.csv, column "district": 1 row has a text that the study never had ("Bern"); it counts as none of its texts'
    )


def test_numbers_and_booleans_of_a_category_are_the_texts_that_a_file_would_have() -> None:
    codes = Column("code", "category", ("1", "2.5", "true"))
    for values, expected in (
        (pa.array([1, 2]), [0, NEVER_SEEN]),
        (pa.array([1.0, 2.5, None]), [0, 1, np.nan]),
        (pa.array([True, False]), [2, NEVER_SEEN]),
        (pa.array(["2.5", "1"]).dictionary_encode(), [1, 0]),
        (pa.nulls(2), [np.nan, np.nan]),
    ):
        wanted = Wanted(columns=(codes,), filled=(True,), features=("code",), named=True, inputs=3)
        np.testing.assert_array_equal(as_parquet(pa.table({"code": values}), wanted).cells[:, 0], expected)


def as_parquet(table: pa.Table, wanted: Wanted) -> Unlabelled:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "new.parquet")
        parquet.write_table(table, path)
        return read_unlabelled(path, wanted, Reading())


def test_columns_that_are_not_needed_are_left_alone_and_the_id_is_passed_on(read: Read) -> None:
    content = "when,number,rent,balcony,district,let\n2024-01-01,a7,1,true,Altstadt,soon\n"
    found = read(content, id="number")
    assert found.cells.tolist() == [[1, 1, 0]]
    assert found.ids is not None
    assert found.ids.to_pylist() == ["a7"]
    assert read(content.replace("number", "no"), id="number").ids is None
    assert not found.notes


def test_a_table_may_be_compressed_or_separated_as_the_study_says(read: Read) -> None:
    text = "x;y\n1,5;2\n"
    assert read(text, PLANE, delimiter=";", decimal=",").cells.tolist() == [[1.5, 2]]
    assert read(gzip.compress(b"y\tx\n2\t1\n"), PLANE, "new.tsv.gz").cells.tolist() == [[1, 2]]


def test_a_single_column_is_enough_for_a_single_input(read: Read) -> None:
    wanted = Wanted(columns=(Column("x"),), filled=(False,), features=("x",), named=True, inputs=1)
    assert read("x\n1\n2\n", wanted).cells.tolist() == [[1], [2]]
    with pytest.raises(UserError) as mistake:
        read("x;y\n1;2\n", wanted)
    assert "separated by a semicolon" in told(mistake)


def test_columns_without_names_that_mean_something_go_by_their_places(read: Read) -> None:
    assert read("a,b\n1,2\n", PIXELS).cells.tolist() == [[1, 2]]
    assert read("more,pixel_1,pixel_0\n0,1,2\n", PIXELS).cells.tolist() == [[2, 1]]
    with pytest.raises(UserError) as mistake:
        read("a,b,c\n1,2,3\n", PIXELS)
    assert told(mistake) == "new.csv: 3 columns; 2 were expected, one for each input"


@pytest.mark.parametrize("name", ["x", "x_test"])
def test_arrays_are_taken_as_they_are(tmp_path: Path, name: str) -> None:
    path = tmp_path / "new.npz"
    np.savez(path, **{name: np.array([[1, 2], [3, 4]], "u1"), "y": np.array(["a", "b"])})
    found = read_unlabelled(path, PIXELS, Reading()).cells
    assert (found.tolist(), found.dtype) == ([[1, 2], [3, 4]], np.uint8)
    np.savez(path, **{name: np.array([[[1.0], [2.0]]])})
    assert read_unlabelled(path, PIXELS, Reading()).cells.tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("content", "wanted", "message"),
    [
        (
            "rent,district\n1,Altstadt\n",
            FLATS,
            'new.csv: the column "balcony" is missing; known are rent, district',
        ),
        (
            "rent,balkony,district\n1,true,Altstadt\n",
            FLATS,
            'new.csv: the column "balcony" is missing; did you mean "balkony"?',
        ),
        (
            "rent,balcony,district\n1,true,Altstadt\nmuch,true,Altstadt\n",
            FLATS,
            'new.csv, row 3, column "rent": "much" is not a number',
        ),
        (
            "rent,balcony,district\ninf,true,Altstadt\n",
            FLATS,
            'new.csv, row 2, column "rent": "inf" is not a finite number that float64 holds; correct it',
        ),
        (
            "rent,balcony,district\n1,maybe,Altstadt\n",
            FLATS,
            'new.csv, row 2, column "balcony": "maybe" is neither true nor false',
        ),
        (
            "rent,balcony,district\n1,2,Altstadt\n",
            FLATS,
            'new.csv, row 2, column "balcony": "2" is neither true nor false',
        ),
        ("x,y\n1,\n", PLANE, 'new.csv, row 2, column "y": the cell is missing; a number was expected'),
        ("x,y\n1,-inf\n", PLANE, 'new.csv, row 2, column "y": "-inf" is not a finite number'),
        ("x,y\n", PLANE, "new.csv: a header and no row of data"),
        ("", PLANE, "new.csv: the file is empty"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place(
    read: Read, content: str, wanted: Wanted, message: str
) -> None:
    with pytest.raises(UserError) as mistake:
        read(content, wanted)
    assert told(mistake).startswith(message)


def test_a_missing_cell_is_refused_if_the_networks_know_nothing_to_take_its_place(read: Read) -> None:
    strict = Wanted(columns=COLUMNS, filled=(False, True, True), features=(), named=True, inputs=4)
    assert np.isnan(read("rent,balcony,district\n1,,\n", strict).cells[0, 1:]).all()
    with pytest.raises(UserError) as mistake:
        read("rent,balcony,district\n1,true,Altstadt\n,true,Altstadt\n", strict)
    assert told(mistake) == (
        'new.csv, row 3, column "rent": the cell is missing, and the networks were trained without missing cells'
    )


def test_values_of_another_kind_are_refused() -> None:
    for values, kind in ((pa.array([True]), "bool"), (pa.array([[1.0]]), "list<element: double>")):
        with pytest.raises(UserError) as mistake:
            as_parquet(pa.table({"x": values, "y": [1.0]}), PLANE)
        assert told(mistake) == f'new.parquet, column "x": holds values of type {kind}; a number was expected'
    with pytest.raises(UserError) as mistake:
        as_parquet(pa.table({"x": [2**60], "y": [1.0]}), PLANE)
    assert "beyond ±2^53" in told(mistake)


@pytest.mark.parametrize(
    ("arrays", "wanted", "message"),
    [
        ({"z": np.zeros((1, 2))}, PIXELS, "new.npz: has the arrays z; x was expected"),
        ({"x": np.zeros((1, 3))}, PIXELS, "new.npz: x has 3 numbers in each example; 2 were expected"),
        ({"x": np.zeros(2)}, PIXELS, r"new.npz: x is (2,); one example a row"),
        (
            {"x": np.array([[0, np.nan]])},
            PIXELS,
            'new.npz, row 1, column "2": x is nan there; a finite number was expected',
        ),
        ({"x": np.zeros((1, 3))}, FLATS, "new.npz: holds arrays, and the networks were trained on a table"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, arrays: dict[str, Any], wanted: Wanted, message: str
) -> None:
    np.savez(tmp_path / "new.npz", **arrays)
    with pytest.raises(UserError) as mistake:
        read_unlabelled(tmp_path / "new.npz", wanted, Reading())
    assert told(mistake).startswith(message)


def test_a_folder_and_a_file_that_is_not_there_are_told_whatever_their_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for path, said in (
        (".", f"{tmp_path.name}: this is a folder, a file was expected"),
        ("x", "x: no such file"),
    ):
        with pytest.raises(UserError, match=said):
            read_unlabelled(Path(path), PLANE, Reading())


def test_a_file_whose_ending_says_nothing_is_refused(tmp_path: Path) -> None:
    for name in ("new", "new.xlsx", "new.gz"):
        (tmp_path / name).touch()
        with pytest.raises(UserError, match=r"\.csv, \.tsv, .* or \.npz was expected at the end"):
            read_unlabelled(tmp_path / name, PLANE, Reading())
    with pytest.raises(UserError, match="no such file"):
        read_unlabelled(tmp_path / "new.csv", PLANE, Reading())
