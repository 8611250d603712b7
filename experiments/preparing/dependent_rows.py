"""Splits of rows that depend on each other: those of one group, and those that follow one another in time.

Each seed has a training and a validation part of its own, of the same sizes as every other seed. Rows of a group stand
in one part only. Over rows in their order moves a window: each seed trains on the rows before its own origin, and is
validated on the rows after it, so that nothing is predicted from its future.

Examples:
    >>> whole = WholeGroups(np.array([0, 0, 1, 1, 2, 2, 3, 3]), validated=2)
    >>> training, validation = whole.rows(np.random.default_rng(0))
    >>> {*whole.groups[training]} & {*whole.groups[validation]}, len(training), len(validation)
    (set(), 6, 2)
    >>> Moving(count=10, validated=2).rows(np.random.default_rng(0))
    (array([2, 3, 4, 5, 6, 7]), array([8, 9]))
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from core import Purpose, generators
from experiments.mistakes import Mistake, UserError

TRIED: Final = 99
"""Seeds whose splits are drawn to find out whether there are enough of them."""

FEWEST: Final = 5
"""So many different splits there must be among them: with fewer, seeds would hardly differ."""

Rows = tuple[NDArray[np.intp], NDArray[np.intp]]
"""The indices of a training and of a validation part."""


@dataclass(frozen=True, slots=True, eq=False)
class WholeGroups:
    """Draws whole groups for validation.

    They are taken in a random order as long as they fit. What is then missing to the size of the part comes from the
    smallest group that is left, whose other rows stay out. Draws that leave out more than `left_out` are repeated, and
    all that leave out less train on as many rows.

    Attributes:
        groups: of each row, by number, (m,).
        validated: rows for validation.
        classes: the class of each row, (m,); every class must be among the rows to train on. None for regression.
        left_out: how many rows stay out.
    """

    groups: NDArray[np.int64]
    validated: int
    classes: NDArray[np.intp] | None = None
    left_out: int = 0

    def rows(self, rng: Generator) -> Rows:
        """A seed's training and validation part, in a random order."""
        while True:
            training, validation = self.drawn(rng)
            size = len(self.groups) - self.validated - self.left_out
            training = rng.permutation(training)[:size]
            if len(training) == size and self.has_all_classes(training):
                return training, rng.permutation(validation)

    def drawn(self, rng: Generator) -> Rows:
        """One draw, with as many rows to train on as it leaves."""
        sizes = np.bincount(self.groups)
        order = rng.permutation(np.flatnonzero(sizes))
        room, taken, left = self.validated, [], []
        for group in order:
            if sizes[group] <= room:
                taken.append(group)
                room -= int(sizes[group])
            else:
                left.append(group)
        validation = np.flatnonzero(np.isin(self.groups, taken))
        if room:
            cut = min(left, key=lambda group: int(sizes[group]))
            left.remove(cut)
            some = rng.permutation(np.flatnonzero(self.groups == cut))[:room]
            validation = np.concatenate([validation, some])
        return np.flatnonzero(np.isin(self.groups, left)), validation

    def has_all_classes(self, training: NDArray[np.intp]) -> bool:
        """Whether every class is among these rows."""
        classes = self.classes
        return classes is None or len(np.unique(classes[training])) == len(np.unique(classes))


def whole_groups(
    groups: NDArray[np.int64], validated: int, classes: NDArray[np.intp] | None, split_seed: int, name: str
) -> WholeGroups:
    """Splits of these groups that leave out as few rows as half of all draws do.

    Raises:
        UserError: if there are hardly any different ones.
    """
    every = WholeGroups(groups, validated, classes)
    draws = [every.drawn(rng) for rng in generators(split_seed, range(TRIED), Purpose.SPLIT)]
    sound = [draw for draw in draws if every.has_all_classes(draw[0])]
    out = sorted(len(groups) - len(training) - validated for training, _ in sound)
    fewest = out[len(out) // 2] if out else 0
    kinds = {
        tuple(np.unique(groups[validation]).tolist())
        for training, validation in sound
        if len(groups) - len(training) - validated <= fewest
    }
    if len(kinds) < FEWEST:
        few = f"the {len(np.unique(groups))} groups of {name} outside its test part make hardly any different splits"
        raise UserError(Mistake(f'{few}; splits = "one" has one for all seeds', "data.group"))
    return WholeGroups(groups, validated, classes, fewest)


@dataclass(frozen=True, slots=True)
class Moving:
    """Moves a window over rows in their order: those to train on, and right after them those to validate on.

    The window has as much room to move as the validation part is long.

    Attributes:
        count: rows that are not for the test.
        validated: rows for validation.
    """

    count: int
    validated: int

    @property
    def trained(self) -> int:
        """Rows to train on."""
        return self.count - 2 * self.validated

    def rows(self, rng: Generator) -> Rows:
        """A seed's training and validation part."""
        start = int(rng.integers(0, self.validated + 1))
        origin = start + self.trained
        return np.arange(start, origin), np.arange(origin, origin + self.validated)


def moving(count: int, validated: int, classes: NDArray[np.intp] | None, name: str) -> Moving:
    """A window over so many rows.

    Raises:
        UserError: if it has too little room, or a class is missing from the rows to train on at one of its places.
    """
    window = Moving(count, validated)
    one = 'splits = "one" has one split for all seeds'
    if validated + 1 < FEWEST or window.trained < validated:
        room = (
            f"{count} rows of {name} before the test part leave {max(window.trained, 0)} to train on, where each seed "
            f"has its own {validated} to validate"
        )
        raise UserError(Mistake(f"{room}; smaller shares leave more, and {one}", "data.split"))
    if classes is not None:
        before = np.cumsum(np.eye(int(classes.max()) + 1, dtype=np.intp)[np.r_[classes]], axis=0)
        before = np.vstack([np.zeros_like(before[:1]), before])
        within = before[window.trained : window.trained + validated + 1] - before[: validated + 1]
        if (within == 0).any():
            start = int((within == 0).any(axis=1).argmax())
            rows = f"rows {start + 1} to {start + window.trained} of {name}"
            raise UserError(
                Mistake(f"a class is missing from {rows}, which a seed may train on; {one}", "data.split")
            )
    return window
