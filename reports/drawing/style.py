"""The style of all figures: palette, markers, sizes, layout, and files.

Figures are made with matplotlib's object-oriented interface under `house_style`, which starts from matplotlib's
own defaults, so that a reader's configuration changes nothing and the same records give the same bytes.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from html import escape
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from reports.drawing.lettering import plain, stacked, text_width, wrapped

if TYPE_CHECKING:
    import pandas as pd  # the process that draws does without it

PAGE: Final = 10.0
"""Inches across a figure of the report. There it is drawn at about 1 inch = 96 px, so that 9 pt are 12 px."""

TWO_COLUMNS: Final = 7.2
ONE_COLUMN: Final = 3.5
"""Inches across a figure of a paper, over both columns or in one. No text gets smaller; panels stand in more rows."""

TEXT: Final = 9.0
"""Points of the smallest text."""

INK: Final = "#1a1a1a"
QUIET: Final = "#555555"
"""Secondary text: contrast 7.5:1 on white."""

RUNS: Final = "runs"
"""What the id of a group begins with whose marks each stand for a run."""

CHOICES: Final = "choices"
"""What the id of a group begins with that stands for choices as a whole."""

TITLE_LINES: Final = 3
"""Lines of a panel's title at most."""

HEAD: Final = "head"
"""What the id of a line of the finding or the subtitle begins with; the points that both take follow."""

_BACKEND: Final = "module://reports.drawing.renderers" if mpl.__version__.startswith("3.11.") else None
"""Of other versions it may not know the private parts; matplotlib's own backends give the same files in more time."""

T = TypeVar("T")

PAPER: Final = "#ffffff"
GRID: Final = "#e4e4e4"
STRIP: Final = "#f2f2f2"
BAND: Final = "#ececec"
"""Behind what does not matter."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one series is drawn; series differ in all of these, so that grey is enough to tell them apart."""

    line: str
    text: str
    dash: Any
    marker: str


LOOKS: Final = (
    Look("#D55E00", "#A84600", "solid", "o"),
    Look("#0072B2", "#00527F", (0, (5, 1.6)), "s"),
    Look("#009E73", "#00664B", (0, (1.3, 1.3)), "^"),
)
"""Okabe and Ito's vermilion, blue and green, and darker ones of each for text (contrast at least 5.9:1)."""

_RC: Final[dict[str, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 6,
    "axes.titlesize": 10.5,
    "axes.titley": 1.0,
    "axes.titleweight": "bold",
    "axes.unicode_minus": True,
    "figure.dpi": 100,
    "font.family": "DejaVu Sans",
    "font.size": TEXT,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
    "savefig.dpi": 120,
    "svg.fonttype": "none",
    "svg.hashsalt": "chainrule",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "xtick.labelsize": TEXT,
    "ytick.color": INK,
    "ytick.labelsize": TEXT,
}


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """A figure and all that is said about it.

    Attributes:
        title: its finding, also drawn on it.
        subtitle: the meaning of lines and bands, and the seeds; also drawn on it.
        alt: a description for readers who cannot see it.
        caption: the text below it; ends with the sample count.
        figure: the drawing.
        numbers: every number in it, tidy.
        narrow: the same, drawn for a phone; None where the figure is narrow enough.
        narrow_subtitle: what is said of the drawing for a phone, where it shows less.
        name: of its files, without an ending; a figure of the report has its own from `FIGURES`.
        question: the one question that it answers; likewise.
    """

    title: str
    subtitle: str
    alt: str
    caption: str
    figure: Figure
    numbers: "pd.DataFrame"
    narrow: Figure | None = None
    narrow_subtitle: str = ""
    name: str = ""
    question: str = ""

    def __repr__(self) -> str:
        return f"Picture({self.name}: {self.title})"

    def _repr_html_(self) -> str:
        """The drawing and its caption, for a notebook."""
        drawn = b64encode(as_svg(self.figure)).decode()
        return (
            f'<figure><img src="data:image/svg+xml;base64,{drawn}" alt="{escape(self.alt)}">'
            f"<figcaption>{escape(self.caption)}</figcaption></figure>"
        )


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the panels of a figure.

    Attributes:
        title: its finding; wrapped to the width.
        subtitle: the meaning of its marks, and the seeds; likewise.
        width: inches across.
        measure: what the error is, such as "1 − R²"; empty where it is the share misclassified.
        x: what curves stand over.
    """

    title: str = ""
    subtitle: str = ""
    width: float = PAGE
    measure: str = ""
    x: str = "epoch"

    def error_axis(self, name: str, *, room: bool = False) -> str:
        """The name of an axis of errors; that of the measure stands in its place, or behind it if there is room."""
        if not self.measure:
            return name
        return f"{name.replace('validation ', '')} ({self.measure})" if room else self.measure


@contextmanager
def house_style() -> Iterator[None]:
    """Matplotlib's defaults with this module's settings on top."""
    settings: dict[Any, Any] = {**_defaults(), **_RC}
    with mpl.rc_context({key: each for key, each in settings.items() if mpl.rcParams[key] != each}):
        yield


@cache
def _defaults() -> dict[Any, Any]:
    return {key: each for key, each in mpl.rcParamsDefault.items() if not key.startswith("backend")}


def canvas(
    frame: Frame,
    *,
    rows: int,
    columns: int,
    height: float,
    left: float = 0.85,
    right: float = 0.3,
    between: float = 0.35,
    below: float = 0.55,
    above: float = 0.35,
    widths: Sequence[float] | None = None,
    share: Literal["all", "row", "none"] = "all",
) -> tuple[Figure, list[list[Axes]]]:
    """A figure with its finding and subtitle at the top and a grid of panels below, all sizes in inches.

    Args:
        frame: finding, subtitle and width.
        rows: rows of panels.
        columns: panels in a row.
        height: of one panel.
        left: room for the y axis of the first column.
        right: room right of the last column.
        between: room between columns.
        below: room for the x axis below each row.
        above: room for a panel's title.
        widths: relative widths of the columns.
        share: which panels share both axes.

    Returns:
        The figure and its panels by row and column.
    """
    width = frame.width
    room = (width - 0.4) * 72
    size = 13 if width == PAGE else 11
    head = wrapped(plain(frame.title), size, "bold", room)
    sub = wrapped(plain(frame.subtitle), TEXT + 0.5, "normal", room)
    top = 0.14 + 0.25 * len(head) + 0.18 * len(sub)
    total = top + rows * (above + height + below)
    figure = Figure(figsize=(width, total))
    FigureCanvasAgg(figure)
    at = total - 0.12
    for row, line in enumerate([*head, *sub]):
        kind: dict[str, Any] = (
            {"size": size, "weight": "bold"} if row < len(head) else {"size": TEXT + 0.5, "color": QUIET}
        )
        figure.text(0.15 / width, at / total, line, va="top", gid=f"{HEAD}-{row}-{72 * top:.0f}", **kind)
        at -= 0.25 if row < len(head) else 0.18
    shares = np.asarray(widths if widths is not None else [1.0] * columns)
    inner = (width - left - right - between * (columns - 1)) * shares / shares.sum()
    panels: list[list[Axes]] = []
    for row in range(rows):
        bottom = total - top - (row + 1) * (above + height) - row * below
        panels.append([])
        for column in range(columns):
            x = left + inner[:column].sum() + between * column
            like = panels[row][0] if column else (panels[0][0] if row else None)
            like = None if share == "none" or (share == "row" and not column) else like
            box = (x / width, bottom / total, inner[column] / width, height / total)
            panels[row].append(figure.add_axes(box, sharex=like, sharey=like))
    return figure, panels


def filled(axes: Sequence[Sequence[Axes]], items: Sequence[T]) -> list[tuple[Axes, T]]:
    """Each panel, row by row, with what it is to show; panels that are left over are hidden."""
    panels = [panel for row in axes for panel in row]
    for panel in panels[len(items) :]:
        panel.set_visible(False)
    return list(zip(panels, items, strict=False))


def set_title(panel: Axes, title: str, **options: Any) -> None:
    """A panel's title, on up to three lines if it is wider than the panel, and cut if that is not enough."""
    room = panel.get_window_extent().width * 72 / panel.figure.dpi / 1.03
    panel.set_title(stacked(title, 10.5, "bold", room, TITLE_LINES), **options)


def title_room(titles: Sequence[str], columns: int, width: float = PAGE) -> float:
    """Inches to add above panels, so many in a row, if one of their titles takes more than one line."""
    room = 72 * (width - 1.15 - 0.35 * (columns - 1)) / columns / 1.03
    lines = [stacked(title, 10.5, "bold", room, TITLE_LINES).count("\n") for title in titles]
    return 0.18 * max(lines, default=0)


def row_names(names: Sequence[str], room: float) -> tuple[list[str], float, float]:
    """The names of rows, on up to three lines where they are wider than `room` points.

    Returns:
        The names, the inches that the widest one takes, and the inches to add to a row for the one with most lines.
    """
    shown = [stacked(name, TEXT, "normal", room, 3) for name in names]
    lines = [line for name in shown for line in name.split("\n")]
    wide = max(text_width(line, TEXT) for line in lines) / 72
    return shown, wide, 0.14 * max(name.count("\n") for name in shown)


def named(artist: Artist, *, runs: Iterable[int] = (), choices: Iterable[int] = ()) -> None:
    """Say whose an artist is; the page names it where a reader points at it, and marks it in every figure.

    It becomes the id of its group in the SVG, with a number that tells it from others of its figure.

    Args:
        artist: markers, a line, a band or a text.
        runs: rows of `Tables.trials`, one a marker, or one for the whole artist.
        choices: whose it is as a whole, where it stands for no single run.
    """
    figure = artist.get_figure()
    assert figure is not None  # it is drawn
    number = int(str(figure.get_label() or 0))
    figure.set_label(str(number + 1))
    runs = list(runs)
    kind, whose = (RUNS, runs) if runs else (CHOICES, list(choices))
    artist.set_gid("-".join([kind, str(number), *map(str, whose)]))


def as_svg(figure: Figure) -> bytes:
    """The figure as SVG: text stays text, and the same figure gives the same bytes."""
    text = StringIO()
    with house_style():
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None}, backend=_BACKEND)
    return text.getvalue().encode()


def as_png(figure: Figure) -> bytes:
    """The figure as PNG at 120 dots an inch, without a date or a version in it."""
    buffer = BytesIO()
    with house_style():
        quickly = {"compress_level": 1}  # a tenth larger, a fifth sooner
        figure.savefig(
            buffer, format="png", metadata={"Software": None}, pil_kwargs=quickly, backend=_BACKEND
        )
    return buffer.getvalue()
