"""The meaning of a file's arrays, from names such as `W1`, `dW1`, `layers.0.weight.grad` and `dense_1/bias:0`.

A name has a kind (weights or biases), a role (the parameter itself, its gradient, or the parameter after a step) and a
stem that it shares with the others of its layer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from numpy.typing import NDArray

KIND: Final = re.compile(r"(?<![a-z])(weights?|kernel|w|bias(?:es)?|b)(?![a-z])")
GRADIENT: Final = re.compile(r"gradients?|grads?|nabla|(?<![a-z])(?:d[a-z]?[_/]?)?d_?(?=[wbk])")
AFTER: Final = re.compile(r"new|after|updated")


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """Arrays by meaning, each list from the first layer to the last; None if a layer has none."""

    weights: list[NDArray[Any]]
    biases: list[NDArray[Any] | None]
    gradients: tuple[list[NDArray[Any] | None], ...]
    after: tuple[list[NDArray[Any] | None], ...]
    others: dict[str, NDArray[Any]]


def named(arrays: Mapping[str, NDArray[Any]]) -> Named:
    """Sort the arrays of a file; those that belong to no layer are `others`, by their names in lower case."""
    found: dict[tuple[str, str], dict[str, NDArray[Any]]] = {}
    others = {}
    for name, array in arrays.items():
        role, kind, stem = _parsed(name)
        if kind and array.dtype.kind in "fiub":
            found.setdefault((role, kind), {})[stem] = array
        else:
            others[name.lower()] = array
    stems = list(found.get(("parameter", "weights"), {}))
    numbers = [tuple(map(int, re.findall(r"\d+", stem))) for stem in stems]
    if len(set(numbers)) == len(numbers):
        stems = [stem for _, stem in sorted(zip(numbers, stems, strict=True))]

    def of(role: str) -> tuple[list[Any], ...]:
        """The weights' and the biases' arrays."""
        return tuple(
            [found.get((role, kind), {}).get(stem) for stem in stems] for kind in ("weights", "biases")
        )

    weights, biases = of("parameter")
    return Named(weights, biases, of("gradient"), of("after"), others)


def _parsed(name: str) -> tuple[str, str, str]:
    """Role, kind and stem of a name; the kind is empty if it does not name a parameter."""
    text = re.sub(r":\d+$", "", name).lower().replace("∂", "d").replace("∇", "nabla")
    role = "parameter"
    for pattern, meaning in ((GRADIENT, "gradient"), (AFTER, "after")):
        if pattern.search(text):
            role, text = meaning, pattern.sub("", text, count=1)
    kind = KIND.search(text)
    if not kind:
        return role, "", ""
    stem = text[: kind.start()] + text[kind.end() :]
    return (
        role,
        "weights" if kind.group(1)[0] in "wk" else "biases",
        re.sub(r"[^a-z0-9]+", ".", stem).strip("."),
    )
