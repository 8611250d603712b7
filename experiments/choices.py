"""What tells combinations of settings apart: their values. And texts for people, as long as it takes to tell them too.

Whatever belongs together is joined by `identity`. A text is made at the end, is never a key, and differs from the texts
that stand next to it.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final

LONGEST: Final = 60
"""Characters of a name or value that are shown; a longer one is cut, so that no label leaves its figure."""

DIGITS: Final = (3, 4, 5, 6, 9, 17)
"""Significant digits of numbers that fewer would not tell apart; 17 tell any two float64 apart."""

EXACT: Final = 0
"""In place of a number of digits: the value as a program has it, with quotation marks around a text."""

_HEAD: Final = 20
"""Characters from the beginning of a text that is cut in its middle."""

Identity = tuple[tuple[str, Hashable], ...]
"""Parameters and their values; two are equal where all values are."""


def identity(chosen: Mapping[str, Any]) -> Identity:
    """What a combination is: its values by name, in whatever order, so that it can be looked up and compared."""
    return tuple((name, value_identity(chosen[name])) for name in sorted(chosen))


def value_identity(value: Any) -> Hashable:
    """A value as it can be looked up: a list as a tuple, and `true` is not 1."""
    if isinstance(value, list | tuple):
        return tuple(map(value_identity, value))
    return (value,) if isinstance(value, bool) else value


def significant(x: float, digits: int = 3) -> int:
    """So many significant digits, or more if these would write a number below 1 as 1, which may be no legal value."""
    while 0 < x < 1 and digits < DIGITS[-1] and float(f"{x:.{digits}g}") == 1:
        digits += 1
    return digits


def told_apart(values: Sequence[Any], write: Callable[[Any, int], str]) -> list[str]:
    """A text for each of some values that differ, longer than usual only where two would read alike.

    Numbers get more digits, then values are written exactly, then long texts are cut around the place where they
    begin to differ; what still reads alike is numbered.

    Args:
        values: each a different one.
        write: a value on one line, with so many significant digits, or `EXACT`.
    """
    whole = [write(value, DIGITS[0]) for value in values]
    for digits in (*DIGITS[1:], EXACT):
        seen = Counter(whole)
        whole = [
            text if seen[text] == 1 else write(value, digits)
            for text, value in zip(whole, values, strict=True)
        ]
    return numbered(_cut(whole))


def numbered(texts: Sequence[str]) -> list[str]:
    """The texts; those that read alike with their number behind them."""
    seen, taken = Counter(texts), set(texts)
    found = []
    for text in texts:
        if seen[text] > 1:
            number = 1
            while (apart := f"{text} ({number})") in taken:
                number += 1
            taken.add(apart)
            text = apart
        found.append(text)
    return found


def cut(text: str) -> str:
    """The text, or as much of its beginning as is shown."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _cut(texts: Sequence[str]) -> list[str]:
    """The texts cut; of those that begin alike the middle is left out, up to where they begin to differ."""
    found = list(map(cut, texts))
    groups: dict[str, list[int]] = {}
    for place, text in enumerate(found):
        groups.setdefault(text, []).append(place)
    for places in groups.values():
        alike = [texts[place] for place in places]
        if len(set(alike)) < 2:
            continue
        start, room = max(_HEAD, _common(alike) - _HEAD), LONGEST - _HEAD - 2
        while len({text[start : start + room] for text in alike}) < len(set(alike)):
            room *= 2
        for place in places:
            text = texts[place]
            rest = text[start : start + room]
            found[place] = f"{text[:_HEAD]}…{rest}{'…' if len(text) > start + room else ''}"
    return found


def _common(texts: Sequence[str]) -> int:
    """How many characters all texts begin with alike."""
    letters = zip(*texts, strict=False)
    return next((at for at, each in enumerate(letters) if len(set(each)) > 1), min(map(len, texts)))
