"""What a Python file must define: `forward`, and `gradient` or `update`; and what it may say of its sizes."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from experiments.mistakes import nearest
from homework.problem import UnusableError
from homework.process import Loaded

WORKER: Final = {"gradient": 0, "update": 1}
"""What gives the derivative, and how many arguments it takes after weights, biases, x and t."""


@dataclass(frozen=True, slots=True)
class Contract:
    """How the file's functions are called.

    Attributes:
        name: of the one that gives the derivative.
        given: how many of weights and biases are handed to them.
    """

    name: str
    given: int

    @property
    def biases(self) -> bool:
        """Whether the network has biases."""
        return self.given == 2


def contract_of(file: Loaded) -> Contract:
    """What the file defines; raises `UnusableError` where that cannot be called."""
    for name in ("forward", *(["gradient"] if "update" not in file.functions else [])):
        if name not in file.functions:
            raise UnusableError(f"there is no function {name}{nearest(name, file.functions)}")
    worker = "gradient" if "gradient" in file.functions else "update"
    least, taken = 2 + WORKER[worker], file.functions[worker]
    forward_takes = file.functions["forward"]
    for name, takes, fewest, arguments in (
        ("forward", forward_takes, 1, "weights, biases, x"),
        (worker, taken, least, "weights, biases, x, t" + (", learning_rate" if WORKER[worker] else "")),
    ):
        if not fewest + 1 <= takes <= fewest + 2:
            raise UnusableError(
                f"{name} takes {takes if takes >= 0 else 'any number of'} arguments; expected were "
                f"({arguments}), or the same without biases"
            )
    if taken - least != forward_takes - 1:
        raise UnusableError(f"forward and {worker} must both take biases, or neither")
    return Contract(worker, taken - least)


def sizes_of(file: Loaded) -> tuple[int, ...] | None:
    """The sizes that the file says, if it does; raises `UnusableError` where they are none."""
    if "sizes" not in file.values:
        return None
    given = np.atleast_1d(np.array(file.values["sizes"], dtype=object)).ravel().tolist()
    numbers = [each for each in given if np.asarray(each).dtype.kind in "fiu" and np.ndim(each) == 0]
    sizes = tuple(int(each) for each in numbers if float(each).is_integer())
    if len(sizes) != len(given) or len(sizes) < 2 or min(sizes) < 1 or max(sizes) > 1000:
        raise UnusableError("sizes: two or more whole numbers from 1 were expected")
    return sizes
