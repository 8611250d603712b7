"""Puts figures' SVGs into the page: small, in the colours of the page's scheme, and linked to the table of trials."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree import ElementTree
from zlib import crc32

from reports.drawing.dark import ON_DARK
from reports.drawing.style import CHOICES, HEAD, RUNS

SVG: Final = "http://www.w3.org/2000/svg"
XLINK: Final = "{http://www.w3.org/1999/xlink}href"

FONT: Final = "'DejaVu Sans', Verdana, sans-serif"
"""What figures are lettered in, and what is as wide where it is not installed."""


_NUMBERS: Final = {"d", "x", "y", "points", "transform"}
"""Attributes that hold numbers."""

_DIGITS: Final = re.compile(r"(?<=\.\d\d)\d+")
_BREAK: Final = re.compile(r"\s*\n")


def row_id(run: int) -> str:
    """The id of a run's row in the page's table of trials."""
    return f"run-{run}"


@dataclass(frozen=True, slots=True)
class Inlined:
    """A figure as an element of the page, and the styles of its elements by the names of their classes."""

    element: str
    styles: Mapping[str, str]


def style_sheet(figures: Iterable[Inlined]) -> str:
    """The classes of these figures, and their colours on either scheme of the page."""
    light = ";".join(f"{_variable(colour)}:{colour}" for colour in ON_DARK)
    dark = ";".join(f"{_variable(colour)}:{there}" for colour, there in ON_DARK.items())
    styles = {name: style for each in figures for name, style in each.styles.items()}
    rules = "".join(f".{name}{{{_coloured(style)}}}\n" for name, style in styles.items())
    return (
        f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        f".picture svg{{stroke-linejoin:round;stroke-linecap:butt}}\n{rules}"
    )


def inlined(svg: bytes, kind: str, prefix: str) -> Inlined:
    """An SVG file as an element of the page, small, its texts escaped, as wide as its place.

    Finding and subtitle are left to the page, which has them as text. A mark of a run has the id of its row as
    `data-run`, and what stands for choices has their numbers as `data-choice`.

    Args:
        svg: the file.
        kind: the element's class.
        prefix: what the ids of its parts begin with, which no other figure of the page has.
    """
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(svg)
    _drop(root, "metadata", "style")
    _crop(root)
    _name(root)
    ids = {name: f"{prefix}-{number}" for number, name in enumerate(dict.fromkeys(_references(root)))}
    names: dict[str, str] = {}
    for element in root.iter():
        _shorten(element, ids, names)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.set("class", kind)
    root.set("aria-hidden", "true")
    return Inlined(
        ElementTree.tostring(root, encoding="unicode"), {name: style for style, name in names.items()}
    )


def _shorten(element: ElementTree.Element, ids: Mapping[str, str], names: dict[str, str]) -> None:
    """Give an element a class in place of its style, short ids, and no more digits than a screen can show.

    Args:
        element: what is made shorter.
        ids: short ones by those of the file.
        names: of classes by their styles; those of new styles are added.
    """
    attributes = element.attrib
    style = attributes.pop("style", None)
    if style is not None:
        if style not in names:
            names[style] = f"f{crc32(style.encode()):x}"
        attributes["class"] = names[style]
    if (name := attributes.pop("id", "")) in ids:
        attributes["id"] = ids[name]
    if XLINK in attributes:
        target = attributes.pop(XLINK)
        attributes["href"] = f"#{ids[target[1:]]}" if target.startswith("#") else target
    if "clip-path" in attributes:
        attributes["clip-path"] = f"url(#{ids[attributes['clip-path'][5:-1]]})"
    if attributes.get("transform", "").startswith("rotate(-0 "):
        del attributes["transform"]
    for key in _NUMBERS & attributes.keys():
        attributes[key] = _BREAK.sub("", _DIGITS.sub("", attributes[key]))
    if not element.tag.endswith(("}text", "}tspan")) and not (element.text or "").strip():
        element.text = None
    if not (element.tail or "").strip():
        element.tail = None


def _variable(colour: str) -> str:
    return f"--c{colour[1:]}"


def _coloured(style: str) -> str:
    """A style with the page's colours and with a font for readers who lack that of the figures."""
    short = re.sub(r"\s*([:;])\s*", r"\1", style).replace("'DejaVu Sans'", FONT)
    return re.sub(
        r"#[0-9a-f]{6}",
        lambda found: f"var({_variable(found[0])})" if found[0] in ON_DARK else found[0],
        short,
    )


def _drop(root: ElementTree.Element, *tags: str) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] in tags:
                parent.remove(child)


def _crop(root: ElementTree.Element) -> None:
    """Take the finding and the subtitle away, and the room that they take."""
    taken = 0.0
    for parent in list(root.iter()):
        for child in list(parent):
            kind, *rest = child.get("id", "").split("-")
            if kind == HEAD:
                parent.remove(child)
                taken = float(rest[-1])
    left, top, width, height = map(float, root.get("viewBox", "").split())
    root.set("viewBox", f"{left:g} {top + taken:g} {width:g} {height - taken:g}")


def _name(root: ElementTree.Element) -> None:
    """Say whose the marks are; see `style.named`.

    A line is one group, with its markers. A series for which matplotlib drew more or fewer markers than there are runs
    stays unnamed rather than misnamed.
    """
    for group in root.iter(f"{{{SVG}}}g"):
        kind, *rest = group.get("id", "").split("-")
        whose = rest[1:]
        if kind == CHOICES and whose:
            group.set("data-choice", " ".join(whose))
        elif kind == RUNS:
            markers = list(group.iter(f"{{{SVG}}}use")) or group.findall(f"{{{SVG}}}path")
            marks = [group] if len(whose) == 1 != len(markers) else markers
            if len(marks) == len(whose):
                for mark, run in zip(marks, whose, strict=True):
                    mark.set("data-run", row_id(int(run)))


def _references(root: ElementTree.Element) -> Iterator[str]:
    """The ids that something of a figure refers to."""
    for element in root.iter():
        for key, text in element.attrib.items():
            if key in ("href", XLINK) and text.startswith("#"):
                yield text[1:]
            elif text.startswith("url(#"):
                yield text[5:-1]
