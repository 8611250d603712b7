"""Text on figures: available letters, width of a line, line breaks and cuts."""

from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from threading import get_ident
from typing import Any

from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font, LoadFlags

from experiments.control_characters import visible

Extent = tuple[float, float, float]
"""Width, height and descent of a line of text."""


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


def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Points that a line of text takes, measured large, where hinting does not round it."""
    return _width(text, weight) * size / 100


def plain(text: str) -> str:
    """The text on one line, control characters made visible, with "□" for letters that the font does not have."""
    known = _letters()
    return "".join(letter if ord(letter) in known else "□" for letter in visible(" ".join(text.split())))


def lettered(text: str) -> bool:
    """Whether the font has every letter of a text."""
    return _letters().issuperset(map(ord, text))


@lru_cache(maxsize=10_000)
def extent(text: str, properties: FontProperties, size: float, dpi: float, flags: LoadFlags) -> Extent:
    """The extent of a line in dots.

    Args:
        text: the line, whose letters the font has.
        properties: which say what font that is.
        size: of its letters in points, whatever the properties say.
        dpi: dots an inch.
        flags: how FreeType loads the letters.
    """
    font = in_memory(properties)
    font.set_size(size, dpi)
    font.set_text(text, 0.0, flags=flags)
    width, height = font.get_width_height()
    return width / 64, height / 64, font.get_descent() / 64


@lru_cache(maxsize=1_000)
def heights(properties: FontProperties, dpi: float) -> Extent:
    """The dots that a line takes above and below the line that its letters stand on, and between it and the next."""
    font: Any = in_memory(properties)  # its tables have types of their own
    told = font.get_sfnt_table("OS/2")
    scale = 1 / font.get_sfnt_table("head")["unitsPerEm"] * properties.get_size_in_points() * dpi / 72
    return told["sTypoAscender"] * scale, -told["sTypoDescender"] * scale, told["sTypoLineGap"] * scale


@lru_cache(maxsize=10_000)
def _width(text: str, weight: str) -> float:
    """Points that it takes in letters of 100 points."""
    return extent(plain(text), _properties(weight), 100, 72, LoadFlags.FORCE_AUTOHINT)[0]


def in_memory(properties: FontProperties) -> FT2Font:
    """A font whose file is read once: FreeType asks for the bytes of a letter whenever it occurs."""
    return _read(findfont(properties), get_ident())


@cache
def _letters() -> frozenset[int]:
    fonts = (in_memory(_properties(weight)) for weight in ("normal", "bold"))
    return frozenset.intersection(*(frozenset(font.get_charmap()) for font in fonts))


@cache
def _read(path: str, _thread: int) -> FT2Font:
    """The font has a state, so each thread has one of its own."""
    return FT2Font(BytesIO(Path(path).read_bytes()))


def _properties(weight: str) -> FontProperties:
    return FontProperties(family="DejaVu Sans", weight=weight)
