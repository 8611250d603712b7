"""chainrule report: write the report of a recorded study, or of several side by side."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from chainrule import completion, options
from chainrule.workspace import Workspace
from experiments.mistakes import UserError


class Also(StrEnum):
    """What a report adds on request; Typer takes no list of literals."""

    BAYESIAN = "bayesian"
    EXTRAPOLATION = "extrapolation"


def report(
    names: Annotated[
        list[str],
        typer.Argument(
            help="Name of the study; several are compared side by side.",
            metavar="STUDY...",
            autocompletion=completion.studies,
        ),
    ],
    output: Annotated[
        Path | None, typer.Option(help="Folder to write to; by default reports/STUDY in the home folder.")
    ] = None,
    page: Annotated[
        Literal["html", "md"],
        typer.Option("--format", help="The page whose path is printed; both are written."),
    ] = "html",
    also: Annotated[
        list[Also] | None,
        typer.Option(
            help="Add to the report what is no finding: Bayesian probabilities for each comparison, or an outlook "
            "beyond the last epoch. May be given twice."
        ),
    ] = None,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    as_json: options.Json = False,
) -> None:
    """Rebuild a study's report from its records, or compare several studies.

    A study's report has a folder `paper`: a LaTeX table, a paragraph of methods with references, and a checklist.
    """
    from chainrule.reporting import tell, write_reports
    from chainrule.standing import document, findings, print_json
    from experiments.store.mlflow_reading import summary_of

    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise UserError(f"STUDY: {twice[0]} is named twice")
    if also and len(names) > 1:
        raise UserError("--also: one study was expected with it, not several")
    folder = output or Workspace(home).report("+".join(names))
    try:
        records, studies, written = write_reports(
            home, tracking_uri, names, folder, [each.value for each in also or ()]
        )
    except OSError as reason:
        raise UserError(f"--output {folder}: {reason.strerror}") from reason
    if as_json:
        each = [document(summary_of(study)) for study in studies]
        print_json((each[0] if len(each) == 1 else {"studies": each}) | findings(written, (page,)))
    else:
        tell(written, names[0], {"home": home, "tracking_uri": tracking_uri}, page, studies)
    records.complain()
