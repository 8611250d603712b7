"""The mark: right, or the first layer and formula that disagree, with the slip that gives the same numbers."""

from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from core import Array
from core.fast.threads import one_thread
from experiments.mistakes import Mistake, UserError
from homework import array_file, process, python_file
from homework.file_settings import Settings
from homework.forward_slips import passes
from homework.problem import COST_NAMES, REDUCTIONS, LayerGradient, UnusableError
from homework.search import Explanation, explanations
from homework.submission import Submission, disagreement
from homework.truth import Truth, truth


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One quantity of the homework with the right one.

    Attributes:
        kind: activation, cost, weights or biases.
        layer: its layer.
        yours: the value handed in, or None.
        right: the right value.
        off: the largest difference, relative to the largest right number; inf for another shape or a non-finite number.
        fine: whether that is within the tolerance.
    """

    kind: str
    layer: int
    yours: Array | None
    right: Array
    off: float
    fine: bool


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """The result of marking a homework.

    Attributes:
        submission: the numbers that were judged.
        lines: every quantity in the order in which it is computed.
        truth: the right gradient, checked by differences; None if the forward pass is wrong.
        slips: those that give the numbers handed in.
        notes: further observations, in sentences.
        rounds: how many batches were judged.
    """

    submission: Submission
    lines: tuple[Line, ...]
    truth: Truth | None
    slips: tuple[Explanation, ...] = ()
    notes: tuple[str, ...] = ()
    rounds: int = 1

    @property
    def right(self) -> bool:
        """Whether every quantity agrees."""
        return all(line.fine for line in self.lines)

    @property
    def first(self) -> Line | None:
        """The first that does not agree."""
        return next((line for line in self.lines if not line.fine), None)


def mark(path: Path, default: Settings, seconds: float | None = None) -> Mark:
    """Judge a homework: an `.npz` file of arrays, or a Python file.

    Raises:
        UserError: if it cannot be used.
    """
    rounds: list[list[Submission]] = []
    try:
        if path.suffix.lower() == ".npz":
            rounds = [array_file.read(path, default)]
        else:
            rounds = python_file.read(path, default, process.SECONDS if seconds is None else seconds)
        with one_thread(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return _over(rounds)
    except UnusableError as reason:
        notes = rounds[0][0].notes if rounds else ()
        raise UserError(Mistake(str(reason), str(path)), advice="\n".join(notes)) from reason


def _over(rounds: list[list[Submission]]) -> Mark:
    """The mark of the first batch that is wrong, or of the last."""
    before: list[list[LayerGradient]] = []
    for number, candidates in enumerate(rounds, 1):
        best = _best([_judge(each) for each in candidates])
        if not best.right:
            added = _added_up(best, before)
            return replace(
                best, rounds=number, slips=(added,) if added else best.slips, notes=best.submission.notes
            )
        assert best.truth is not None
        before.append(best.truth.gradient)
    return replace(best, rounds=len(rounds), slips=(), notes=best.submission.notes)


def _best(marks: list[Mark]) -> Mark:
    """The right one; otherwise the one whose slip explains most; otherwise the first."""

    def rank(one: Mark) -> int:
        if one.right:
            return 0
        if one.slips:
            return 1 if all(each.everything for each in one.slips) else 2
        return 3

    return min(marks, key=rank)


def _judge(submission: Submission) -> Mark:
    problem, tolerance = submission.problem, submission.tolerance
    right = [h[0] for h in problem.passed().h[1:]]
    forward = [
        _line("activation", layer, submission.activations[layer], right[layer - 1], tolerance)
        for layer in sorted(submission.activations)
    ]
    if not all(line.fine for line in forward):
        return Mark(submission, tuple(forward), None, tuple(_forward_slips(submission)))
    if submission.value is not None:
        value = np.atleast_1d(problem.value(problem.network))
        forward.append(_line("cost", problem.depth, np.array([submission.value]), value, tolerance))
    assert submission.gradient is not None
    found = truth(problem)
    submission = replace(submission, gradient=found.without_kinks(submission.gradient))
    lines = forward + _gradient_lines(submission, found)
    slips = _cost_slips(submission) if not all(line.fine for line in forward) else []
    if not all(line.fine for line in lines if line.kind in ("weights", "biases")):
        slips += explanations(submission, found.gradient)
    return Mark(submission, tuple(lines), found, tuple(slips))


def _gradient_lines(submission: Submission, found: Truth) -> list[Line]:
    assert submission.gradient is not None
    lines = []
    for layer in range(submission.problem.depth, 0, -1):
        yours, right = submission.gradient[layer - 1], found.gradient[layer - 1]
        for kind, mine, true in (("weights", yours.W, right.W), ("biases", yours.b, right.b)):
            if true is not None:
                lines.append(_line(kind, layer, mine, true, submission.tolerance))
    return lines


def _line(kind: str, layer: int, yours: Array | None, right: Array, tolerance: float) -> Line:
    off = disagreement(yours, right)
    return Line(kind, layer, yours, right, off, off <= tolerance)


def _forward_slips(submission: Submission) -> list[Explanation]:
    """The slips of the forward pass that give all the activations handed in."""
    problem, found = submission.problem, []
    for says, layer, h in passes(problem.network, problem.x):
        if all(
            disagreement(yours, h[at - 1]) <= submission.tolerance
            for at, yours in submission.activations.items()
        ):
            found.append(Explanation(says, "", "activation", layer, everything=True))
    return found[:3]


def _cost_slips(submission: Submission) -> list[Explanation]:
    """Another cost that has the value handed in."""
    found = []
    for name, reduction in product(COST_NAMES, REDUCTIONS):
        other = replace(submission.problem, cost_name=name, reduction=reduction)
        with np.errstate(all="ignore"):
            value = other.value(other.network)
        if submission.value is not None and disagreement(np.array([submission.value]), value) <= 1e-5:
            says = f"the cost is {name.replace('_', ' ')}, the {reduction} over the examples"
            found.append(Explanation(says, "", "cost", other.depth, everything=True))
    return found[:1]


def _added_up(one: Mark, before: list[list[LayerGradient]]) -> Explanation | None:
    """Whether the gradient is the sum of this batch's and of all those before it."""
    if not before or one.truth is None or one.submission.gradient is None:
        return None
    every = [*before, one.truth.gradient]
    for yours, *theirs in zip(one.submission.gradient, *every, strict=True):
        for mine, each in ((yours.W, [t.W for t in theirs]), (yours.b, [t.b for t in theirs])):
            total = [array for array in each if array is not None]
            if total and disagreement(mine, np.sum(total, axis=0)) > one.submission.tolerance:
                return None
    return Explanation(
        "gradients were not reset between calls: each call adds to the sum that earlier calls left",
        r"\sum \text{ of the gradients of all calls}",
        "whole",
        one.submission.problem.depth,
        everything=True,
    )
