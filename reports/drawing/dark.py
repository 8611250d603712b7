"""What each colour of a figure becomes on a dark page. Files of figures are for white paper and keep their colours."""

from typing import Final

from reports.drawing.style import BAND, GRID, INK, LOOKS, PAPER, QUIET, STRIP

DARK_PAPER: Final = "#17191c"
"""The background of a dark page."""

ON_DARK: Final = {
    PAPER: DARK_PAPER,
    INK: "#ececec",
    QUIET: "#b8b8b8",
    GRID: "#33373c",
    STRIP: "#24282d",
    BAND: "#2f343a",
    **dict(zip((look.line.lower() for look in LOOKS), ("#f0803c", "#4ba6e3", "#2dbe92"), strict=True)),
    **dict(zip((look.text.lower() for look in LOOKS), ("#ffa366", "#8cc8f0", "#6fddbb"), strict=True)),
}
"""By the colours on white, in small letters. Text keeps a contrast of 7:1, lines and marks one of 3:1."""
