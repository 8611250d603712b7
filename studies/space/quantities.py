"""What a constraint may name besides the parameters of a trial: quantities that follow from them and from the data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, Final, NamedTuple

from core import output_activation
from studies.space.expression import Expression, Name
from studies.space.trial_parameters import DEEPEST, SHAPE, USED_BY


class DataSize(NamedTuple):
    """What the data decide of a network.

    Attributes:
        inputs: units of the input layer.
        outputs: units of the output layer.
        examples: how many there are for training.
        classification: whether classes are predicted, and not numbers.
    """

    inputs: int
    outputs: int
    examples: int
    classification: bool = True


Settings = Mapping[str, Any]
"""The parameters of a trial, by name."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number that follows from a trial's settings.

    Attributes:
        meaning: what it is, in words, for docs/study_file.md.
        value: of settings and data; None if there is none.
        needs: the parameters that it follows from, besides the widths.
        of_widths: whether it follows from the widths of the hidden layers.
    """

    meaning: str
    value: Callable[[Settings, DataSize], float | None]
    needs: tuple[str, ...] = ()
    of_widths: bool = False


def widths_of(settings: Settings) -> Sequence[int]:
    """The units of each hidden layer."""
    if "widths" in settings:
        widths: Sequence[int] = settings["widths"]
        return widths
    return [settings["width"]] * settings["depth"]


def weights_of(widths: Sequence[int], data: DataSize, *, biases: bool = True) -> int:
    """How many weights and biases a network has: Σ (N_{l-1} + 1) N_l, without biases Σ N_{l-1} N_l."""
    return sum((n_in + biases) * n_out for n_in, n_out in pairwise((data.inputs, *widths, data.outputs)))


def _updates(settings: Settings, data: DataSize) -> int:
    return int(settings["epochs"]) * -(-data.examples // batch_of(settings, data))


def batch_of(settings: Settings, data: DataSize) -> int:
    """Examples of a mini-batch; of a full one all of the training part."""
    size = settings["batch_size"]
    return data.examples if size == "full" else int(size)


OF_NETWORKS: Final[Mapping[str, Quantity]] = {
    "weights": Quantity(
        "weights and biases of a network",
        lambda settings, data: weights_of(widths_of(settings), data, biases=settings["biases"]),
        ("biases",),
        of_widths=True,
    ),
    "layers": Quantity("hidden layers", lambda settings, _: len(widths_of(settings)), of_widths=True),
    "units": Quantity(
        "units of all hidden layers", lambda settings, _: sum(widths_of(settings)), of_widths=True
    ),
    "widest": Quantity(
        "units of the widest hidden layer",
        lambda settings, _: max(widths_of(settings), default=None),
        of_widths=True,
    ),
    "narrowest": Quantity(
        "units of the narrowest hidden layer",
        lambda settings, _: min(widths_of(settings), default=None),
        of_widths=True,
    ),
    "updates": Quantity(
        "steps of the optimiser, if no network stops early: epochs times mini-batches of an epoch",
        _updates,
        ("epochs", "batch_size"),
    ),
}
"""Of networks of `core`. Besides there is `width_1` and so on, the units of each hidden layer."""

OF_DATA: Final[Mapping[str, Quantity]] = {
    "inputs": Quantity("units of the input layer", lambda _, data: data.inputs),
    "outputs": Quantity("units of the output layer", lambda _, data: data.outputs),
    "examples": Quantity("examples of the training part", lambda _, data: data.examples),
}
"""Of the data, also for a trainer of the user's own."""

LAYERS: Final = {f"width_{place}": place for place in range(1, DEEPEST + 1)}
"""The hidden layers by the names of their widths."""

NUMBER: Final = Name("number")


def quantities(layers: int) -> dict[str, Name]:
    """The names of quantities that a constraint may use, the deepest network of a study having so many layers."""
    return dict.fromkeys([*OF_NETWORKS, *list(LAYERS)[:layers], *OF_DATA], NUMBER)


@dataclass(frozen=True, slots=True)
class Constraints:
    """What the settings of every trial must meet.

    Attributes:
        expressions: each of them.
        data: what they are held against besides the settings.
        own: whether a trainer of the user's own is trained.
    """

    expressions: tuple[Expression, ...]
    data: DataSize
    own: bool = False

    def met(self, settings: Settings) -> bool:
        """Whether a trial's settings meet all of them."""
        value_of = self.value_of(settings)
        return all(one.holds(value_of) for one in self.expressions)

    def value_of(self, settings: Settings) -> Callable[[str], Any]:
        """Gives the value of a name beside these settings; None where it has none."""
        return partial(_of_own if self.own else _of_network, settings, self.data)

    @property
    def parameters(self) -> frozenset[str]:
        """The parameters on which it depends whether they are met."""
        names = frozenset[str]().union(*(one.names for one in self.expressions))
        if self.own:
            return names
        found = set(names)
        for name in names:
            quantity = OF_NETWORKS.get(name)
            found |= {*quantity.needs} if quantity else set()
            if name in LAYERS or name in SHAPE or (quantity and quantity.of_widths):
                found |= {"widths", *SHAPE, *LAYERS}
        if "output_activation" in names:  # "auto" goes with the cost
            found.add("cost")
        return frozenset(found)


def _of_own(settings: Settings, data: DataSize, name: str) -> Any:
    return settings[name] if name in settings else OF_DATA[name].value(settings, data)


def _of_network(settings: Settings, data: DataSize, name: str) -> Any:
    if quantity := OF_NETWORKS.get(name) or OF_DATA.get(name):
        return quantity.value(settings, data)
    if place := LAYERS.get(name):
        widths = widths_of(settings)
        return widths[place - 1] if place <= len(widths) else None
    if name == "batch_size":
        return batch_of(settings, data)
    if name == "output_activation" and settings.get(name, "auto") == "auto":
        return output_activation(settings["cost"], classification=data.classification)
    other, users = USED_BY.get(name, ("", set()))
    return settings.get(name) if not other or settings[other] in users else None
