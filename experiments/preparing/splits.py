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

from collections.abc import Sequence
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
"""Sets of seeds whose examples a process keeps: those that choose, those that race further, those that confirm."""


@dataclass(frozen=True, eq=False)
class EachSeed:
    """A data set with a split for each seed, which depends only on the seed and on `split_seed`.

    The splits of a population's seeds stand in one array, which all its trials in this process share: each member
    trains on its own rows of it. It is pickled without that array. Unscaled examples are not copied even for that: all
    seeds have theirs from the data set, each with its own mean and scale.

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
    _shared: dict[tuple[int, ...], tuple[Examples, int]] = field(default_factory=dict, init=False, repr=False)
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
        if seed in self._unscaled:
            return self._unscaled[seed]
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

    def class_counts(self, seed: int) -> NDArray[np.intp]:
        """How many examples of each class a seed has for training."""
        classes = self.dataset.targets[self.rows(seed)[0]].astype(np.intp)
        return np.bincount(classes, minlength=self.dataset.outputs)

    def portions(self, seeds: Sequence[int]) -> tuple[Examples | Portions, Examples | Portions]:
        """Training and validation examples of a population with these seeds, each member's own by index."""
        if self.dataset.unscaled:
            each = [self.of(seed) for seed in seeds]
            return joined_portions([one.training for one in each]), joined_portions(
                [one.validation for one in each]
            )
        distinct = tuple(sorted(set(seeds)))
        if distinct not in self._shared:
            if len(self._shared) >= KEPT:
                self._shared.pop(next(iter(self._shared)))
            self._shared[distinct] = self._together(distinct)
        together, training = self._shared[distinct]
        size = len(together) // len(distinct)
        starts = size * np.searchsorted(distinct, seeds)[:, np.newaxis]
        cut = np.arange(training), np.arange(training, size)
        return Portions(together, starts + cut[0]), Portions(together, starts + cut[1])

    def _together(self, seeds: Sequence[int]) -> tuple[Examples, int]:
        """Training and validation examples, seed after seed, never to change, and how many of each are for training."""
        parts = [part for seed in seeds for one in [self.of(seed)] for part in (one.training, one.validation)]
        x, y = (np.concatenate([getattr(part, axis) for part in parts], axis=1) for axis in "xy")
        x.flags.writeable = y.flags.writeable = False
        return Examples(x, y), len(parts[0])


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
    taken = np.zeros(count, dtype=bool)
    for one, share in enumerate(shares):
        taken[np.flatnonzero(classes[order] == one)[:share]] = True
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
