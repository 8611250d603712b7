"""Whether the three ways agree, by one rule, and where not, which of them is off and why."""

import numpy as np

from core import ACTIVATIONS, COSTS, Array
from core.gradient_check import STEP
from core.output import FUSED
from derivation.blocks import AGREE, Block, Checks, Sentences
from derivation.decimals import MOST_DIGITS
from derivation.numerals import ENDS, number, tiny
from derivation.question import Question
from derivation.worked import Worked, work


def agreement(question: Question, checks: Checks) -> list[Block]:
    """The largest disagreement with its verdict, what is off, and what float64 would make of the written form."""
    return [
        Sentences(said)
        for said in (_verdict(checks), *_off(checks), _in_float64(question), _zero(question, checks))
        if said
    ]


def _verdict(checks: Checks) -> str:
    if not np.isfinite(checks.worst()):
        return ""
    worst = max(checks.items, key=checks.disagreement)
    verdict = "they agree" if checks.worst() <= AGREE else "they do not agree"
    return (
        f"Their largest disagreement is {tiny(checks.worst())} of the derivative (of a small one: of a thousandth of "
        f"the largest, or of what round-off leaves), at ${worst.name}$: {verdict}."
    )


def _off(checks: Checks) -> list[str]:
    """What cannot be worked, and what is off by more than `AGREE`."""
    said = []
    matrix, difference = checks.worst("matrix_form"), checks.worst("difference")
    if not checks.workable("as_written"):
        said.append(
            "The chain rule as written cannot be worked here: a factor is infinite, and its product with one that "
            "is next to 0 is no number."
        )
    if not checks.workable("matrix_form"):
        said.append(f"Backpropagation cannot be worked in float64 here: it meets a number beyond {ENDS}.")
    elif matrix > AGREE:
        said.append(
            f"Backpropagation is off by {tiny(matrix)}, and float64 is to blame: where an output is next to its "
            "target or to a bound, what float64 keeps of $y - t$ and of the slope of $\\sigma$ is round-off."
        )
    if not checks.workable("difference"):
        said.append(f"The difference cannot be worked in float64 here: it meets a number beyond {ENDS}.")
    elif difference > AGREE >= matrix:
        other = "The chain rule as written and backpropagation agree" if checks.workable("as_written") else ""
        said.append(
            f"The difference is off by {tiny(difference)}, and is to blame: it needs a cost that is smooth within "
            f"{3 * STEP:g} of every weight, so a kink (of relu, of the absolute cost) or a sharp bend nearby spoils "
            "it." + (f" {other}, to {tiny(matrix)}." if other else "")
        )
    elif difference > AGREE:
        said.append(f"The difference, in float64 too, is off by {tiny(difference)}.")
    return said


def _in_float64(question: Question) -> str:
    """What the written form would come to in float64, where that is not δ_L."""
    if (question.cost, question.output) not in FUSED:
        return ""
    worked, passed = work(question), question.passed()
    right = _signal(worked)
    z, h = passed.z[-1][0], passed.h[-1][0]
    slope = COSTS[question.cost].slope(h, question.t)
    σ = ACTIVATIONS[question.output]
    with np.errstate(all="ignore"):
        found = σ.pull_back(slope, z, h)[:, 0]
        off = np.abs(found - right)
    if off.max() <= AGREE * np.abs(right).max():
        return ""
    worst = int(off.argmax())
    unit = f"y_{worst + 1}" if len(right) > 1 else "y"
    return (
        f"In float64 the written form would go wrong: it would give {number(found[worst])} for the error signal "
        f"$dC/dz$ of ${unit}$, where {number(right[worst])} is right. There ${unit}$ is rounded to "
        f"{number(h[worst, 0])}, its slope by $z$ comes to {number(σ.slope(z, h)[worst, 0])} instead of "
        f"{number(worked.slopes[-1][worst])}, and $dC/d{unit}$ to {number(slope[worst, 0])} instead of "
        f"{_size(worked, worst)}. So the chain rule is worked in decimals here, and a program takes slope and "
        r"derivative together: $\boldsymbol{\delta} = \mathbf{y} - \mathbf{t}$."
    )


def _signal(worked: Worked) -> Array:
    return worked.pull_back(worked.depth, worked.nabla).astype(float)


def _size(worked: Worked, unit: int) -> str:
    given = worked.nabla[unit]
    return number(given) if given.is_finite() else f"more than 1e+{MOST_DIGITS}"


def _zero(question: Question, checks: Checks) -> str:
    if any(check.right for check in checks.items):
        return ""
    worked = work(question)
    if not worked.nabla.any():
        why = f"the outputs are the targets, to {MOST_DIGITS} digits at least"
    elif not question.x.any():
        why = "the input is zero"
    else:
        why = "no unit hands the error signal on"
    return f"Every derivative is zero here: {why}."
