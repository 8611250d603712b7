"""A figure as its files, and as the page has it."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from reports.drawing.style import as_png, as_svg


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure as SVG, as PNG and as SVG for a phone; empty is what is not wanted."""

    svg: bytes
    png: bytes
    narrow: bytes = b""


def drawn(figure: Figure, narrow: Figure | None = None, png: bool = True) -> Drawn:
    """Draw a figure, and the same for a phone, if there is such a drawing."""
    return Drawn(as_svg(figure), as_png(figure) if png else b"", as_svg(narrow) if narrow else b"")
