"""A reader's own network in a small Python file, called with our numbers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from core import Array
from experiments.mistakes import UserError
from homework import process
from homework.contract import Contract, contract_of, sizes_of
from homework.drawing import draw, of_example
from homework.file_settings import SETTINGS, Settings, settings
from homework.layouts import LAYOUTS, Layout
from homework.problem import LayerGradient, Problem, UnusableError
from homework.process import Loaded, RaisedError
from homework.returned import activations, gradients
from homework.submission import Submission, disagreement, tolerance_of

SIZES: Final = ((3, 5, 4, 2), (3, 4, 2))
SQUARE: Final = ((4, 4, 4, 4), (4, 4, 4))
"""Sizes that are tried if the file defines none: deep, as in the text, and sizes for which a wrong transpose runs."""

EXAMPLES: Final = 7
"""Not a multiple of any size, so that a division by the wrong number shows."""

LEARNING_RATE: Final = 0.1
ROUNDS: Final = 2
"""Batches for which the gradient is computed, one after the other."""

Tried = list[tuple[Layout, Problem, dict[int, Array]]]
"""Layouts, each with the problem that forward was given in it and the activations that it gave, by layer."""


def read(path: Path, default: Settings, seconds: float) -> list[list[Submission]]:
    """The results of the file's functions for each batch, in every layout that the file may use.

    Raises:
        UnusableError: if the file cannot be used.
    """
    with process.loaded(path, seconds) as file:
        rounds = _found(file, default)
        return [[replace(each, notes=(*each.notes, *file.notes)) for each in one] for one in rounds]


def _found(file: Loaded, default: Settings) -> list[list[Submission]]:
    said = settings({key: file.values[key] for key in SETTINGS if key in file.values}, default)
    contract = contract_of(file)
    chosen = sizes_of(file)
    for sizes in [chosen] if chosen else SIZES:
        try:
            return _rounds(file, contract, sizes, said)
        except RaisedError as reason:
            failure = reason
    for sizes in () if chosen else SQUARE:
        try:
            rounds = _rounds(file, contract, sizes, said)
        except RaisedError:
            continue
        note = (
            f"With layers of different sizes {contract.name} raises {failure} (line {failure.line}: "
            f"{failure.code}); with {sizes[0]} units in every layer it runs, so that network was checked."
        ).replace("$", "\N{FULLWIDTH DOLLAR SIGN}")  # a plain dollar sign begins a formula
        return [[replace(each, notes=(note, *each.notes)) for each in one] for one in rounds]
    what = f"{failure.function or contract.name} raised {failure}"
    raise UserError(process.mistake(file.path, what, failure))


def _rounds(file: Loaded, contract: Contract, sizes: Sequence[int], said: Settings) -> list[list[Submission]]:
    one = int(np.size(file.values.get("batch", 0)) == 1 and file.values.get("batch", 0) == 1)
    problems = [
        draw(sizes, said, seed, biases=contract.biases, examples=1 if one else EXAMPLES)
        for seed in range(ROUNDS)
    ]
    right, tried = _recognise(file, contract, problems[0])
    if not right:
        return [
            [
                Submission(here, None, given, layout=layout.in_words(biases=contract.biases))
                for layout, here, given in tried
            ]
        ]
    failure: RaisedError | None = None
    rounds: list[list[Submission]] = []
    for layout, _, _ in tried:
        if layout.one_at_a_time and not one:
            batches = [of_example(problems[0], index) for index in range(EXAMPLES)]
        else:
            batches = problems
        try:
            found = [[_submission(file, contract, layout, problem)] for problem in batches]
        except RaisedError as reason:
            failure = failure or reason
            continue
        rounds = rounds or found
        if _fits(found[0][0]):
            return found
    if not rounds and failure is not None:
        raise failure
    return rounds


def _fits(submission: Submission) -> bool:
    """Whether the weights' gradients have the sizes of the weights; if not, the file may need another layout."""
    return all(
        each.W is not None and sorted(each.W.shape) == sorted(layer.W.shape[1:])
        for each, layer in zip(submission.gradient or [], submission.problem.network.layers, strict=True)
    )


def _recognise(file: Loaded, contract: Contract, problem: Problem) -> tuple[bool, Tried]:
    """Whether forward gives the right result, and the layouts in which it does; if there are none, any result."""
    right: Tried = []
    wrong: Tried = []
    failure: RaisedError | None = None
    shape = ""
    # without biases, layouts that differ only in the biases are the same
    layouts = LAYOUTS if contract.biases else [replace(layout, biases="columns") for layout in LAYOUTS]
    for layout in dict.fromkeys(layouts):
        here = of_example(problem, 0) if layout.one_at_a_time else problem
        try:
            result, _ = _call(file, "forward", contract, layout, here)
        except RaisedError as reason:
            failure = failure or reason
            continue
        given = activations(result, layout, here)
        if not given:
            shape = shape or _shapes(result)
            continue
        expected = here.passed().h[1:]
        agrees = all(
            disagreement(h, expected[layer - 1][0]) <= tolerance_of(*_leaves(result))
            for layer, h in given.items()
        )
        (right if agrees else wrong).append((layout, here, given))
    if right:
        return True, right
    if wrong:
        return False, [each for each in wrong if not each[0].one_at_a_time] or wrong
    if failure is not None and not shape:
        raise failure
    raise UnusableError(
        f"forward returned {shape or 'nothing'}; it must return the output of {problem.t.shape[0]} units for "
        f"{problem.examples} examples, or a list of the activations of all layers"
    )


def _call(
    file: Loaded, name: str, contract: Contract, layout: Layout, problem: Problem
) -> tuple[Any, list[Any]]:
    """A function's result, and its arguments after the call."""
    layers = problem.network.layers
    arguments: list[Any] = [[layout.give_weights(layer.W[0]) for layer in layers]]
    if contract.biases:
        arguments.append([layout.give_biases(layer.b[0]) for layer in layers if layer.b is not None])
    arguments.append(layout.give_examples(problem.x))
    if name != "forward":
        arguments.append(layout.give_examples(problem.t))
    if name == "update":
        arguments.append(np.array(LEARNING_RATE))
    try:
        return file.call(name, arguments)
    except RaisedError as reason:
        reason.function = name
        raise


def _submission(file: Loaded, contract: Contract, layout: Layout, problem: Problem) -> Submission:
    forward, _ = _call(file, "forward", contract, layout, problem)
    given = activations(forward, layout, problem)
    result, after = _call(file, contract.name, contract, layout, problem)
    notes = []
    start: list[LayerGradient] = [
        LayerGradient(layer.W[0], None if layer.b is None else layer.b[0]) for layer in problem.network.layers
    ]
    if contract.name == "update":
        moved = gradients(after[: contract.given] if result is None else result, layout, problem)
        taken = None if moved is None else _steps(start, moved)
    else:
        left = gradients(after[: contract.given], layout, problem) or start
        if not all(
            each.W is None or np.array_equal(each.W, layer.W[0])
            for each, layer in zip(left, problem.network.layers, strict=True)
        ):
            notes.append("The gradient function changes the weights that it is given.")
        taken = gradients(result, layout, problem)
    if taken is None or all(each.W is None for each in taken):
        raise UnusableError(
            f"{contract.name} returned {_shapes(result)}; it must return a list of {problem.depth} arrays for the "
            "weights" + (" and one for the biases" if contract.biases else "")
        )
    return Submission(
        problem,
        taken,
        given,
        layout=layout.in_words(biases=contract.biases),
        tolerance=tolerance_of(*_leaves(result)),
        learning_rate=LEARNING_RATE if contract.name == "update" else None,
        notes=tuple(notes),
    )


def _steps(before: list[LayerGradient], after: list[LayerGradient]) -> list[LayerGradient]:
    """The gradient of a step; an array of another shape stays as it is."""

    def step(one: Array | None, two: Array | None) -> Array | None:
        return two if one is None or two is None or one.shape != two.shape else (one - two) / LEARNING_RATE

    return [LayerGradient(step(a.W, b.W), step(a.b, b.b)) for a, b in zip(before, after, strict=True)]


def _leaves(result: Any) -> list[Any]:
    if isinstance(result, np.ndarray):
        return [result]
    inner = result.values() if isinstance(result, dict) else result if isinstance(result, list) else ()
    return [leaf for each in inner for leaf in _leaves(each)]


def _shapes(result: Any) -> str:
    """A description of a result."""
    if isinstance(result, np.ndarray):
        return f"an array {result.shape}" if result.shape else "a number"
    if isinstance(result, list):
        return f"[{', '.join(map(_shapes, result[:4]))}{', …' if len(result) > 4 else ''}]"
    if isinstance(result, dict):
        return f"a dictionary of {', '.join(list(result)[:6])}"
    return "nothing" if result is None else "a text"
