"""What is measured at the end of an epoch, and in which epochs.

Each entry of the table `MEASURES` is measured and recorded in `Epoch`: on the validation examples after every epoch,
since that decides what is stopped and what wins; on the training examples after those that `is_measured` names.
`core.fast.evaluation` computes cost, error, gradient norm and saturation faster, and any other measure by its function
here.

Examples:
    >>> import numpy as np
    >>> from core import Examples, Purpose, Settings, generators, initialise
    >>> network = initialise((1, 1), generators(0, [0], Purpose.INITIALISATION), output="identity")
    >>> network.layers[0].W[...] = 3
    >>> two = Examples(np.array([[1.0, 2.0]]), np.array([[1.0, 2.0]]))
    >>> MEASURES["cost"].of(network, two, Settings(cost="quadratic", learning_rate=1.0))  # ½ of 2² and of 4²
    array([5.])
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.activations import ACTIVATIONS
from core.arrays import Array, brief, only_finite
from core.backprop import add_penalty_slope, cost_at, gradient_at
from core.error_measures import ERRORS
from core.examples import Examples, Portions
from core.network import Network, pass_through
from core.settings import Settings

SATURATED: Final = 0.01
"""A unit is saturated on an example where |σ'(z)| is below this share of its largest value."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that each epoch records.

    Attributes:
        of: from a network, checked examples and settings to one number for each member, (S,), or each layer, (S, L).
        label: what a report calls it.
        validation: whether it is also measured on the validation examples.
        by_layer: whether it is one number a layer.
        share: whether it is a share, from 0 to 1.
    """

    of: Callable[[Network, Examples, Settings], Array]
    label: str
    validation: bool = False
    by_layer: bool = False
    share: bool = False


def _cost(network: Network, examples: Examples, settings: Settings) -> Array:
    return cost_at(network, examples.batch(settings.cost, settings.class_weights))


def _error(network: Network, examples: Examples, settings: Settings) -> Array:
    return measured_in(settings, pass_through(network, examples.x).h[-1], examples.y, examples.counts)


def measured_in(settings: Settings, h: Array, y: Array, counts: Array | None = None) -> Array:
    """The error of outputs h, (..., N_L, m), for targets y, (N_L, m), in the unit that the settings ask for."""
    measure = ERRORS[settings.error]
    if measure.own_units and settings.units:
        unit = np.array(settings.units, h.dtype)[:, np.newaxis]
        h, y = h * unit, y * unit
    return np.asarray(measure.of(h, y, counts) / settings.guessing)


def _gradient_norm(network: Network, examples: Examples, settings: Settings) -> Array:
    """‖dC/dW_l, dC/db_l‖, penalties included."""
    gradients = gradient_at(network, examples.batch(settings.cost, settings.class_weights))
    add_penalty_slope(network, gradients, settings.l2, settings.l1)
    return np.stack([gradient.norm for gradient in gradients], axis=-1)


def _saturated(network: Network, examples: Examples, _settings: Settings) -> Array:
    passed = pass_through(network, examples.x)
    shares = []
    for layer, z, h in zip(network.layers, passed.z, passed.h[1:], strict=True):
        σ = ACTIVATIONS[layer.activation]
        shares.append((np.abs(σ.slope(z, h)) < SATURATED * σ.steepest).mean(axis=(-2, -1)))
    return np.stack(shares, axis=-1)


MEASURES: Final[dict[str, Measure]] = {
    "cost": Measure(_cost, "cost", validation=True),
    "error": Measure(_error, "error", validation=True),
    "gradient_norm": Measure(_gradient_norm, "gradient norm", by_layer=True),
    "saturated": Measure(_saturated, "saturated units", by_layer=True, share=True),
}


TOGETHER: Final = ("cost", "error", "gradient_norm", "saturated")
"""The measures that `core.fast.evaluation` computes; the others use their functions here."""


def records_of(name: str) -> tuple[str, ...]:
    """The names under which a measure is recorded: `train_cost` and `validation_cost`, but only `gradient_norm`."""
    return (f"train_{name}", f"validation_{name}") if MEASURES[name].validation else (name,)


def is_measured(epoch: int, settings: Settings) -> bool:
    """Whether the training examples are measured after this epoch, counted from 1; after the first and the last always.

    Unless `measure_every` asks for others, these are the epochs 1, 2, 3, 5, 8, 13, 21, …, each the sum of the two
    before: most is learnt early, and a measurement takes about as long as an epoch of training.
    """
    if epoch in (1, settings.epochs):
        return True
    if settings.measure_every:
        return epoch % settings.measure_every == 0
    before, this = 1, 1
    while this < epoch:
        before, this = this, before + this
    return this == epoch


def recorded() -> dict[str, Measure]:
    """The measures by the names of their records."""
    return {record: measure for name, measure in MEASURES.items() for record in records_of(name)}


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Cost and error of each member, (S,); gradient norm and saturation by layer, (S, L) or (S, 0).

    If a member's outputs are NaN, so are all its numbers here.

    Attributes:
        more: all other measures of `MEASURES`, by name.
    """

    cost: Array
    error: Array
    gradient_norm: Array
    saturated: Array
    more: Mapping[str, Array] = field(default_factory=dict)

    __repr__ = brief

    @property
    def finite(self) -> NDArray[np.bool_]:
        """Which members have only finite numbers, (S,)."""
        return only_finite((self.cost, self.error, self.gradient_norm), len(self.cost))


def unmeasured(network: Network) -> Evaluation:
    """NaN for every measure of the training examples, in arrays that cannot be written to."""
    one, by_layer = (
        np.full(shape, np.nan) for shape in (network.members, (network.members, len(network.layers)))
    )
    one.flags.writeable = by_layer.flags.writeable = False
    found = {name: by_layer if measure.by_layer else one for name, measure in MEASURES.items()}
    return Evaluation(**{name: found.pop(name) for name in TOGETHER}, more=found)


def measured(
    names: Sequence[str],
    examples: Examples | Portions,
    network: Network,
    each: Sequence[Settings],
    members: Sequence[int] | NDArray[np.intp],
) -> dict[str, Array]:
    """These measures by their functions in `MEASURES`, member by member; NaN where the cost is NaN."""
    found: dict[str, list[Array]] = {name: [] for name in names}
    examples = examples.astype(network.layers[0].W.dtype)
    for place, (member, settings) in enumerate(zip(members, each, strict=True)):
        alone, mine = network.take([place]), examples.of(int(member))
        unknown = np.isnan(_cost(alone, mine, settings))
        for name in names:
            value = np.asarray(MEASURES[name].of(alone, mine, settings), float)
            value[unknown] = np.nan
            found[name].append(value)
    layers = len(network.layers)
    return {
        name: np.concatenate(values) if values else np.zeros((0, layers) if MEASURES[name].by_layer else 0)
        for name, values in found.items()
    }


def evaluated(
    examples: Examples | Portions,
    network: Network,
    each: Sequence[Settings],
    members: Sequence[int] | NDArray[np.intp] | None = None,
    *,
    inside: bool,
) -> Evaluation:
    """Every measure by its function in `MEASURES`; without `inside` only those measured on validation examples too.

    `members` says whose portion each network is measured on, by default that of the member in its place.
    """
    names = [name for name in MEASURES if inside or MEASURES[name].validation]
    found = measured(names, examples, network, each, range(len(each)) if members is None else members)
    none = np.zeros((network.members, 0))
    return Evaluation(
        found.pop("cost"),
        found.pop("error"),
        found.pop("gradient_norm", none),
        found.pop("saturated", none),
        found,
    )
