"""Weights, a batch and gradients of any framework, in an `.npz` file."""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core import COSTS, Array, Layer, Network
from core.output import fits
from experiments.mistakes import nearest
from homework.file_settings import Settings, settings
from homework.layouts import Layout
from homework.names import Named, named
from homework.problem import COST_NAMES, LayerGradient, Problem, UnusableError
from homework.submission import Submission, tolerance_of

MOST_BYTES: Final = 1 << 29

TARGETS: Final = ("t", "y", "target", "targets", "labels")
INPUTS: Final = ("x", "inputs", "input")
OUTPUTS: Final = ("output", "outputs", "prediction", "predictions")
VALUES: Final = ("c", "cost_value", "loss")


def read(path: Path, default: Settings) -> list[Submission]:
    """The contents of the file, once for each layout that its shapes allow, the commonest first.

    Raises:
        UnusableError: if it cannot be used.
    """
    arrays = named(_arrays(path))
    said = settings(arrays.others, default)
    if not arrays.weights:
        raise UnusableError(
            "no weights were found; name them W1, W2, … or as a framework does, such as layers.0.weight or dense/kernel"
        )
    x = _needed(arrays, "x", INPUTS)
    t = _needed(arrays, "t", TARGETS)
    gradients, gradient_dtype = _gradients(arrays, said)
    for name, array in (("x", x), ("the targets", t), *_parameters(arrays)):
        if array.dtype.kind not in "fiub":
            raise UnusableError(f"{name}: numbers were expected")
        if not np.isfinite(array).all():
            raise UnusableError(f"{name}: not every number is finite")
    tolerance = max(
        tolerance_of(*(each for each in arrays.weights if each.dtype.kind == "f")),
        tolerance_of(*gradient_dtype),
    )
    submissions = []
    for layout in _layouts(arrays, x):
        problem = _problem(arrays, x, t, layout, said)
        if problem is not None:
            submissions.append(_submission(arrays, problem, layout, gradients, tolerance, said))
    if not submissions:
        shapes = ", ".join(str(each.shape) for each in arrays.weights)
        raise UnusableError(
            f"weights of {shapes}, inputs of {x.shape} and targets of {t.shape} do not fit together in any layout"
        )
    return submissions


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        raise UnusableError("there is no such file")
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(each.file_size for each in archive.infolist()) > MOST_BYTES:
                raise UnusableError(f"more than {MOST_BYTES >> 20} MB of arrays")
        with np.load(path, allow_pickle=False) as loaded:
            return {name: loaded[name] for name in loaded.files}
    except (zipfile.BadZipFile, ValueError, EOFError) as reason:
        said = " ".join(str(reason).split())
        if "pickle" in said.lower():
            said = "an array holds Python objects; save each layer's array under its own name"
        raise UnusableError(f"not an .npz file that can be read: {said}") from reason


def _needed(arrays: Named, name: str, names: tuple[str, ...]) -> NDArray[Any]:
    for each in names:
        if each in arrays.others:
            return arrays.others[each]
    raise UnusableError(f'there is no "{name}"{nearest(name, arrays.others)}')


def _parameters(arrays: Named) -> Iterator[tuple[str, NDArray[Any]]]:
    for layer, (W, b) in enumerate(zip(arrays.weights, arrays.biases, strict=True), 1):
        yield f"W{layer}", W
        if b is not None:
            yield f"b{layer}", b


def _gradients(arrays: Named, said: Settings) -> tuple[list[tuple[Array, Array | None]], list[NDArray[Any]]]:
    """dC/dW and dC/db of each layer, as given or from a step; and arrays that show their precision."""
    if any(each is not None for each in arrays.gradients[0]) or not any(
        each is not None for each in arrays.after[0]
    ):
        given = arrays.gradients
        W, b = ([None if each is None else each.astype(float) for each in kind] for kind in given)
    elif (rate := said.learning_rate) is None:
        raise UnusableError("weights after a step need their learning_rate")
    else:

        def stepped(before: NDArray[Any] | None, after: NDArray[Any] | None) -> Array | None:
            if before is None or after is None or before.shape != after.shape:
                return None
            step: Array = (before.astype(float) - after) / rate
            return step

        given = arrays.after
        W = list(map(stepped, arrays.weights, given[0]))
        b = list(map(stepped, arrays.biases, given[1]))
    missing = [f"dW{layer}" for layer, each in enumerate(W, 1) if each is None]
    if missing:
        raise UnusableError(f"there is no gradient {', '.join(missing)}")
    precision = [each for each in given[0] if each is not None]
    return [(one, two) for one, two in zip(W, b, strict=True) if one is not None], precision


def _layouts(arrays: Named, x: NDArray[Any]) -> Iterator[Layout]:
    """The layouts in which the shapes of successive weights fit."""
    for examples in ("columns", "rows"):
        for transposed in (False, True):
            layout = Layout(transposed, examples)
            shapes = [layout.take_weights(each).shape for each in arrays.weights]
            if all(len(shape) == 2 for shape in shapes) and all(
                below[0] == above[1] for below, above in pairwise(shapes)
            ):
                yield layout
        if x.ndim < 2:
            return


def _problem(
    arrays: Named, x: NDArray[Any], t: NDArray[Any], layout: Layout, said: Settings
) -> Problem | None:
    weights = [layout.take_weights(each).astype(float) for each in arrays.weights]
    inputs, outputs = weights[0].shape[1], weights[-1].shape[0]
    m = x.shape[1 if layout.examples == "columns" else 0] if x.ndim == 2 else x.size // inputs
    columns = layout.take_examples(x.astype(float), inputs, m)
    if columns is None or m < 1:
        return None
    names = said.of_layers(len(weights))
    targets = _targets(t, layout, outputs, m, one_hot=fits("log_likelihood", names[-1]) or outputs > 1)
    if targets is None:
        return None
    layers = []
    for W, b, name in zip(weights, arrays.biases, names, strict=True):
        if b is not None and b.size != len(W):
            return None
        layers.append(Layer(W[np.newaxis], None if b is None else b.astype(float).reshape(1, -1, 1), name))
    cost = COST_NAMES[said.cost][0]
    if COSTS[cost].classification and not ((targets >= 0) & (targets <= 1)).all():
        raise UnusableError(f"{said.cost} expects targets from 0 to 1")
    if COSTS[cost].mixed:
        totals = targets.sum(axis=0)
        if np.abs(totals - 1).max() > 1e-6:  # a sum in single precision is not exactly 1
            raise UnusableError(f"{said.cost} expects targets that sum to 1 in each example")
        targets = targets / totals
    return Problem(Network(tuple(layers)), columns, targets, said.cost, said.reduction or "mean")


def _targets(t: NDArray[Any], layout: Layout, outputs: int, m: int, *, one_hot: bool) -> Array | None:
    """Targets as (N_L, m); m whole numbers are classes."""
    for each in (layout, replace(layout, examples="rows" if layout.examples == "columns" else "columns")):
        taken = each.take_examples(t.astype(float), outputs, m)
        if taken is not None:
            return taken
    if one_hot and outputs > 1 and t.size == m and t.dtype.kind in "iu" and 0 <= t.min() <= t.max() < outputs:
        return np.eye(outputs)[:, t.ravel()]
    return None


def _submission(
    arrays: Named,
    problem: Problem,
    layout: Layout,
    gradients: list[tuple[Array, Array | None]],
    tolerance: float,
    said: Settings,
) -> Submission:
    taken = []
    for layer, (W, b) in zip(problem.network.layers, gradients, strict=True):
        units = layer.W.shape[1]
        taken.append(
            LayerGradient(layout.take_weights(W), None if b is None else layout.take_biases(b, units))
        )
    given = {}
    for name, array in arrays.others.items():
        numbered = re.fullmatch(r"[ha]_?(\d+)", name)
        layer_number = int(numbered.group(1)) if numbered else problem.depth if name in OUTPUTS else 0
        if 1 <= layer_number <= problem.depth and array.dtype.kind == "f":
            units = problem.network.sizes[layer_number]
            h = layout.take_examples(array.astype(float), units, problem.examples)
            if h is None:
                raise UnusableError(
                    f"{name}: activations of {units} units for {problem.examples} examples were expected, "
                    f"not {array.shape}"
                )
            given[layer_number] = h
    values = [arrays.others[name] for name in VALUES if name in arrays.others]
    if values and values[0].dtype.kind not in "fiub":
        raise UnusableError("the cost's value: a number was expected")
    value = float(values[0].ravel()[0]) if values and values[0].size == 1 else None
    return Submission(
        problem,
        taken,
        given,
        value,
        layout.in_words(biases=False),
        tolerance,
        said.learning_rate,
    )
