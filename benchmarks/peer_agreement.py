"""Checks that all contenders do the same work: the same start must lead to the same parameters, to round-off."""

from typing import Final

import numpy as np

from benchmarks.contenders import OF_MANY, OF_ONE, OURS, PRODUCTS, SCIKIT_LEARN
from benchmarks.workloads import Contender, Problem

EPOCHS: Final = 2
TOLERANCE: Final = {np.dtype("float32"): 1e-5, np.dtype("float64"): 1e-10}
"""Largest difference of a weight or bias after `EPOCHS`."""


def disagreement(problem: Problem, contender: Contender) -> str | None:
    """What is wrong with a contender's training, or None.

    Two things need no comparing: the products alone learn nothing, and scikit-learn shuffles in its own way, so that
    it is enough if its loss falls.

    Args:
        problem: what is trained; its first member is compared.
        contender: what trains it.

    Returns:
        A clause to follow the contender's name.
    """
    run = contender(problem)
    for _ in range(EPOCHS):
        run.epoch()
    found = run.parameters()
    if contender is OF_ONE[PRODUCTS]:
        return None
    if contender is OF_ONE[SCIKIT_LEARN]:
        losses = found[0]
        return None if losses[-1] < losses[0] else f"its loss goes from {losses[0]} to {losses[-1]}"
    ours = OF_ONE[OURS](problem.member(0))
    for _ in range(EPOCHS):
        ours.epoch()
    expected = ours.parameters()
    if [array.shape for array in found] != [array.shape for array in expected]:
        return "its parameters have other shapes than ours"
    if any(array.dtype != problem.x.dtype for array in found):
        return f"it does not keep {problem.x.dtype}"
    worst = np.max([np.abs(mine - its).max() for mine, its in zip(expected, found, strict=True)])  # or NaN
    return None if worst <= TOLERANCE[problem.x.dtype] else f"a parameter differs from ours by {worst:.1e}"


def require_agreement(one: Problem, many: Problem) -> None:
    """Stop with a message if any contender trains something else than ours does."""
    for contenders, problem in ((OF_ONE, one), (OF_MANY, many)):
        for name, contender in contenders.items():
            if (wrong := disagreement(problem, contender)) is not None:
                raise SystemExit(f"{name} does not train what ours trains: {wrong}")
