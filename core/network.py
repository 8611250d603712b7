"""Networks of dense layers, always as a population of S members.

Every parameter has a leading axis for the member, and a single network is a population of one. The members share
only their shape. A matrix product over the stack is S separate products, so the same code trains one network or
fifty.

Examples:
    >>> import numpy as np
    >>> network = Network((Layer(np.array([[[2.0, 1.0]]]), np.array([[[-3.0]]]), "relu"),))
    >>> network
    Network(2 → 1 relu; with biases; 1 of them in float64)
    >>> forward(network, np.array([[1.0, 2.0], [0.0, 1.0]])).h[-1]
    array([[[0., 2.]]])
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.activations import ACTIVATIONS
from core.arrays import Array, ShapeError, brief
from core.numbers import check_finite, check_parameter, floats


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One dense layer, h_l = σ(W_l h_{l-1} + b_l).

    Attributes:
        W: weights, (S, N_this, N_previous).
        b: biases, (S, N_this, 1), or None as in the founding text.
        activation: a name in `ACTIVATIONS`.
    """

    W: Array
    b: Array | None
    activation: str

    __repr__ = brief

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            raise ValueError(f'unknown activation "{self.activation}"; known are {", ".join(ACTIVATIONS)}')
        check_parameter(self.W, "W")
        if self.W.ndim != 3 or not self.W.shape[1] or not self.W.shape[2]:
            raise ShapeError(
                f"W is {self.W.shape}, (S, N_this, N_previous) was expected: W[np.newaxis] makes one network of a "
                "matrix"
            )
        if self.b is not None:
            check_parameter(self.b, "b", (*self.W.shape[:2], 1))


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A population of S networks of the same shape; `layers[0]` is the text's layer 1."""

    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        if not self.layers:
            raise ShapeError("a network has one layer or more, not 0")
        arrays = [array for layer in self.layers for array in (layer.W, layer.b) if array is not None]
        if len({array.dtype for array in arrays}) > 1:
            kinds = ", ".join(str(array.dtype) for array in arrays)
            raise ShapeError(
                f"weights and biases of a network must be of one precision, not {kinds}: use .astype"
            )
        for below, above in pairwise(self.layers):
            if below.W.shape[:2] != (above.W.shape[0], above.W.shape[2]):
                raise ShapeError(
                    "a layer must have as many members as the one below, and each of its units as many weights as that "
                    f"has units, not weights {above.W.shape} above {below.W.shape}"
                )

    def __repr__(self) -> str:
        above = (f" → {n} {layer.activation}" for n, layer in zip(self.sizes[1:], self.layers, strict=True))
        units = f"{self.sizes[0]}{''.join(above)}"
        with_biases = sum(layer.b is not None for layer in self.layers)
        biases = {len(self.layers): "with biases", 0: "without biases"}.get(with_biases, "some with biases")
        return f"Network({units}; {biases}; {self.members} of them in {self.layers[0].W.dtype})"

    @property
    def members(self) -> int:
        """S, how many networks the population has."""
        return int(self.layers[0].W.shape[0])

    @property
    def sizes(self) -> tuple[int, ...]:
        """(N_in, N_1, …, N_L)."""
        return (self.layers[0].W.shape[2], *(layer.W.shape[1] for layer in self.layers))

    def take(self, members: Sequence[int] | NDArray[np.intp]) -> "Network":
        """A copy with only these members, in this order."""
        chosen = np.asarray(members, dtype=np.intp)
        return Network(
            tuple(
                Layer(
                    layer.W[chosen],
                    None if layer.b is None else layer.b[chosen],
                    layer.activation,
                )
                for layer in self.layers
            )
        )

    def copy(self) -> "Network":
        """A copy of the whole population."""
        return self.take(range(self.members))


def joined(networks: Sequence[Network]) -> Network:
    """One population from several whose networks have the same shape, member after member; a copy.

    Raises:
        ShapeError: if they differ in sizes, biases, activations or precision.
    """
    shapes = {
        tuple((layer.W.shape[1:], layer.W.dtype, layer.b is None, layer.activation) for layer in one.layers)
        for one in networks
    }
    if len(shapes) != 1:
        raise ShapeError(
            "networks of one population must be alike in sizes, biases, activations and precision, not of "
            f"{len(shapes)} kinds"
        )
    return Network(
        tuple(
            Layer(
                np.concatenate([layer.W for layer in layers]),
                None
                if layers[0].b is None
                else np.concatenate([layer.b for layer in layers if layer.b is not None]),
                layers[0].activation,
            )
            for layers in zip(*(one.layers for one in networks), strict=True)
        )
    )


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """The values of a forward pass that the backward pass needs.

    Attributes:
        z: weighted inputs z_1 … z_L, each (S, N_l, m); `z[0]` is z_1.
        h: activations h_0 … h_L; `h[0]` is the input x, `h[-1]` the output.
    """

    z: tuple[Array, ...]
    h: tuple[Array, ...]

    __repr__ = brief


def forward(network: Network, x: Array) -> Pass:
    """The forward pass: z_l = W_l h_{l-1} + b_l, h_l = σ(z_l), from h_0 = x.

    Args:
        network: a population of S networks.
        x: inputs, one example a column: (N_in, m) for all members alike, or (S, N_in, m).

    Returns:
        Every z and h, needed by `backpropagate`.

    Raises:
        ShapeError: if x has neither shape.
        ValueError: if not all numbers of x are finite.
    """
    return pass_through(network, checked_inputs(network, x))


def checked_inputs(network: Network, x: Any) -> Array:
    """Inputs as an array to compute with; raises what `forward` says."""
    x = floats(x, "x")
    if x.shape[:-1] not in ((network.sizes[0],), (network.members, network.sizes[0])):
        S, N_in = network.members, network.sizes[0]
        raise ShapeError(f"inputs are {x.shape}, the network takes ({N_in}, m) or ({S}, {N_in}, m)")
    check_finite(x, "x")
    return x


def pass_through(network: Network, x: Array) -> Pass:
    """`forward` for inputs that have been checked."""
    z: list[Array] = []
    h: list[Array] = [x]
    for layer in network.layers:
        weighted = layer.W @ h[-1]
        if layer.b is not None:
            weighted += layer.b
        z.append(weighted)
        h.append(ACTIVATIONS[layer.activation].value(weighted))
    return Pass(tuple(z), tuple(h))
