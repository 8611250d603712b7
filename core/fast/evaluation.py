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
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.activations import ACTIVATIONS
from core.arrays import Array, ShapeError
from core.backprop import Gradient, add_penalty_slope
from core.class_weights import weights_of
from core.entrance import check_class_weights, check_error, check_examples
from core.error_measures import ERRORS, ErrorMeasure
from core.examples import Examples, Portions
from core.fast.binding import Bound, bind, run
from core.fast.layout import Rows, as_network, narrow, side_by_side
from core.fast.threads import one_thread
from core.measures import MEASURES, SATURATED, TOGETHER, Evaluation, evaluated, measured, measured_in
from core.network import Network
from core.output import cost_of_examples
from core.settings import Settings

BLOCK: Final = 1 << 17
"""How many activations are computed at a time: few enough for the processor's cache."""

PIECE: Final = 1_000_000
"""How many multiplications BLAS does at a time in the first layer: OpenBLAS multiplies small matrices in less time."""


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
        settings: cost, class weights, penalties and error measure: one `Settings` for all members, or one for each. The
            error measure must be the same for all.
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
    for weights in {one.class_weights for one in each}:
        check_class_weights(examples.all.y, weights)
    if not each:
        return evaluated(examples, network, each, inside=inside)
    # what overflows is measured as it is
    with one_thread(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return Evaluator(network, examples, inside=inside).measure(network, each, np.arange(network.members))


@dataclass(slots=True)
class Block:
    """The arrays and calls for some members and so many examples.

    Attributes:
        bound: the calls.
        read: what the error measure reads of the targets, (S, …, m).
        holds: the members whose targets are there, and the first of their examples.
    """

    bound: Bound
    read: Array
    holds: tuple[list[int], int] | None = None


class Evaluator:
    """Measures one group of members on one block of examples after another, in arrays that are allocated once.

    Small networks are taken together, so that their calls cost less; a member's numbers do not depend on its group. The
    products with the inputs, which are the largest, are made where the inputs stand.
    """

    def __init__(self, network: Network, examples: Examples | Portions, *, inside: bool) -> None:
        """Prepare for networks of this shape; `inside` as in `evaluate`."""
        self._columns, self._inside = examples, inside
        self._examples = Rows.of(examples, network)
        self._targets = np.ascontiguousarray(self._examples.y.T)
        self._sizes, self._activations = network.sizes, [layer.activation for layer in network.layers]
        self._block = min(len(examples), max(1, BLOCK // sum(self._sizes[1:])))
        weights = sum(layer.W[0].size for layer in network.layers)
        together = BLOCK // max(self._block * sum(self._sizes[1:]), weights)
        self._together = max(1, min(network.members, together))
        some = network.take(range(self._together))
        # a single example may be left in the end
        self._parameters = side_by_side(some, narrow(self._sizes, 1, self._block))
        self._gradients = [np.empty_like(P.mT, order="C").mT for P in self._parameters] if inside else []
        self._total = (
            self._gradients if self._block == len(examples) else [np.empty_like(g) for g in self._gradients]
        )
        piece = PIECE // self._parameters[0][0].size or self._block
        self._narrow = narrow(self._sizes, 1)[0]
        self._pieces = [slice(start, start + piece) for start in range(0, self._block, piece)]
        self._views: dict[int, Network] = {}
        self._bound: dict[tuple[tuple[tuple[str, bool], ...], int], Block] = {}
        self._read: dict[str, Array] = {}
        self._scale: dict[int, float] = {}
        own = self._examples.own
        self._in_a_row = None if own is None else (np.diff(own) == 1).all(axis=1)

    def measure(self, network: Network, each: Sequence[Settings], members: NDArray[np.intp]) -> Evaluation:
        """Measure each network with its own settings on the examples of its member, as `evaluate` does."""
        measure = ERRORS[each[0].error]
        if each[0].error not in self._read:
            self._read[each[0].error] = measure.read(self._targets)
        all_read = self._read[each[0].error]
        at_once = measure.whole is not None or not measure.share  # it needs all the outputs together
        layers = len(network.layers) if self._inside else 0
        cost, error = np.zeros(network.members), np.zeros(network.members)
        norms, saturated = np.zeros((network.members, layers)), np.zeros((network.members, layers))
        m = len(self._examples)
        of_whom = (np.zeros_like(members) if self._examples.own is None else members).tolist()
        for first in range(0, network.members, self._together):
            some = slice(first, first + self._together)
            count = len(of_whom[some])
            views = self._views.get(count) or self._view(count)
            for mine, theirs in zip(views.layers, network.layers, strict=True):
                mine.W[...] = theirs.W[some]
                if mine.b is not None and theirs.b is not None:
                    mine.b[...] = theirs.b[some]
            outputs = np.empty((count, self._sizes[-1], m if at_once else 0), self._targets.dtype)
            for start in range(0, m, self._block):
                block = self._bind(each[some], min(self._block, m - start), all_read)
                bound, inputs = block.bound, self._load(of_whom[some], start, block, all_read)
                for P, x, z in zip(self._parameters[0], inputs, bound.z[0], strict=False):
                    for piece in self._pieces:
                        np.matmul(P.T, self._at_round_address(x[piece]).T, z[:, piece])
                run(bound.forward)
                cost[some] += self._costs(each[some], bound) / m
                if at_once:
                    outputs[..., start : start + bound.y.shape[1]] = bound.h[-1]
                else:  # over m in the end: a count is exact
                    error[some] += measure.total(bound.h[-1], block.read)
                if self._inside:
                    saturated[some] += self._saturated(bound) * (bound.y.shape[1] / m)
                    run(bound.backward)
                    for delta, x, gradient in zip(bound.delta, inputs, self._gradients[0], strict=False):
                        np.dot(delta, self._at_round_address(x), gradient.T)
                    self._add_up(start)
            for place, member in enumerate(of_whom[some] if at_once else ()):
                error[first + place] = measured_in(
                    each[first + place], outputs[place], self._targets_of(member)
                )
            if self._inside:
                norms[some] = self._norms(views, each[some])
        error[np.isnan(cost)] = saturated[np.isnan(cost)] = (
            np.nan
        )  # a comparison with NaN would count as an answer
        if not at_once:
            error /= m * np.array([self._scale_of(one, measure) for one in of_whom])
        names = [name for name, one in MEASURES.items() if self._inside or one.validation]
        others = [name for name in names if name not in TOGETHER]
        more = measured(others, self._columns, network, each, members) if others else {}
        return Evaluation(cost, error, norms, saturated, more)

    def _view(self, count: int) -> Network:
        """The arrays of so many members as a network."""
        parameters = [P[:count] for P in self._parameters]
        self._views[count] = as_network(parameters, self._sizes, self._activations)
        return self._views[count]

    def _bind(self, each: Sequence[Settings], m: int, all_read: Array) -> "Block":
        """The arrays and calls for members with these costs and class weights, and so many examples."""
        costs = tuple((one.cost, bool(one.class_weights)) for one in each)
        if (costs, m) not in self._bound:
            count = len(costs)
            y = np.empty((count, self._sizes[-1], m), self._targets.dtype)
            parameters, gradients = (
                [P[:count] for P in arrays] for arrays in (self._parameters, self._gradients)
            )
            bound = bind(
                self._sizes,
                self._activations,
                parameters,
                [cost for cost, _ in costs],
                None,
                y.mT,
                gradients,
                weighted=[weighted for _, weighted in costs],
                keep_z=True,
                forward_only=not self._inside,
            )
            bound.scale[...] = 1 / len(self._examples)
            read = np.empty((count, *all_read.shape[:-1], m), all_read.dtype)
            self._bound[costs, m] = Block(bound, read)
        block = self._bound[costs, m]
        for place, one in enumerate(each):
            if one.class_weights:
                block.bound.class_weights[place, :, 0] = one.class_weights
        return block

    def _load(self, of_whom: list[int], start: int, block: "Block", all_read: Array) -> list[Array]:
        """Copy the targets of a block; the inputs of each member, which are copied only if they stand apart."""
        m = block.read.shape[-1]
        places = [self._these(member, start, m) for member in of_whom]
        if block.holds != (of_whom, start):
            for place, these in enumerate(places):
                block.bound.y[place].T[...] = self._targets[:, these]
                block.read[place] = all_read[..., these]
            block.holds = of_whom, start
        return [self._examples.inputs(member, these) for member, these in zip(of_whom, places, strict=True)]

    def _at_round_address(self, x: Array) -> Array:
        """These rows; if vectors are multiplied, a copy, since they may stand anywhere among the examples."""
        return x.copy() if self._narrow and narrow(self._sizes, len(x))[0] else x

    def _these(self, member: int, start: int, m: int) -> slice | NDArray[np.intp]:
        """The places of m of a member's examples."""
        if self._examples.own is None:
            return slice(start, start + m)
        own = self._examples.own[member]
        if self._in_a_row is not None and self._in_a_row[member]:
            first = int(own[0]) + start
            return slice(first, first + m)
        return own[start : start + m]

    def _costs(self, each: Sequence[Settings], bound: Bound) -> Array:
        """The sum of each member's costs over the block."""
        costs = [one.cost for one in each]
        z, h, y = bound.z[-1], bound.h[-1], bound.y.mT
        last = self._activations[-1]
        found = np.empty(len(costs), z.dtype)
        for cost in dict.fromkeys(costs):
            these = [place for place, one in enumerate(costs) if one == cost]
            part = slice(None) if len(these) == len(costs) else these
            of_examples = cost_of_examples(cost, last, z[part], h[part], y[part])
            for row, place in enumerate(these):
                if weights := each[place].class_weights:
                    of_examples[row] *= weights_of(y[place], weights)
            found[part] = of_examples.sum(axis=-1)
        return found

    def _saturated(self, bound: Bound) -> Array:
        """Share of saturated units in each layer, (S, L)."""
        shares = []
        for name, z, h in zip(self._activations, bound.z, bound.h, strict=True):
            activation = ACTIVATIONS[name]
            slope = activation.slope(z, h)
            np.abs(slope, out=slope)
            low = slope < SATURATED * activation.steepest
            shares.append([np.count_nonzero(one) / one.size for one in low])
        return np.array(shares).T

    def _add_up(self, start: int) -> None:
        """Add the block's gradients to those of the blocks before, unless it is the only one."""
        if self._total is self._gradients:
            return
        for total, gradient in zip(self._total, self._gradients, strict=True):
            np.add(total, gradient, total) if start else np.copyto(total, gradient)

    def _norms(self, network: Network, each: Sequence[Settings]) -> Array:
        """‖dC/dW, dC/db‖ of each member and layer, penalties included, (S, L)."""
        norms = []
        for place, settings in enumerate(each):
            totals = [total[place : place + 1] for total in self._total]
            if settings.l2 or settings.l1:
                views = as_network(totals, self._sizes, self._activations)
                gradients = [Gradient(layer.W, layer.b) for layer in views.layers]
                add_penalty_slope(network.take([place]), gradients, settings.l2, settings.l1)
            # W and b lie side by side; a copy stands at a round address, on which the last bit of old kernels depends
            flat = [total.flatten("K") for total in totals]
            norms.append([np.dot(one, one) for one in flat])
        return np.sqrt(norms)

    def _scale_of(self, member: int, measure: ErrorMeasure) -> float:
        if member not in self._scale:
            self._scale[member] = measure.scale(self._targets_of(member))
        return self._scale[member]

    def _targets_of(self, member: int) -> Array:
        """All targets of a member, (N_L, m)."""
        own = self._examples.own
        return self._targets if own is None else self._targets[:, own[member]]
