"""The results of a reader's function in our layout: activations, gradients, weights after a step."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from core import Array
from homework.layouts import Layout
from homework.names import GRADIENT, named
from homework.problem import LayerGradient, Problem

Arrays = list[Array | None]


def activations(result: Any, layout: Layout, problem: Problem) -> dict[int, Array]:
    """h_l by layer: all of them from a list of activations, with or without x in front; otherwise the output.

    Empty if nothing has the shape of the output.
    """
    expected = [h[0] for h in problem.passed().h[1:]]
    best: dict[int, Array] = {}
    nearest = np.inf
    for listed in _lists(result):
        taken = _by_layer(listed, layout, problem)
        if not taken:
            continue
        off = max(float(np.abs(h - expected[layer - 1]).max()) for layer, h in taken.items())
        if len(taken) > len(best) or (len(taken) == len(best) and off < nearest):
            best, nearest = taken, off
    return best


def _lists(result: Any) -> Iterator[list[Any]]:
    """The result as lists of arrays: itself, and any list within it."""
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, list):
        yield result
        for each in result:
            yield from _lists(each)
    elif isinstance(result, np.ndarray):
        yield [result]


def _by_layer(listed: list[Any], layout: Layout, problem: Problem) -> dict[int, Array]:
    depth = problem.depth
    if len(listed) == depth + 1 and depth:
        listed = listed[1:]
    if len(listed) != depth:
        listed = [*([None] * (depth - 1)), listed[-1] if listed else None]
    taken = {}
    for layer, each in enumerate(listed, 1):
        if isinstance(each, np.ndarray):
            h = layout.take_examples(each.astype(float), problem.network.sizes[layer], problem.examples)
            if h is not None:
                taken[layer] = h
    return taken if depth in taken else {}


def gradients(result: Any, layout: Layout, problem: Problem) -> list[LayerGradient] | None:
    """dC/dW and dC/db of each layer, from lists, pairs or names; None if it is none of these."""
    found = None
    most = -1
    for W, b in _readings(result, problem.depth):
        taken, fitting = [], 0
        for layer, dW, db in zip(problem.network.layers, W, b, strict=True):
            one = None if dW is None else layout.take_weights(np.asarray(dW, float))
            two = None if db is None else layout.take_biases(np.asarray(db, float), layer.W.shape[1])
            taken.append(LayerGradient(one, two))
            fitting += one is not None and sorted(one.shape) == sorted(layer.W.shape[1:])
            fitting += two is not None and layer.b is not None and two.shape == layer.b.shape[1:]
        if fitting > most:
            found, most = taken, fitting
    return found


def _readings(result: Any, depth: int) -> Iterator[tuple[Arrays, Arrays]]:
    """Every possible reading of the result: dC/dW by layer, and dC/db."""
    nothing: Arrays = [None] * depth
    if isinstance(result, dict):
        yield from _from_names(result, depth)
        result = list(result.values())
    if isinstance(result, np.ndarray) and depth == 1:
        yield [result], nothing
    if not isinstance(result, list):
        return
    for first, second in (result, result[::-1]) if len(result) == 2 else ():
        if isinstance(first, list) and isinstance(second, list):
            one, two = _padded(first, depth), _padded(second, depth)
            if one is not None and two is not None:
                yield one, two
    for one in (result, *(each for each in result if isinstance(each, list))):
        flat = _padded(one, depth)
        if flat is not None:
            yield flat, nothing
    if len(result) == depth and all(isinstance(each, list) and len(each) == 2 for each in result):
        pairs = [[_array(each) for each in pair] for pair in result]
        yield [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if len(result) == depth and all(isinstance(each, dict) for each in result):
        named_pairs = [next(_from_names(each, 1), ([None], [None])) for each in result]
        yield [pair[0][0] for pair in named_pairs], [pair[1][0] for pair in named_pairs]
    if len(result) == 2 * depth and not any(isinstance(each, list) for each in result):
        arrays = [_array(each) for each in result]
        yield arrays[::2], arrays[1::2]
        yield arrays[:depth], arrays[depth:]


def _from_names(result: dict[str, Any], depth: int) -> Iterator[tuple[Arrays, Arrays]]:
    lists = {key: value for key, value in result.items() if isinstance(value, list)}
    arrays = {key: value for key, value in result.items() if isinstance(value, np.ndarray)}
    arrays |= {
        f"{key}{layer}": each
        for key, value in lists.items()
        for layer, each in enumerate(value, 1)
        if isinstance(each, np.ndarray)
    }
    parameters = named({GRADIENT.sub("", key.lower(), count=1): each for key, each in arrays.items()})
    W, b = parameters.weights, parameters.biases
    if len(W) == depth:
        yield [_array(each) for each in W], [_array(each) for each in b]


def _padded(listed: Sequence[Any], depth: int) -> Arrays | None:
    """As many arrays as layers; one more in front may stand for the inputs."""
    if len(listed) == depth + 1 and (listed[0] is None or np.size(listed[0]) == 0):
        listed = listed[1:]
    if len(listed) != depth or any(isinstance(each, list | dict) for each in listed):
        return None
    return [_array(each) for each in listed]


def _array(value: Any) -> Array | None:
    return value if isinstance(value, np.ndarray) else None
