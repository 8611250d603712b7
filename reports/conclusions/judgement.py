"""A verdict for machines: of two sides the one is better than the other, equivalent, worse, or it is undecided.

The tests are those of the report: trimmed means, paired by seed where seeds are pairs, corrected for their number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

import numpy as np
import pandas as pd

from experiments.error_wording import told
from experiments.mistakes import UserError
from reports import words
from reports.conclusions.comparability import incomparable_because, same_examples, unpaired_because
from reports.conclusions.comparison import (
    DECIDED,
    Comparison,
    Outcome,
    Side,
    judged,
    may_lose_many,
    outcome_of,
    paired,
)
from reports.conclusions.findings import findings
from reports.conclusions.fresh_errors import FreshErrors, Winner
from reports.conclusions.verdict import borne
from reports.results.tables import Tables
from reports.statistics.intervals import (
    FEWEST,
    Estimate,
    holm,
    unpaired_difference,
    unpaired_not_equivalent,
)

Answer = Literal["worse", "undecided", "equivalent", "better"]

ANSWERS: Final[tuple[Answer, ...]] = get_args(Answer)
"""The most alarming one first: of several comparisons it is the answer."""

EXIT_STATUS: Final[dict[Answer, int]] = {answer: number for number, answer in enumerate(ANSWERS, start=3)}
"""Of a gate that fails on an answer. 1 is a fault, and 2 the user's mistake."""

_TURNED: Final[dict[Outcome, Outcome]] = {"first": "second", "second": "first"}

_ANSWER: Final[dict[Outcome, Answer]] = {
    "first": "better",
    "second": "worse",
    "equivalent": "equivalent",
    "undecided": "undecided",
    "unmeasured": "undecided",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is said of one side beside another.

    Attributes:
        parameter: whose values are compared; empty where studies are.
        of: the side that is judged, in words.
        beside: the side that it is compared with.
        within: what is the same on both sides, in words; may be empty.
        answer: what the side is.
        too_few: whether it is undecided since there are too few seeds for an interval.
        other_data: whether it is shown to be that on other data from the same source, too.
        difference: the error of the side less that of the other one, a share.
        p: of there being no difference, corrected for the number of tests.
        seeds: of each side.
        diverged: of these.
        paired: whether seeds were compared in pairs.
    """

    parameter: str = ""
    of: str
    beside: str
    within: str = ""
    answer: Answer
    too_few: bool
    other_data: bool
    difference: Estimate
    p: float
    seeds: tuple[int, int]
    diverged: tuple[int, int]
    paired: bool

    @property
    def sentence(self) -> str:
        """It in words; it may begin with the name of a study, which is left as it is."""
        where = f" with {self.within}" if self.within else ""
        by = abs(self.difference)
        first, second = self.seeds
        pairs = f"{words.count(first, 'pair')} of seeds"
        count = pairs if self.paired else f"{first} and {words.count(second, 'seed')}"
        lost = [
            f"{words.count(lost, 'seed')} of {name} diverged and counted as guessing"
            for name, lost in zip((self.of, self.beside), self.diverged, strict=True)
            if lost
        ]
        end = f" ({'; '.join([count, *lost])})."
        if self.answer in ("better", "worse"):
            return f"{self.of} is {self.answer} than {self.beside}{where}, by {words.difference(by)}{end}"
        signed = (
            f"the errors of {self.of} less those of {self.beside} are {words.difference(self.difference)}"
        )
        if self.answer == "equivalent":
            return f"{self.of} and {self.beside} are equivalent{where}: {signed}{end}"
        why = f"{FEWEST} seeds of each are needed" if self.too_few else signed
        return f"Whether {self.of} is better or worse than {self.beside}{where} is undecided: {why}{end}"

    def as_json(self) -> dict[str, Any]:
        """It for programs, differences in points of error."""
        interval = self.difference.has_interval
        return {
            "parameter": self.parameter or None,
            "of": self.of,
            "beside": self.beside,
            "within": self.within or None,
            "answer": self.answer,
            "other_data": self.other_data,
            "difference": 100 * self.difference.centre if np.isfinite(self.difference.centre) else None,
            "interval": [100 * self.difference.low, 100 * self.difference.high] if interval else None,
            "p": self.p if np.isfinite(self.p) else None,
            "seeds": list(self.seeds),
            "diverged": list(self.diverged),
            "paired": self.paired,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A verdict for machines.

    Attributes:
        study: the study that is judged.
        against: the one that it is compared with; empty if its own choices are compared.
        margin: differences below this share do not matter.
        too_fine: whether a single example changes the error by more than the margin, so that nothing is equivalent.
        measure: what the error is.
        judgements: of each comparison.
        unconfirmed: choices without a winner on fresh seeds; as long as there are any, something is undecided.
    """

    study: str
    against: str = ""
    margin: float
    too_fine: bool
    measure: str
    judgements: Sequence[Judgement]
    unconfirmed: Sequence[str] = ()

    @property
    def answers(self) -> list[Answer]:
        """Every answer that there is, the most alarming one first."""
        there: set[Answer] = {each.answer for each in self.judgements}
        there |= {"undecided"} if self.unconfirmed else set()
        return [answer for answer in ANSWERS if answer in there]

    @property
    def answer(self) -> Answer | None:
        """The most alarming answer; None where nothing is compared."""
        return next(iter(self.answers), None)

    def failed_by(self, fail_if: Iterable[str]) -> list[Answer]:
        """The answers that fail a gate which fails on these."""
        return [answer for answer in self.answers if answer in set(fail_if)]

    @property
    def sentences(self) -> list[str]:
        """It in words."""
        said = [each.sentence for each in self.judgements]
        if self.unconfirmed:
            no = f"{words.count(len(self.unconfirmed), 'choice')} without a winner on fresh seeds"
            said.append(f"Undecided: {no} ({words.few(self.unconfirmed)}).")
        if self.too_fine and self.judgements:
            margin = f"the margin of {words.points(self.margin)} points"
            said.append(
                f"A single example changes the error by more than {margin}, so nothing is called equivalent."
            )
        return said


def judge_choices(tables: Tables, margin: float) -> Gate:
    """The answer to a study's own question: every value that it compares, beside one that was named before it.

    Args:
        tables: the study.
        margin: differences below this share do not matter.

    Raises:
        UserError: if the study does not ask about errors.
    """
    _asks_about_errors(tables)
    fine = borne(margin, tables.study.data)
    found = findings(tables, fine).on_fresh_seeds()
    confirmed = tables.confirmed
    return Gate(
        study=tables.study.name,
        margin=margin,
        too_fine=fine < margin,
        measure=_measure(FreshErrors.of(tables)),
        judgements=[_of_the_later(each) for each in found],
        unconfirmed=[tables.label(choice) for choice in tables.choices() if choice not in confirmed],
    )


def judge_studies(one: FreshErrors, other: FreshErrors, margin: float, choice: str | None = None) -> Gate:
    """A study's champion beside another study's, or the winners that both have of one choice.

    The champion is picked by the same errors that it is compared by, so the pair could have been any of two winners:
    Holm's correction is over all of these. A choice that is named is picked by nobody.

    Args:
        one: the study that is judged.
        other: the study that it is compared with.
        margin: differences below this share do not matter.
        choice: of which choice the winners are compared, in words; None for the champions.

    Raises:
        UserError: if their errors may not be compared, or there is no such winner.
    """
    if why := incomparable_because(one.terms, other.terms):
        raise UserError(f'"{one.study}" and "{other.study}" may not be compared: {words.enumerated(why)}')
    mine, theirs = one.winner(choice), other.winner(choice)
    others = 0 if choice is not None else len(one.winners) * len(other.winners) - 1
    data = one.terms.data
    fine = borne(margin, data)
    named = one.study, other.study
    if one.study == other.study:
        named = f"{one.study} now", f"{one.study} before"
    if choice is None:
        named = _with(named[0], mine, one), _with(named[1], theirs, other)
    shared = not unpaired_because(one.terms, other.terms) and len({*mine.seeds} & {*theirs.seeds}) >= FEWEST
    judge = _paired if shared else _unpaired
    return Gate(
        study=one.study,
        against=other.study,
        margin=margin,
        too_fine=fine < margin,
        measure=_measure(one),
        judgements=[judge((one, mine), (other, theirs), named, fine, others, choice or "")],
    )


def _with(name: str, winner: Winner, errors: FreshErrors) -> str:
    """A study in words, with the choice that its champion is where there are several."""
    return name if len(errors.winners) == 1 else f"{name} ({winner.choice})"


def _asks_about_errors(tables: Tables) -> None:
    if tables.study.objective == "epochs_to_target":
        raise UserError(
            f'the study "{tables.study.name}" asks how soon a target is reached; a verdict compares errors'
        )


def _measure(errors: FreshErrors) -> str:
    return f"validation error{told(errors.terms.data)}"


def _of_the_later(found: Comparison) -> Judgement:
    """A comparison as seen from the value that was named later."""
    seen = replace(found, outcome=_TURNED.get(found.outcome, found.outcome))
    return _judgement(seen, (found.second, found.first), -found.difference, found.lost[::-1])


def _judgement(
    found: Comparison, names: tuple[str, str], difference: Estimate, diverged: tuple[int, ...]
) -> Judgement:
    n = len(found.pairs)
    return Judgement(
        parameter=words.name(found.parameter) if found.parameter else "",
        of=names[0],
        beside=names[1],
        within=found.within,
        answer=_ANSWER[found.outcome],
        too_few=found.outcome == "unmeasured",
        other_data=found.elsewhere,
        difference=difference,
        p=found.p,
        seeds=(n, n),
        diverged=(diverged[0], diverged[1]),
        paired=True,
    )


_One = tuple[FreshErrors, Winner]


def _paired(
    one: _One, other: _One, names: tuple[str, str], margin: float, others: int, within: str
) -> Judgement:
    """Two winners compared seed by seed; `others` tests more were possible."""
    sides = [
        Side(
            name,
            (),
            0,
            pd.Series(winner.errors, list(winner.seeds), dtype=float),
            pd.Series(winner.diverged, list(winner.seeds), dtype=bool),
            study.terms.overlap,
        )
        for name, (study, winner) in zip(names, (one, other), strict=True)
    ]
    found = paired("", sides[0], sides[1], within)
    p_values = holm([found.difference.p, *[1.0] * others])
    (found,) = judged([found], margin, p_values, others)
    return _judgement(found, names, found.difference, found.lost)


def _unpaired(
    one: _One, other: _One, names: tuple[str, str], margin: float, others: int, within: str
) -> Judgement:
    """Two winners compared as independent samples; on other data, if each study has set other examples aside."""
    (study, mine), (besides, theirs) = one, other
    overlaps = study.terms.overlap, besides.terms.overlap
    a, b = mine.errors, theirs.errors
    lost = sum(mine.diverged), sum(theirs.diverged)
    expected = lost[1] * len(a) / max(len(b), 1), lost[0] * len(b) / max(len(a), 1)
    lose_many = (
        may_lose_many(int(lost[0] - expected[0]), len(a)),
        may_lose_many(int(lost[1] - expected[1]), len(b)),
    )

    def outcome(difference: Estimate, overlaps: tuple[float, float]) -> tuple[float, Outcome]:
        p, apart = (
            holm([one, *[1.0] * others])[0]
            for one in (difference.p, unpaired_not_equivalent(a, b, margin, overlaps=overlaps))
        )
        return p, outcome_of(difference, p, apart, margin, lose_many)

    here = unpaired_difference(a, b, overlaps=overlaps)
    there = here.elsewhere
    p, told_here = outcome(here, (0.0, 0.0))
    told_there = outcome(there, overlaps) if there else (p, told_here)
    if there and not same_examples(study.terms, besides.terms):
        here, (p, told_here) = there, told_there
    return Judgement(
        of=names[0],
        beside=names[1],
        within=within,
        answer=_ANSWER[told_here],
        too_few=told_here == "unmeasured",
        other_data=bool(there) and told_here in DECIDED and told_there[1] == told_here,
        difference=here,
        p=p,
        seeds=(len(a), len(b)),
        diverged=lost,
        paired=False,
    )
