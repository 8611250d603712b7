"""chainrule verify: make a report's page again from the records that it carries, and name every byte that differs."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from chainrule import completion, options
from chainrule.terminal import waiting
from chainrule.workspace import Workspace
from experiments.control_characters import visible
from experiments.mistakes import UserError, nearest
from experiments.wording import are, count, few

if TYPE_CHECKING:  # they bring pandas and matplotlib
    from experiments.recording.records import StudyRecord
    from reports.page.differing import Difference
    from reports.page.verifying import Verification

SHOWN: Final = 20
"""Differences that are printed at most."""


def verify(
    page: Annotated[
        str,
        typer.Argument(
            help="The page of a report, or the name of the study whose report it is.",
            metavar="PAGE",
            autocompletion=completion.studies,
        ),
    ],
    store: Annotated[
        bool,
        typer.Option(
            "--store", help="Compare the records that the page carries with the recorded study, too."
        ),
    ] = False,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    as_json: options.Json = False,
) -> int:
    """Make a report's page again from the records that it carries, and name every place that differs.

    It ends with status 0 if the page is what its records say, and with 1 if it is not. Nothing is written.
    """
    path = _found(page, home)
    content = path.read_bytes()
    with waiting("Making the page again"):
        from reports.page import verifying

        if not verifying.is_page(content):
            raise UserError(f"{path}: a report's page was expected, such as report.html, but this is not one")
        found = verifying.verify(content, partial(_read, path.parent))
        records = _records(found, home, tracking_uri) if store and found.carried else None
    well = found.holds and not records
    if as_json:
        from chainrule.json_output import print_json

        print_json(_document(path, found, records, well=well))
    else:
        sys.stdout.write("".join(f"{visible(line)}\n" for line in _lines(path, found, records)))
    return 0 if well else 1


def _read(folder: Path, name: str) -> bytes | None:
    """A file beside the page, None where there is none."""
    path = folder / name
    return path.read_bytes() if path.is_file() else None


def _found(page: str, home: Path) -> Path:
    """The page that is meant: a file, the report in a folder, or that of a study.

    Raises:
        UserError: if there is none.
    """
    given, named = Path(page), Workspace(home).report(page)
    for path in (given, given / "report.html", named / "report.html"):
        if path.is_file():
            return path
    names = [path.parent.name for path in named.parent.glob("*/report.html")]
    what = "report" if given.name == page and not given.suffix else "file"
    raise UserError(f'there is no {what} "{page}"{nearest(page, names) if what == "report" else ""}')


def _records(found: "Verification", home: Path, tracking_uri: str | None) -> "list[Difference]":
    """How the page's records differ from those of the store."""
    from experiments.store.reading import Records
    from reports.page.verifying import against_store

    records = Records.open(home, tracking_uri)
    mine: Sequence[StudyRecord] = found.carried.studies if found.carried else ()
    differ = [each for study in mine for each in against_store(study, records.load_study(study.name))]
    records.complain()
    return differ


def _lines(path: Path, found: "Verification", records: "list[Difference] | None") -> Iterator[str]:
    """What came of it, for people."""
    if found.trouble:
        yield f"{path} cannot be verified: {found.trouble}."
        return
    if not found.differences:
        yield f"{path} is what its records say: made again from them, it is the same in every byte."
    elif found.only_unseen:
        strokes = count(len(found.differences), "stroke")
        yield f"{path} is what its records say, except for {strokes} that rounding moves by less than anyone can see."
    else:
        yield f"{path} is not what its records say. It differs in {count(len(found.differences), 'place')}:"
        yield from _listed(_together(found.differences), "on the page", "by its records")
    if found.unlike:
        differ = "differs" if len(found.unlike) == 1 else "differ"
        yield f"{count(len(found.unlike), 'file')} next to it {differ} from what its records say: {few(found.unlike)}."
    elif found.alike:
        files = count(len(found.alike), "file")
        yield f"{files} with tables and texts next to it {are(len(found.alike))} what its records say."
    if found.by_another and found.carried:
        yield from _of_another(found)
    if found.carried:
        yield f"SHA-256 of its records: {found.carried.digest}"
    if records:
        yield f"Its records are not those of the store. They differ in {count(len(records), 'place')}:"
        yield from _listed(records, "in the page's records", "in the store")
    elif records is not None:
        yield "Its records are those of the store."
    else:
        yield "Only the study's store can tell whether these are its records: add --store if you have it."


def _of_another(found: "Verification") -> Iterator[str]:
    """What it means that another version made the page."""
    from reports.page.carried import made_by

    yield f"Made by: {found.carried.made_by if found.carried else 'unknown'}"
    yield f"Here is: {made_by()}"
    if found.holds:
        return
    if all(each.drawn for each in found.differences):
        yield (
            "Every sentence and every number is the same. How strokes are drawn depends on matplotlib, so only the "
            "version that made the page can tell whether its figures were changed."
        )
    else:
        yield (
            "Another version may count or word things differently, so only the version that made the page can tell "
            "whether it was changed."
        )


def _together(differences: "Sequence[Difference]") -> "list[Difference]":
    """Of the strokes of each figure that differ the first one, with the number of the others."""
    drawn: dict[str, int] = {}
    for each in differences:
        if each.drawn:
            drawn[each.place] = drawn.get(each.place, 0) + 1
    told: list[Difference] = []
    for each in differences:
        if not each.drawn:
            told.append(each)
        elif more := drawn.pop(each.place, 0):
            others = f" (and {count(more - 1, 'other stroke')})" if more > 1 else ""
            told.append(replace(each, place=each.place + others))
    return told


def _listed(differences: "Sequence[Difference]", here: str, there: str) -> Iterator[str]:
    """Each place with what stands there and what should."""
    for each in differences[:SHOWN]:
        yield f"  {each.place}"
        yield f"    {here}: {each.stands or 'nothing'}"
        yield f"    {there}: {each.should or 'nothing'}"
    if (more := len(differences) - SHOWN) > 0:
        yield f"  and {more:,} more, which --json lists"


def _document(
    path: Path, found: "Verification", records: "list[Difference] | None", *, well: bool
) -> dict[str, Any]:
    """The same for programs."""
    from reports.page.carried import made_by

    return {
        "page": str(path),
        "verified": well,
        "trouble": found.trouble or None,
        "made_by": found.carried.made_by if found.carried else None,
        "here": made_by(),
        "sha256": found.carried.digest if found.carried else None,
        "differences": [asdict(each) for each in found.differences],
        "files": {"alike": list(found.alike), "unlike": list(found.unlike)},
        "store": None if records is None else [asdict(each) for each in records],
    }
