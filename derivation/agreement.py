"""Whether the three ways agree, by one rule; if not, which of them is off, and why."""

from decimal import Decimal

import numpy as np

from core import ACTIVATIONS, COSTS
from core.gradient_check import STEP
from core.output import FUSED
from derivation.by_decimals import in_float64
from derivation.decimals import MOST_DIGITS, is_finite
from derivation.numerals import ENDS, number, tiny
from derivation.passages import AGREE, Block, Checks, Sentences
from derivation.question import Question
from derivation.worked import work
from experiments.wording import are, enumerated, in_prose, sentence


def agreement(question: Question, checks: Checks) -> list[Block]:
    """The largest disagreement with its verdict, the ways that are off, and the written form in float64."""
    return [
        Sentences(said)
        for said in (
            _without_decimals(question),
            _verdict(checks),
            *_off(checks),
            _in_float64(question),
            _zero(question, checks),
        )
        if said
    ]


def _without_decimals(question: Question) -> str:
    """The functions that are computed in float64, since their formula in decimals is missing."""
    names = in_float64(question.cost, [question.hidden, question.output])
    if not names:
        return ""
    return (
        f"{sentence(enumerated(map(in_prose, names)))} {are(len(names))} computed in float64, since "
        f"{'it has' if len(names) == 1 else 'they have'} no formula in decimals here."
    )


def _verdict(checks: Checks) -> str:
    if not np.isfinite(checks.worst):
        return ""
    worst = max(checks.items, key=checks.disagreement)
    verdict = "they agree" if checks.worst <= AGREE else "they do not agree"
    return (
        f"Relative to the derivative, they differ by at most {tiny(checks.worst)}, at ${worst.name}$: {verdict}. A "
        "derivative below a thousandth of the largest counts as that thousandth here."
    )


def _off(checks: Checks) -> list[str]:
    """The ways that cannot be computed, and those that are off by more than `AGREE`."""
    said = []
    matrix, difference = checks.worst_of("matrix_form"), checks.worst_of("difference")
    if not checks.workable("as_written"):
        said.append(
            "The chain rule as written cannot be computed here: one factor is infinite, and its product with a "
            "factor close to 0 is not a number."
        )
    if not checks.workable("matrix_form"):
        said.append(f"Backpropagation cannot be computed in float64 here: it meets a number beyond {ENDS}.")
    elif matrix > AGREE:
        said.append(
            f"Backpropagation is off by {tiny(matrix)} because of float64: if an output is close to its target or to a "
            "bound, only round-off is left of $y - t$ and of the slope of $\\sigma$."
        )
    if not checks.workable("difference"):
        said.append(f"The difference cannot be computed in float64 here: it meets a number beyond {ENDS}.")
    elif difference > AGREE >= matrix:
        other = "The chain rule as written and backpropagation agree" if checks.workable("as_written") else ""
        said.append(
            f"The difference is off by {tiny(difference)}: it needs a cost that is smooth within {3 * STEP:g} of every "
            "weight, and a kink (of relu, of the absolute cost) or a sharp bend nearby spoils it."
            + (f" {other}, to {tiny(matrix)}." if other else "")
        )
    elif difference > AGREE:
        said.append(f"The difference, in float64 too, is off by {tiny(difference)}.")
    return said


def _in_float64(question: Question) -> str:
    """The result of the written form in float64, if it is not δ_L."""
    if (question.cost, question.output) not in FUSED:
        return ""
    worked, passed = work(question), question.passed()
    z, h = passed.z[-1][0], passed.h[-1][0]
    slope, σ = COSTS[question.cost].slope(h, question.t), ACTIVATIONS[question.output]
    with np.errstate(all="ignore"):
        found = σ.pull_back(slope, z, h)[:, 0]
    right = worked.pull_back(worked.depth, worked.nabla)
    off = found - right.astype(float)
    if np.abs(off).max() <= AGREE * float(np.abs(right).max()):
        return ""
    at = max(range(len(right)), key=lambda unit: _lost(slope[unit, 0], worked.nabla.item(unit)))
    y = f"y_{at + 1}" if len(right) > 1 else "y"
    derivative, more = worked.nabla.item(at), ""
    if not is_finite(derivative):
        derivative, more = Decimal(10) ** MOST_DIGITS, "more than "
    return (
        f"In float64 the written form would go wrong: it would give {number(found[at])} for the error signal $dC/dz$ "
        f"of ${y}$; {number(right[at])} is right. Float64 rounds ${y}$ to {number(h[at, 0])}, so its slope by $z$ "
        f"becomes {number(σ.slope(z, h)[at, 0])} instead of {number(worked.slopes[-1][at])}, and $dC/d{y}$ becomes "
        f"{number(slope[at, 0])} instead of {more}{number(derivative)}. Therefore a program computes slope and "
        r"derivative together: $\boldsymbol{\delta} = \mathbf{y} - \mathbf{t}$."
        + ("" if more else " This page multiplies the chain rule out in decimals.")
    )


def _lost(found: float, right: Decimal) -> float:
    """The share of a number that float64 lost."""
    if not is_finite(right):
        return 1.0
    return float(abs(Decimal(found) - right) / abs(right)) if right else 0.0


def _zero(question: Question, checks: Checks) -> str:
    if any(check.right for check in checks.items):
        return ""
    worked = work(question)
    if not worked.nabla.any():
        why = "the outputs are the targets"
        if any(abs(y) == 1 or not y for y in worked.h[-1]) and ACTIVATIONS[question.output].high == 1:
            why += f", to {MOST_DIGITS} digits"
    elif not question.x.any():
        why = "the input is zero"
    else:
        why = "no unit passes the error signal on"
    return f"Every derivative is zero here: {why}."
