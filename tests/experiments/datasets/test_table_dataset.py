"""What becomes of the columns of a table."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from experiments.datasets import Dataset, Reading, load
from experiments.datasets.dataset import NEVER_SEEN, Column
from experiments.mistakes import UserError
from experiments.preparing.preparation import Prepared, prepare
from experiments.preparing.splits import split


def read(text: str, tmp_path: Path, **said: object) -> Dataset:
    (tmp_path / "a.csv").write_text(text, "utf-8")
    return load("csv:a.csv", Reading(**{"target": ("y",), **said}), tmp_path)  # type: ignore[arg-type]


def rows(*cells: str, times: int = 8) -> str:
    return "".join(f"{one}\n" for one in cells * times)


def test_columns_are_numbers_booleans_and_categories_by_their_content(tmp_path: Path) -> None:
    data = read(
        "a,b,c,y\n" + rows("1,true,Zürich,p", "2.5,False,Bern,q", "-1e3,TRUE,Bern,q", "4,false,Zürich,q"),
        tmp_path,
    )
    assert data.columns == (Column("a"), Column("b", "boolean"), Column("c", "category", ("Bern", "Zürich")))
    assert data.inputs[:3].tolist() == [[1, 1, 1], [2.5, 0, 0], [-1000, 1, 0]]
    assert (data.classes, data.targets[:3].tolist()) == (("p", "q"), [0, 1, 1])
    assert (data.name, data.source) == ("a.csv", "a.csv, 32 rows, target y")


@pytest.mark.parametrize(
    ("labels", "said", "classes"),
    [
        (("b", "a"), {}, ("a", "b")),
        (("true", "false"), {}, ("false", "true")),
        (("10", "9"), {"kind": "classification"}, ("9", "10")),
        (("1", "2.5"), {"kind": "classification"}, ("1", "2.5")),
        (("10", "9"), {}, ()),
    ],
)
def test_a_text_target_is_classes_and_numbers_are_if_the_file_says_so(
    labels: tuple[str, str], said: dict[str, str], classes: tuple[str, ...], tmp_path: Path
) -> None:
    data = read("a,y\n" + rows(f"1,{labels[0]}", f"2,{labels[1]}", f"3,{labels[1]}"), tmp_path, **said)
    assert data.classes == classes
    if classes:
        assert [classes[int(one)] for one in data.targets[:3]] == [labels[0], labels[1], labels[1]]
    else:
        assert data.targets[:3].tolist() == [10, 9, 9]


def test_several_targets_are_numbers(tmp_path: Path) -> None:
    data = read("a,y,z\n" + rows("1,2,3", "2,5,1"), tmp_path, target=("z", "y"))
    assert (data.kind, data.outputs, data.target_names) == ("regression", 2, ("z", "y"))
    assert data.targets[:2].tolist() == [[3, 2], [1, 5]]


def test_columns_are_chosen_dropped_and_named_as_the_id(tmp_path: Path) -> None:
    text = "a,b,c,y\n" + rows("1,2,3,p", "2,1,4,q", "2,1,5,p")
    assert read(text, tmp_path).features == ("a", "b", "c")
    assert read(text, tmp_path, drop=("b",), id="a").features == ("c",)
    assert read(text, tmp_path, columns=("c", "a")).features == ("c", "a")


def test_a_constant_column_is_left_out_and_a_copy_of_the_target_is_told(tmp_path: Path) -> None:
    text = "a,same,leak,y\n" + rows("1,7,x,p", "2,7,w,q", "1,7,w,q", "2,7,x,p")
    data = read(text, tmp_path)
    assert data.features == ("a", "leak")
    assert len(data.notes) == 2
    assert data.notes[0] == '"same" is the same in every row and is left out'
    assert data.notes[1].startswith('"leak" alone predicts the target in every row')
    numbers = "a,leak,y\n" + "".join(f"{i * 7 % 10},{2 * i + 1},{i}\n" for i in range(30))
    assert [one.split()[0] for one in read(numbers, tmp_path).notes] == ['"leak"']
    names = "a,name,y\n" + "".join(f"{i % 5},n{i},{'pq'[i % 2]}\n" for i in range(30))
    assert read(names, tmp_path).notes == ()  # each name once, which says nothing


def test_rows_with_gaps_are_left_out_on_request_and_counted(tmp_path: Path) -> None:
    data = read(
        "a,b,y\n" + rows("1,x,p", ",x,q", "2,NA,p", "1,w,?", "1,w,q", "2,x,q", "2,w,p"),
        tmp_path,
        missing="drop_rows",
    )
    assert len(data.targets) == 32
    assert data.notes == ("24 of 56 rows have missing cells and are left out",)
    assert not np.isnan(data.inputs).any()
    assert np.isfinite(split(data).of(0).training.of(0).x).all(), "nothing is left to take their place"


def test_the_fingerprint_of_a_file_is_its_content_and_not_its_name_or_folder(tmp_path: Path) -> None:
    text = "a,b,y\n" + rows("1,x,p", "2,w,q")
    data = read(text, tmp_path)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "b.csv").write_text(text)
    assert load("csv:deep/b.csv", Reading(target=("y",)), tmp_path).fingerprint == data.fingerprint
    others = [
        text.replace("2,w", "3,w"),
        text.replace("p", "r"),
        text.replace("w", "v"),
        text.replace("b", "c", 1),
    ]
    assert len({data.fingerprint, *(read(one, tmp_path).fingerprint for one in others)}) == 5


def halves(tmp_path: Path, further: str, **said: object) -> Dataset:
    (tmp_path / "b.csv").write_text(further)
    text = "a,b,c,y\n" + rows("1,true,Bern,p", "2,false,Chur,q", "3,true,Chur,q")
    return read(text, tmp_path, test="csv:b.csv", **said)


def test_a_test_set_of_its_own_has_the_columns_of_the_other_file(tmp_path: Path) -> None:
    data = halves(tmp_path, "y,extra,c,b,a\nq,9,Olten,true,7\np,9,Chur,false,8\n")
    assert (data.tested, data.source) == (2, "a.csv, 24 rows, target y; for the test b.csv")
    assert data.inputs[-2:].tolist() == [[7, 1, NEVER_SEEN], [8, 0, 1]]
    assert data.targets[-2:].tolist() == [1, 0]
    prepared = prepare(data)
    assert prepared.cells.tolist() == data.inputs[-2:].tolist()
    assert prepared.description["examples"] == {"train": 19, "validation": 5, "test": 2}
    assert prepared.description["never_seen"] == {"c": 1}
    alone = replace(data, inputs=data.inputs[:-2], targets=data.targets[:-2], tested=0)
    assert data.fingerprint != alone.fingerprint


@pytest.mark.parametrize(
    ("further", "answer"),
    [
        ("a,b,y\n1,true,p\n2,true,q\n", 'b.csv: the column "c" is missing'),
        (
            "a,b,c,y\n1,true,Bern,p\n2,true,Bern,r\n",
            'b.csv, row 3, column "y": the target is a class that the other',
        ),
        (
            "a,b,c,y\n1,true,Bern,p\nx,true,Bern,q\n",
            'b.csv, .*column "a": (holds category values|"x" is not a number)',
        ),
        ("a,b,c,y\n1,true,1,p\n2,true,2,q\n", 'b.csv, column "c": holds number values; texts were expected'),
        ("a,b,c,y\n1,true,Bern,p\n,true,Bern,q\n", 'b.csv, row 3, column "a": the cell is missing'),
        ("a,b,c,y\n1,true,Bern,p\n1,true,Bern,\n", 'b.csv, row 3, column "y": the target is missing'),
        ("a,b,c,y\n1,true,Bern,p\n", "b.csv: fewer than two rows"),
    ],
)
def test_a_test_set_that_does_not_fit_is_told_with_its_own_name(
    further: str, answer: str, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=answer):
        halves(tmp_path, further)


def test_numbers_that_are_classes_are_the_same_classes_in_the_test_set(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("a,y\n5,3\n6,1\n")
    text = "a,y\n" + rows("1,1", "2,2", "3,3", "3,2")
    data = read(text, tmp_path, kind="classification", test="csv:b.csv")
    assert (data.classes, data.targets[-2:].tolist()) == (("1", "2", "3"), [2, 0])


def test_no_group_is_split_apart(tmp_path: Path) -> None:
    text = "a,who,y\n" + "".join(f"{i * 7 % 60},p{i % 12},{'uv'[i % 3 > 0]}\n" for i in range(60))
    data = read(text, tmp_path, group="who")
    assert data.features == ("a",)
    whole = split(data, splits="one")
    assert isinstance(whole, Prepared)
    patient = dict(zip(data.inputs[:, 0], data.groups if data.groups is not None else [], strict=True))
    parts = [
        {int(patient[value]) for value in (part.x * whole.scale + whole.mean)[0].round()}
        for part in (whole.training, whole.validation, whole.test)
    ]
    assert sorted(group for part in parts for group in part) == list(range(12))
    assert [len(part) for part in parts] == [6, 3, 3]
    assert whole.description["splits"] == "one"
    assert whole.description["source"].endswith("no group split apart")
    with pytest.raises(UserError, match='column "who": fewer than three groups; each part needs one'):
        read("a,who,y\n" + rows("1,m,p", "2,n,q", "3,n,q"), tmp_path, group="who")


def test_rows_in_the_order_of_time_are_cut_in_that_order(tmp_path: Path) -> None:
    data = read("a,y\n" + "".join(f"{i},{'uv'[i % 3 > 0]}\n" for i in range(50)), tmp_path)
    whole = split(data, ordered=True, splits="one")
    assert isinstance(whole, Prepared)
    cut = [
        (part.x * whole.scale + whole.mean)[0].round().tolist()
        for part in (whole.training, whole.validation, whole.test)
    ]
    assert cut == [list(range(30)), list(range(30, 40)), list(range(40, 50))]
    assert whole.description["source"].endswith("in the order of the rows")
