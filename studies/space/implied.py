"""Whether a condition follows from others by their texts, as "weights <= 8000" does from "weights <= 5000"."""

import ast
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from studies.space.expression import TURNED, Comparison, Expression, Part


def implied(one: Expression, others: Sequence[Expression]) -> bool:
    """Whether every setting that meets the others is shown to meet this one, too.

    It is if each of the parts that must all hold in it is one of theirs, or compares the same with a number that is no
    harder to keep. A value that is missing, or a division by 0, counts the same on both sides.
    """
    theirs = [part for other in others for part in other.parts]
    bounds = [bound for part in theirs if (bound := _bound_of(part))]
    written = {_written(part) for part in theirs}
    return all(_written(part) in written or _looser(part, bounds) for part in one.parts)


class _Bound(NamedTuple):
    """What is kept on one side of a number.

    Attributes:
        what: the text of what is compared.
        above: whether it is kept above the number.
        number: the number, negated where it is kept above, so that the higher one is the looser one.
        equal: whether it may be the number itself.
    """

    what: str
    above: bool
    number: float
    equal: bool


def _bound_of(part: Part) -> _Bound | None:
    """What a part keeps on one side of a number; None where it is no such comparison."""
    if not isinstance(part, Comparison) or part.sign not in TURNED or part.sign == "==":
        return None
    what, sign, limit = part.left, part.sign, part.right
    if not what.names:
        what, sign, limit = limit, TURNED[sign], what
    if limit.names or not what.names:
        return None
    above = sign in (">", ">=")
    with suppress(ArithmeticError):
        number = limit.value(lambda _: None)
        return _Bound(_plain(what.text), above, -number if above else number, sign.endswith("="))
    return None


def _looser(part: Part, bounds: Sequence[_Bound]) -> bool:
    mine = _bound_of(part)
    return mine is not None and any(mine[:2] == one[:2] and mine[2:] >= one[2:] for one in bounds)


def _written(part: Part) -> tuple[type[Part], str]:
    """A part, whatever its spaces; a comparison leaves out the brackets of its sides, and nothing else is alike."""
    return type(part), _plain(part.text)


def _plain(text: str) -> str:
    return ast.unparse(ast.parse(text, mode="eval"))
