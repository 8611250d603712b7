"""The report as files: one self-contained HTML page, Markdown, figures as SVG and PNG, tables as CSV.

Everything is made in memory before the first file is written, each file is replaced whole, and the page comes last:
a crash leaves the older report. The same records give the same bytes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from experiments.records import RecordedStudy, write_durably
from reports import words
from reports.export import as_csv, run_table
from reports.parts import Section, numbers_grid
from reports.sections import head, sections
from reports.style import Picture, as_png, as_svg
from reports.tables import Tables, read_tables
from reports.verdict import Verdict, reach_verdict

HTML: Final = "report.html"
MARKDOWN: Final = "report.md"

SVG: Final = "http://www.w3.org/2000/svg"
XLINK: Final = "http://www.w3.org/1999/xlink"


@dataclass(frozen=True, slots=True)
class Report:
    """A report that was written.

    Attributes:
        verdict: the answer's sentences.
        warnings: what would change the reader's mind.
        html: the page.
        markdown: the same in Markdown.
        files: everything that was written.
    """

    verdict: tuple[str, ...]
    warnings: tuple[str, ...]
    html: Path
    markdown: Path
    files: tuple[Path, ...]


def write_report(study: RecordedStudy, folder: Path) -> Report:
    """Write the report of a study.

    Args:
        study: the study as it was recorded; nothing else is read.
        folder: where to; it is made if it is not there, and other files in it are left alone.

    Returns:
        What was written, and the verdict.

    Raises:
        OSError: if the folder cannot be written.
    """
    tables = read_tables(study)
    verdict = reach_verdict(tables)
    content = render(tables, verdict)
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        write_durably(folder / name, data)
    return Report(
        verdict=verdict.sentences,
        warnings=verdict.warnings,
        html=folder / HTML,
        markdown=folder / MARKDOWN,
        files=tuple(folder / name for name in content),
    )


def render(tables: Tables, verdict: Verdict) -> dict[str, bytes]:
    """The content of every file by its name, the page last."""
    made = sections(tables, verdict)
    pictures = [picture for section in made for picture in section.pictures]
    content: dict[str, bytes] = {}
    inline: dict[str, Markup] = {}
    for picture in pictures:
        svg = as_svg(picture.figure)
        inline[picture.name] = inlined(svg, picture)
        content[f"figures/{picture.name}.svg"] = svg
        content[f"figures/{picture.name}.png"] = as_png(picture.figure)
        content[f"figures/{picture.name}.csv"] = as_csv(picture.numbers)
    runs = run_table(tables)
    search = runs["phase"] == "search"
    content["trials.csv"] = as_csv(runs[search])
    content["confirmed.csv"] = as_csv(runs[~search])
    content["seeds.csv"] = as_csv(tables.seeds)
    shown = _shown(tables, verdict, made)
    content[MARKDOWN] = _environment(html=False).get_template("report.md.j2").render(shown).encode()
    grids = {picture.name: numbers_grid(picture) for picture in pictures}
    page = _environment(html=True).get_template("report.html.j2")
    css = Markup(_template("report.css"))  # our own text
    content[HTML] = page.render(shown, inline=inline, grids=grids, css=css).encode()
    return content


def inlined(svg: bytes, picture: Picture) -> Markup:
    """A picture's SVG as an element of the page: named, as wide as its place, its ids its own."""
    for prefix, uri in (("", SVG), ("xlink", XLINK)):
        ElementTree.register_namespace(prefix, uri)
    root = ElementTree.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.rpartition("}")[2] in ("metadata", "style"):
                parent.remove(child)
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
    return Markup(
        ElementTree.tostring(root, encoding="unicode")
    )  # serialised from a tree: its text is escaped


def markdown(text: Any) -> str:
    """A text that Markdown leaves as it is, on one line."""
    return re.sub(r"([\\`*_{}\[\]#|<>~$&])", r"\\\1", " ".join(str(text).split()))


def fenced(text: str) -> str:
    """A text as a block of code that no run of backticks in it can end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"


def _readable(value: Any) -> Any:
    """A text without the control characters that no page may hold."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join("�" if ord(letter) < 32 and letter not in "\n\t" else letter for letter in value)


def _shown(tables: Tables, verdict: Verdict, made: Sequence[Section]) -> Mapping[str, Any]:
    record = tables.study.record
    return {
        "name": words.shortened(record.name),
        "title": " ".join(record.question.split()) or words.shortened(record.name),
        "head": head(tables),
        "verdict": verdict,
        "sections": made,
    }


def _environment(*, html: bool) -> Environment:
    names = ("report.html.j2", "report.md.j2")
    environment = Environment(
        loader=DictLoader({name: _template(name) for name in names}),
        autoescape=html,
        finalize=_readable,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    environment.filters["md"] = markdown
    environment.filters["fenced"] = fenced
    return environment


@cache
def _template(name: str) -> str:
    return files("reports").joinpath("templates", name).read_text(encoding="utf-8")
