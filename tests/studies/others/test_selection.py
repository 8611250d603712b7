import numpy as np
import pytest

from studies.others.selection import selected
from tests.other_programs import a_foreign_run, foreign_runs

NESTED = foreign_runs(
    a_foreign_run(0, 0.1, lr=0.1, kind="outer"),
    a_foreign_run(1, 0.2, parent="run-0", lr=0.1, seed=1),
    a_foreign_run(2, 0.3, parent="run-1", seed=2, lr=0.2),
    a_foreign_run(3, 0.4, ended="running"),
    a_foreign_run(4, np.nan, lr=0.5),
)


@pytest.mark.parametrize(
    ("nested", "kept", "around"), [("inner", [2, 4], 2), ("outer", [0, 4], 2), ("all", [0, 1, 2, 4], 0)]
)
def test_of_nested_runs_those_count_that_are_asked_for_and_none_that_runs(nested, kept, around):
    chosen = selected(nested, NESTED)
    assert [run.name for run in chosen.runs] == [f"run-{number}" for number in kept]
    assert (chosen.running, chosen.around) == (1, around)


def test_a_nested_run_has_the_parameters_of_those_around_it_where_it_has_none_of_its_own():
    (inner, _) = selected("inner", NESTED).runs
    assert inner.parameters == {"lr": 0.2, "kind": "outer", "seed": 2}


def test_runs_nested_in_each_other_end():
    circle = foreign_runs(
        a_foreign_run(0, 0.1, parent="run-1", a=1), a_foreign_run(1, 0.1, parent="run-0", b=1)
    )
    assert [run.parameters for run in selected("all", circle).runs] == [{"a": 1, "b": 1}, {"b": 1, "a": 1}]


def test_only_finite_last_values_are_finals():
    assert selected("all", NESTED).finals("val_loss").tolist() == [0.1, 0.2, 0.3]
