"""What a study's winners reached on fresh seeds, apart from its records: enough to compare it with another study.

A verdict that is written as JSON carries it, so that a later study can be compared with this one where its records are
out of reach, as on a machine for continuous integration.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from experiments.mistakes import UserError, nearest
from reports.conclusions.comparability import Terms
from reports.results.tables import Tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Winner:
    """A choice's winner on fresh seeds.

    Attributes:
        choice: which choice, in words.
        seeds: they are numbers of the study's own.
        errors: final validation error of each seed, a share; one that diverged counts as guessing.
        diverged: whether each seed diverged.
    """

    choice: str
    seeds: Sequence[int]
    errors: Sequence[float]
    diverged: Sequence[bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshErrors:
    """The winners of a study on fresh seeds.

    Attributes:
        study: its name.
        terms: what the errors are errors of.
        winners: of every choice that has one, the one that is best on fresh seeds first.
    """

    study: str
    terms: Terms
    winners: Sequence[Winner]

    @classmethod
    def of(cls, tables: Tables) -> Self:
        """Those of a recorded study."""
        runs = [run for _, run in tables.in_order(tables.confirmed)]
        return cls(
            study=tables.study.name,
            terms=Terms.of(tables.study),
            winners=[_winner(tables, run) for run in sorted(runs, key=lambda run: run != tables.leader)],
        )

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Those that `as_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: if it did not.
        """
        winners = [
            Winner(
                choice=str(each["choice"]),
                seeds=[int(seed) for seed in each["seeds"]],
                errors=[float(error) for error in each["errors"]],
                diverged=[bool(lost) for lost in each["diverged"]],
            )
            for each in content["winners"]
        ]
        if any(not len(each.seeds) == len(each.errors) == len(each.diverged) for each in winners):
            raise ValueError("as many errors as seeds were expected")
        terms = Terms(**{**content["terms"], "data": dict(content["terms"]["data"])})
        return cls(study=str(content["study"]), terms=terms, winners=winners)

    def as_json(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return asdict(self)

    def winner(self, choice: str | None) -> Winner:
        """The winner of a choice; without one the champion, which is the best of all.

        Raises:
            UserError: if there is no such choice, or none at all.
        """
        if not self.winners:
            raise UserError(f'the study "{self.study}" has no winner on fresh seeds yet')
        found = {each.choice: each for each in self.winners}
        if choice is not None and choice not in found:
            raise UserError(f'--choice: "{self.study}" has no winner "{choice}"{nearest(choice, found)}')
        return self.winners[0] if choice is None else found[choice]


def _winner(tables: Tables, run: int) -> Winner:
    errors = tables.errors(run)
    return Winner(
        choice=tables.label(int(tables.row(run)["choice"])),
        seeds=[int(seed) for seed in errors.index],
        errors=[float(error) for error in errors],
        diverged=[bool(lost) for lost in tables.diverged(run)],
    )
