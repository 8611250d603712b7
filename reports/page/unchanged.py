"""Whether a report that was written is what would be written, which takes a fraction of the time that drawing takes."""

from collections.abc import Mapping
from io import BytesIO
from json import loads
from pathlib import Path
from typing import Final
from zipfile import ZipFile
from zlib import decompress

from experiments.recording.records import StudyRecord
from reports.page.carried import BESIDE, FOUND, carry, content_of
from reports.page.verifying import RECORDS
from reports.page.writing import HTML, MARKDOWN, Report, judged, shown_of, with_cards
from reports.results.tables import read_tables

_MOMENTS: Final = ("ended", "begun", "running")
"""What is found anew of a study each time that a command has looked whether something of it is left to do."""


def unchanged(study: StudyRecord, folder: Path) -> Report | None:
    """The report of a study in a folder, if the same code made it from the same records; None if it has to be written.

    Its page is taken at its word for the records that it carries; `reports.page.verifying` tells whether it should be.
    """
    try:
        page = RECORDS.search((folder / HTML).read_text("utf-8"))
        assert page is not None
        there = _members((folder / BESIDE).read_bytes() if page[1] else content_of(page[2]))
    except (
        Exception
    ):  # there is no page, or an earlier version's, or a damaged one, which raises whatever it meets
        return None
    if not (folder / MARKDOWN).exists():
        return None
    tables = read_tables(study)
    with judged(tables) as verdict:
        if _members(carry([shown_of(tables, verdict)]).content) != there:
            return None
    report = Report(verdict.sentences, verdict.warnings, folder / HTML, folder / MARKDOWN, files=())
    return with_cards(report, tables)


def _members(archive: bytes) -> Mapping[str, object]:
    """What an archive of records holds, by name, without the moments."""
    with ZipFile(BytesIO(decompress(archive))) as opened:
        held = {name: opened.read(name) for name in opened.namelist()}
    return held | {
        name: {key: value for key, value in loads(content).items() if key not in _MOMENTS}
        for name, content in held.items()
        if name.endswith(FOUND)
    }
