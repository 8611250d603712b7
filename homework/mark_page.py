"""The mark as a page: the verdict, what was compared, and the first formula that disagrees with its numbers."""

from pathlib import Path
from typing import Final

import numpy as np

from core import Array
from derivation.numerals import number, tiny
from derivation.passages import Block, Formula, Heading, Sentences, Table
from experiments.control_characters import visible
from experiments.wording import count, enumerated, in_prose
from homework.marking import Line, Mark
from homework.problem import Problem
from homework.search import Explanation

SHOWN: Final = 6
"""The most numbers shown of the first array that disagrees."""

SYMBOLS: Final = {
    "activation": r"\mathbf{h}",
    "weights": r"\partial C/\partial W",
    "biases": r"\partial C/\partial b",
}


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def verdict(mark: Mark, path: Path) -> list[Block]:
    """The whole answer, verdict first."""
    blocks: list[Block] = [
        Heading(f"Homework {visible(path.name)}: {'right' if mark.right else 'wrong'}", 1),
        Sentences(_in_short(mark)),
    ]
    if mark.first is not None:
        blocks += _what_is_wrong(mark, mark.first)
    blocks += [Sentences(note) for note in mark.notes]
    return [*blocks, Heading("What was compared"), Sentences(_about(mark)), _compared(mark)]


def _in_short(mark: Mark) -> str:
    first = mark.first
    if first is None:
        return "Every formula agrees, at every layer."
    place = f"The first formula that disagrees is the one for {_named(mark, first)}."
    if not mark.slips:
        return f"{place} The marker does not know this slip; the numbers are below."
    one, *others = mark.slips
    said = f"{place} Likely slip: {one.says}."
    for other in others:
        said += f" The same numbers come out if {other.says}."
    if not one.everything:
        said += " This explains the layer, but a layer below it disagrees, too."
    return said


def _named(mark: Mark, line: Line) -> str:
    """The name of a quantity, from the slip if it is known."""
    place = mark.slips[0].place if mark.slips else _likely_place(mark, line)
    layer = mark.slips[0].layer if mark.slips and line.kind == "activation" else line.layer
    last = " (the last)" if layer == mark.submission.problem.depth else ""
    what = {
        "activation": "the activations",
        "cost": "the cost",
        "delta": "the error signal",
        "whole": "the gradient",
        "weights": "the weights' gradient",
        "biases": "the biases' gradient",
    }[line.kind if line.kind in ("activation", "cost") else place]
    return what if line.kind == "cost" else f"{what}, at layer {layer}{last}"


def _likely_place(mark: Mark, line: Line) -> str:
    """If both gradients of a layer disagree, the likely cause is the error signal that they share."""
    here = [each for each in mark.lines if each.layer == line.layer and each.kind in ("weights", "biases")]
    both = len(here) == 2 and not any(each.fine for each in here)
    return "delta" if both else line.kind


def right_formula(place: str, layer: int, problem: Problem) -> str:
    """The formula of the text that gives a quantity, in LaTeX."""
    below = r"\mathbf{x}" if layer == 1 else rf"\mathbf{{h}}_{layer - 1}"
    mean = r"\frac{1}{m} \sum " if problem.reduction == "mean" else r"\sum "
    if place == "activation":
        return rf"\mathbf{{h}}_{layer} = \sigma(W_{layer} {below})"
    if place == "delta" and layer == problem.depth:
        return rf"\boldsymbol{{\delta}}_{layer} = \nabla C \odot \sigma'(\mathbf{{z}}_{layer})"
    if place == "delta":
        above = layer + 1
        return (
            rf"\boldsymbol{{\delta}}_{layer} = (W_{above}^T \boldsymbol{{\delta}}_{above})"
            rf" \odot \sigma'(\mathbf{{z}}_{layer})"
        )
    if place == "biases":
        return rf"\partial C/\partial \mathbf{{b}}_{layer} = {mean} \boldsymbol{{\delta}}_{layer}"
    return rf"\partial C/\partial W_{layer} = {mean} \boldsymbol{{\delta}}_{layer} {below}^T"


def wrong_formula(slip: Explanation, depth: int) -> str:
    """The slip's formula with the numbers of the layers for l, k and j."""
    signal = r"\nabla C" if slip.layer == depth else r"(W_k^T \boldsymbol{\delta}_k)"
    formula = slip.formula.replace("= S", f"= {signal}")
    for letter, layer in (("l", slip.layer), ("k", slip.layer + 1), ("j", slip.layer - 1)):
        for before in ("_", "_{"):
            formula = formula.replace(f"{before}{letter}", f"{before}{layer}")
    return formula.replace(r"\mathbf{h}_0", r"\mathbf{x}")


def _what_is_wrong(mark: Mark, first: Line) -> list[Block]:
    problem = mark.submission.problem
    blocks: list[Block] = []
    if first.kind != "cost":
        place = first.kind if first.kind == "activation" else _likely_place(mark, first)
        layer = first.layer
        if mark.slips:
            slip = mark.slips[0]
            layer = slip.layer
            place = slip.place if slip.place != "whole" else place
            if place == "delta" and slip.place == "whole":
                place = "weights"
        blocks += [Sentences("The right formula is"), Formula(right_formula(place, layer, problem))]
        if mark.slips and mark.slips[0].formula:
            blocks += [
                Sentences("and the numbers of the homework match"),
                Formula(wrong_formula(mark.slips[0], problem.depth)),
            ]
    return [*blocks, _numbers(mark, first)]


def _numbers(mark: Mark, line: Line) -> Block:
    yours, right = line.yours, line.right
    name = _symbol(line)
    if yours is None:
        return Sentences(f"{name} was not handed in.")
    if yours.shape != right.shape:
        return Sentences(f"{name} has the shape {_shape(right)}; the homework's is {_shape(yours)}.")
    rows = []
    for index in _worst(yours, right):
        place = ", ".join(str(each + 1) for each in index)
        ratio = number(float(yours[index] / right[index]), 4) if right[index] else "…"
        rows.append((place, number(float(yours[index]), 9), number(float(right[index]), 9), ratio))
    judge = (
        ""
        if line.kind == "activation" or mark.truth is None
        else "; differences of the cost confirm the right ones"
    )
    return Table(
        f"{name}: the numbers that are furthest off{judge}",
        ("element", "yours", "right", "ratio"),
        tuple(rows),
        frozenset({1, 2, 3}),
    )


def _symbol(line: Line) -> str:
    return "$C$" if line.kind == "cost" else f"${SYMBOLS[line.kind]}_{line.layer}$"


def _worst(yours: Array, right: Array) -> list[tuple[int, ...]]:
    off = np.nan_to_num(np.abs(yours - right), nan=np.inf)
    order = np.argsort(-off, axis=None, kind="stable")[:SHOWN]
    return [tuple(int(each) for each in np.unravel_index(place, off.shape)) for place in order]


def _shape(array: Array) -> str:
    return " × ".join(map(str, array.shape)) or "number"


def _about(mark: Mark) -> str:
    problem, submission = mark.submission.problem, mark.submission
    names = list(dict.fromkeys(in_prose(layer.activation) for layer in problem.network.layers))
    said = (
        f"The network has {enumerated(problem.network.sizes)} units ({enumerated(names)}, "
        f"{'with' if problem.network.layers[0].b is not None else 'without'} biases). The cost is "
        f"{in_prose(problem.cost_name)}, "
        f"{'averaged' if problem.reduction == 'mean' else 'summed'} over {count(problem.examples, 'example')}."
    )
    if submission.layout:
        said += f" Layout: {submission.layout}."
    if mark.truth is not None:
        truth, kinks = mark.truth, len(mark.truth.unconfirmed)
        said += (
            f" {count(truth.judged, 'derivative')} of the cost were measured by differences; backpropagation agrees "
            f"with {'all' if not kinks else truth.judged - kinks} of them, to "
            f"{tiny(truth.worst)}."
        )
        if kinks:
            said += f" {count(kinks, 'derivative')} at a kink of the cost cannot be measured."
    if mark.rounds > 1:
        said += f" {mark.rounds} batches were marked; the numbers come from the last."
    return said


def _compared(mark: Mark) -> Table:
    rows = [
        (str(each.layer), _symbol(each), number(each.off, 2) if np.isfinite(each.off) else "…", _says(each))
        for each in mark.lines
    ]
    return Table(
        "Each quantity in the order in which it is computed",
        ("layer", "quantity", "disagreement", "verdict"),
        tuple(rows),
        frozenset({2}),
    )


def _says(line: Line) -> str:
    if line.fine:
        return "agrees"
    if line.yours is None:
        return "missing"
    if line.yours.shape != line.right.shape:
        return f"has the shape {_shape(line.yours)}, not {_shape(line.right)}"
    return "disagrees" if np.isfinite(line.yours).all() else "contains NaN or infinity"
