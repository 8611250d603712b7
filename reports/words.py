"""How values, names, errors and intervals are written, alike in sentences, tables and figures.

With the words of every room, so that a report has them all in one place: `words.count`, `words.percent`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from math import floor, isfinite, log10
from typing import TYPE_CHECKING, Any

from experiments.choices import DIGITS, EXACT, LONGEST, Identity, cut, identity, significant
from experiments.control_characters import visible
from experiments.wording import MINUS as MINUS
from experiments.wording import count as count
from experiments.wording import counts as counts
from experiments.wording import duration as duration
from experiments.wording import enumerated as enumerated
from experiments.wording import few as few
from experiments.wording import fixed, in_prose, table
from experiments.wording import gist as gist
from experiments.wording import number as number
from experiments.wording import percent as _percent
from experiments.wording import sentence as sentence

if TYPE_CHECKING:  # it brings SciPy, which the process that draws does without
    from reports.statistics.intervals import Estimate

ONLY = "the only setting"
"""Where nothing is varied."""


@dataclass(frozen=True, slots=True)
class Unit:
    """What errors are told in.

    Attributes:
        factor: by which an error is multiplied.
        finer: decimals that are told beyond those of a percentage.
        sign: what follows an error.
        points: what follows a difference of errors.
    """

    factor: float = 100.0
    finer: int = 0
    sign: str = " %"
    points: str = " points"


PER_CENT = Unit()
"""Of errors that are shares."""

_UNIT: ContextVar[Unit] = ContextVar("unit", default=PER_CENT)


def unit() -> Unit:
    """What the errors of the report that is being written are told in."""
    return _UNIT.get()


def own_unit(size: float) -> Unit:
    """The unit of a metric whose errors are of about this size: three significant digits of them are told."""
    return Unit(1.0, 1 - floor(log10(size)) if size > 0 else 0, "", "")


@contextmanager
def told_in(one: Unit) -> Iterator[None]:
    """Within it errors are told in this unit."""
    before = _UNIT.set(one)
    try:
        yield
    finally:
        _UNIT.reset(before)


portion = _percent
"""A share of something as a percentage: 0.0213 is "2.1 %". Errors are told by `percent`."""


def percent(value: float, decimals: int = 1) -> str:
    """An error with its unit: 0.0213 is "2.1 %", unless errors are told in another unit."""
    return f"{points(value, decimals)}{unit().sign}"


def points(value: float, decimals: int = 1) -> str:
    """An error or a difference of errors without its unit: 0.0213 is "2.1"."""
    return fixed(unit().factor * value, max(0, decimals + unit().finer))


def apart(value: float, decimals: int = 1) -> str:
    """A difference of errors with its unit: 0.012 is "1.2 points"."""
    return f"{points(value, decimals)}{unit().points}"


def name(parameter: str) -> str:
    """A parameter's name in words: learning_rate is "learning rate", svc__C is "svc C"."""
    return re.sub("_+", " ", shortened(parameter))


def value(setting: Any) -> str:
    """A setting in words: cross_entropy is "cross-entropy", 0.30000001 is "0.3", a list stays a list."""
    return cut(whole_value(setting))


def whole_value(setting: Any, digits: int = DIGITS[0]) -> str:
    """The same whole, with so many significant digits or `EXACT`; a number below 1 is never written as 1."""
    if digits == EXACT:
        return _one_line(json.dumps(setting, ensure_ascii=False, default=str))
    match setting:
        case bool():
            return "yes" if setting else "no"
        case None:
            return "none"
        case int():
            return str(setting)
        case float():
            return number(setting, significant(setting, digits))
        case dict():
            return _one_line(in_prose(table(setting)))
        case list() | tuple():
            return _list([whole_value(each, digits) for each in setting])
        case _:
            return in_prose(_one_line(str(setting)))


def _list(items: Sequence[str]) -> str:
    """Items as a list, "[64, 32]"; of a long one what is repeated is counted: "[64]×19, 32"."""
    plain = f"[{', '.join(items)}]"
    if len(plain) <= LONGEST:
        return plain
    runs = [(item, len(list(alike))) for item, alike in groupby(items)]
    if all(count < 3 for _, count in runs):
        return plain
    return ", ".join(f"[{item}]×{count}" if count > 1 else item for item, count in runs)


def shortened(text: str) -> str:
    """The text on one line and at most `LONGEST` characters, control characters made visible."""
    return cut(_one_line(text))


def _one_line(text: str) -> str:
    return visible("".join(" " if letter.isspace() else letter for letter in text))


PLAIN = frozenset({"early_stopping", "l1", "l2", "beta1", "beta2", "rho", "epsilon", "depth", "momentum"})
"""Parameters whose names have no article."""


def the(parameter: str) -> str:
    """A parameter's name in a sentence: "the cost", but "depth"."""
    return name(parameter) if parameter in PLAIN else f"the {name(parameter)}"


Texts = Mapping[Identity, str]
"""What to write for a parameter's value in place of `value`, by the two."""


def settings(chosen: Mapping[str, Any], texts: Texts | None = None) -> str:
    """Settings on one line: "cost quadratic, widths [16]"; "the only setting" where there is nothing to choose."""
    return ", ".join(_named(key, each, texts) for key, each in chosen.items()) or ONLY


def values(chosen: Mapping[str, Any], texts: Texts | None = None) -> str:
    """Settings in short: "quadratic · [16]"; numbers keep their name, "depth 3"."""
    return " · ".join(_in_short(key, each, texts) for key, each in chosen.items()) or ONLY


def _in_short(key: str, each: Any, texts: Texts | None) -> str:
    """A value, with the name of its parameter where it would not be understood alone; a sentence may begin with it."""
    if key == "class_weights":  # a noun that takes "is"
        kinds = {
            None: "no class weighting",
            "none": "no class weighting",
            "balanced": "balanced class weighting",
        }
        return kinds[each] if each in (*kinds,) else f"class weighting {text(key, each, texts)}"
    alone = not (isinstance(each, int | float) or each is None or _absent(key, each))
    return text(key, each, texts) if alone else _named(key, each, texts)


def _named(key: str, each: Any, texts: Texts | None) -> str:
    """A parameter with its value: "depth 3"; what there is not is "no early stopping"."""
    if _absent(key, each):
        return f"no {name(key)}"
    return f"{name(key)} {text(key, each, texts)}"


def _absent(key: str, each: Any) -> bool:
    """Whether a value says that there is no such thing."""
    return key in ("early_stopping", "class_weights") and (not each or each == "none")


def text(key: str, each: Any, texts: Texts | None) -> str:
    """A parameter's value in words: what `texts` have for it, or `value`."""
    return (texts or {}).get(identity({key: each})) or value(each)


def decimals(low: float, high: float) -> int:
    """Decimals for `points` that an interval of errors bears: its half width keeps one or two digits."""
    half = unit().factor / 2 * (high - low)
    if not isfinite(half) or half <= 0:
        return 1
    finer = unit().finer
    return min(3 + max(finer, 0), max(0, -floor(log10(half / 3)))) - finer


def error(estimate: "Estimate") -> str:
    """An error and its interval: "2.1 % [1.8, 2.4]"; without brackets where there is no interval."""
    return _with_interval(estimate, unit().sign, "seed")


def centre(estimate: "Estimate") -> str:
    """The same without its interval, in as many digits: "2.1 %"."""
    return _centre(estimate, unit().sign)


def size(estimate: "Estimate") -> str:
    """The size of a difference of errors, in as many digits as with its interval: "0.8 points"."""
    return _centre(abs(estimate), unit().points)


def amount(estimate: "Estimate") -> str:
    """A number in a unit of its own and its interval, as many decimals as half its width bears: "54.1 [52.8, 55.4]"."""
    if not isfinite(estimate.centre):
        return "no finite value"
    half = (estimate.high - estimate.low) / 2
    if not estimate.has_interval or not half > 0:
        return number(estimate.centre)
    places = max(0, 1 - floor(log10(half)))
    centre, low, high = (fixed(x, places) for x in (estimate.centre, estimate.low, estimate.high))
    return f"{centre} [{low}, {high}]"


def difference(estimate: "Estimate") -> str:
    """A difference of errors and its interval: "0.8 points [0.4, 1.2]"."""
    return _with_interval(estimate, unit().points, "pair")


def paired(differences: str) -> str:
    """Why differences of one name are not those of the errors next to them, as the note of a table says it."""
    return f"{differences}: the trimmed mean over pairs of seeds, which need not be the difference of the errors shown."


def span(estimate: "Estimate") -> str:
    """The interval of an error alone: "1.8 to 2.4 %"."""
    places = decimals(estimate.low, estimate.high)
    return f"{points(estimate.low, places)} to {percent(estimate.high, places)}"


def bounds(estimate: "Estimate | None") -> str:
    """The interval of a difference alone: "[−0.4, 1.2]"; a dash where there is none, or one without a width."""
    if estimate is None or not estimate.has_interval or estimate.alike:
        return "–"
    places = decimals(estimate.low, estimate.high)
    return f"[{points(estimate.low, places)}, {points(estimate.high, places)}]"


def _with_interval(estimate: "Estimate", sign: str, each: str) -> str:
    told = _centre(estimate, sign)
    if not isfinite(estimate.centre) or not estimate.has_interval:
        return told
    if estimate.alike:
        return f"{told} in every {each}"
    return f"{told} {bounds(estimate)}"


def _centre(estimate: "Estimate", sign: str) -> str:
    if not isfinite(estimate.centre):
        return "no finite value"
    has_width = estimate.has_interval and not estimate.alike
    told = points(estimate.centre, decimals(estimate.low, estimate.high) if has_width else 1)
    return f"{told}{' point' if told.removeprefix(MINUS) == '1' and sign == ' points' else sign}"


def factor(times: float) -> str:
    """A factor of 1 or more, to follow "by a factor of": "37"; of a large one its power of ten: "more than 10,000"."""
    if times < 1000:
        return number(times, 2)
    return "more than a million" if times >= 1e6 else f"more than {10 ** floor(log10(times)):,}"


def share(estimate: "Estimate") -> str:
    """A share and its interval: "85 % [64, 95]"; a dash where there is none."""
    if not isfinite(estimate.centre):
        return "–"
    low, high = (portion(end, 0).removesuffix(" %") for end in (estimate.low, estimate.high))
    return f"{portion(estimate.centre, 0)}{f' [{low}, {high}]' if estimate.has_interval else ''}"


def moment(milliseconds: int) -> str:
    """A moment in UTC: "9 October 2025, 09:33 UTC"."""
    at = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
