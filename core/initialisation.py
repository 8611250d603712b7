"""Initial weights and biases. Biases start at zero, except in the founding notebook's initialisation.

W connects n_in units to n_out units. A uniform distribution on [−a, a] has variance a²/3.

Examples:
    >>> from core import Purpose, generators
    >>> initialise((64, 30, 10), generators(0, range(5), Purpose.INITIALISATION), output="softmax")
    Network(64 → 30 sigmoid → 10 softmax; with biases; 5 of them in float64)
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import DTypeLike

from core.activations import ACTIVATIONS
from core.arrays import Array, ShapeError
from core.network import Layer, Network
from core.numbers import PRECISIONS


def _uniform(rng: Generator, n_out: int, n_in: int, limit: float) -> Array:
    return rng.uniform(-limit, limit, (n_out, n_in))


INITIALISATIONS: Final[dict[str, Callable[[Generator, int, int], Array]]] = {
    # Var W = 1 / (3 n_in): the folklore that Glorot & Bengio (2010) compare with in their equation 1
    "uniform": lambda rng, n_out, n_in: _uniform(rng, n_out, n_in, (1 / n_in) ** 0.5),
    # Var W = 1 / n_in, normal: Nielsen, ch. 3
    "normal": lambda rng, n_out, n_in: rng.normal(0, (1 / n_in) ** 0.5, (n_out, n_in)),
    # Var W = 2 / (n_in + n_out): Glorot & Bengio (2010), equation 16
    "glorot": lambda rng, n_out, n_in: _uniform(rng, n_out, n_in, (6 / (n_in + n_out)) ** 0.5),
    # Var W = 2 / n_in: He et al. (2015), equation 10, for rectifiers
    "he": lambda rng, n_out, n_in: rng.normal(0, (2 / n_in) ** 0.5, (n_out, n_in)),
    # Var W = 1 / n_in, uniform: LeCun, Bottou, Orr & Müller (1998), equation 16
    "lecun": lambda rng, n_out, n_in: _uniform(rng, n_out, n_in, (3 / n_in) ** 0.5),
    # uniform from 0 to 1 for any width: the founding text's notebook. The mean is ½, so wide layers saturate
    "uniform_0_1": lambda rng, n_out, n_in: rng.uniform(0, 1, (n_out, n_in)),
}

RANDOM_BIASES: Final = ("uniform_0_1",)
"""Initialisations that also draw the biases, after all the weights; the others set them to zero."""


def initialise(
    sizes: Sequence[int],
    rngs: Sequence[Generator],
    *,
    activation: str = "sigmoid",
    output: str = "sigmoid",
    initialisation: str = "normal",
    biases: bool = True,
    dtype: DTypeLike = np.float64,
) -> Network:
    """A new population, one member for each generator.

    A member's weights depend only on its own generator, so it starts with the same weights in any population. They
    are drawn in float64 and rounded to `dtype`.

    Args:
        sizes: units of each layer, (N_in, N_1, …, N_L).
        rngs: one generator for each member.
        activation: of the hidden layers, a name in `ACTIVATIONS`.
        output: activation of the last layer.
        initialisation: a name in `INITIALISATIONS`.
        biases: whether the layers have biases.
        dtype: float32 or float64.

    Returns:
        A `Network` of len(rngs) members.

    Raises:
        ValueError: if a name is not known, or dtype is neither float32 nor float64.
        ShapeError: if there are fewer than two sizes, one is below 1, or there is no generator.
    """
    if len(sizes) < 2 or min(sizes) < 1 or not rngs:
        raise ShapeError(
            "a network has two sizes or more, each 1 or more, and a population a generator for each member, not sizes "
            f"{tuple(sizes)} and {len(rngs)} generators"
        )
    for what, name, table in (
        ("activation", activation, ACTIVATIONS),
        ("output activation", output, ACTIVATIONS),
        ("initialisation", initialisation, INITIALISATIONS),
    ):
        if name not in table:
            raise ValueError(f'unknown {what} "{name}"; known are {", ".join(table)}')
    if np.dtype(dtype) not in PRECISIONS:
        raise ValueError(f"dtype must be float32 or float64, not {np.dtype(dtype)}")
    draw = INITIALISATIONS[initialisation]
    weights = [
        np.stack([draw(rng, n_out, n_in) for rng in rngs]).astype(dtype) for n_in, n_out in pairwise(sizes)
    ]
    last = len(weights) - 1
    return Network(
        tuple(
            Layer(
                W=W,
                b=_biases(draw, rngs, W, drawn=initialisation in RANDOM_BIASES) if biases else None,
                activation=output if index == last else activation,
            )
            for index, W in enumerate(weights)
        )
    )


def _biases(
    draw: Callable[[Generator, int, int], Array], rngs: Sequence[Generator], W: Array, *, drawn: bool
) -> Array:
    n_out = W.shape[1]
    if not drawn:
        return np.zeros((len(rngs), n_out, 1), W.dtype)
    return np.stack([draw(rng, n_out, 1) for rng in rngs]).astype(W.dtype)
