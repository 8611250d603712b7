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
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.activations import ACTIVATIONS
from core.arrays import Array, ShapeError
from core.backprop import Gradient, add_penalty_slope
from core.entrance import check_class_weights, check_error, check_examples
from core.error_measures import ERRORS, ErrorMeasure
from core.examples import Examples, Portions
from core.fast.arithmetic import arithmetic_of_training
from core.fast.binding import Bound, bind, is_opposite, run, wide, z_is_free
from core.fast.in_place import Call, costs_of_examples, count_true, steepness, weigh, wrong
from core.fast.layout import Rows, as_network, narrow, room
from core.fast.threads import small_products
from core.measures import MEASURES, SATURATED, TOGETHER, Evaluation, evaluated, measured, measured_in
from core.network import Network
from core.settings import Settings

BLOCK: Final = 1 << 17
"""How many activations are computed at a time: few enough for the processor's cache."""

PIECE: Final = 1_000_000
"""How many multiplications BLAS does at a time in the first layer, where `small_products` says that this gains."""

FEWEST: Final = 32
"""With fewer examples a piece, cutting a product costs more than it gains; and to add up pieces, four times as many."""


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
    with arithmetic_of_training():
        return Evaluator(network, examples, inside=inside).measure(network, each, np.arange(network.members))


@dataclass(slots=True)
class Block:
    """The arrays and calls for some members and so many examples.

    Attributes:
        bound: the calls forward and backward.
        targets: those of each member, (S, N_L, m), or (1, N_L, m) of all.
        read: what the error measure reads of the targets, (S, …, m) or (1, …, m).
        sums: each member's sum of costs, its sum of errors unless the measure needs all outputs together, and how many
            units of each layer are saturated, (2 + L, S), or (2, S).
        outcome: the calls that compute costs and errors from the outputs, and count saturated outputs.
        saturation: the calls that count other saturated units after the calls backward.
        holds: where whose targets stand, by their number in `Group`, and the first of their examples.
    """

    bound: Bound
    targets: Array
    read: NDArray[Any]
    sums: Array
    outcome: list[Call]
    saturation: list[Call]
    holds: tuple[list[tuple[slice, int]], int] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Members that are measured together.

    Attributes:
        order: their places in the network.
        places: the same, as a slice where they are evenly spaced.
        whose: which of them have the same examples, a number that stands for these, and a member who has them.
        holders: the same without that member.
        costs: their costs, and whether there are class weights.
        class_weights: of those that have any, by their places in the group.
        copies: the calls that copy their weights and biases to where they are measured.
        gradients: a row for each member's dC/dP of each layer.
        known: the arrays and calls that measure a block, by its first example: see `Evaluator._calls`.
    """

    order: list[int]
    places: slice | list[int]
    whose: list[tuple[slice, int, int]]
    holders: list[tuple[slice, int]]
    costs: tuple[tuple[str, bool], ...]
    class_weights: dict[int, tuple[float, ...]]
    copies: list[Call]
    gradients: list[Array]
    known: dict[int, tuple[Block, list[Call]]] = field(default_factory=dict)


class Evaluator:
    """Measures one group of members on one block of examples after another, in arrays that are allocated once.

    Small networks are taken together, so that their calls cost less, and those first that have the same examples. A
    member's numbers do not depend on its group. The products with the inputs, which are the largest, are made where the
    inputs stand.
    """

    def __init__(self, network: Network, examples: Examples | Portions, *, inside: bool) -> None:
        """Prepare for networks of this shape; `inside` as in `evaluate`."""
        self._columns, self._inside = examples, inside
        self._examples = Rows.of(examples, network)
        self._targets = self._examples.y
        self._sizes, self._activations = network.sizes, [layer.activation for layer in network.layers]
        m, widths = len(examples), self._sizes[1:]
        weights, activations = sum(layer.W[0].size for layer in network.layers), sum(widths)
        self._block = -(-m // -(-m // max(1, BLOCK // activations)))  # as equal as possible
        together = BLOCK // max(self._block * activations, weights)
        self._together = max(1, min(network.members, together))
        S, dtype = self._together, self._targets.dtype
        shapes = [
            (S, n + (layer.b is not None), N)
            for layer, (n, N) in zip(network.layers, pairwise(self._sizes), strict=True)
        ]
        _, n, N = shapes[0]
        self._first = np.zeros((S, n, wide(N)), dtype)  # what is beyond N stays 0
        self._parameters = [self._first[..., :N]]
        # a single example may be left in the end
        _, *others = narrow(self._sizes, 1, self._block)
        self._parameters += [
            room(shape, dtype, rounded=apart) for shape, apart in zip(shapes[1:], others, strict=True)
        ]
        self._gradients = [  # dC/dPᵀ, and below it zeros
            np.zeros((S, wide(N), n), dtype) for _, n, N in (shapes if inside else [])
        ]
        self._total = self._gradients if self._block == m else [np.zeros_like(one) for one in self._gradients]
        self._parts = np.empty(0, self._targets.dtype)
        self._narrow = narrow(self._sizes, 1)[0]
        self._bound: dict[tuple[tuple[tuple[str, bool], ...], bool, int, str], Block] = {}
        self._read: dict[str, Array] = {}
        self._scale: dict[int, float] = {}
        self._divisors = np.ones((0, 0))
        self._layers = len(widths) if inside else 0
        self._others = [
            name for name, one in MEASURES.items() if name not in TOGETHER and (inside or one.validation)
        ]
        own = self._examples.own
        self._in_a_row = None if own is None else (np.diff(own) == 1).all(axis=1)
        self._groups: list[Group] = []
        self._grouped: tuple[object, ...] = (None, None, None)

    def measure(self, network: Network, each: Sequence[Settings], members: NDArray[np.intp]) -> Evaluation:
        """Measure each network with its own settings on the examples of its member, as `evaluate` does."""
        measure = ERRORS[each[0].error]
        # it needs all the outputs together
        at_once = measure.whole is not None or not measure.share or self._examples.counts is not None
        those, theirs, whose = self._grouped
        if those is not network or theirs is not each or whose is not members:
            self._group(network, each, members, at_once=at_once)
        m, S = len(self._examples), network.members
        sums, squares = np.zeros((2 + self._layers, S)), np.empty((self._layers, S), self._targets.dtype)
        for group in self._groups:
            some = group.places
            run(group.copies)
            outputs = []
            for start in range(0, m, self._block):
                block, calls = group.known.get(start) or self._calls(group, start, each[0].error)
                self._load(group, start, block, each[0].error)
                run(calls)
                sums[:, some] += block.sums
                if at_once:
                    outputs.append(block.bound.h[-1].copy())
                self._add_up(start)
            if at_once:
                for place, out in zip(group.order, np.concatenate(outputs, axis=-1), strict=True):
                    targets = self._targets_of(int(members[place]))
                    sums[1, place] = measured_in(each[place], out, targets, self._examples.counts)
            self._add_penalties(network, group, each)
            for row, gradients in zip(squares, group.gradients, strict=True):
                # each member begins at a round address, on which the last bit of old kernels depends
                row[some] = np.vecdot(gradients, gradients)
        sums /= self._divisors  # a count is exact
        cost, error, saturated = sums[0], sums[1], sums[2:].T
        unknown = np.isnan(cost)
        if np.count_nonzero(unknown):  # a comparison with NaN would count as an answer
            error[unknown] = saturated[unknown] = np.nan
        more = measured(self._others, self._columns, network, each, members) if self._others else {}
        return Evaluation(cost, error, np.sqrt(squares).T.astype(float), saturated, more)

    def _group(
        self, network: Network, each: Sequence[Settings], members: NDArray[np.intp], *, at_once: bool
    ) -> None:
        """Group the members and prepare what depends on them.

        Those with the same examples, and then those of the same cost, follow each other.
        """
        whose = [self._first_of(int(member)) for member in members]
        costs_of = [(one.cost, bool(one.class_weights)) for one in each]
        order = sorted(range(len(each)), key=lambda place: (whose[place], costs_of[place]))
        cut: list[list[int]] = [[]]
        for _, alike in groupby(order, key=whose.__getitem__):
            places = list(alike)
            for some, parts in _cut(len(places), self._together):
                size = (some.stop - some.start) // parts
                for start in range(some.start, some.stop, size):
                    if len(cut[-1]) + size > self._together:
                        cut.append([])
                    cut[-1] += places[start : start + size]
        self._groups = []
        for places in cut:
            runs, first = [], 0
            for _, alike in groupby(places, key=whose.__getitem__):
                count = len(list(alike))
                member = int(members[places[first]])
                runs.append((slice(first, first + count), whose[places[first]], member))
                first += count
            self._groups.append(
                Group(
                    places,
                    _evenly(places),
                    runs,
                    [(some, number) for some, number, _ in runs],
                    tuple(costs_of[place] for place in places),
                    {
                        i: each[place].class_weights
                        for i, place in enumerate(places)
                        if each[place].class_weights
                    },
                    self._copies(network, _evenly(places), len(places)),
                    [total[: len(places)].reshape(len(places), -1) for total in self._total],
                )
            )
        measure, m = ERRORS[each[0].error], float(len(self._examples))
        scales = [1.0 if at_once else m * self._scale_of(int(one), measure) for one in members]
        units = [np.full(len(each), m * N) for N in self._sizes[1 : 1 + self._layers]]
        self._divisors = np.stack([np.full(len(each), m), scales, *units])
        self._grouped = network, each, members

    def _copies(self, network: Network, places: slice | list[int], count: int) -> list[Call]:
        """The calls that copy the weights and biases of these members to the first `count` of the parameters.

        Where −z_1 is wanted, it is −W_1 and −b_1 that are multiplied.
        """
        views = as_network([P[:count] for P in self._parameters], self._sizes, self._activations)
        factors = [-1 if is_opposite(self._activations) else 1, *[1] * (len(views.layers) - 1)]
        return [
            _multiplied(theirs, places, np.array(factor, mine.dtype), mine)
            for one, other, factor in zip(views.layers, network.layers, factors, strict=True)
            for mine, theirs in ((one.W, other.W), (one.b, other.b))
            if mine is not None and theirs is not None
        ]

    def _first_of(self, member: int) -> int:
        """The same number for members that have the same examples, as far as that is known."""
        if self._examples.own is None:
            return 0
        if self._examples.standard is None and self._in_a_row is not None and self._in_a_row[member]:
            return int(self._examples.own[member, 0])
        return -1 - member

    def _bind(self, group: Group, m: int, error: str) -> Block:
        """The arrays and calls for such a group, so many examples and an error measure."""
        costs, alike = group.costs, len(group.whose) == 1
        form = costs, alike, m, error
        if form not in self._bound:
            count = len(costs)
            copies = 1 if alike else count
            targets = np.empty((copies, self._sizes[-1], m), self._targets.dtype)
            y = np.broadcast_to(targets, (count, *targets.shape[1:]))
            parameters = [P[:count] for P in self._parameters]
            gradients = [
                G[:count].mT[..., :N] for G, N in zip(self._gradients, self._sizes[1:], strict=False)
            ]
            bound = bind(
                self._sizes,
                self._activations,
                parameters,
                [cost for cost, _ in costs],
                None,
                y,
                gradients,
                weighted=[weighted for _, weighted in costs],
                counted=self._examples.counts is not None,
                one_scale=True,
                keep_z=True,
                forward_only=not self._inside,
            )
            bound.scale[...] = 1 / len(self._examples)
            like = self._read_by(error)
            read = np.empty((copies, *like.shape[:-1], m), like.dtype)
            sums = np.zeros((2 + self._layers, count))
            outcome = self._outcome(
                costs, bound, error, np.broadcast_to(read, (count, *read.shape[1:])), sums
            )
            last, saturation = self._saturation(bound, sums[2:])
            self._bound[form] = Block(bound, targets, read, sums, [*outcome, *last], saturation)
        return self._bound[form]

    def _outcome(
        self,
        costs: Sequence[tuple[str, bool]],
        bound: Bound,
        error: str,
        read: NDArray[Any],
        sums: Array,
    ) -> list[Call]:
        """The calls that compute the sums of each member's costs and errors."""
        z, h, y, spare = bound.z[-1], bound.h[-1], bound.y, self._spare(bound)
        of_examples, cost, errors = np.empty_like(z[:, 0]), np.empty(len(z), z.dtype), sums[1]
        calls: list[Call] = []
        first = 0
        for (name, weighted), alike in groupby(costs):
            these = slice(first, first := first + len(list(alike)))
            arrays = z[these], h[these], y[these], of_examples[these], [one[these] for one in spare]
            calls += costs_of_examples(name, self._activations[-1], *arrays)
            if weighted:
                row = of_examples[these, np.newaxis]
                calls += weigh(row, y[these], bound.class_weights[these], spare[0][these])
        if bound.counts is not None:
            calls.append(partial(np.multiply, of_examples, bound.counts[:, 0], of_examples))
        calls += [partial(np.add.reduce, of_examples, -1, None, cost), partial(np.copyto, sums[0], cost)]
        if error == "misclassified":
            calls += wrong(h, read, errors)
        elif (of_example := ERRORS[error].of_example) is not None:
            calls.append(lambda: np.copyto(errors, of_example(h, read).sum(axis=-1)))
        return calls

    def _saturation(self, bound: Bound, counts: Array) -> tuple[list[Call], list[Call]]:
        """The calls that count the saturated units of each layer, (L, S): of the last before those backward, which take
        its scratch array, and of all others after them.
        """  # noqa: D205 - one sentence, too long for a line
        of_layers: list[list[Call]] = []
        slopes = [*bound.slope, None] if self._inside else []
        for name, z, h, known, found in zip(
            self._activations, bound.z, bound.h, slopes, counts, strict=False
        ):
            slope, calls = known, []
            if slope is None:
                slope = self._spare(bound)[0] if h is bound.h[-1] else np.empty_like(h)
                calls = steepness(name, z, h, slope)
            limit = np.array(SATURATED * ACTIVATIONS[name].steepest, slope.dtype)
            low = np.empty(slope.shape, bool)
            of_layers.append([*calls, partial(np.less, slope, limit, low), count_true(low, found)])
        *others, last = of_layers or [[]]
        return last, [call for calls in others for call in calls]

    def _spare(self, bound: Bound) -> list[Array]:
        """Three scratch arrays like h_L, where z_1 and δ_1 stand at other times, if there is room."""
        rows, free = self._sizes[-1], self._sizes[1] if z_is_free(self._activations) else 0
        return [
            bound.into[:, start : start + rows] if start + rows <= free else np.empty_like(bound.h[-1])
            for start in range(0, 3 * rows, rows)
        ]

    def _load(self, group: Group, start: int, block: Block, error: str) -> None:
        """Copy the targets of a block, if they are not there."""
        if block.holds == (group.holders, start):
            return
        all_read = self._read_by(error)
        for some, _, member in group.whose:
            these = self._these(member, start, block.read.shape[-1])
            block.targets[some] = self._targets[:, these]
            block.read[some] = all_read[..., these]
            if block.bound.counts is not None and self._examples.counts is not None:
                block.bound.counts[some] = self._examples.counts[these]
        block.holds = group.holders, start

    def _read_by(self, error: str) -> NDArray[Any]:
        """What an error measure reads of all targets."""
        if error not in self._read:
            self._read[error] = ERRORS[error].read(self._targets)
        return self._read[error]

    def _calls(self, group: Group, start: int, error: str) -> tuple[Block, list[Call]]:
        """The arrays of a block, and all calls that measure it; they are kept if they read inputs where these stand."""
        block = self._bind(group, min(self._block, len(self._examples) - start), error)
        bound, standing = block.bound, self._examples.standard is None
        products: list[Call] = []
        gradients: list[Call] = []
        for some, _, member in group.whose:
            these = self._these(member, start, bound.y.shape[2])
            standing &= isinstance(these, slice)
            x = self._examples.inputs(member, these)
            products += self._first_products(some, x, bound)
            gradients += self._first_gradients(some, x, bound) if self._inside else []
        weights = [
            partial(np.copyto, bound.class_weights[place, :, 0], np.array(of_classes))
            for place, of_classes in group.class_weights.items()
        ]
        # slopes are in the cache until the inputs are read again
        calls: list[Call] = [
            *weights,
            *products,
            *bound.forward,
            *block.outcome,
            *bound.backward,
            *block.saturation,
            *gradients,
        ]
        if standing:
            group.known[start] = block, calls
        return block, calls

    def _these(self, member: int, start: int, m: int) -> slice | NDArray[np.intp]:
        """The places of m of a member's examples."""
        if self._examples.own is None:
            return slice(start, start + m)
        own = self._examples.own[member]
        if self._in_a_row is not None and self._in_a_row[member]:
            first = int(own[0]) + start
            return slice(first, first + m)
        return own[start : start + m]

    def _first_products(self, these: slice, x: Array, bound: Bound) -> list[Call]:
        """z_1 of some members from their inputs, (m, width), in pieces of examples where that takes less time."""
        P, z, m = self._first[these, np.newaxis].mT, bound.into[these], len(x)
        size = PIECE // (P.shape[-1] * P.shape[-2])
        calls: list[Call] = []
        for piece, parts in _cut(m, size if small_products() and size >= FEWEST else m):
            taken = self._at_round_address(x[piece]).reshape(parts, -1, x.shape[1])
            calls.append(partial(np.matmul, P, taken.mT, _in_parts(z[..., piece], parts)))
        return calls

    def _first_gradients(self, these: slice, x: Array, bound: Bound) -> list[Call]:
        """dC/dP_1 of some members, from pieces of examples, which are added up, where that takes less time."""
        delta, gradient, x = bound.delta[these], self._gradients[0][these], self._at_round_address(x)
        (S, N, m), n = delta.shape, x.shape[1]
        size = PIECE // (n * N)
        if size >= m or size < 4 * FEWEST or not small_products():
            return [partial(np.matmul, delta, x, gradient)]
        if self._parts.size < (needed := S * -(-m // size) * N * n):
            self._parts = np.empty(needed, x.dtype)
        calls: list[Call] = []
        cut, first = _cut(m, size), 0
        found = self._parts[:needed].reshape(S, -1, N, n)
        for piece, parts in cut:
            taken, there = x[piece].reshape(parts, -1, n), found[:, first : first + parts]
            calls.append(partial(np.matmul, _in_parts(delta[..., piece], parts), taken, there))
            first += parts
        return [*calls, partial(np.add.reduce, found, 1, None, gradient)]

    def _at_round_address(self, x: Array) -> Array:
        """These rows; if vectors are multiplied, a copy, since they may stand anywhere among the examples."""
        return x.copy() if self._narrow and narrow(self._sizes, len(x))[0] else x

    def _add_up(self, start: int) -> None:
        """Add the block's gradients to those of the blocks before, unless it is the only one."""
        if self._total is self._gradients:
            return
        for total, gradient in zip(self._total, self._gradients, strict=True):
            np.add(total, gradient, total) if start else np.copyto(total, gradient)

    def _add_penalties(self, network: Network, group: Group, each: Sequence[Settings]) -> None:
        """Add the slopes of the penalties to the gradients."""
        for i, place in enumerate(group.order if self._inside else []):
            settings = each[place]
            if settings.l2 or settings.l1:
                mine = [
                    total[i : i + 1].mT[..., :N]
                    for total, N in zip(self._total, self._sizes[1:], strict=True)
                ]
                views = as_network(mine, self._sizes, self._activations)
                gradients = [Gradient(layer.W, layer.b) for layer in views.layers]
                add_penalty_slope(network.take([place]), gradients, settings.l2, settings.l1)

    def _scale_of(self, member: int, measure: ErrorMeasure) -> float:
        if member not in self._scale:
            self._scale[member] = measure.scale(self._targets_of(member), None)
        return self._scale[member]

    def _targets_of(self, member: int) -> Array:
        """All targets of a member, (N_L, m)."""
        own = self._examples.own
        return self._targets if own is None else self._targets[:, own[member]]


def _cut(whole: int, size: int) -> list[tuple[slice, int]]:
    """A range in parts that are as equal as possible and of at most this size: first the larger, then the smaller ones.

    The slices of all parts of one length, and how many they are.
    """
    parts = -(-whole // size)
    smaller, more = divmod(whole, parts)
    end = more * (smaller + 1)
    cut = [(slice(0, end), more), (slice(end, whole), parts - more)]
    return [one for one in cut if one[1]]


def _in_parts(array: Array, parts: int) -> Array:
    """The last axis cut into so many parts, as a view (…, parts, rows, columns)."""
    return array.reshape(*array.shape[:-1], parts, -1).swapaxes(-2, -3)


def _evenly(places: list[int]) -> slice | list[int]:
    """The same places as a slice, with which arrays are copied in less time, where they are evenly spaced."""
    steps = {other - one for one, other in pairwise(places)} or {1}
    return slice(places[0], places[-1] + 1, *steps) if len(steps) == 1 and min(steps) > 0 else places


def _multiplied(theirs: Array, places: slice | list[int], factor: Array, mine: Array) -> Call:
    """A call that multiplies the numbers of these members."""
    if isinstance(places, slice):
        return partial(np.multiply, theirs[places], factor, mine)
    return lambda: np.multiply(theirs[places], factor, mine)
