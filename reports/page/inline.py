"""Puts a figure's SVG into the page: with a name, unique ids, and marks linked to the rows of the trials' table."""

from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree

from markupsafe import Markup

from reports.drawing.style import MARKS, Picture

SVG: Final = "http://www.w3.org/2000/svg"
XLINK: Final = "http://www.w3.org/1999/xlink"


def row_id(run: int) -> str:
    """The id of a run's row in the page's table of trials."""
    return f"run-{run}"


def inlined(svg: bytes, picture: Picture) -> Markup:
    """A picture's SVG file as an element of the page, as wide as its place, its texts escaped.

    A marker of a run has the id of its row as `data-run`.
    """
    for prefix, uri in (("", SVG), ("xlink", XLINK)):
        ElementTree.register_namespace(prefix, uri)
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] in ("metadata", "style"):
                parent.remove(child)
    for mark, run in _marks(root):
        mark.set("data-run", row_id(run))
    for element in root.iter():
        for key, text in list(element.attrib.items()):
            if key == "id":
                element.set(key, f"{picture.name}-{text}")
            elif key in ("href", f"{{{XLINK}}}href") and text.startswith("#"):
                element.set(key, f"#{picture.name}-{text[1:]}")
            elif "url(#" in text:
                element.set(key, text.replace("url(#", f"url(#{picture.name}-"))
    for key in ("width", "height"):
        root.attrib.pop(key, None)
    root.set("role", "img")
    root.set("aria-label", f"{picture.alt} {picture.subtitle}")
    root.set("style", "stroke-linejoin: round; stroke-linecap: butt")
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def _marks(root: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, int]]:
    """Every marker that stands for a run, and the run (see `style.named`).

    A series of which matplotlib drew more or fewer markers than there are runs stays unnamed rather than misnamed.
    """
    for group in root.iter(f"{{{SVG}}}g"):
        kind, *rest = group.get("id", "").split("-")
        if kind == MARKS:
            runs, markers = [int(run) for run in rest[1:]], list(group.iter(f"{{{SVG}}}use"))
            del group.attrib["id"]
            if len(markers) == len(runs):
                yield from zip(markers, runs, strict=True)
