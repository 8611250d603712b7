"""A function is told as a text that does the same in another process, or it is said why it cannot be."""

import linecache
import math
import os.path as paths
from collections import Counter, OrderedDict
from math import sqrt as root
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from experiments.own_trainer.function_source import NoSourceError, source_of

STEP = 0.5
NAMES = {"loss": ("a", 1)}
RNG = np.random.default_rng(0)


class Model:
    """A class of the notebook's own, made of another."""

    start = STEP

    def moved(self) -> float:
        return root(moved(self.start))


def moved(value: float, _of: NDArray[Any] | None = None) -> float:
    return value + len(NAMES) + math.floor(paths.sep == "/")


def train(settings: dict[str, Any], data: Any, seed: int, kind: type = Counter) -> Any:
    RNG = [seed]  # not that of the module
    left: NDArray[Any] | int = (lambda one, two: one + 0 * two)(settings["left"], seed)
    if left > 0:
        yield from train({"left": left - 1}, data, seed)
    yield {"loss": Model().moved(), "of": kind("aab")["a"], "seed": RNG[0], "in": [STEP + 1 for STEP in (7,)]}


def test_the_text_alone_does_what_the_function_does() -> None:
    text = source_of(train)
    alone: dict[str, Any] = {}
    exec(compile(text, "<alone>", "exec"), alone)
    asked = ({"left": 1}, None, 3)
    assert list(alone["train"](*asked)) == list(train(*asked))
    assert "OrderedDict" not in text
    assert "import NDArray" not in text
    assert "RNG = Generator" not in text
    assert source_of(train) == text


def uses_a_generator() -> Any:
    yield {"loss": RNG.random()}


def uses_one_that_does() -> Any:
    yield from uses_a_generator()


def within() -> Any:
    inner = 1

    def train() -> Any:
        yield {"loss": inner}

    return train


def of_no_file() -> Any:
    found: dict[str, Any] = {}
    exec("def train(settings, data, seed): ...", found)
    return found["train"]


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            uses_a_generator,
            "uses_a_generator uses RNG, a Generator, which no text can stand for: make it inside",
        ),
        (uses_one_that_does, "uses RNG, a Generator, which"),
        (within(), "train uses inner of the function around it: write it at the top level"),
        (of_no_file(), "the source of train cannot be read: write it in a module or a cell"),
        (lambda: OrderedDict(a=1), "is no function with a name of its own: write it with def"),
    ],
)
def test_what_another_process_could_not_run_is_refused_with_the_way_out(function: Any, message: str) -> None:
    with pytest.raises(NoSourceError, match=message):
        source_of(function)


@pytest.mark.parametrize("line", ["x = 1\n", "def another(settings, data, seed): ...\n"])
def test_the_text_of_something_else_is_not_taken_for_its_source(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(linecache.cache, "<string>", (len(line), None, [line], "<string>"))
    with pytest.raises(NoSourceError, match="the source of train cannot be read"):
        source_of(of_no_file())
