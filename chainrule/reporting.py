"""Writes reports from records, and prints their answer at the end of a command."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.workspace import Workspace
from experiments.command_line import command_line
from experiments.recording.records import StudyRecord
from experiments.store.study_summary import sentences
from experiments.store.table_writing import open_to_write

if TYPE_CHECKING:  # they bring pandas, matplotlib and MLflow
    from experiments.store.reading import Records
    from reports.page.writing import Report


def final_report(workspace: Workspace, name: str, tracking_uri: str | None) -> "Report":
    """The report of a study that has been recorded whole; it is written unless the one that is there says the same."""
    if not workspace.report(name).exists():
        return write_final_report(workspace, name, tracking_uri)
    from reports.page.unchanged import unchanged

    store = open_to_write(workspace.home, tracking_uri)
    study = store.load_study(name)
    report = unchanged(study, workspace.report(name))
    if report is None or not store.has_concluded(study, report.verdict):
        return write_final_report(workspace, name, tracking_uri)
    return report


def write_final_report(workspace: Workspace, name: str, tracking_uri: str | None) -> "Report":
    """Write the report of a study that has been recorded whole, and put it and its verdict on the study's run."""
    from reports.page.rendering import drawing
    from reports.page.writing import write_report

    with drawing() as figures:  # it starts while the records are read
        store = open_to_write(workspace.home, tracking_uri)
        study = store.load_study(name)
        report = write_report(study, workspace.report(name), figures)
    store.log_report(study.parent_run_id, workspace.report(name), report.files)
    if report.cards:
        store.describe_champion(study, report.champion, report.cards)
    store.conclude(study, report.verdict, report.warnings)
    return report


def write_reports(
    home: Path, tracking_uri: str | None, names: Sequence[str], folder: Path, also: Sequence[str] = ()
) -> "tuple[Records, list[StudyRecord], Report]":
    """Read studies and write a report to a folder: of one its own, of several one that puts them side by side."""
    from experiments.store.reading import Records, check_there

    check_there(home, tracking_uri)
    from reports.page.rendering import drawing
    from reports.page.writing import write_report, write_side_by_side

    with drawing() as figures:  # as above
        records = Records.open(home, tracking_uri)
        studies = [_adding(records.load_study(name), also) for name in names]
        if len(studies) == 1:
            return records, studies, write_report(studies[0], folder, figures)
        return records, studies, write_side_by_side(studies, folder, figures)


def _adding(study: StudyRecord, also: Sequence[str]) -> StudyRecord:
    """The study, its report asked for these things besides what its file asks for."""
    return replace(study, also_report=tuple(dict.fromkeys([*study.also_report, *also])))


def tell_in_short(report: "Report", name: str) -> None:
    """Print the first sentence of a study's answer, and where its page is."""
    for sentence in report.verdict[:1]:
        sys.stdout.write(f"{name}: {sentence}\n")
    sys.stdout.write(f"Report: {report.html}\n\n")


def tell(
    report: "Report",
    name: str,
    where: Mapping[str, Any],
    page: str = "html",
    studies: Sequence[StudyRecord] = (),
) -> None:
    """Print a report's answer, what waits of its studies, where its page is, how to see runs and ask the champion.

    Args:
        report: what was written.
        name: of the study, should it have a champion.
        where: the options that say where its records are now, which may not be where it was begun.
        page: the one whose path is printed.
        studies: what was read, if it may wait for MLflow.
    """
    waiting = [sentence for study in studies for sentence in sentences(study)]
    for sentence in (*report.verdict, *report.warnings, *waiting):
        sys.stdout.write(f"{sentence}\n")
    written = report.html if page == "html" else report.markdown
    sys.stdout.write(f"\nReport: {written}\nRuns:   {command_line('ui', **where)}\n")
    if report.champion:
        ask = command_line("predict", name, "FILE", **where)
        sys.stdout.write(f"Model:  {ask} (other ways are in the report, under “Use the champion”)\n")
