"""Where something stands on a page, in words: its section, and there the figure, the cell or the sentence."""

from bisect import bisect_right
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from reports import words

WHOLE: Final = {
    "style": "the style",
    "script": "the script",
    "template": "the records",
    "nav": "the contents",
    "footer": "the foot of the page",
    "header": "the heading",
}
"""Parts of a page that have no section."""

ITEMS: Final = {"p": "paragraph", "li": "item", "dt": "label", "dd": "item", "pre": "text"}
"""Elements that are counted in their section or figure."""

CELLS: Final = ("th", "td")


@dataclass(slots=True)
class _Part:
    """A section, figure, table or other part of the page while it is read; its name may come after its beginning."""

    tag: str
    name: str = ""
    section: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    heads: list[str] = field(default_factory=list)

    def next(self, kind: str) -> int:
        """The number of the next one of a kind."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return self.counts[kind]


class Places(HTMLParser):
    """The places of a page's text, by their offsets in it."""

    def __init__(self, page: str) -> None:
        """Read a page."""
        super().__init__(convert_charrefs=True)
        self._starts = [0]
        for line in page.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)
        self._open = [_Part("html", "the head of the page")]
        self._named: _Part | None = None
        self._offsets: list[int] = [0]
        self._found: list[tuple[tuple[_Part, ...], str]] = [((self._open[0],), "")]
        self.feed(page)
        self.close()

    def at(self, offset: int) -> str:
        """Where the character at an offset stands."""
        parts, what = self._found[bisect_right(self._offsets, offset) - 1]
        kinds = [part.tag for part in parts]
        named = [part.name for part in parts[1:] if part.tag != "heading" or "figure" not in kinds]
        return ", ".join(filter(None, [*named, what])) or parts[0].name

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a part, or begin an element of one."""
        given = dict(attrs)
        what = ""
        if tag in WHOLE:
            self._enter(_Part(tag, WHOLE[tag]))
        elif tag == "section" or (tag == "details" and given.get("class") == "section"):
            self._leave("heading", "section", "details")
            self._enter(_Part(tag, given.get("aria-label") or "", section=True))
        elif tag == "figure":
            self._enter(_Part(tag, f"figure “{given.get('aria-label') or ''}”"))
        elif tag in ("details", "table"):
            self._enter(_Part(tag))
        elif tag == "svg":
            self._enter(_Part(tag, "its drawing"))
        elif tag in ("h2", "h3"):
            self._leave("heading")
            if not (self._open[-1].section and not self._open[-1].name):
                self._enter(_Part("heading"))
            self._named = self._open[-1]
        elif tag == "caption":
            self._named = self._inside("table")
            what = "its title"
        elif tag == "figcaption":
            what = "its caption"
        elif tag == "tr":
            row = self._inside("table")
            row.counts["cell"] = 0
            what = f"row {row.next('row') - 1}"
        elif tag in CELLS:
            what = self._cell(tag)
        elif tag in ITEMS:
            place = self._open[-1]
            what = f"{ITEMS[tag]} {place.next(tag)}"
        elif tag == "div" and given.get("role") == "img":
            what = "its text alternative"
        elif tag == "a" and self._named:  # the link to a heading is not its text
            self._named = None
            return
        else:
            return
        self._mark(what)

    def handle_endtag(self, tag: str) -> None:
        """Close what is open, down to the part that ends here."""
        if self._named and tag in ("h2", "h3", "caption"):
            self._named = None
        tags = [part.tag for part in self._open]
        if tag in tags[1:]:
            del self._open[len(tags) - 1 - tags[::-1].index(tag) :]
            self._mark("")

    def handle_data(self, data: str) -> None:
        """Name the part whose heading this is."""
        text = " ".join(data.split())
        if self._named and text:
            shown = words.shortened(text)
            self._named.name = f"table “{shown}”" if self._named.tag == "table" else shown
        elif self._open[-1].tag == "table" and self._open[-1].counts.get("row") == 1 and text:
            self._open[-1].heads.append(text)

    def _cell(self, tag: str) -> str:
        table = self._inside("table")
        number = table.next("cell")
        row = table.counts.get("row", 1) - 1
        if not row and tag == "th":
            return f"head of column {number}"
        head = table.heads[number - 1] if number <= len(table.heads) else f"column {number}"
        return f"row {row}, {words.shortened(head)}"

    def _enter(self, part: _Part) -> None:
        self._open.append(part)

    def _leave(self, *tags: str) -> None:
        while len(self._open) > 1 and self._open[-1].tag in tags:
            self._open.pop()

    def _inside(self, kind: str) -> _Part:
        """The innermost open part of a kind, or a part of its own."""
        return next((part for part in reversed(self._open) if part.tag == kind), _Part(kind, "?"))

    def _mark(self, what: str) -> None:
        line, column = self.getpos()
        self._offsets.append(self._starts[line - 1] + column)
        self._found.append((tuple(self._open), what))
