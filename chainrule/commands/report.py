"""chainrule report: the report of a study, or of several side by side, from what was recorded."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from chainrule import options
from chainrule.workspace import Workspace
from experiments.mistakes import UserError


def report(
    names: Annotated[
        list[str],
        typer.Argument(help="Name of the study; several are put side by side.", metavar="STUDY..."),
    ],
    output: Annotated[
        Path | None, typer.Option(help="Folder to write to; in the home folder by default, reports/STUDY.")
    ] = None,
    page: Annotated[
        Literal["html", "md"], typer.Option("--format", help="Which page to name; both are written.")
    ] = "html",
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    as_json: options.Json = False,
) -> None:
    """Write a study's report again, from its records alone; of several, whether and how they compare."""
    from chainrule.reporting import finish_report, report_side_by_side

    workspace = Workspace(home)
    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise UserError(f"STUDY: {twice[0]} is named twice")
    workspace.check_records(tracking_uri)
    folder = output or workspace.report("+".join(names))
    try:
        if len(names) > 1:
            report_side_by_side(
                workspace, names, tracking_uri, as_json=as_json, folder=folder, formats=(page,)
            )
            return
        finish_report(
            workspace,
            names[0],
            tracking_uri,
            as_json=as_json,
            into_store=False,
            folder=folder,
            formats=(page,),
        )
    except OSError as reason:
        raise UserError(f"--output {folder}: {reason.strerror}") from reason
