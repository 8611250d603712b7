"""What a Python file must define: `forward`, and `gradient` or `update`; and the sizes that it may define."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from experiments.mistakes import nearest
from homework.problem import UnusableError
from homework.process import Loaded

WORKER: Final = {"gradient": 0, "update": 1}
"""The functions that give the derivative, and how many arguments they take after weights, biases, x and t."""


@dataclass(frozen=True, slots=True)
class Contract:
    """How the file's functions are called.

    Attributes:
        name: the function that gives the derivative.
        given: 2 if the functions take weights and biases, 1 if they take weights alone.
    """

    name: str
    given: int

    @property
    def biases(self) -> bool:
        """Whether the network has biases."""
        return self.given == 2


def contract_of(file: Loaded) -> Contract:
    """How to call the functions that the file defines; raises `UnusableError` if that is impossible."""
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
                f"{name} takes {takes if takes >= 0 else 'any number of'} arguments; it must take "
                f"({arguments}), or the same without biases"
            )
    if taken - least != forward_takes - 1:
        raise UnusableError(f"forward and {worker} must both take biases, or neither")
    return Contract(worker, taken - least)


def sizes_of(file: Loaded) -> tuple[int, ...] | None:
    """The sizes that the file defines, if any; raises `UnusableError` if they are not sizes."""
    if "sizes" not in file.values:
        return None
    given = np.atleast_1d(np.array(file.values["sizes"], dtype=object)).ravel().tolist()
    numbers = [each for each in given if np.asarray(each).dtype.kind in "fiu" and np.ndim(each) == 0]
    sizes = tuple(int(each) for each in numbers if float(each).is_integer())
    if len(sizes) != len(given) or len(sizes) < 2 or min(sizes) < 1 or max(sizes) > 1000:
        raise UnusableError("sizes: two or more whole numbers from 1 were expected")
    return sizes
