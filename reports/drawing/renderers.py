"""What figures are saved with: matplotlib's renderers, without what they do again for every figure, text or marker.

A backend for `Figure.savefig`, which finds it by the name of this module. The files are those of matplotlib's own
backends, byte for byte.
"""

from functools import lru_cache
from typing import Any, TextIO

from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg, get_hinting_flag
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import LoadFlags, RenderMode
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Transform

from reports.drawing.lettering import Extent, extent, heights, in_memory, lettered


class FigureCanvas(FigureCanvasAgg):
    """What `Figure.savefig` draws a figure on."""

    def get_renderer(self) -> "Raster":
        """A renderer as large as the figure."""
        return Raster(*self.get_width_height(physical=True), self.figure.dpi)

    def print_svg(self, file: TextIO, *, metadata: dict[str, Any] | None = None, **_options: Any) -> None:
        """Write the figure as SVG; none of its parts as pixels, which no figure of ours asks for."""
        pixels = self.figure.dpi
        self.figure.dpi = 72
        width, height = self.figure.get_size_inches() * 72
        renderer = Vector(width, height, file, image_dpi=pixels, metadata=metadata)
        self.figure.draw(renderer)
        renderer.finalize()


class Raster(RendererAgg):
    """Draws pixels; measures a text once for all figures, and draws a letter once for each place between two pixels."""

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> Extent:
        """The extent of a line in pixels."""
        if ismath or not lettered(s):
            theirs: Extent = super().get_text_width_height_descent(s, prop, ismath)
            return theirs
        return extent(s, prop, prop.get_size_in_points(), self.dpi, get_hinting_flag())

    def draw_text(
        self,
        gc: GraphicsContextBase,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: Any = False,
        mtext: Text | None = None,
    ) -> None:
        """Draw a line from (x, y), y downwards, where its letters begin and stand on."""
        if ismath or angle or not lettered(s):
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            return
        font: Any = in_memory(prop)  # of its types some are private
        size, flags = prop.get_size_in_points(), get_hinting_flag()
        for index, ahead, raised in _laid_out(font, s, size, self.dpi, flags):
            right, across = divmod(round(64 * (x + ahead)), 64)
            up, along = divmod(round(64 * (self.height - y + raised)), 64)
            pixels, left, top = _letter(font, size, self.dpi, flags, index, across, along)
            below = int(self.height) - up - top + len(pixels)
            self._renderer.draw_text_image(pixels, right + left, below, 0, gc)

    def _get_font_height_metrics(self, prop: FontProperties) -> Extent:
        return heights(prop, self.dpi)


class Vector(RendererSVG):
    """Writes SVG; measures a text once for all figures, and words a style once for all markers that have it."""

    _worded = ""

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> Extent:
        """The extent of a line in points."""
        if ismath or not lettered(s):
            theirs: Extent = super().get_text_width_height_descent(s, prop, ismath)
            return theirs
        scale = prop.get_size_in_points() / 100
        width, height, descent = extent(s, prop, 100, 72, LoadFlags.NO_HINTING)
        return width * scale, height * scale, descent * scale

    def draw_markers(
        self,
        gc: GraphicsContextBase,
        marker_path: Path,
        marker_trans: Transform,
        path: Path,
        trans: Transform,
        rgbFace: Any = None,
    ) -> None:
        """Draw markers that look alike."""
        self._worded = self._get_style(gc, rgbFace)
        super().draw_markers(gc, marker_path, marker_trans, path, trans, rgbFace)
        self._worded = ""

    def _get_style(self, gc: GraphicsContextBase, rgbFace: Any) -> str:
        return self._worded or str(super()._get_style(gc, rgbFace))

    def _get_font_height_metrics(self, prop: FontProperties) -> Extent:
        return heights(prop, 72)


@lru_cache(maxsize=10_000)
def _laid_out(
    font: Any, text: str, size: float, dpi: float, flags: LoadFlags
) -> list[tuple[int, float, float]]:
    """The letters of a line, each with how far ahead of its start and how far above its foot it is, in pixels."""
    font.set_size(size, dpi)
    items = font._layout(text, flags)  # noqa: SLF001 # as `RendererAgg` does; likewise the next two
    return [(item.glyph_index, item.x, item.y) for item in items]


@lru_cache(maxsize=20_000)
def _letter(
    font: Any, size: float, dpi: float, flags: LoadFlags, index: int, right: int, up: int
) -> tuple[Any, int, int]:
    """A letter so many 64ths of a pixel from the corner of one: its pixels, their left end and their top."""
    font.set_size(size, dpi)
    font._set_transform([[0x10000, 0], [0, 0x10000]], [right, up])  # noqa: SLF001
    drawn = font._render_glyph(index, flags, RenderMode.NORMAL)  # noqa: SLF001
    return drawn.buffer, drawn.left, drawn.top
