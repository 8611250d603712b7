"""The report as files: a self-contained HTML page, Markdown, figures as SVG and PNG, tables as CSV and Parquet.

Everything is made in memory before the first file is written, each file is replaced whole, and the page comes last:
a crash leaves the older report. The same records give the same bytes.
"""

import re
from base64 import b64encode
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import pandas as pd
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from experiments.control_characters import visible
from experiments.recording.records import StudyRecord
from experiments.store.champion import Alias
from experiments.system.files import sweep, write_durably
from reports import words
from reports.conclusions.observed import observed
from reports.conclusions.verdict import Verdict, reach_verdict
from reports.page.blocks import FirstScreen, Section, markdown, numbers_grid
from reports.page.carried import BESIDE, Carried, carry, needed
from reports.page.inline import Inlined, style_sheet
from reports.page.model_card import model_cards
from reports.page.rendering import Drawing, drawing
from reports.page.sections import first_screen, head, in_numbers, sections
from reports.page.side_by_side import SideBySide, put_side_by_side
from reports.paper.kit import paper_kit
from reports.results.exported_tables import as_csv, as_parquet, run_table
from reports.results.recorded import recorded
from reports.results.tables import Tables, read_tables

HTML: Final = "report.html"
MARKDOWN: Final = "report.md"

LARGEST: Final = 5_000_000
"""Bytes of a page above which its records lie beside it."""


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """A report that was written.

    Attributes:
        verdict: the answer's sentences.
        warnings: reasons to doubt the answer.
        html: the page.
        markdown: the same in Markdown.
        files: everything that was written.
        cards: of the champion's models, as Markdown.
        champion: the run key of the champion's run; empty if there is none, and of several studies.
    """

    verdict: tuple[str, ...]
    warnings: tuple[str, ...]
    html: Path
    markdown: Path
    files: tuple[Path, ...]
    cards: Mapping[Alias, str] = field(default_factory=dict)
    champion: str = ""

    def __repr__(self) -> str:
        return f"Report({self.html})"

    def _repr_html_(self) -> str:
        """The page in a frame of its own, for a notebook."""
        page = escape(self.html.read_text("utf-8"))
        return f'<iframe srcdoc="{page}" width="100%" height="800" style="border: 0"></iframe>'


def write_report(study: StudyRecord, folder: Path, figures: Drawing | None = None) -> Report:
    """Write the report of a study from its record alone.

    Args:
        study: the study as it was recorded.
        folder: where to; it is made if it is not there, and other files in it are left alone.
        figures: what draws them, should it have been started while the study was read.

    Raises:
        OSError: if the folder cannot be written.
    """
    with nullcontext(figures) if figures else drawing() as started:
        tables = read_tables(study)
        with judged(tables) as verdict:
            report = write(render(tables, verdict, started), verdict, folder)
    return with_cards(report, tables)


def with_cards(report: Report, tables: Tables) -> Report:
    """The report with the cards of the champion's models, if there are any."""
    cards, run = model_cards(tables), tables.champion()
    if run is None or not cards:
        return report
    return replace(report, cards=cards, champion=tables.record(run).task.run_key)


@contextmanager
def judged(tables: Tables) -> Iterator[Verdict]:
    """The verdict on a study. Within it errors are told as its are: as shares, or other people's in their own unit."""
    origin = tables.study.origin
    unit = words.PER_CENT if origin is None or origin.share else words.own_unit(origin.size)
    with words.told_in(unit):
        yield observed(tables) if origin else reach_verdict(tables)


def write_side_by_side(
    studies: Sequence[StudyRecord], folder: Path, figures: Drawing | None = None
) -> Report:
    """Write two or more studies side by side, the later ones compared with the first where they may be; as above."""
    with nullcontext(figures) if figures else drawing() as started:
        found, content = side_by_side(studies, started)
    return write(content, found, folder)


def write(content: Mapping[str, bytes], verdict: Verdict | SideBySide, folder: Path) -> Report:
    """Write these files, in their order."""
    folders = {(folder / name).parent for name in content} | {folder, folder / "figures"}
    for each in sorted(folders):
        each.mkdir(parents=True, exist_ok=True)
        sweep(each, {Path(name).name for name in content})
    for name, data in content.items():
        write_durably(folder / name, data)
    return Report(
        verdict=verdict.sentences,
        warnings=verdict.warnings,
        html=folder / HTML,
        markdown=folder / MARKDOWN,
        files=tuple(folder / name for name in content),
    )


def render(
    tables: Tables, verdict: Verdict, figures: Drawing, carried: Carried | None = None
) -> dict[str, bytes]:
    """The content of every file by its name, the page last.

    Args:
        tables: the study.
        verdict: on it.
        figures: what draws them.
        carried: the records that the page carries; by default those of the study, without what the page does not show.
    """
    record = tables.study
    name = words.shortened(record.name)
    title = " ".join(record.question.split()) or name
    whole = list(sections(tables, verdict, figures.begin))
    first = first_screen(tables, verdict, whole)
    carried = carried or carry([shown_of(tables, verdict)])
    runs = run_table(tables)
    search = runs["phase"] == "search"
    content: dict[str, bytes] = {}
    for file, table in (("trials", runs[search]), ("confirmed", runs[~search]), ("seeds", tables.seeds)):
        content |= _table_files(file, table)
    if "fresh seeds" in recorded(tables):  # its methods are those of our studies
        content |= paper_kit(tables, verdict, carried.digest)
    return content | _pages(
        whole, verdict, first, figures, carried, name=name, title=title, head=head(tables),
        classes=record.data.get("classes") or (),
    )  # fmt: skip


def shown_of(tables: Tables, verdict: Verdict) -> StudyRecord:
    """The records of a study that its page shows."""
    shared = verdict.findings.shared
    return needed(tables, shared.runs.values() if shared else ())


def side_by_side(
    studies: Sequence[StudyRecord], figures: Drawing, carried: Carried | None = None
) -> tuple[SideBySide, dict[str, bytes]]:
    """What is found of several studies, and the content of every file by its name, the page last; see `render`."""
    tables = [read_tables(study) for study in studies]
    found = put_side_by_side(tables)
    head = [
        f"{name}: {' '.join(each.question.split())}" for name, each in zip(found.names, studies, strict=True)
    ]
    pictures = [picture for section in found.sections for picture in section.pictures]
    for picture in pictures:
        figures.begin(picture.figure, "wide" if picture.narrow else "any")
        if picture.narrow:
            figures.begin(picture.narrow, "narrow")
    named = next((picture.name for picture in pictures), "")
    first = FirstScreen(named, in_numbers(found.sentences, found.warnings))
    carried = carried or carry([needed(each) for each in tables])
    return found, _pages(
        found.sections, found, first, figures, carried, name="side by side", title=found.title, head=head
    )


def _pages(
    whole: Sequence[Section],
    verdict: Verdict | SideBySide,
    first: FirstScreen,
    figures: Drawing,
    carried: Carried,
    *,
    name: str,
    title: str,
    head: Sequence[str],
    classes: Collection[str] = (),
) -> dict[str, bytes]:
    """Sections as Markdown and HTML, with every figure's files; the HTML comes last."""
    pictures = [picture for section in whole for picture in section.pictures]
    shown = {
        "name": name,
        "title": title,
        "head": head,
        "verdict": verdict,
        "first": first,
        "sections": whole,
    }
    content = {MARKDOWN: _environment(html=False).get_template("report.md.j2").render(shown).encode()}
    grids = {picture.name: numbers_grid(picture, classes) for picture in pictures}
    for picture in pictures:
        content |= _table_files(f"figures/{picture.name}", picture.numbers)
    page = _environment(html=True).get_template("report.html.j2")
    script = Markup(_template("report.js"))  # our own text, as is the style sheet
    inline: dict[str, Markup] = {}
    elements: list[Inlined] = []
    drawn = figures.end()
    for picture in pictures:
        both = [drawn[each].element for each in (picture.figure, picture.narrow) if each]
        inline[picture.name] = Markup("\n".join(each.element for each in both))
        elements += both
        files = drawn[picture.figure]
        content |= {f"figures/{picture.name}.svg": files.svg, f"figures/{picture.name}.png": files.png}
    css = Markup(_template("report.css") + style_sheet(elements))
    for beside in (False, True):  # the page itself, or if that is too large the page without its records
        html = page.render(
            shown,
            carried=carried,
            records=Markup("" if beside else carried.text),  # base64
            beside=BESIDE if beside else "",
            inline=inline,
            grids=grids,
            css=css,
            script=script,
            policy=policy(script),
        ).encode()
        if len(html) <= LARGEST:
            break
    return content | ({BESIDE: carried.content} if beside else {}) | {HTML: html}


def _table_files(name: str, table: pd.DataFrame) -> dict[str, bytes]:
    return {f"{name}.csv": as_csv(table), f"{name}.parquet": as_parquet(table)}


def policy(script: str) -> str:
    """The content security policy of the page: draw it, run this one script, known by its hash, and load nothing."""
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def fenced(text: str) -> str:
    """A text as a block of code that no run of backticks in it can end."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text.rstrip()}\n{fence}"


def _readable(value: Any) -> Any:
    """A text with its control characters visible; those that part lines and columns of a study file stay."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value, keep="\n\t")


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
    return files("reports.page").joinpath("templates", name).read_text(encoding="utf-8")
