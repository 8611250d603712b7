"""Text on figures: available letters, width of a line, line breaks and cuts."""

from functools import cache, lru_cache
from typing import Any

from matplotlib.font_manager import FontProperties, findfont, get_font

from experiments.control_characters import visible


def wrapped(text: str, size: float, weight: str, room: float) -> list[str]:
    """The text broken into lines that are at most `room` points wide."""
    lines: list[list[str]] = [[]]
    space, taken = text_width("x x", size, weight) - text_width("xx", size, weight), 0.0
    for word in text.replace(" %", "\N{NO-BREAK SPACE}%").split(" "):
        width = text_width(word, size, weight)
        if lines[-1] and taken + space + width > room:
            lines.append([])
            taken = 0.0
        lines[-1].append(word)
        taken += width + space
    return [" ".join(line) for line in lines]


def fitted(text: str, size: float, weight: str, room: float) -> str:
    """The text on one line, cut at its end with "…" if it is wider than `room` points."""
    line = plain(text)
    if text_width(line, size, weight) <= room:
        return line
    while line and text_width(line + "…", size, weight) > room:
        line = line[:-1]
    return line + "…"


def stacked(text: str, size: float, weight: str, room: float, most: int) -> str:
    """The text on at most so many lines, each cut with "…" if it is wider than `room` points."""
    lines = wrapped(plain(text), size, weight, room)
    lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return "\n".join(fitted(line, size, weight, room) for line in lines if line)


@lru_cache(maxsize=10_000)
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Points that a line of text takes, measured large, where hinting does not round it."""
    font = _font(weight)
    font.set_size(100, 72)
    font.set_text(plain(text), 0.0)
    return float(font.get_width_height()[0] / 64) * size / 100


def plain(text: str) -> str:
    """The text on one line, control characters made visible, with "□" for letters that the font does not have."""
    known = _letters()
    return "".join(letter if ord(letter) in known else "□" for letter in visible(" ".join(text.split())))


@cache
def _font(weight: str) -> Any:
    return get_font(findfont(FontProperties(family="DejaVu Sans", weight=weight)))


@cache
def _letters() -> frozenset[int]:
    return frozenset(_font("normal").get_charmap()) & frozenset(_font("bold").get_charmap())
