"""Refuses a study whose constraints leave nothing to try, and says how near its settings come to meeting them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from experiments.mistakes import Mistake, UserError
from experiments.settings_line import combinations as told
from studies.space.expression import TURNED, Comparison, Expression, ValueOf
from studies.space.feasible_points import DRAWS, looked_at, share_of
from studies.space.search_space import Space


def check_feasible(combinations: Sequence[Mapping[str, Any]], spaces: Sequence[Space]) -> None:
    """Look whether each combination has settings that meet the constraints.

    Raises:
        UserError: if one has none, or so few that chance finds none: which constraint it is, and how near it comes.
    """
    for space, name in zip(spaces, told(combinations), strict=True):
        share = share_of(space)
        if space.constraints is None or share.share:
            continue
        settings = ({**space.given, **space.decode(one)} for one in looked_at(space))
        values = [space.constraints.value_of(one) for one in settings]
        every = space.constraints.expressions
        broken = next((one for one in every if not any(map(one.holds, values))), None)
        asked = " and ".join(f'"{one.text}"' for one in ([broken] if broken else every))
        whose = f" of {name}" if name else ""
        message = f"no setting{whose} meets {asked}"
        if not share.exact:
            message = f"none of {DRAWS:,} settings{whose} drawn by chance meets {asked}"
        nearest = _nearest(broken, values) if broken else ""
        raise UserError(Mistake(f"{message}{nearest}", where="search.constraint"))


def _nearest(broken: Expression, values: Sequence[ValueOf]) -> str:
    """How near settings come to the first comparison that none of them meets; empty if there is no such one."""
    with suppress(ArithmeticError):
        for one in broken.comparisons:
            numbers = one.left.kind == one.right.kind == "number" and one.sign in TURNED
            if numbers and all(one.value(each) is False for each in values):
                return f"; {_distance(one, values)}"
    return ""


def _distance(one: Comparison, values: Sequence[ValueOf]) -> str:
    left, right = ([float(part.value(each)) for each in values] for part in (one.left, one.right))
    if one.left.names and one.right.names:
        near, far = min(zip(left, right, strict=True), key=lambda both: abs(both[0] - both[1]))
        sides = f"{one.left.text} is {_written(near)} and {one.right.text} {_written(far)}"
        return f"where they are nearest, {sides}"
    part, found = (one.left, left) if one.left.names else (one.right, right)
    sign = one.sign if one.left.names else TURNED[one.sign]
    if sign == "==":
        return f"{part.text} goes from {_written(min(found))} to {_written(max(found))}"
    extreme, which = (min(found), "smallest") if sign in ("<=", "<") else (max(found), "largest")
    return f"the {which} {part.text} is {_written(extreme)}"


def _written(number: float) -> str:
    return f"{number:,.0f}" if number.is_integer() else f"{number:.6g}"
