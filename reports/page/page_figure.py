"""A drawing as its files, and as an element of the page."""

from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure

from reports.drawing.style import as_png, as_svg
from reports.drawing.ticks import settle
from reports.page.inline import Inlined, inlined

Screen = Literal["any", "wide", "narrow"]
"""What a drawing is for: any screen, or there is one for a wide screen and one for a phone."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing as SVG, as PNG, which is empty if none is wanted, and as the page has it."""

    svg: bytes
    png: bytes
    element: Inlined


def drawn(figure: Figure, screen: Screen, prefix: str, *, png: bool = True) -> Drawn:
    """Draw a figure.

    Args:
        figure: what is drawn; its ticks are settled.
        screen: what it is for.
        prefix: what ids of the page's element begin with, which no other drawing has.
        png: whether a PNG is wanted.
    """
    settle(figure)
    svg = as_svg(figure)
    return Drawn(svg, as_png(figure) if png else b"", inlined(svg, screen, prefix))
