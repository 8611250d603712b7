"""Makes a page again from the records that it carries, and tells where it is not what they say."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

import numpy as np

from experiments.outcome.winners import present
from experiments.recording.records import RECORDED, RunRecord, StudyRecord
from experiments.wording import count, few
from reports.page.carried import BESIDE, Carried, content_of, final, made_by, unpack
from reports.page.differing import Difference, differences
from reports.page.rendering import drawing
from reports.page.writing import HTML, judged, render, side_by_side
from reports.results.tables import read_tables

RECORDS: Final = re.compile(r'<template id="records"( data-file=".*?")?>\n(.*?)</template>', re.DOTALL)
"""The records in a page: the file that has them if the page itself does not, and their text."""

TEXTS: Final = (".csv", ".md", ".tex", ".bib")
"""Endings of files whose bytes depend on the records alone, and not on what draws or packs them."""

_OURS: Final = '<meta name="generator" content="chainrule'


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of it.

    Attributes:
        carried: the records of the page; None if they cannot be read.
        differences: between the page and what its records say.
        trouble: why the page could not be made again; empty if it could.
        alike: the files beside the page that are what its records say.
        unlike: those that are not.
    """

    carried: Carried | None
    differences: Sequence[Difference] = ()
    trouble: str = ""
    alike: Sequence[str] = ()
    unlike: Sequence[str] = ()

    @property
    def by_another(self) -> bool:
        """Whether another version of chainrule or of what it rests on made the page, or another kind of processor."""
        return self.carried is not None and self.carried.made_by != made_by()

    @property
    def only_unseen(self) -> bool:
        """Whether the page was made elsewhere and differs by no more than another processor's rounding."""
        return self.by_another and all(each.unseen for each in self.differences)

    @property
    def holds(self) -> bool:
        """Whether the page, and all that was found beside it, is what its records say."""
        return not (self.trouble or self.unlike) and (not self.differences or self.only_unseen)


def is_page(content: bytes) -> bool:
    """Whether a file is a report's page, of whatever version."""
    return _OURS.encode() in content or b'<template id="records"' in content


def verify(content: bytes, beside: Callable[[str], bytes | None] = lambda _name: None) -> Verification:
    """Make a page again from its own records, without the store, and compare the two byte by byte.

    Args:
        content: the page.
        beside: gives the file of a name beside the page, None where there is none. The tables, the text in Markdown and
            the paper kit are compared, too, and a page that was too large to carry its records has them there.
    """
    page = content.decode(errors="backslashreplace")
    found = RECORDS.search(page)
    if found is None:
        return Verification(None, trouble="it carries no records; reports of earlier versions carry none")
    apart = beside(BESIDE) if found[1] else None
    if found[1] and apart is None:
        return Verification(None, trouble=f"its records lie in {BESIDE}, which is not next to it")
    # records from elsewhere raise whatever zlib, zip, NumPy, JSON or a report find first
    try:
        carried = unpack(content_of(found[2]) if apart is None else apart)
    except Exception as reason:
        return Verification(None, trouble=f"the records that it carries cannot be read: {_said(reason)}")
    try:
        made = _made_again(carried)
    except Exception as reason:
        return Verification(carried, trouble=f"no page can be made of its records: {_said(reason)}")
    there = {name: beside(name) for name in made if name.endswith(TEXTS)}
    alike = {name: content == made[name] for name, content in there.items() if content is not None}
    return Verification(
        carried,
        differences(page, made[HTML].decode()),
        alike=[name for name, same in alike.items() if same],
        unlike=[name for name, same in alike.items() if not same],
    )


def _said(reason: Exception) -> str:
    return f"{type(reason).__name__}, {' '.join(str(reason).split())}"[:200]


def _made_again(carried: Carried) -> dict[str, bytes]:
    with drawing(pngs=False) as figures:
        if len(carried.studies) > 1:
            return side_by_side(carried.studies, figures, carried)[1]
        tables = read_tables(carried.studies[0])
        with judged(tables) as verdict:
            return render(tables, verdict, figures, carried)


def against_store(mine: StudyRecord, stored: StudyRecord) -> list[Difference]:
    """How the records that a page carries differ from those of the study in its store.

    Args:
        mine: the study as the page has it.
        stored: the study of the same name.
    """
    found = [
        Difference(
            f"the study, {name.replace('_', ' ')}", _text(getattr(mine, name)), _text(getattr(stored, name))
        )
        for name in RECORDED
        if _text(getattr(mine, name)) != _text(getattr(stored, name))
    ]
    there = {_name(run): run for run in present(stored)}
    for run in mine.runs:
        other = there.pop(_name(run), None)
        if other is None:
            found.append(Difference(_name(run), "a run", ""))
        elif unlike := min((_unlike(run, each) for each in (other, final(other))), key=len):
            found.append(Difference(_name(run), f"other values of {few(unlike)}", "those of the store"))
    if there:
        found.append(Difference("the runs", "", f"{count(len(there), 'run')} more: {few(there)}"))
    return found


def _name(run: RunRecord) -> str:
    return f"run {run.task.run_key}"


def _unlike(one: RunRecord, other: RunRecord) -> list[str]:
    """The fields of two runs that are not alike, curves by their names."""
    return [name for name, value in _values(one).items() if value != _values(other).get(name)]


def _values(run: RunRecord) -> dict[str, bytes | str]:
    """What a run's record says, by name, to be compared."""
    named = {each.name: getattr(run, each.name) for each in fields(run) if each.name != "run_id"}
    named |= named.pop("curves") | named.pop("measures")
    return {
        name.replace("_", " "): value.tobytes() if isinstance(value, np.ndarray) else _text(value)
        for name, value in named.items()
    }


def _text(value: Any) -> str:
    """A value as text, tuples like the lists that JSON makes of them."""
    return json.dumps(
        value,
        ensure_ascii=False,
        default=lambda each: dict(each) if isinstance(each, Mapping) else asdict(each),
    )
