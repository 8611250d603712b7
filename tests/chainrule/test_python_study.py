"""A study from Python: what is refused; what runs stands in docs/own_data.md."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chainrule
from experiments.mistakes import UserError

X = np.arange(60.0).reshape(30, 2)
Y = np.array(["a", "b", "c"] * 10)
RING: dict[str, Any] = {
    "study": {"name": "ring", "trials": 2, "seeds": 2, "confirm_seeds": 0},
    "search": {"nuisance": {"learning_rate": [0.3, 1.0]}},
}


@pytest.mark.parametrize(
    ("study", "data", "message"),
    [
        (
            {**RING, "data": {"source": "iris"}},
            (X, Y),
            r'data: the study names a source, "iris"; "python" was expected',
        ),
        (RING, None, r"study: data.source: Python hands this data over: chainrule.study\(FILE, data=…\)"),
        (RING, (X, Y[1:]), r"study: data.source: arrays: x has 30 examples and y 29"),
        (RING, X, r"study: data: \(x, y\), \(x_train, .* was expected, not ndarray"),
        ({**RING, "data": {"test": 2}}, (X, Y), r"study: data.test: "),
        ({"study": {"name": "ring"}}, (X, Y), r'study: the key "trials" is missing'),
        ({**RING, "study": 3}, (X, Y), r"study: "),
        ("nowhere.toml", (X, Y), r"nowhere.toml: no such study file"),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_written(
    tmp_path: Path, study: Any, data: Any, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        chainrule.study(study, data, home=tmp_path / "home", quiet=True)
    assert not (tmp_path / "home").exists()
