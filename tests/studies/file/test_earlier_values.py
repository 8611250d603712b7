"""What a parameter was before it was searched."""

from typing import Any

import pytest

from experiments.mistakes import UserError
from studies.file.earlier_values import told_apart
from studies.file.study_file import from_content
from tests.studies.plans import content


def searching(role: str, name: str, values: Any) -> dict[str, Any]:
    tables = content()
    tables["search"][role][name] = values
    return tables


def test_was_stands_by_itself_and_choices_are_a_list() -> None:
    found = told_apart(searching("scientific", "activation", {"choices": ["sigmoid", "tanh"], "was": "tanh"}))
    assert found["search"]["scientific"]["activation"] == ["sigmoid", "tanh"]
    assert found["search"]["was"] == {"activation": "tanh"}
    file = from_content(searching("nuisance", "l2", {"low": 0.0, "high": 1.0, "was": 0.5}), "a.toml")
    assert file.search.was == {"l2": 0.5}
    assert (file.search.nuisance["l2"].low, file.search.nuisance["l2"].high) == (0.0, 1.0)  # type: ignore[union-attr]


def test_a_file_without_it_stays_as_it_is() -> None:
    assert told_apart(content()) == content()
    assert told_apart({"search": 3}) == {"search": 3}


@pytest.mark.parametrize(
    ("tables", "wrong"),
    [
        (
            searching("nuisance", "l2", {"low": 0.0, "high": 1.0, "was": 2.0}),
            "was 2.0, which lies outside 0.0 to 1.0",
        ),
        (
            searching("scientific", "activation", {"choices": ["sigmoid"], "was": "tanh"}),
            'was "tanh", which is not among its values; add it',
        ),
        ({**content(), "search": {**content()["search"], "was": {"l2": 0.0}}}, "is not searched"),
    ],
)
def test_an_earlier_value_that_is_none_now_is_a_mistake(tables: dict[str, Any], wrong: str) -> None:
    with pytest.raises(UserError) as refused:
        from_content(tables, "a.toml")
    assert wrong in str(refused.value)
