"""Combinations of settings: they are identified by their values and shown by labels that differ.

Tables are joined by `identity`. Labels are made last, are never keys, and differ from the other labels in a table or
figure.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final

LONGEST: Final = 60
"""Names and values are cut to this many characters so that labels fit into their figures."""

DIGITS: Final = (3, 4, 5, 6, 9, 17)
"""Significant digits to try for numbers that look alike with fewer; 17 distinguish any two float64."""

EXACT: Final = 0
"""Used instead of a number of digits: write the value as in a program, text in quotation marks."""

_HEAD: Final = 20
"""Characters from the beginning of a text that is cut in its middle."""

Identity = tuple[tuple[str, Hashable], ...]
"""Parameters and their values; two are equal where all values are."""


def identity(chosen: Mapping[str, Any]) -> Identity:
    """A hashable key for a combination: its values by name, regardless of their order."""
    return tuple((name, value_identity(chosen[name])) for name in sorted(chosen))


def value_identity(value: Any) -> Hashable:
    """A hashable key for a value: a list becomes a tuple, a table its `identity`, and `true` differs from 1."""
    if isinstance(value, Mapping):
        return identity(value)
    if isinstance(value, list | tuple):
        return tuple(map(value_identity, value))
    return (value,) if isinstance(value, bool) else value


def significant(x: float, digits: int = 3) -> int:
    """A number with this many significant digits, or more if a number below 1 would be written as 1."""
    while 0 < x < 1 and digits < DIGITS[-1] and float(f"{x:.{digits}g}") == 1:
        digits += 1
    return digits


def told_apart(values: Sequence[Any], write: Callable[[Any, int], str]) -> list[str]:
    """Labels that differ for values that differ, longer than usual only if two would read alike.

    If labels read alike, numbers get more digits; then values are written exactly; then long texts are cut around the
    place where they begin to differ; labels that still read alike are numbered. `write` puts a value on one line, with
    so many significant digits, or `EXACT`.
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
    """The texts; those that read alike get a number at the end."""
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


def cut(text: str, longest: int = LONGEST) -> str:
    """The text, cut at the end if it is too long."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _cut(texts: Sequence[str]) -> list[str]:
    """The texts, cut; texts that begin alike lose their middle, up to the place where they begin to differ."""
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
    """The length of the beginning that all texts share."""
    letters = zip(*texts, strict=False)
    return next((at for at, each in enumerate(letters) if len(set(each)) > 1), min(map(len, texts)))
