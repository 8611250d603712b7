"""Each way in which a file of data can be bad has one line with file, row, column and remedy."""

import gzip
import re
from pathlib import Path
from typing import Any

import pytest

from experiments.datasets import Reading, file_content, load
from experiments.mistakes import UserError

GOOD = "age,city,bought\n" + "".join(
    f"{20 + i},{'Bern' if i % 3 else 'Chur'},{'yes' if i % 2 else 'no'}\n" for i in range(40)
)

BAD: dict[str, tuple[Any, ...]] = {
    # what is bad: the file, what is answered, and what is said about it
    "empty": ("", "shop.csv: the file is empty"),
    "blank": ("\n \n", "shop.csv: the file is empty"),
    "header only": ("age,city,bought\n", "shop.csv: a header and no row of data"),
    "one row": ("age,city,bought\n1,Bern,yes\n", "shop.csv: one row without missing cells"),
    "ragged": (GOOD.replace("23,Chur,yes", "23,Chur"), r"row 5: 2 cells, but the header names 3 columns"),
    "too long": (GOOD.replace("23,Chur,yes", "23,Chur,yes,4"), r"row 5: 4 cells, but the header names 3"),
    "semicolons": (GOOD.replace(",", ";"), r'row 1: one column only.* by a semicolon: delimiter = ";"'),
    "tabs": (GOOD.replace(",", "\t"), r'by a tab: delimiter = "\\t"'),
    "Latin-1": (GOOD.replace("Chur", "Zürich").encode("latin-1"), r"row 2: byte 0xfc is not UTF-8; save"),
    "UTF-16": (GOOD.encode("utf-16"), "shop.csv: is in UTF-16; save it as UTF-8"),
    "zero bytes": (GOOD.replace("23,", "23\0,"), "row 5: holds zero bytes"),
    "open quote": (GOOD.replace("23,Chur", '23,"Chur'), r'shop.csv: a quotation mark \("\) is not closed'),
    "no header": (
        GOOD.partition("\n")[2].replace("Chur", "1").replace("Bern", "2").replace("no", "0"),
        "row 1: numbers, where the names",
    ),
    "duplicate names": (GOOD.replace("city", "age", 1), 'row 1, column "age": two columns have this name'),
    "numbers twice in the first row": (
        "1,1,yes\n2,3,no\n",
        r'row 1, column "1": two columns have this name; rename one; if the file has no header, add one$',
    ),
    "a header without end": (
        GOOD.replace("city", "c" * 200_000, 1),
        "row 1: not a header of a table: field larger than",
    ),
    "two open quotes": (
        GOOD.replace("23,Chur,yes", '"23,Chur,yes').replace("25,Bern", '25",Bern'),
        r"""row 5, column "age": a line break among numbers; is a quotation mark \("\) not closed\?$""",
        {"target": ("age",)},
    ),
    "a long text among numbers": (
        GOOD.replace("23,", "x" * 100 + ","),
        f'row 5, column "age": "{"x" * 40}…" is not a number',
    ),
    "whole numbers that float64 does not hold": (
        GOOD.replace("23,", "9007199254740993,"),
        r'row 5, column "age": "9007199254740993" is among whole numbers beyond ±2\^53, .*; leave the column out',
    ),
    "a target of nothing": (
        GOOD.replace("yes", "").replace("no", "NA"),
        r'shop.csv, column "bought": every cell is missing$',
    ),
    "a target of dates": (
        GOOD.replace("yes", "2024-02-29").replace("no", "1999-12-31"),
        r'row 2, column "bought": holds dates or times, .* such as days or the month$',
    ),
    "a target that names the examples": (
        "age,bought\n" + "".join(f"{i},n{i}\n" for i in range(1_001)),
        r'shop.csv, column "bought": 1,001 different texts; at most 1,000 are allowed$',
    ),
    "nameless": (GOOD.replace("city", " ", 1), "row 1: column 2 has no name"),
    "no target said": (
        GOOD,
        'shop.csv: which column is to be predicted.* "age", "city", "bought"',
        {"target": ()},
    ),
    "target missing": (
        GOOD,
        'shop.csv: there is no column "boughd"; did you mean "bought"',
        {"target": ("boughd",)},
    ),
    "column missing": (GOOD, 'there is no column "ages"; did you mean "age"', {"drop": ("ages",)}),
    "target dropped": (GOOD, '"bought" is the target already', {"drop": ("bought",)}),
    "a gap": (GOOD.replace("23,", ","), r'row 5, column "age": the cell is missing; say missing = "median"'),
    "two gaps": (
        GOOD.replace("23,", ",").replace("24,", ","),
        r'row 5, column "age": the cell is missing, as are 2 of 40 of this column; say',
    ),
    "a gap as NA": (GOOD.replace("23,Chur", "23,NA"), r'row 5, column "city": the cell is missing'),
    "a gap in the target": (
        GOOD.replace("23,Chur,yes", "23,Chur,"),
        r'row 5, column "bought": the target is missing; missing = "drop_rows"',
        {"missing": "mean"},
    ),
    "all missing": (
        "age,city,bought\n" + ",Bern,yes\n,Bern,no\n" * 9,
        'column "age": every cell is missing; .* drop',
        {"missing": "mean"},
    ),
    "no row is whole": (
        "age,city,bought\n" + ",Bern,yes\n1,,no\n" * 9,
        "shop.csv: no row without missing cells",
        {"missing": "drop_rows"},
    ),
    "dates": (
        GOOD.replace(",Bern", ",2024-02-29").replace(",Chur", ",1999-12-31"),
        'row 2, column "city": holds dates or times',
    ),
    "thousands": (
        GOOD.replace("23,Chur", '"1,234",Chur'),
        r'row 5, column "age": "1,234" has thousands separators; write numbers without',
    ),
    "decimal comma": (
        GOOD.replace("23,Chur", '"23,5",Chur'),
        r'row 5, column "age": "23,5" has a decimal comma; write 23.5, or say decimal = ","',
    ),
    "decimal comma between commas": (
        GOOD,
        "shop.csv: a comma is between the cells already",
        {"decimal": ","},
    ),
    "text among numbers": (
        GOOD.replace("23,", "old,"),
        r'row 5, column "age": "old" is not a number, as most cells',
    ),
    "inf": (GOOD.replace("23,", "inf,"), r'row 5, column "age": "inf" is not a finite number'),
    "beyond float64": (GOOD.replace("23,", "1e999,"), r'row 5, column "age": "1e999" is not a finite number'),
    "too many categories": (
        "name,bought\n" + "".join(f"n{i},{'yes' if i % 2 else 'no'}\n" for i in range(100_000)),
        r'column "name": 100,000 different texts; .* id = "name"',
    ),
    "one class": (GOOD.replace("no", "yes"), r'column "bought": the target has the one class "yes"'),
    "text as numbers": (GOOD, r'column "bought": kind = "regression" needs numbers', {"kind": "regression"}),
    "several classes": (
        GOOD,
        r'column "bought": several targets are numbers',
        {"target": ("bought", "city")},
    ),
    "nothing to learn from": (GOOD, "shop.csv: no column is left to predict from", {"drop": ("age", "city")}),
    "truncated gzip": (
        gzip.compress(GOOD.encode())[:-20],
        "shop.csv: ends in the middle of its compressed data",
    ),
    "damaged gzip": (b"\x1f\x8bis damaged", "shop.csv: its compressed data are damaged"),
    "gzip bomb": (gzip.compress(b"0" * 5_000_000), r"shop.csv: expands from [\d,]+ bytes to more than"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_told_in_one_line_with_its_place_and_what_to_do(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, answer, *said = BAD[what]
    monkeypatch.setattr(file_content, "SUSPICIOUS", 1 << 20)
    (tmp_path / "shop.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=answer) as told:
        load("csv:shop.csv", Reading(**{"target": ("bought",), **dict(*said)}), tmp_path)
    assert re.match(r"error: data\.\w+: shop\.csv[:,] ", str(told.value))
    assert "\n" not in str(told.value)
    assert str(tmp_path) not in str(told.value)


def test_a_file_that_is_not_there_has_its_neighbours_name(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(GOOD)
    for source, answer in {
        "csv:shpo.csv": 'shpo.csv: no such file; did you mean "shop.csv"',
        "csv:deep/shop.csv": "no such file; there is no folder deep",
        "csv:.": f"{tmp_path.name}: this is a folder",
        "csv:": "a file was expected after csv:",
        "cvs:shop.csv": 'unknown format "cvs" of data; did you mean "csv"',
        "shop.csv": 'unknown data set "shop.csv"; for a file: source = "csv:shop.csv"',
    }.items():
        with pytest.raises(UserError, match=answer):
            load(source, Reading(target=("bought",)), tmp_path)


def test_what_is_said_about_a_file_is_refused_for_a_bundled_data_set() -> None:
    with pytest.raises(UserError, match=r"data\.target: target is for files, and iris is a bundled data set"):
        load("iris", Reading(target=("petal",)))


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode("utf-8-sig"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        GOOD.replace("age,", '"age\n",').encode(),
        GOOD.rstrip("\n").encode(),
        gzip.compress(GOOD[:100].encode()) + gzip.compress(GOOD[100:].encode()),
        GOOD.replace(",", ", ").encode(),
        GOOD.replace("Bern", '"Bern"').encode(),
    ],
    ids=[
        "BOM",
        "CRLF",
        "CR",
        "a line break in the header",
        "no last line end",
        "gzip in pieces",
        "spaces",
        "quotes",
    ],
)
def test_what_says_the_same_is_the_same_data_set(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "plain.csv").write_text(GOOD)
    (tmp_path / "other.csv").write_bytes(content)
    plain, other = (
        load(f"csv:{name}.csv", Reading(target=("bought",)), tmp_path) for name in ("plain", "other")
    )
    assert plain.fingerprint == other.fingerprint
    (tmp_path / "tabs.tsv").write_text(GOOD.replace(",", "\t"))
    (tmp_path / "bars.csv").write_text(GOOD.replace(",", "|"))
    assert load("csv:tabs.tsv", Reading(target=("bought",)), tmp_path).fingerprint == plain.fingerprint
    bars = load("csv:bars.csv", Reading(target=("bought",), delimiter="|"), tmp_path)
    assert bars.fingerprint == plain.fingerprint
