"""python -m benchmarks.truth.rejecting: what successive rejects gains and whether it leads sentences astray.

Studies of eight or nine choices on the published tables, by random search with 5 seeds a trial and 20 fresh seeds a
winner: once with the same number of trials for each choice, and once by successive rejects with as many in all or
fewer. The truth about two choices is the mean over 2,000 searches with the same number of trials for both.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.truth.luck import SEARCHES, searches
from benchmarks.truth.published import FAMILIES, Errors, Family, errors_in, files_of, having
from benchmarks.truth.replay import FRESH, SEEDS
from experiments.wording import markdown_table, percent
from reports.statistics.intervals import LEVEL, effective_spread, holm, paired_difference
from reports.statistics.search_spread import reach, with_search
from studies.running.successive_rejects import rounds_of

COMPARED: Final[dict[str, dict[str, tuple[int, ...]]]] = {
    "hpobench": {"depth": (0, 1, 2), "units": (0, 4, 9)},
    "hpolib": {"activation_1": (0, 1), "activation_2": (0, 1), "schedule": (0, 1)},
}
"""The values of the parameters whose combinations are the choices; the others are tuned."""

EACH: Final = (8, 25)
"""Trials of each choice, where all have the same."""

SHARES: Final = (1.0, 0.6)
"""Of these trials in all, what successive rejects has."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one study came to.

    Attributes:
        champion: true error of the winner that is best on fresh seeds.
        dropped: whether the choice that is truly best was dropped before the last round.
        settings: comparisons called different, and those in the wrong direction.
        choices: the same of the choices, as the report says it: of two with the same number of trials only.
        unequal: the same if it were said whatever their numbers of trials.
    """

    champion: float
    dropped: bool
    settings: tuple[int, int]
    choices: tuple[int, int]
    unequal: tuple[int, int]


def main() -> None:
    """Print a row for each number of trials and way to share them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth.rejecting", description=__doc__)
    parser.add_argument("--studies", type=int, default=100, help="studies of each of the twelve tables")
    studies = parser.parse_args().studies
    tables = list(of_many_choices())
    heads = (
        "trials a choice", "given", "trials in all", "champion's error", "truly best dropped",
        "settings: shown", "false (worst table)", "choices: shown", "false (worst table)",
        "false if numbers of trials did not matter",
    )  # fmt: skip
    rows = []
    for each in EACH:
        truths = [truth(choices, each) for choices in tables]
        for share in (None, *SHARES):
            found = [
                [study(choices, true, each, share, number) for number in range(studies)]
                for choices, true in zip(tables, truths, strict=True)
            ]
            rows.append(_row(each, share, found, len(tables[0])))
    print("\n".join(markdown_table(heads, rows, numeric=range(10))))


def _row(each: int, share: float | None, found: Sequence[Sequence[Outcome]], choices: int) -> list[str]:
    trials = each * choices if share is None else sum(rounds := _rounds(each, choices, share)) + rounds[-1]
    cells = [str(each), "equally" if share is None else "by rejects", str(trials)]
    every = [one for mine in found for one in mine]
    cells.append(percent(float(np.mean([one.champion for one in every])), 2))
    cells.append("–" if share is None else percent(float(np.mean([one.dropped for one in every])), 0))
    for what in ("settings", "choices"):
        counts = np.array([[getattr(one, what) for one in mine] for mine in found])  # (tables, studies, 2)
        any_wrong = (counts[..., 1] > 0).mean(axis=1)
        cells.append(f"{counts[..., 0].mean():.1f}")
        cells.append(f"{percent(float(any_wrong.mean()))} ({percent(float(any_wrong.max()), 0)})")
    cells.append(percent(float(np.mean([one.unequal[1] > 0 for one in every]))))
    return cells


def of_many_choices() -> list[list[Errors]]:
    """For each table the error of every setting of each choice, (settings, seeds)."""
    found = []
    for family in FAMILIES:
        for path in files_of(family):
            with path.open("rb") as file:
                found.append(choices_in(file, family))
    return found


def choices_in(file: BinaryIO, family: Family) -> list[Errors]:
    """The choices of one table, in the order of the product of their parameters' values."""
    content = errors_in(file, family)
    compared = COMPARED[family.folder]
    places = [list(family.sizes).index(name) for name in compared]
    return [
        having(content, {place: str(value) for place, value in zip(places, values, strict=True)})
        for values in product(*compared.values())
    ]


def truth(choices: Sequence[Errors], trials: int) -> NDArray[np.float64]:
    """The winner's true error of each choice with so many trials, in the mean over many searches, (K,)."""
    rng = np.random.default_rng(trials)
    tried = rng.integers(len(choices[0]), size=(SEARCHES, trials))
    return np.array([searches(errors, tried, SEEDS, rng).winner.mean() for errors in choices])


def study(
    choices: Sequence[Errors], true: NDArray[np.float64], each: int, share: float | None, number: int
) -> Outcome:
    """One study.

    Args:
        choices: the errors of each.
        true: of each choice, as `truth` has it.
        each: trials of each choice, if all have the same.
        share: of all trials, what successive rejects has; None for the same for all.
        number: of the study.
    """
    rng = np.random.default_rng([each, number])
    most = len(choices) * each
    tried = rng.integers(
        len(choices[0]), size=most
    )  # the same settings for every choice, as a study has them
    drawn = rng.integers(choices[0].shape[1], size=(len(choices), most, SEEDS))
    seen = [errors[tried[:, None], draw].mean(axis=1) for errors, draw in zip(choices, drawn, strict=True)]
    trials = np.full(len(choices), each) if share is None else given(seen, _rounds(each, len(choices), share))
    won = [int(tried[one[:n].argmin()]) for one, n in zip(seen, trials, strict=True)]
    luck = rng.integers(choices[0].shape[1], size=(len(choices), FRESH))
    fresh = np.stack([errors[place][draw] for errors, place, draw in zip(choices, won, luck, strict=True)])
    exact = np.array([errors[place].mean() for errors, place in zip(choices, won, strict=True)])
    pairs = [(0, other) for other in range(1, len(choices))]  # as a report compares many values
    differences = [paired_difference(fresh[one], fresh[other]) for one, other in pairs]
    reaches = [
        reach(mine[:n], float(effective_spread(errors)) / np.sqrt(SEEDS))
        for mine, n, errors in zip(seen, trials, fresh, strict=True)
    ]
    wide = [
        with_search(each, [reaches[one], reaches[other]])
        for each, (one, other) in zip(differences, pairs, strict=True)
    ]
    p_settings, p_choices = (holm([each.p for each in some]) for some in (differences, wide))
    alike = holm(
        [w.p if trials[one] == trials[other] else np.nan for w, (one, other) in zip(wide, pairs, strict=True)]
    )
    counted = {"settings": [0, 0], "choices": [0, 0], "unequal": [0, 0]}
    for place, (one, other) in enumerate(pairs):
        side = np.sign(differences[place].centre)
        for what, p, right in (
            ("settings", p_settings[place], np.sign(exact[one] - exact[other])),
            ("choices", max(alike[place], p_settings[place]), np.sign(true[one] - true[other])),
            ("unequal", max(p_choices[place], p_settings[place]), np.sign(true[one] - true[other])),
        ):
            if p < 1 - LEVEL:
                counted[what][0] += 1
                counted[what][1] += int(side != right)
    return Outcome(
        champion=float(exact[fresh.mean(axis=1).argmin()]),
        dropped=bool(trials[true.argmin()] < trials.max()),
        **{what: (shown, false) for what, (shown, false) in counted.items()},
    )


def given(seen: Sequence[NDArray[np.float64]], rounds: Sequence[int]) -> NDArray[np.intp]:
    """How many trials each choice gets: after each round but the last the one whose best is worst gets no more."""
    standing, trials = list(range(len(seen))), np.zeros(len(seen), np.intp)
    for n in rounds[:-1]:
        trials[standing] = n
        standing.remove(max(standing, key=lambda choice: (seen[choice][:n].min(), choice)))
    trials[standing] = rounds[-1]
    return trials


def _rounds(each: int, choices: int, share: float) -> tuple[int, ...]:
    return rounds_of(round(share * each * choices), choices)


if __name__ == "__main__":
    main()
