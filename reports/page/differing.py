"""How a page differs from what it should be: each difference with its place, what stands there and what should."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from html import unescape
from itertools import accumulate, groupby, takewhile
from operator import itemgetter
from typing import Final

from experiments.wording import count
from reports.page.places import Places

AROUND: Final = 60
"""Characters that are told before and after the first one that differs."""

DRAWING: Final = "its drawing"

_LINES: Final = re.compile(r"[^\n]*\n|[^\n]+")
_TOKENS: Final = re.compile(r"<[^>]*>|[^<]+|<")
_TAG: Final = re.compile(r"<[^>]*>")
_ATTRIBUTE: Final = re.compile(r'([\w:-]+)="([^"]*)"')
_NUMBER: Final = re.compile(
    r"(?<![\w.#])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])"
)  # and no part of a name or colour

UNSEEN: Final = 0.011
"""Points by which a stroke may lie elsewhere without anybody seeing it, as where another processor rounds otherwise.

Pages have hundredths of points.
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place at which a page is not what it should be.

    Attributes:
        place: where, in words.
        stands: what stands there; empty if something is missing.
        should: what should; empty if something is too much.
        drawn: whether it is a stroke of a figure, and no text.
        unseen: whether it is such a stroke and lies elsewhere by no more than `UNSEEN`.
    """

    place: str
    stands: str
    should: str
    drawn: bool = False
    unseen: bool = False


def differences(stands: str, should: str) -> list[Difference]:
    """Every difference between two pages, in the order of the page that should be.

    Args:
        stands: the page as it is.
        should: the page as it would be made now.
    """
    if stands == should:
        return []
    wrong, right = _LINES.findall(stands), _LINES.findall(should)
    first = _common(wrong, right)
    last = _common(wrong[first:][::-1], right[first:][::-1])
    wrong_at, right_at = _offsets(wrong), _offsets(right)
    found: list[Difference] = []
    matcher = SequenceMatcher(None, right[first : len(right) - last], wrong[first : len(wrong) - last])
    for kind, a, b, c, d in matcher.get_opcodes():
        a, b, c, d = (each + first for each in (a, b, c, d))
        if kind == "replace" and b - a == d - c:
            for x, y in zip(range(a, b), range(c, d), strict=True):
                found += _within(wrong[y], right[x], right_at[x], _places(should))
        elif kind != "equal":
            found += _lines(right, right_at, range(a, b), _places(should), missing=True)
            found += _lines(wrong, wrong_at, range(c, d), _places(stands), missing=False)
    return found


@lru_cache(2)
def _places(page: str) -> Places:
    return Places(page)


def _within(wrong: str, right: str, at: int, places: Places) -> Iterator[Difference]:
    """What differs within a line, which stands at an offset of the page that should be."""
    mine, theirs = _TOKENS.findall(right), _TOKENS.findall(wrong)
    if len(mine) != len(theirs):
        first = min(_common(right, wrong), len(right) - 1)
        yield Difference(places.at(at + first), _excerpt(wrong, first), _excerpt(right, first))
        return
    for token, other in zip(mine, theirs, strict=True):
        if token != other:
            yield _of_token(other, token, places.at(at))
        at += len(token)


def _of_token(wrong: str, right: str, place: str) -> Difference:
    """A text or a tag that differs; of a tag the attribute in which it does."""
    first = _common(right, wrong)
    drawn = place.endswith(DRAWING) and right.startswith("<")
    for attribute in _ATTRIBUTE.finditer(right):
        if attribute.start(2) <= first <= attribute.end(2):
            place += "" if drawn else f", {attribute[1]}"
            break
    stands, should = _excerpt(wrong, first), _excerpt(right, first)
    if stands == should:  # except for blanks, or characters that look alike
        stands, should = (ascii(text[max(0, first - 9) : first + 9]) for text in (wrong, right))
    return Difference(place, stands, should, drawn, drawn and _by_rounding(wrong, right))


def _lines(
    lines: Sequence[str], offsets: Sequence[int], which: Iterable[int], places: Places, *, missing: bool
) -> Iterator[Difference]:
    """Lines that are missing, or too much; those of one place together."""
    named = [(places.at(offsets[each] + _indent(lines[each])), lines[each]) for each in which]
    for place, group in groupby(named, key=itemgetter(0)):
        text = [line for _, line in group]
        shown = _excerpt(text[0], 0) + (
            f" (and {count(len(text) - 1, 'line')} more)" if len(text) > 1 else ""
        )
        drawn = place.endswith(DRAWING) and not _TAG.sub("", "".join(text)).strip()
        yield Difference(place, *(("", shown) if missing else (shown, "")), drawn)


def _by_rounding(wrong: str, right: str) -> bool:
    """Whether two tags have the same words, and numbers that look the same when drawn."""
    if _NUMBER.sub("", wrong) != _NUMBER.sub("", right):
        return False
    pairs = zip(_NUMBER.findall(wrong), _NUMBER.findall(right), strict=True)
    return all(abs(float(one) - float(other)) <= UNSEEN for one, other in pairs)


def _excerpt(text: str, first: int) -> str:
    """A text around its character at `first`, as a reader of the page sees it; of a tag its characters."""
    start = max(0, first - AROUND)
    cut = text[start : first + AROUND]
    shown = f"{'…' if start else ''}{cut}{'…' if first + AROUND < len(text) else ''}"
    if "<" not in shown and ">" not in shown:
        shown = unescape(shown)
    elif not start and (plain := unescape(_TAG.sub(" ", text)).split()):
        shown = " ".join(plain)
        shown = f"{shown[: 2 * AROUND]}…" if len(shown) > 2 * AROUND else shown
    return " ".join(shown.split()) or repr(shown)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many items two sequences have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _offsets(lines: Sequence[str]) -> list[int]:
    return [0, *accumulate(map(len, lines))]
