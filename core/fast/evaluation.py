"""Fast measurement of a population's cost, error, gradient norms and saturation.

Examples:
    >>> from core import Examples, Purpose, generators, initialise
    >>> network = initialise(
    ...     (1, 1), generators(0, [0], Purpose.INITIALISATION), output="identity", biases=False
    ... )
    >>> line = Examples(np.array([[1.0, -1.0]]), np.array([[2.0, -2.0]]))  # y = 2 x
    >>> network.layers[0].W[...] = 1
    >>> evaluate(network, line, Settings(cost="quadratic", learning_rate=1.0, error="unexplained"))
    Evaluation(cost=[0.5], error=[0.25], gradient_norm=[], saturated=[], more={})
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.activations import ACTIVATIONS
from core.arrays import Array, ShapeError
from core.backprop import Gradient, add_penalty_slope
from core.entrance import check_error, check_examples
from core.error_measures import ERRORS, ErrorMeasure
from core.examples import Examples, Portions
from core.fast.binding import Bound, bind, run
from core.fast.layout import Rows, as_network, side_by_side
from core.fast.threads import one_thread
from core.measures import MEASURES, SATURATED, TOGETHER, Evaluation, evaluated, measured
from core.network import Network
from core.output import cost_of_examples
from core.settings import Settings

BLOCK: Final = 1 << 17
"""How many activations are computed at a time: few enough for the processor's cache."""


def evaluate(
    network: Network,
    examples: Examples | Portions,
    settings: Settings | Sequence[Settings],
    *,
    inside: bool = False,
) -> Evaluation:
    """Measure a population on all the examples.

    Args:
        network: a population of S networks.
        examples: examples to measure on, the same for all members or each member's own.
        settings: cost, penalties and error measure: one `Settings` for all members, or one for each. The error
            measure must be the same for all.
        inside: whether to measure the gradient and the saturation too.

    Returns:
        Means over the examples.

    Raises:
        ShapeError: if examples or settings do not fit the network.
        ValueError: if a name is not known, the cost is not defined for the network's outputs, or the targets do not
            suit the cost or the error measure.
    """
    each = [settings] * network.members if isinstance(settings, Settings) else settings
    check_examples(network, examples.all, [one.cost for one in each])
    if isinstance(examples, Portions) and len(examples.rows) != network.members:
        raise ShapeError(f"{network.members} networks need as many portions, not {len(examples.rows)}")
    if len(each) != network.members or len({one.error for one in each}) > 1:
        raise ShapeError(
            f"each member needs settings, all with the same error measure, not {network.members} networks, {len(each)} "
            f"settings and {', '.join(sorted({one.error for one in each}))}"
        )
    for error in {one.error for one in each}:
        check_error(error, examples.all.y, [one.cost for one in each])
    if not each:
        return evaluated(examples, network, each, inside=inside)
    # what overflows is measured as it is
    with one_thread(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        evaluator = Evaluator(network, examples, Rows.of(examples, network), inside=inside)
        return evaluator.measure(network, each, np.arange(network.members))


class Evaluator:
    """Measures each member on one block of examples after another, always in the same arrays."""

    def __init__(
        self, network: Network, columns: Examples | Portions, examples: Rows, *, inside: bool
    ) -> None:
        """Prepare for networks of this shape and rows laid out for them; `inside` as in `evaluate`."""
        self._columns, self._examples, self._inside = columns, examples, inside
        self._parameters = side_by_side(network.take([0]))
        self._gradients = [np.empty_like(P) for P in self._parameters] if inside else []
        self._total = [np.empty_like(gradient) for gradient in self._gradients]  # over all blocks
        self._sizes, self._activations = network.sizes, [layer.activation for layer in network.layers]
        self._member = as_network(self._parameters, self._sizes, self._activations)
        self._block = min(len(examples), max(1, BLOCK // sum(self._sizes)))
        self._bound: dict[tuple[str, int], Bound] = {}
        self._read: dict[tuple[int, int], Any] = {}
        self._scale: dict[int, float] = {}

    def measure(self, network: Network, each: Sequence[Settings], members: NDArray[np.intp]) -> Evaluation:
        """Measure each network with its own settings on the examples of its member, as `evaluate` does."""
        measure = ERRORS[each[0].error]
        layers = len(network.layers) if self._inside else 0
        cost, error = np.zeros(network.members), np.zeros(network.members)
        norms, saturated = np.zeros((network.members, layers)), np.zeros((network.members, layers))
        m, last = len(self._examples), self._activations[-1]
        of_whom = (np.zeros_like(members) if self._examples.own is None else members).tolist()
        self._look_at_targets(measure, of_whom)
        for member, settings in enumerate(each):
            for mine, theirs in zip(self._member.layers, network.layers, strict=True):
                mine.W[0] = theirs.W[member]
                if mine.b is not None and theirs.b is not None:
                    mine.b[0] = theirs.b[member]
            for total in self._total:
                total.fill(0)
            for start in range(0, m, self._block):
                these = self._these(of_whom[member], start)
                bound = self._load(these, settings.cost)
                run(bound.forward)
                z, h, y = bound.z[-1][0], bound.h[-1][0], bound.y[0].T
                cost[member] += cost_of_examples(settings.cost, last, z, h, y).sum() / m
                read = self._read[of_whom[member], start]
                error[member] += measure.of_example(h, read).sum()  # over m in the end: a count is exact
                if self._inside:
                    saturated[member] += self._saturated(bound) * (len(bound.y[0]) / m)
                    run(bound.backward)
                    for total, gradient in zip(self._total, self._gradients, strict=True):
                        total += gradient
            if self._inside:
                norms[member] = self._norms(settings)
        error[np.isnan(cost)] = saturated[np.isnan(cost)] = (
            np.nan
        )  # a comparison with NaN would count as an answer
        names = [name for name, one in MEASURES.items() if self._inside or one.validation]
        others = [name for name in names if name not in TOGETHER]
        more = measured(others, self._columns, network, each, members) if others else {}
        return Evaluation(cost, error / m / [self._scale[one] for one in of_whom], norms, saturated, more)

    def _look_at_targets(self, measure: ErrorMeasure, members: Sequence[int]) -> None:
        """Compute once what the error measure needs of each member's targets, block by block, and its scale."""
        y, own = self._examples.y, self._examples.own
        for member in members:
            if member not in self._scale:
                for start in range(0, len(self._examples), self._block):
                    self._read[member, start] = measure.read(y[self._these(member, start)].T)
                self._scale[member] = measure.scale((y if own is None else y[own[member]]).T)

    def _these(self, member: int, start: int) -> slice | NDArray[np.intp]:
        """The indices of a block of a member's examples."""
        block = slice(start, start + self._block)
        return block if self._examples.own is None else self._examples.own[member, block]

    def _load(self, these: slice | NDArray[np.intp], cost: str) -> Bound:
        """The calls for these rows, which are first copied to the arrays of the calls, unless they are all rows."""
        all_ = self._examples
        m = len(all_.x[these]) if isinstance(these, slice) else len(these)
        everything = isinstance(these, slice) and m == len(all_)
        bound = self._bound.get((cost, m))
        if bound is None:
            bound = bind(
                self._sizes,
                self._activations,
                self._parameters,
                [cost],
                all_.x[np.newaxis] if everything else np.empty((1, m, all_.x.shape[1]), all_.x.dtype),
                np.array(all_.y[these].T, order="C")[np.newaxis].mT,
                self._gradients,
                keep_z=True,
                forward_only=not self._inside,
            )
            bound.scale[...] = 1 / len(all_)
            self._bound[cost, m] = bound
        if isinstance(these, slice):
            if not everything:
                np.copyto(bound.x[0], all_.x[these])
                np.copyto(bound.y[0], all_.y[these])
        else:
            all_.x.take(these, 0, bound.x[0], "clip")
            np.copyto(bound.y[0], all_.y.take(these, 0, mode="clip"))
        return bound

    def _saturated(self, bound: Bound) -> Array:
        """Share of saturated units in each layer, (L,)."""
        shares = []
        for name, z, h in zip(self._activations, bound.z, bound.h, strict=True):
            activation = ACTIVATIONS[name]
            slope = activation.slope(z, h)
            np.abs(slope, out=slope)
            shares.append(np.count_nonzero(slope < SATURATED * activation.steepest) / slope.size)
        return np.array(shares)

    def _norms(self, settings: Settings) -> Array:
        """‖dC/dW, dC/db‖ of each layer, penalties included, (L,)."""
        if settings.l2 or settings.l1:
            views = as_network(self._total, self._sizes, self._activations)
            gradients = [Gradient(layer.W, layer.b) for layer in views.layers]
            add_penalty_slope(self._member, gradients, settings.l2, settings.l1)
        return np.sqrt([np.vdot(total, total) for total in self._total])  # W and b lie side by side
