"""Splits of a data set: one for all seeds of a study, or one for each seed.

The test part is the same for the whole study. Of the other examples each seed has a training and a validation part of
its own, so that what a study finds does not hang on one lucky cut. Examples are divided at random, in whole groups, or
in their order (see `experiments.preparing.dependent_rows`).

Examples:
    >>> from experiments.datasets import load
    >>> wine = split(load("wine"))
    >>> wine.of(0).validation, wine.of(1).validation
    (Examples(x=float64 (13, 36), y=float64 (3, 36)), Examples(x=float64 (13, 36), y=float64 (3, 36)))
    >>> bool((wine.of(0).validation.y == wine.of(1).validation.y).all())  # other wines
    False
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core import ERRORS, Examples, Portions, Purpose, Unscaled, generators
from experiments.datasets import Dataset, Kind
from experiments.datasets.mapping import mapped
from experiments.preparing.dependent_rows import Moving, Rows, WholeGroups, moving, whole_groups
from experiments.preparing.preparation import (
    Prepared,
    assembled,
    described,
    joined_portions,
    prepare,
    set_apart,
    unscaled,
    with_error,
)

SPLITS: Final = ("each_seed", "one")
"""What a study file may say: each seed has a training and validation part of its own, or all have the same."""

ORDERS: Final = ("random", "ordered")
"""How parts are cut: at random, or in the order of the rows, with the last ones for the test."""

KEPT: Final = 4
"""Sets of seeds whose splits a process keeps: those that choose, those that race further, those that confirm."""


@dataclass(frozen=True, slots=True, eq=False)
class Together:
    """The splits of several seeds, whose training and validation examples are views of one array, never to change.

    Attributes:
        examples: of one seed after the other, those for training and then those for validation.
        splits: the split of each seed, in the same order.
    """

    examples: Examples
    splits: Mapping[int, Prepared]


@dataclass(frozen=True, eq=False)
class EachSeed:
    """A data set with a split for each seed, which depends only on the seed and on `split_seed`.

    The splits of a population's seeds stand in one array, which all its trials in this process share: each member
    trains on its own rows of it, and is measured on them in the end. It is pickled without that array. Unscaled
    examples are not copied even for that: all seeds have theirs from the data set, each with its own mean and scale.

    Attributes:
        dataset: what is split.
        rest: the examples that are not for the test.
        test_part: those that are.
        cut: what divides the rest.
        split_seed: seed of all splits.
        description: what a record says about the data (see `StudyRecord.data`).
    """

    dataset: Dataset
    rest: NDArray[np.intp]
    test_part: NDArray[np.intp]
    cut: "AtRandom | WholeGroups | Moving"
    split_seed: int
    description: dict[str, Any]
    _kept: list[Together] = field(default_factory=list, init=False, repr=False)
    _unscaled: dict[int, Prepared] = field(default_factory=dict, init=False, repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return EachSeed, tuple(getattr(self, one.name) for one in fields(self) if one.init)

    @property
    def kind(self) -> Kind:
        """Classification or regression."""
        return self.dataset.kind

    @property
    def error(self) -> str:
        """The name in `core.ERRORS` of the error measure of its study."""
        return str(self.description["error"])

    def of(self, seed: int) -> Prepared:
        """The split of a seed, standardised by its own training part."""
        for splits in (self._unscaled, *(one.splits for one in self._kept)):
            if seed in splits:
                return splits[seed]
        found = assembled(self.dataset, (*self.rows(seed), self.test_part), self.description, self._whole)
        if self.dataset.unscaled:
            self._unscaled[seed] = found
        return found

    @cached_property
    def _whole(self) -> Unscaled | None:
        return unscaled(self.dataset) if self.dataset.unscaled else None

    def rows(self, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The indices of the training and of the validation part of a seed."""
        (rng,) = generators(self.split_seed, [seed], Purpose.SPLIT)
        training, validation = self.cut.rows(rng)
        return self.rest[training], self.rest[validation]

    def class_counts(self, seed: int) -> NDArray[np.float64]:
        """How many examples of each class a seed has for training."""
        return self.of(seed).class_counts(seed)

    def portions(self, seeds: Sequence[int]) -> tuple[Examples | Portions, Examples | Portions]:
        """Training and validation examples of a population with these seeds, each member's own by index."""
        if self.dataset.unscaled:
            each = [self.of(seed) for seed in seeds]
            return joined_portions([one.training for one in each]), joined_portions(
                [one.validation for one in each]
            )
        together = self._together(set(seeds))
        examples, splits = together.examples, together.splits
        size, training = len(examples) // len(splits), len(splits[seeds[0]].training)
        starts = size * np.searchsorted(list(splits), seeds)[:, np.newaxis]
        cut = np.arange(training), np.arange(training, size)
        return Portions(examples, starts + cut[0]), Portions(examples, starts + cut[1])

    def _together(self, seeds: Set[int]) -> Together:
        """The splits of these seeds, and maybe of others, in one array."""
        for one in self._kept:
            if one.splits.keys() >= seeds:
                return one
        splits = {seed: self.of(seed) for seed in sorted(seeds)}
        self._kept[:] = [one for one in self._kept[1 - KEPT :] if not one.splits.keys() <= seeds]
        self._kept.append(_side_by_side(splits))
        return self._kept[-1]


def _side_by_side(splits: Mapping[int, Prepared]) -> Together:
    """These splits with their training and validation examples moved into one array."""
    parts = [part for one in splits.values() for part in (one.training.all, one.validation.all)]
    x, y = (np.concatenate([getattr(part, axis) for part in parts], axis=1) for axis in "xy")
    x.flags.writeable = y.flags.writeable = False
    ends = np.cumsum([len(part) for part in parts])[:-1]
    views = map(Examples, np.split(x, ends, axis=1), np.split(y, ends, axis=1))
    moved = {seed: replace(one, training=next(views), validation=next(views)) for seed, one in splits.items()}
    return Together(Examples(x, y), moved)


@dataclass(frozen=True, slots=True, eq=False)
class AtRandom:
    """Divides examples at random, with classes in their proportions.

    Attributes:
        count: how many there are.
        validated: how many of them are for validation.
        classes: of each example, (m,); None for regression.
    """

    count: int
    validated: int
    classes: NDArray[np.intp] | None

    def rows(self, rng: Generator) -> Rows:
        """A seed's training and validation part."""
        return divided(self.count, self.validated, self.classes, rng)


Data = Prepared | EachSeed
"""Data for a study: one split for every seed, or one for each."""


def measured_by(data: Data, objective: str) -> Data:
    """The data of a study with this objective, which may name its error measure.

    Raises:
        UserError: if the measure does not fit the data.
    """
    error = objective if objective in ERRORS else ""
    return replace(data, description=with_error(data.description, error))


def split(
    dataset: Dataset,
    *,
    validation: float = 0.2,
    test: float = 0.2,
    split_seed: int = 0,
    splits: str = "each_seed",
    ordered: bool = False,
) -> Data:
    """Set the test part apart, and leave the rest to each seed, or cut it once for all.

    Args:
        dataset: what to split.
        validation: share of the examples for validation.
        test: share of the examples for the test.
        split_seed: seed of the split, or of all.
        splits: one of `SPLITS`.
        ordered: whether the rows are in the order of time: the last ones are for the test, those before to validate.

    Raises:
        UserError: as `prepare` does; also if a split for each seed cannot be had.
    """
    if splits == "one":
        return prepare(dataset, validation=validation, test=test, split_seed=split_seed, ordered=ordered)
    rest, test_part, validated = set_apart(dataset, validation, test, split_seed, ordered=ordered)
    classes = dataset.targets[rest].astype(int) if dataset.classes else None
    how: dict[str, Any] = {}
    cut: AtRandom | WholeGroups | Moving = AtRandom(len(rest), validated, classes)
    if ordered:
        cut = moving(len(rest), validated, classes, dataset.name)
        how = {"drawn": "ordered"}
    elif dataset.groups is not None:
        cut = whole_groups(dataset.groups[rest], validated, classes, split_seed, dataset.name)
        how = {"drawn": "groups"}
    (rng,) = generators(split_seed, [0], Purpose.SPLIT)
    parts = (*(rest[part] for part in cut.rows(rng)), test_part)
    return EachSeed(
        dataset, rest, test_part, cut, split_seed, described(dataset, parts, rest, split_seed, splits) | how
    )


def shared(data: Data, folder: Path) -> Data:
    """The same data with large inputs in a file of this folder, which all workers on this machine map into memory.

    Raises:
        UserError: if the file cannot be written.
    """
    if isinstance(data, EachSeed):
        return replace(data, dataset=mapped(data.dataset, folder))
    if data.unscaled is None:
        return data
    dataset, parts = data.unscaled
    return assembled(mapped(dataset, folder), parts, data.description)


def divided(
    count: int, chosen: int, classes: NDArray[np.intp] | None, rng: Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Examples 0 … count − 1 in two parts at random, the second of `chosen`; with classes in their proportions.

    Args:
        count: how many examples there are.
        chosen: how many are for the second part.
        classes: the class of each example; every class has 2 examples or more. None to ignore classes.
        rng: decides which.

    Returns:
        Both parts, in a random order; with classes both have each of them.
    """
    order = rng.permutation(count)
    if classes is None:
        return order[chosen:], order[:chosen]
    shares = _in_proportion(np.bincount(classes), chosen)
    taken, in_order = np.zeros(count, dtype=bool), classes[order]
    for one, share in enumerate(shares):
        taken[np.flatnonzero(in_order == one)[:share]] = True
    return order[~taken], order[taken]


def _in_proportion(counts: NDArray[np.intp], chosen: int) -> NDArray[np.intp]:
    """How many to take of each class: in proportion, all but at least one left and at least one taken."""
    exact = counts * (chosen / counts.sum())
    shares = np.clip(np.floor(exact).astype(np.intp), 1, counts - 1)
    while shares.sum() != chosen:
        step = 1 if shares.sum() < chosen else -1
        may = (shares + step >= 1) & (shares + step < counts)
        shares[np.where(may, step * (exact - shares), -np.inf).argmax()] += step
    return np.asarray(shares)
