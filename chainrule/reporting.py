"""From the records to the report, and what is said of it at the end of a command."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.workspace import Workspace

if TYPE_CHECKING:  # it brings pandas and matplotlib
    from reports.page import Report


def finish_report(
    workspace: Workspace,
    name: str,
    tracking_uri: str | None,
    *,
    as_json: bool,
    into_store: bool,
    folder: Path | None = None,
    formats: tuple[str, ...] = ("html", "md"),
) -> None:
    """Write a study's report from its records, print its verdict and where it is.

    Args:
        workspace: the output folder.
        name: of the study.
        tracking_uri: of the records, None for those in the output folder.
        as_json: print JSON.
        into_store: put the report and the verdict on the study's parent run.
        folder: where to write it; in the output folder if None.
        formats: which pages to name.
    """
    from reports.drawing import drawing
    from reports.page import write_report

    with drawing() as figures:  # it starts while MLflow is imported and the records are read
        from experiments.tracking import Store

        store = Store.open(workspace.home, tracking_uri, create=False)
        study = store.load_study(name)
        report = write_report(study, folder or workspace.report(name), figures)
    if into_store:
        store.log_report(study.parent_run_id, folder or workspace.report(name))
        store.end_study(study.parent_run_id, "FINISHED", {"chainrule.verdict": " ".join(report.verdict)})
    _tell({"study": name}, report, formats, as_json=as_json)


def report_side_by_side(
    workspace: Workspace,
    names: Sequence[str],
    tracking_uri: str | None,
    *,
    as_json: bool,
    folder: Path,
    formats: tuple[str, ...],
) -> None:
    """Write several studies side by side, print whether they compare and how, and where it is; as above."""
    from reports.drawing import drawing
    from reports.page import write_side_by_side

    with drawing() as figures:
        from experiments.tracking import Store

        store = Store.open(workspace.home, tracking_uri, create=False)
        report = write_side_by_side([store.load_study(name) for name in names], folder, figures)
    _tell({"studies": list(names)}, report, formats, as_json=as_json)


def _tell(whose: Mapping[str, Any], report: "Report", formats: tuple[str, ...], *, as_json: bool) -> None:
    pages = {"html": report.html, "md": report.markdown}
    chosen = {kind: str(pages[kind]) for kind in formats}
    if as_json:
        content = {**whose, "verdict": report.verdict, "warnings": report.warnings, "report": chosen}
        sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
        return
    for sentence in (*report.verdict, *report.warnings):
        sys.stdout.write(f"{sentence}\n")
    sys.stdout.write(f"\nReport: {chosen[formats[0]]}\nRuns:   chainrule ui\n")
