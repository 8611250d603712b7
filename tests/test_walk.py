"""The walk of a trial from the study file to the page, as CONTRIBUTING.md draws it, is that of the code."""

import inspect
import re
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text("utf-8")
LINKED = r"\[`([\w.]+)`\]\(([\w/]+)\.py\)"
STEPS = re.findall(rf"^\| {LINKED} \|.*\| {LINKED} \|$", TEXT, re.MULTILINE)
"""Form and module, then what makes it and the module of that."""


def found(module: str, name: str) -> Any:
    """What stands under a name in a module, `Class.method` among them."""
    return reduce(getattr, name.split("."), import_module(module.replace("/", ".")))


def test_the_drawing_has_the_forms_of_the_table() -> None:
    (drawn,) = re.findall(r"^StudyFile ─► .*$", TEXT, re.MULTILINE)
    assert drawn.split(" ─► ") == [form for form, *_ in STEPS]
    assert 7 <= len(STEPS) <= 9


@pytest.mark.parametrize(("form", "module", "maker", "where"), STEPS, ids=[form for form, *_ in STEPS])
def test_each_form_is_defined_where_it_is_linked_and_made_by_what_is_named(
    form: str, module: str, maker: str, where: str
) -> None:
    assert found(module, form).__module__ == module.replace("/", ".")
    made = found(where, maker)
    assert made.__module__ == where.replace("/", ".")
    answer = inspect.signature(made).return_annotation
    assert re.search(rf"\b{form}\b", answer if isinstance(answer, str) else inspect.formatannotation(answer))
