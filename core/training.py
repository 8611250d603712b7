"""Training as a generator of frozen `Epoch` records. It prints nothing and writes nothing.

The caller decides when to stop: pruning, Ctrl-C and a time budget all just close the generator. Members may stop early,
each for itself (see `core.stopping`).

Examples:
    >>> from core import Purpose, generators, initialise
    >>> line = Examples(np.array([[0.0, 1.0]]), np.array([[1.0, 3.0]]))  # y = 2 x + 1
    >>> start = initialise((1, 1), generators(0, [0], Purpose.INITIALISATION), output="identity")
    >>> settings = Settings(cost="quadratic", learning_rate=0.9, epochs=60, error="unexplained")
    >>> for plain in (False, True):
    ...     *_, epoch = train(start, line, line, settings, generators(0, [0], Purpose.SHUFFLE), plain=plain)
    ...     print(epoch.network.layers[0].W.round(2), epoch.network.layers[0].b.round(2))
    [[[2.]]] [[[1.]]]
    [[[2.]]] [[[1.]]]
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, fields, replace
from functools import partial
from time import perf_counter
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core.arrays import Array, ShapeError, brief
from core.curvature.stability import Follower
from core.descent import OPTIMISERS
from core.entrance import check_class_weights, check_error, check_examples
from core.examples import Examples, Portions
from core.fast.arithmetic import arithmetic_of_training
from core.fast.evaluation import Evaluator
from core.fast.layout import Rows
from core.fast.optimisers import Columns
from core.fast.steps import Steps
from core.learning import OneByOne
from core.measures import Evaluation, evaluated, is_measured, records_of, unmeasured
from core.network import Network
from core.schedules import SCHEDULES
from core.settings import Settings
from core.stopping import STOPPING, Standing, Watch, stops, together

Measurer = Callable[[Network, Sequence[Settings], NDArray[np.intp]], Evaluation]
"""A function that measures a population, given each network's settings and the member whose examples it has."""

MAY_DIFFER: Final = ("cost", "units", "class_weights", *(field.name for field in fields(Columns)), *STOPPING)
"""Settings in which the members of one population may differ."""

NAMED: Final = (
    "train_cost", "validation_cost", "train_error", "validation_error", "gradient_norm", "saturated", "sharpness"
)  # fmt: skip
"""The records that are attributes of an `Epoch`; all others are in `more`."""


@dataclass(frozen=True, slots=True, eq=False)
class Epoch:
    """The measurements at the end of an epoch, for each of the S members that training began with.

    A member whose weights, costs, errors or gradient norms are no longer finite has diverged. All its numbers are NaN
    from that epoch on, and it leaves the population. What is measured on the training examples is measured after some
    epochs only (see `Settings.measure_every`); `measured` says whether after this one. If not, `train_cost`,
    `train_error`, `gradient_norm` and `saturated` are NaN, and the rest decides who has diverged. Likewise
    `validation_cost` and `validation_error` where there are no validation examples.

    All numbers are those of the weights in `network`. A member that has stopped stands still: it keeps its weights, and
    every epoch after that has all its numbers. With `Settings.restore` a member goes back to its best epoch when it
    stops, or else at the end of training.

    Attributes:
        epoch: 1, 2, …
        seconds: time spent training and evaluating so far, for the whole population.
        measured: whether the training examples were measured.
        train_cost: mean cost of the training examples without penalties, (S,).
        validation_cost: likewise of the validation examples, (S,).
        train_error: error measure on the training examples, (S,).
        validation_error: likewise on the validation examples, (S,).
        gradient_norm: ‖dC/dW_l, dC/db_l‖ of each layer, over all training examples, penalties included,
            (S, L).
        saturated: share of the units of each layer that are saturated, over units and training examples,
            (S, L).
        sharpness: λ_max of the Hessian of the mean cost of the training examples, l2 penalty included, (S,); NaN in
            epochs in which it is not measured.
        diverged: which members have diverged, in this epoch or before, (S,).
        stopped: the epoch in which each member stopped early, 0 if it has not, (S,).
        kept: the epoch that the weights of each member are of: this one as long as it is trained; 0 if it has diverged,
            (S,).
        members: indices of the members that have not diverged, in the order of `network`.
        network: the members that have not diverged. The next epoch changes it in place: copy what you want to keep,
            and do not change it.
        more: all other measures of `core.measures.MEASURES`, by the name of the record.
        running_cost: the mean cost of the epoch's training examples without penalties, each before the step that it was
            used in, (S,); NaN for a member that was not trained. None unless `train` was asked for it.
    """

    epoch: int
    seconds: float
    measured: bool
    train_cost: Array
    validation_cost: Array
    train_error: Array
    validation_error: Array
    gradient_norm: Array
    saturated: Array
    sharpness: Array
    diverged: NDArray[np.bool_]
    stopped: NDArray[np.intp]
    kept: NDArray[np.intp]
    members: NDArray[np.intp]
    network: Network
    more: Mapping[str, Array]
    running_cost: Array | None = None

    __repr__ = brief

    def __getitem__(self, name: str) -> Array:
        """A measure by the name of its record, or another attribute by its name."""
        value: Array = self.more[name] if name in self.more else getattr(self, name)
        return value


def train(
    network: Network,
    training: Examples | Portions,
    validation: Examples | Portions | None,
    settings: Settings | Sequence[Settings],
    rngs: Sequence[Generator],
    *,
    plain: bool = False,
    running: bool = False,
) -> Iterator[Epoch]:
    """Train a population by gradient descent on mini-batches, and yield an `Epoch` after each pass.

    W ← W − η dC/dW, or another rule of `core.descent`. In every epoch each member sees the training examples in
    its own order, drawn from its generator. The last mini-batch may be smaller. A full batch is not shuffled.

    Training networks together changes nothing: on one machine each member's numbers are the same bit for bit as if
    it were trained alone. Every matrix product is computed member by member with the same BLAS call on the same
    shapes, and every other operation is element-wise or stays within one member.

    Args:
        network: the starting point; it is copied, not changed.
        training: examples to learn from, the same for all members or each member's own.
        validation: examples to measure on, likewise; None for none.
        settings: one `Settings` for all members, or one for each; those may differ only in the fields that
            `MAY_DIFFER` names.
        rngs: a generator for each member, which draws the order of its examples.
        plain: whether to run the readable loop of `core.learning`: the same numbers to round-off, about five times
            slower.
        running: whether each epoch has its `running_cost`, which takes less time than to measure the training examples.

    Yields:
        One `Epoch` after each pass over the training examples. It ends early when every member has diverged or stopped.

    Raises:
        ShapeError: if data, network, settings and generators do not fit together; raised when the first epoch is
            asked for.
        ValueError: if a name is not known, the cost is not defined for the network's outputs, the targets do not suit
            the cost or the error measure, the network's precision cannot hold a number of data or settings, or members
            may stop early and there are no validation examples; raised likewise.
    """
    each = [settings] * network.members if isinstance(settings, Settings) else list(settings)
    check_training(network, training, validation, each, rngs)
    common = each[0]
    form = _plain if plain else partial(_fast, running=running)
    steps, on_training, on_validation = form(network, training, validation, each, rngs)
    follower = Follower(training, each) if common.sharpness_every else None
    watch = Watch(network, each) if stops(each) else None
    everyone = members = np.arange(network.members)
    nothing = unmeasured(network)
    standing: list[Standing] = []
    seconds = 0.0

    for epoch in range(1, common.epochs + 1):
        started = perf_counter()
        with arithmetic_of_training():
            steps.epoch()
            measured = is_measured(epoch, common)
            here = on_training(steps.network, each, members) if measured else nothing
            there = on_validation(steps.network, each, members)
            sharp = nothing.cost
            if follower is not None and epoch % common.sharpness_every == 0:
                sharp = follower.follow(steps.network)
            stays = steps.finite()
            for found, known in ((here, measured), (there, validation is not None)):
                if known:
                    stays &= found.finite
            costs = None
            if running:
                costs = np.full(everyone.size, np.nan)
                costs[members] = steps.running_cost()
            if watch is not None:
                ends = watch.ends(epoch, members, stays, there.error, there.cost, steps.network)
                if ends.any():
                    chosen = np.flatnonzero(ends)
                    ended = watch.standing(epoch, members[chosen], steps.network.take(chosen))
                    measurers = on_training, on_validation, _only(follower, ends)
                    standing.append(_measured(ended, [each[place] for place in chosen], *measurers))
                    stays &= ~ends
        numbers = _by_record(here, there, sharp)
        some_leave = not stays.all()
        if some_leave or members.size < everyone.size:
            numbers = {name: _spread(values, stays, members, everyone) for name, values in numbers.items()}
        if some_leave:
            members = members[stays]
            each = [each[member] for member in np.flatnonzero(stays)]
            steps.keep(stays)
            nothing = unmeasured(steps.network)
            if follower is not None:
                follower.keep(stays)
        stopped, kept = np.zeros((2, everyone.size), dtype=np.intp)
        kept[members] = epoch
        for one in standing:
            stopped[one.members], kept[one.members] = one.stopped, one.kept
            for name, values in one.numbers.items():
                numbers[name][one.members] = values
        there_are, all_weights = together(standing, members, steps.network)
        diverged = np.ones(everyone.size, dtype=bool)
        diverged[there_are] = False
        seconds += perf_counter() - started

        yield Epoch(
            epoch=epoch,
            seconds=seconds,
            measured=measured,
            **{name: numbers.pop(name) for name in NAMED},
            diverged=diverged,
            stopped=stopped,
            kept=kept,
            members=there_are,
            network=all_weights,
            more=numbers,
            running_cost=costs if costs is None else np.where(diverged, np.nan, costs),
        )
        if not members.size:
            return


def _plain(
    network: Network,
    training: Examples | Portions,
    validation: Examples | Portions | None,
    each: Sequence[Settings],
    rngs: Sequence[Generator],
) -> tuple[OneByOne, Measurer, Measurer]:
    """The readable form: what trains, and what measures on the training and the validation examples."""
    return (
        OneByOne(network, training, each, rngs),
        partial(evaluated, training, inside=True),
        _nothing if validation is None else partial(evaluated, validation, inside=False),
    )


def _fast(
    network: Network,
    training: Examples | Portions,
    validation: Examples | Portions | None,
    each: Sequence[Settings],
    rngs: Sequence[Generator],
    *,
    running: bool,
) -> tuple[Steps, Measurer, Measurer]:
    """The fast form of the same."""
    return (
        Steps(network, Rows.of(training, network), each, rngs, running=running),
        Evaluator(network, training, inside=True).measure,
        _nothing if validation is None else Evaluator(network, validation, inside=False).measure,
    )


def _nothing(network: Network, _each: Sequence[Settings], _members: NDArray[np.intp]) -> Evaluation:
    """What is measured where there are no validation examples."""
    return unmeasured(network)


def _by_record(here: Evaluation, there: Evaluation, sharpness: Array) -> dict[str, Array]:
    """The numbers of training and validation examples by the names of their records."""
    named = here.cost, there.cost, here.error, there.error, here.gradient_norm, here.saturated, sharpness
    more = {
        record: part.more[name]
        for name in here.more
        for record, part in zip(records_of(name), (here, there), strict=False)
    }
    return dict(zip(NAMED, named, strict=True)) | more


def _measured(
    ended: Standing,
    each: Sequence[Settings],
    on_training: Measurer,
    on_validation: Measurer,
    follower: Follower | None,
) -> Standing:
    """Members that have just ended with their numbers; without those whose numbers are not finite, which diverged."""
    here, there = (measure(ended.network, each, ended.members) for measure in (on_training, on_validation))
    sharpness = np.full(len(each), np.nan) if follower is None else follower.follow(ended.network)
    fine = np.flatnonzero(here.finite & there.finite)
    numbers = {name: values[fine] for name, values in _by_record(here, there, sharpness).items()}
    return replace(ended.take(fine), numbers=numbers)


def _only(follower: Follower | None, members: NDArray[np.bool_]) -> Follower | None:
    """What follows these members only; the other goes on with all."""
    if follower is not None:
        follower = copy(follower)
        follower.keep(members)
    return follower


def _spread(
    values: Array, stays: NDArray[np.bool_], members: NDArray[np.intp], everyone: NDArray[np.intp]
) -> Array:
    """The values of those members that go on at their places among all, and NaN for the others."""
    spread = np.full((everyone.size, *values.shape[1:]), np.nan)
    spread[members[stays]] = values[stays]
    return spread


def check_training(
    network: Network,
    training: Examples | Portions,
    validation: Examples | Portions | None,
    each: Sequence[Settings],
    rngs: Sequence[Generator],
) -> None:
    """Raise `ShapeError` or `ValueError` if data, network, settings and generators do not fit together."""
    if not network.members:
        raise ShapeError("a population of no networks has nothing to train: initialise one with generators")
    if len(each) != network.members or len(rngs) != network.members:
        raise ShapeError(
            f"each member needs settings and a generator, not {network.members} networks, {len(each)} settings, "
            f"{len(rngs)} generators: one Settings does for all, and `generators` makes one a member"
        )
    first, different = each[0], list({id(one): one for one in each}.values())
    for name in (field.name for field in fields(Settings) if field.name not in MAY_DIFFER):
        if len(values := {getattr(one, name) for one in different}) > 1:
            raise ShapeError(
                f"members of one population may differ in {', '.join(MAY_DIFFER)} only, not in {name} "
                f"({', '.join(map(str, values))}): train them apart"
            )
    if len({one.l2 > 0 or one.l1 > 0 for one in each}) > 1:
        raise ShapeError(
            f"either all members of a population have penalties or none has, not l2 {[one.l2 for one in each]} and l1 "
            f"{[one.l1 for one in each]}: train them apart"
        )
    for what, table in (
        ("optimiser", OPTIMISERS),
        ("schedule", SCHEDULES),
    ):
        for name in {getattr(one, what) for one in each} - table.keys():
            raise ValueError(f'unknown {what} "{name}"; known are {", ".join(table)}')
    precision = network.layers[0].W.dtype
    for one in different:
        one.check_precision(precision)
    if validation is None and stops(each):
        raise ValueError("patience and restore go by the error of validation examples, and there are none")
    costs = {one.cost for one in each}
    parts = [part for part in (training, validation) if part is not None]
    for examples in dict.fromkeys(part.all for part in parts):
        check_examples(network, examples, costs)
        check_error(first.error, examples.y, costs)
        for weights in {one.class_weights for one in each}:
            check_class_weights(examples.y, weights)
    for part in parts:
        if isinstance(part, Portions) and len(part.rows) != network.members:
            raise ShapeError(f"{network.members} networks need as many portions, not {len(part.rows)}")
