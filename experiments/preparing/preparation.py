"""Prepares a data set for training: split, standardise, encode."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any, Final, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from core import ERRORS, Examples, Portions, Standard, Unscaled
from core.error_measures import fitting
from experiments.datasets.bundled import DATASETS
from experiments.datasets.dataset import Dataset, Kind
from experiments.mistakes import Mistake, UserError
from experiments.preparing.encoding import Encoding, fitted
from experiments.preparing.example_rows import not_finite
from experiments.preparing.random_parts import random_parts
from experiments.wording import ONE_SPLIT, enumerated

EXAMPLES: Final = 5
"""How many test examples are kept as they were before."""

PIECE: Final = 4_096
"""Rows of unscaled inputs that are looked at together."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """A data set that is ready to train on. All arrays are float64, one example a column; unscaled examples stay so.

    Attributes:
        name: of the data set.
        kind: classification or regression.
        training: examples to train on.
        validation: examples on which settings are chosen.
        test: examples that are used once, for the champion.
        encoding: how cells of a table became inputs.
        mean: of each input over the training part, (N, 1); 0 where it is no number.
        scale: standard deviation of each input over the training part, 1 where it is constant or no number, (N, 1).
        target_mean: likewise of each target, for regression, (T, 1); else 0, (1, 1).
        target_scale: likewise of each target, for regression, (T, 1); else 1, (1, 1).
        cells: a few test examples as they were before, one a row, (k, C).
        description: what a record says about the data (see `StudyRecord.data`).
        unscaled: if examples are unscaled, the data set and the rows of the parts; it is pickled as these.
    """

    name: str
    kind: Kind
    training: Examples | Portions
    validation: Examples | Portions
    test: Examples | Portions
    encoding: Encoding
    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    target_mean: NDArray[np.float64]
    target_scale: NDArray[np.float64]
    cells: NDArray[np.float64]
    description: dict[str, Any]
    unscaled: tuple[Dataset, Sequence[NDArray[np.intp]]] | None = None

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """For pickle: unscaled examples are not copied, but taken from their data set again."""
        if self.unscaled is None:
            return object.__reduce_ex__(self, protocol)
        return assembled, (*self.unscaled, self.description)

    @property
    def error(self) -> str:
        """The name in `core.ERRORS` of the error measure of its study."""
        return str(self.description["error"])

    def of(self, _seed: int) -> "Prepared":
        """The split of a seed: this one for every seed; `experiments.preparing.splits.EachSeed` has one for each."""
        return self

    def class_counts(self, _seed: int) -> NDArray[np.float64]:
        """How many examples of each class there are for training."""
        y = self.training.all.y
        own = y[:, self.training.rows[0]] if isinstance(self.training, Portions) else y
        return np.asarray(own.sum(axis=1))

    def portions(self, seeds: Sequence[int]) -> tuple[Examples | Portions, Examples | Portions]:
        """Training and validation examples of a population with these seeds."""
        return joined_portions([self.training] * len(seeds)), joined_portions([self.validation] * len(seeds))


def joined_portions(parts: Sequence[Examples | Portions]) -> Examples | Portions:
    """Portions of one member each as those of a population; examples that all members share stay what they are."""
    first = parts[0]
    if not isinstance(first, Portions) or first.standard is None:
        return first
    rows, mean, factor = (
        np.concatenate(arrays)
        for arrays in zip(
            *(
                (one.rows, one.standard.mean, one.standard.factor)
                for one in parts
                if isinstance(one, Portions) and one.standard
            ),
            strict=True,
        )
    )
    return Portions(first.all, rows, Standard(mean, factor))


def with_error(data: Mapping[str, Any], error: str) -> dict[str, Any]:
    """A description of data whose study has this error measure, a name in `core.ERRORS`, or empty for the usual one.

    Raises:
        UserError: if the measure does not fit such data.
    """
    fit = tuple(data["chance_errors"])
    name = error or fit[0]
    if name not in fit:
        what = f"{len(data['classes'])} classes" if data["classes"] else "numbers to predict"
        message = f"{error} does not fit {data['name']}, {what}: use {enumerated(fit, 'or')}"
        if not data["classes"] and data["name"] not in DATASETS:
            message += '; if the numbers are classes: kind = "classification"'
        raise UserError(Mistake(message, "study.objective"))
    chance = (
        data["chance_errors"][name] if ERRORS[name].share else 1.0
    )  # such errors are shares of the one of guessing
    return {**data, "error": name, "chance_error": chance}


def prepare(
    dataset: Dataset,
    *,
    validation: float = 0.2,
    test: float = 0.2,
    split_seed: int = 0,
    ordered: bool = False,
) -> Prepared:
    """Split a data set, and standardise it with the statistics of the training part.

    The parts are drawn by class, drawn from whole groups, or cut in the order of the rows. Classes become one-hot
    columns. Numbers among the inputs, and the targets of a regression, get mean 0 and standard deviation 1 on the
    training part alone, so nothing leaks from the other two parts.

    Args:
        dataset: the data set to prepare.
        validation: share of the examples for validation.
        test: share of the examples for the test.
        split_seed: seed of the split.
        ordered: whether the last rows are for the test and those before them for validation.

    Returns:
        The three parts and how they were made.

    Raises:
        UserError: if an input or a target is not a finite number, a part has too few examples, or a class has too few
            examples for every part.
    """
    how = ""
    if dataset.groups is not None:
        parts = _whole_groups(dataset, dataset.groups, validation, test, split_seed)
        how = ONE_SPLIT["groups"]
    else:
        rest, test_part, validated = set_apart(dataset, validation, test, split_seed, ordered=ordered)
        if ordered:
            parts = (*np.split(rest, [-validated]), test_part)
            how = ONE_SPLIT["ordered"]
        else:
            parts = (*_drawn(dataset, rest, validated, split_seed), test_part)
    for rows in parts[:1] if how else parts[:2] if dataset.tested else parts:
        _check_rarest(dataset, dataset.targets[rows], 1)
    description = described(dataset, parts, parts[1], split_seed, "one")
    return assembled(dataset, parts, {**description, "source": dataset.source + how})


def _whole_groups(
    dataset: Dataset, groups: NDArray[np.int64], validation: float, test: float, split_seed: int
) -> tuple[NDArray[np.intp], ...]:
    """Three parts that share no group; the shares are of the groups, and each part has one at least."""
    rest, test_part = _groups_apart(dataset, groups, test, split_seed)
    share = validation if dataset.tested else validation / (1 - test)
    training, validating = _by_groups(dataset, groups[rest], share, split_seed)
    return rest[training], rest[validating], test_part


def _groups_apart(
    dataset: Dataset, groups: NDArray[np.int64], test: float, split_seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The examples of the groups that are not for the test, and those that are for it."""
    count = len(groups)
    if dataset.tested:
        return np.arange(count), np.arange(count, len(dataset.targets))
    return _by_groups(dataset, groups, test, split_seed)


def _by_groups(
    dataset: Dataset, groups: NDArray[np.int64], share: float, split_seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The examples of most groups, and those of a share of the groups drawn at random."""
    from sklearn.model_selection import GroupShuffleSplit

    try:
        cut = GroupShuffleSplit(1, test_size=share, random_state=split_seed)
        most, some = next(cut.split(groups, groups=groups))
    except ValueError as reason:
        few = f"{len(np.unique(groups))} groups of {dataset.name} are too few for these shares"
        raise UserError(Mistake(few, "data.group")) from reason
    return most, some


def set_apart(
    dataset: Dataset, validation: float, test: float, split_seed: int, *, ordered: bool = False
) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """The examples that are not for the test, those that are, and how many of the first are for validation.

    Raises:
        UserError: as `prepare` does.
    """
    _check_numbers(dataset)
    validated, tested = _sizes(dataset, validation, test)
    if ordered:
        rest, test_part = np.split(np.arange(len(dataset.targets)), [-tested])
        return rest, test_part, validated
    if dataset.groups is not None:
        rest, test_part = _groups_apart(dataset, dataset.groups, test, split_seed)
        share = validation if dataset.tested else validation / (1 - test)
        return rest, test_part, round(share * len(rest))
    if dataset.tested:
        rest, test_part = np.split(np.arange(len(dataset.targets)), [-tested])
        _check_rarest(dataset, dataset.targets[rest], 2)
        return rest, test_part, validated
    _check_rarest(dataset, dataset.targets, 3)
    rest, test_part = _drawn(dataset, np.arange(len(dataset.targets)), tested, split_seed)
    _check_rarest(dataset, dataset.targets[rest], 2)
    return rest, test_part, validated


def _drawn(
    dataset: Dataset, rows: NDArray[np.intp], drawn: int, seed: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """These rows in two parts, the second of `drawn`; of classes in their proportions."""
    classes = dataset.targets[rows] if dataset.kind == "classification" else None
    left, taken = random_parts(len(rows), drawn, seed=seed, classes=classes)
    return rows[left], rows[taken]


def assembled(
    dataset: Dataset,
    parts: Sequence[NDArray[np.intp]],
    description: dict[str, Any],
    whole: Unscaled | None = None,
) -> Prepared:
    """A data set in the parts for training, validation and test, standardised by what the first one knows.

    Args:
        dataset: the data set.
        parts: the rows of each part.
        description: see `Prepared`.
        whole: what `unscaled` has made of the data set already, if it is left unscaled.

    Raises:
        UserError: if its numbers range too far for that.
    """
    if dataset.unscaled:
        return _left_unscaled(dataset, parts, description, whole or unscaled(dataset))
    training_part, validation_part, test_part = parts
    encoding = fitted(dataset, training_part)
    x = encoding.inputs_of(dataset.inputs).T.astype(np.float64, copy=False)
    mean, scale = _standard(x[:, training_part])
    if encoding.columns:
        numbers = encoding.standardised[:, np.newaxis]
        mean, scale = np.where(numbers, mean, 0.0), np.where(numbers, scale, 1.0)
    y, target_mean, target_scale = targets_of(dataset), np.zeros((1, 1)), np.ones((1, 1))
    if dataset.kind == "regression":
        target_mean, target_scale = _standard(y[:, training_part])
        y = (y - target_mean) / target_scale

    def part(chosen: NDArray[np.intp]) -> Examples:
        mine = x[:, chosen]
        with np.errstate(over="ignore", invalid="ignore"):  # found out just below
            mine -= mean  # in its place, since a further array of this size costs more than the arithmetic
            mine /= scale
        if not np.isfinite(mine).all():
            column = int((~np.isfinite(mine)).any(axis=1).argmax())
            raise UserError(
                f"{dataset.name}: the numbers of column {column} (counted from 0) range too far for float64"
            )
        return Examples(np.ascontiguousarray(mine), np.ascontiguousarray(y[:, chosen]))

    return Prepared(
        name=dataset.name,
        kind=dataset.kind,
        training=part(training_part),
        validation=part(validation_part),
        test=part(test_part),
        encoding=encoding,
        mean=mean,
        scale=scale,
        target_mean=target_mean,
        target_scale=target_scale,
        cells=dataset.inputs[test_part[:EXAMPLES]],
        description=description,
    )


def unscaled(dataset: Dataset) -> Unscaled:
    """All examples of a data set as they are, never to change."""
    x, y = dataset.inputs.T, targets_of(dataset)
    x.flags.writeable = y.flags.writeable = False
    return Unscaled(x, y)


def _left_unscaled(
    dataset: Dataset, parts: Sequence[NDArray[np.intp]], description: dict[str, Any], whole: Unscaled
) -> Prepared:
    """As `assembled`, of examples that are standardised when a batch of them is taken."""
    mean, scale = _standard_in_pieces(dataset.inputs, parts[0])
    with np.errstate(over="ignore"):  # found out just below
        standard = Standard(mean[np.newaxis], 1 / scale[np.newaxis])
        ends = [
            (end.astype(np.float64) - mean) * standard.factor[0]
            for end in (dataset.inputs.min(axis=0), dataset.inputs.max(axis=0))
        ]
    if not (np.abs(ends) <= np.finfo(np.float32).max).all():
        raise UserError(f"{dataset.name}: the numbers of a column range too far for float32")
    training, validation, test = (Portions(whole, rows[np.newaxis], standard) for rows in parts)
    return Prepared(
        name=dataset.name,
        kind=dataset.kind,
        training=training,
        validation=validation,
        test=test,
        encoding=fitted(dataset, parts[0]),
        mean=mean[:, np.newaxis],
        scale=scale[:, np.newaxis],
        target_mean=np.zeros((1, 1)),
        target_scale=np.ones((1, 1)),
        cells=dataset.inputs[parts[2][:EXAMPLES]].astype(np.float64),
        description=description,
        unscaled=(dataset, parts),
    )


def described(
    dataset: Dataset,
    parts: Sequence[NDArray[np.intp]],
    guessed: NDArray[np.intp],
    split_seed: int,
    splits: str,
) -> dict[str, Any]:
    """What a record says about the data (see `StudyRecord.data`).

    Args:
        dataset: what was split.
        parts: for training, validation and test; of any seed, since all have the same sizes.
        guessed: the examples on which the best constant answer is taken.
        split_seed: seed of the split.
        splits: whether each seed has a split of its own.
    """
    encoding = fitted(dataset, parts[0])
    fit = fitting(len(dataset.classes))
    chances = {name: ERRORS[name].chance(targets_of(dataset)[:, guessed]) for name in fit}
    more: dict[str, Any] = {}
    if dataset.columns:
        unseen = encoding.never_seen(dataset.inputs[np.concatenate(parts[1:])])
        more = {
            "columns": [[one.name, one.kind, len(one.categories)] for one in dataset.columns],
            "notes": list(dataset.notes),
            "never_seen": unseen,
        }
    if dataset.unscaled:
        more["unscaled"] = True
    if dataset.target_names:
        more["targets"] = list(dataset.target_names)
    return {
        "name": dataset.name,
        "kind": dataset.kind,
        "source": dataset.source,
        "fingerprint": dataset.fingerprint,
        "examples": {
            name: len(part) for name, part in zip(("train", "validation", "test"), parts, strict=True)
        },
        "inputs": len(encoding.features) or int(dataset.inputs.shape[1]),
        "features": list(encoding.features or dataset.features),
        "classes": list(dataset.classes),
        "error": fit[0],
        "chance_error": chances[fit[0]],
        "chance_errors": chances,
        "image_shape": list(dataset.image_shape) if dataset.image_shape else None,
        "split_seed": split_seed,
        "splits": splits,
        **more,
    }


def targets_of(dataset: Dataset) -> NDArray[np.float64]:
    """The targets of all examples as columns, (N_L, m): classes one-hot, numbers in their units."""
    if dataset.classes:
        return np.asarray(np.arange(dataset.outputs)[:, np.newaxis] == dataset.targets, dtype=np.float64)
    return np.atleast_2d(dataset.targets.T)


def _check_numbers(dataset: Dataset) -> None:
    """Raise `UserError` if an input or a target is not a finite number, or a target is not a class."""
    targets = dataset.targets.reshape(len(dataset.inputs), -1)
    numbers = dataset.inputs.dtype.kind == "f" and not dataset.columns  # in a table a missing cell is NaN
    if numbers and not np.isfinite(dataset.inputs).all():
        raise UserError(f"{dataset.name}: {not_finite(dataset.inputs, dataset.features)}")
    if not np.isfinite(targets).all():
        raise UserError(
            f"{dataset.name}, its target: {not_finite(targets, dataset.target_names or ('target',))}"
        )
    if dataset.kind == "classification":
        strange = ~np.isin(dataset.targets, np.arange(len(dataset.classes)))
        if strange.any():
            row = int(strange.argmax())
            raise UserError(
                f"{dataset.name}: the target of row {row} (counted from 0) is {dataset.targets[row]:g}; "
                f"the number of a class was expected, 0 to {len(dataset.classes) - 1}"
            )


def _sizes(dataset: Dataset, validation: float, test: float) -> tuple[int, int]:
    """The number of examples in the validation and the test part, rounded up.

    Raises:
        UserError: if a part has fewer examples than there are classes, or too few for a variance.
    """
    examples = len(dataset.targets) - dataset.tested
    validated, tested = (ceil(Fraction(str(share)) * examples) for share in (validation, test))
    tested = dataset.tested or tested
    least = len(dataset.classes) or 2
    needed = (
        f"its {least} classes need {least} at least" if dataset.classes else "a variance needs 2 at least"
    )
    whole = f"of the {examples} examples of {dataset.name}"
    parts = (
        ("data.validation", validated, f"{validation:g} {whole} is {validated}"),
        ("data.test", least if dataset.tested else tested, f"{test:g} {whole} is {tested}"),
        (
            "data",
            (left := len(dataset.targets) - tested - validated),
            f"validation and test leave {left} {whole} to train on",
        ),
    )
    wrong = [Mistake(f"{said}, and {needed}", where) for where, count, said in parts if count < least]
    if wrong:
        raise UserError(*wrong)
    return validated, tested


def _check_rarest(dataset: Dataset, targets: NDArray[np.float64], least: int) -> None:
    """Check that every class has enough examples.

    Raises:
        UserError: with the class that has too few of the examples for each part to have one.
    """
    if not dataset.classes:
        return
    of_class, every = np.bincount(targets.astype(int), minlength=dataset.outputs), len(targets)
    whole, parts = f"examples of {dataset.name}", "training, validation and test"
    if of_class.min() >= least:
        return
    rarest = int(of_class.argmin())
    if dataset.tested:
        whole, parts = f"{whole} that are not for the test", "training and validation"
    else:
        of_class, every = np.bincount(dataset.targets.astype(int)), len(dataset.targets)
    few = f'the class "{dataset.classes[rarest]}" has {of_class[rarest]} of the {every} {whole}'
    raise UserError(Mistake(f"{few}: too few for {parts} to have one each", "data"))


def _standard(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each row, the latter 1 where the row is constant, each (N, 1).

    The rows are first scaled by powers of two, which is exact, so that no square overflows or underflows.
    """
    _, exponent = np.frexp(np.abs(x).max(axis=1, keepdims=True))
    near_1 = np.ldexp(x, -exponent)
    mean = near_1.mean(axis=1, keepdims=True)
    deviation = near_1.std(axis=1, keepdims=True, mean=mean)
    scale = np.where(deviation > 1e-12 * np.abs(mean), np.ldexp(deviation, exponent), 1.0)
    return np.ldexp(mean, exponent), scale


def _standard_in_pieces(
    inputs: NDArray[Any], rows: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each column over some rows of bytes or float32, (N,), a few rows at a time.

    The mean is rounded to float32, in which it is taken off; a deviation of 0 becomes 1.
    """
    pieces = [rows[start : start + PIECE] for start in range(0, len(rows), PIECE)]
    total = sum(inputs[piece].sum(axis=0, dtype=np.float64) for piece in pieces)
    mean = np.asarray(total / len(rows), dtype=np.float32).astype(np.float64)
    squares = sum(np.square(inputs[piece] - mean).sum(axis=0) for piece in pieces)
    deviation = np.sqrt(squares / len(rows))
    return mean, np.where(deviation > 1e-7 * np.abs(mean), deviation, 1.0)
