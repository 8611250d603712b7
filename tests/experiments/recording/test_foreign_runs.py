import numpy as np
import pytest

from experiments.recording.foreign_runs import series, typed
from tests.other_programs import a_foreign_run, foreign_runs


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("16", 16),
        ("-3", -3),
        ("1e-3", 0.001),
        ("1.0", 1.0),
        ("True", True),
        ("false", False),
        ("None", None),
        ("", None),
        ("[64, 32]", [64, 32]),
        ("(64, 32)", [64, 32]),
        ("(64,)", [64]),
        ("adam", "adam"),
        ("nan", "nan"),
        ("[a, b]", "[a, b]"),
        ("[{}]", "[{}]"),
        ("1_000x", "1_000x"),
    ],
)
def test_a_text_is_taken_for_the_value_that_it_was(text, value):
    assert typed(text) == value
    assert type(typed(text)) is type(value)


def test_what_is_not_finite_or_stands_for_it_is_no_value():
    found = series([0, 1, 2, 3, 4], [1.0, None, np.inf, -1.7976931348623157e308, 2])
    assert found.values[[0, 4]].tolist() == [1, 2]
    assert np.isnan(found.values[1:4]).all()


def test_names_come_in_the_order_in_which_they_first_appear():
    runs = foreign_runs(a_foreign_run(0, 1.0, b=1), a_foreign_run(1, 1.0, a=1, b=2, metric="acc"))
    assert (runs.parameters, runs.metrics) == (["b", "a"], ["val_loss", "acc"])
