"""Whether tuning paid: each winner compared with its choice's setting if nothing is tuned, on the same fresh seeds.

The default setting was chosen by nobody, so its error needs no correction; the winner's is measured on seeds that did
not choose it. Holm's correction is over the choices, a family of its own next to that of the comparisons.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from experiments.choices import identity
from reports import words
from reports.conclusions.comparison import elsewhere
from reports.conclusions.outcomes import diverged
from reports.conclusions.race_to_target import sooner
from reports.grid import Grid
from reports.results.tables import Tables
from reports.statistics.intervals import LEVEL, Estimate, estimate, holm, paired_difference, sign_test
from reports.statistics.looks import Look

NAMED: Final = 3
"""Choices that a sentence names one by one; of more it names the least and the most."""

KEPT: Final = "the search ended at the default setting"


@dataclass(frozen=True, slots=True)
class Gain:
    """What tuning gained for one choice.

    Attributes:
        choice: which one.
        default: its run with the default setting.
        winner: its winner's run on fresh seeds.
        errors: of the default setting and of the winner on these seeds.
        gain: error of the default setting minus that of the winner, paired over the fresh seeds.
        sooner: in how many pairs the winner reaches the target sooner, and in how many later; of a study of that only.
        lost: in how many of the pairs the default setting's seed diverged, and in how many the winner's.
        p: Holm's among the choices: of the gain, or of a study of the target that of `sooner` by the sign test.
        elsewhere: whether the gain is shown for other data from the same source, too.
    """

    choice: int
    default: int
    winner: int
    errors: tuple[float, float]
    gain: Estimate
    sooner: tuple[int, int]
    lost: tuple[int, int]
    p: float
    elsewhere: bool = False

    @property
    def direction(self) -> int:
        """1 if tuning is shown to have paid, −1 if it is shown to have done harm, 0 if neither is."""
        if not self.p < 1 - LEVEL:
            return 0
        return int(np.sign(self.sooner[0] - self.sooner[1] if sum(self.sooner) else self.gain.centre))


def gains(tables: Tables) -> list[Gain]:
    """Of each choice of which both were trained on fresh seeds, in order."""
    found, study = [], tables.study
    defaults = {
        tables.record(int(run)).task.combination: int(run) for run in tables.of_phase("default").index
    }
    for choice, winner in tables.in_order(tables.confirmed):
        default = defaults.get(tables.record(winner).task.combination)
        if default is None or tables.record(default).state != "complete":
            continue
        untuned = tables.errors(default).fillna(
            tables.chance
        )  # of a run that lost every seed nothing is counted yet
        before, after = untuned.align(tables.errors(winner), join="inner")
        look = Look.after(len(before), study.looks)
        gain = paired_difference(before, after, overlap=study.overlap, look=look)
        before_after, p = (0, 0), gain.p
        if study.target_error is not None:
            before_after = sooner(tables, winner, default)[:2]
            p = sign_test(*before_after, look)
        lost = tuple(int(tables.diverged(run)[before.index].sum()) for run in (default, winner))
        errors = estimate(before).centre, estimate(after).centre
        found.append(Gain(choice, default, winner, errors, gain, before_after, (lost[0], lost[1]), p))
    adjusted = holm([each.p for each in found])
    there = holm([elsewhere(each.gain).p for each in found])
    return [
        replace(each, p=p, elsewhere=p < 1 - LEVEL and q < 1 - LEVEL)
        for each, p, q in zip(found, adjusted, there, strict=True)
    ]


def sentences(tables: Tables, found: Sequence[Gain]) -> list[str]:
    """The gain of tuning, a sentence for each way it went; none where the default settings were not trained."""
    measured = [each for each in found if np.isfinite(each.p)]
    if not measured:
        return []
    texts = []
    for direction, verb in ((1, "lowered"), (-1, "raised")):
        mine = [each for each in measured if each.direction == direction]
        if mine and tables.study.target_error is not None:
            texts.append(_in_time(tables, mine, len(measured), "sooner" if direction > 0 else "later"))
        elif mine:
            where = _where(mine) if tables.study.own_splits else ""
            texts.append(f"Tuning {verb} the error {_named(tables, mine, len(measured))}{where}.")
    kept = [each for each in measured if _kept(tables, each)]
    if kept:
        where = (
            f"with {words.few(tables.short(each.choice) for each in kept)} " if tables.design.factors else ""
        )
        texts.append(words.sentence(f"{where}{KEPT}."))
    rest = [each for each in measured if not each.direction and each not in kept]
    if rest:
        every = len(rest) == len(measured) > NAMED
        which = "with any choice" if every else words.few(_open(tables, each) for each in rest)
        less = (
            ", which does not show that it gains less there" if len(rest) < len(measured) - len(kept) else ""
        )
        texts.append(f"Tuning is not shown to have changed the result {which}{less}.")
    return texts


def not_run(tables: Tables) -> list[str]:
    """That the default settings were not trained, where something was tuned that has a default."""
    if not tables.study.nuisance or tables.study.default_setting or tables.study.trainer:
        return []
    why = " (nobody asked for them, or one breaks a constraint)" if tables.study.constraints else ""
    return [f"The default settings were not trained in this study{why}, so what tuning gained is not known."]


def gains_grid(tables: Tables, found: Sequence[Gain]) -> Grid | None:
    """A row for each choice; None where the default settings were not trained."""
    if not found:
        return None
    in_time = tables.study.target_error is not None
    rows = tuple(
        (
            tables.label(each.choice),
            words.settings(tables.record(each.default).task.nuisance, tables.design.texts),
            *map(words.percent, each.errors),
            words.difference(each.gain),
            *([words.bounds(elsewhere(each.gain))] if tables.study.own_splits else []),
            *([f"{each.sooner[0]} of {each.gain.n}"] if in_time else []),
            words.number(each.p, 2) if np.isfinite(each.p) else "–",
            _finding(tables, each) + _lost(each),
        )
        for each in found
    )
    heads = (
        *("choice", "default setting", "its error", "tuned", "gain"),
        *(("on other data",) if tables.study.own_splits else ()),
        *(("sooner at the target",) if in_time else ()),
        *("p (Holm)", "finding"),
    )
    caption = "What tuning gained: the default setting and the winner of each choice, on the same fresh seeds"
    return Grid(caption, heads, rows, frozenset(range(2, len(heads) - 1)), note=words.paired("Gain"))


def _named(tables: Tables, mine: Sequence[Gain], measured: int) -> str:
    """`by 1.2 points [0.8, 1.7] with cross-entropy`; of many the least and the most."""
    ordered = sorted(mine, key=lambda each: abs(each.gain.centre))
    named = ordered if len(mine) <= NAMED else [ordered[0], ordered[-1]]
    parts = [f"by {words.difference(abs(each.gain))}{_with(tables, each)}{_lost(each)}" for each in named]
    if len(mine) <= NAMED:
        return words.enumerated(parts)
    which = f"all {measured}" if len(mine) == measured else f"{len(mine)} of {measured}"
    return f"with {which} choices, {' to '.join(parts).replace(' to by ', ' to ')}"


def _where(mine: Sequence[Gain]) -> str:
    """Whether the gains are shown for other data, too, to follow them."""
    too = sum(each.elsewhere for each in mine)
    if too == len(mine):
        return "; this holds for other data from the same source, too"
    some = (
        f"for {words.count(too, 'choice')} this holds for other data from the same source, too"
        if too
        else "for other data this is not shown"
    )
    return f", on this data set; {some}"


def _in_time(tables: Tables, mine: Sequence[Gain], measured: int, when: str) -> str:
    """In how many seeds the target was reached sooner, or later, and with which choices."""
    side = 0 if when == "sooner" else 1
    parts = [
        f"in {each.sooner[side]} of {words.count(each.gain.n, 'seed')}{_with(tables, each)}" for each in mine
    ]
    if len(mine) > NAMED:
        parts = [f"with {len(mine)} of {measured} choices"]
    return f"With tuning the target is reached {when} {words.enumerated(parts)}."


def _open(tables: Tables, each: Gain) -> str:
    return f"{_with(tables, each).lstrip()} ({words.difference(each.gain)}){_lost(each)}".lstrip()


def _with(tables: Tables, each: Gain) -> str:
    """The choice, where there is more than one."""
    return f" with {tables.short(each.choice)}" if tables.design.factors else ""


def _kept(tables: Tables, each: Gain) -> bool:
    """Whether the winner has the default setting."""
    return identity(tables.record(each.winner).task.nuisance) == identity(
        tables.record(each.default).task.nuisance
    )


def _finding(tables: Tables, each: Gain) -> str:
    if _kept(tables, each):
        return KEPT
    if not np.isfinite(each.p):
        return "too few seeds"
    return {1: "tuning paid", -1: "tuning did harm", 0: "not shown"}[each.direction]


def _lost(each: Gain) -> str:
    """How many seeds diverged, to follow what is said of a gain; empty without any."""
    whose = ("the default setting", "the winner")
    return diverged({name: (lost, each.gain.n) for name, lost in zip(whose, each.lost, strict=True)})
