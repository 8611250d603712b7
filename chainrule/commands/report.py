"""chainrule report: the report of a study, from what was recorded."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from chainrule import options
from chainrule.workspace import Workspace
from experiments.mistakes import UserError


def report(
    name: Annotated[str, typer.Argument(help="Name of the study.", metavar="STUDY")],
    output: Annotated[
        Path | None, typer.Option(help="Folder to write to; reports/STUDY in the home folder by default.")
    ] = None,
    page: Annotated[
        Literal["html", "md"], typer.Option("--format", help="Which page to name; both are written.")
    ] = "html",
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    as_json: options.Json = False,
) -> None:
    """Write a study's report again, from its records alone."""
    from chainrule.reporting import finish_report

    workspace = Workspace(home)
    workspace.check_records(tracking_uri)
    try:
        finish_report(
            workspace, name, tracking_uri, as_json=as_json, into_store=False, folder=output, formats=(page,)
        )
    except OSError as reason:
        raise UserError(f"--output {output or workspace.report(name)}: {reason.strerror}") from reason
