"""A figure as its files, and as elements of the page."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from reports.drawing.style import as_png, as_svg
from reports.drawing.ticks import settle
from reports.page.inline import Inlined, inlined


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure as SVG, as PNG, which is empty if none is wanted, and as the page has it, wide and for a phone."""

    svg: bytes
    png: bytes
    elements: tuple[Inlined, ...]


def drawn(figure: Figure, narrow: Figure | None, prefix: str, *, png: bool = True) -> Drawn:
    """Draw a figure, and the same for a phone, if there is such a drawing.

    Args:
        figure: as its files have it.
        narrow: the same for a phone.
        prefix: what ids of the page's elements begin with, which no other figure has.
        png: whether a PNG is wanted.
    """
    for each in filter(None, (figure, narrow)):
        settle(each)
    svg = as_svg(figure)
    elements = [inlined(svg, "wide" if narrow else "any", f"w{prefix}")]
    elements += [inlined(as_svg(narrow), "narrow", f"n{prefix}")] if narrow else []
    return Drawn(svg, as_png(figure) if png else b"", tuple(elements))
