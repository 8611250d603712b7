"""chainrule report: write the report of a recorded study, of several side by side, or of other people's runs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from chainrule import completion, options
from chainrule.workspace import Workspace
from experiments.mistakes import UserError
from experiments.wording import enumerated


class Also(StrEnum):
    """What a report adds on request; Typer takes no list of literals."""

    BAYESIAN = "bayesian"
    EXTRAPOLATION = "extrapolation"


def report(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Name of the study; several are compared side by side.",
            metavar="STUDY...",
            autocompletion=completion.studies,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write to; by default reports/STUDY in the home folder.", metavar="DIR"),
    ] = None,
    page: Annotated[
        Literal["html", "md"],
        typer.Option("--format", help="The page whose path is printed; both are written."),
    ] = "html",
    also: Annotated[
        list[Also] | None,
        typer.Option(
            help="Add what does not count as a finding: Bayesian probabilities for each comparison, or an outlook "
            "beyond the last epoch. May be given twice."
        ),
    ] = None,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    experiment: Annotated[
        str | None,
        typer.Option(help="Report other people's runs instead, from an MLflow experiment.", metavar="NAME"),
    ] = None,
    optuna: Annotated[
        str | None,
        typer.Option(
            help="The same for a study in Optuna's storage, a database or a journal.", metavar="URL"
        ),
    ] = None,
    study: Annotated[str | None, typer.Option(help="The study in that storage.", metavar="NAME")] = None,
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", help="The same for a table of results, with a row for each run or epoch.", metavar="FILE"
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option(
            help="File that says what the parameters and metrics of such runs mean; without it, chainrule guesses."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take the guess without asking.")] = False,
    as_json: options.Json = False,
) -> None:
    """Rebuild a study's report from its records, compare several studies, or report other people's runs.

    A study's report has a folder `paper`: a LaTeX table, a paragraph of methods with references, and a checklist.
    """
    others = {"--experiment": experiment, "--optuna": optuna, "--csv": csv}
    if given := [option for option, value in others.items() if value is not None]:
        from chainrule.other_runs import Asked, report_others

        if len(given) > 1 or names:
            other = given[1] if len(given) > 1 else "the name of a study"
            raise UserError(f"{given[0]}: only one report at a time; leave out {other}")
        asked = Asked(experiment, tracking_uri, optuna, study, csv, mapping, yes=yes)
        report_others(asked, home, output, page, as_json=as_json)
        return
    for option, value in {"--mapping": mapping, "--study": study}.items():
        if value is not None:
            raise UserError(f"{option}: use it together with {enumerated(others, 'or')}")
    if not names:
        raise UserError("STUDY: the name of a study was expected", advice="Every study: chainrule studies")
    from chainrule.json_output import document, findings, print_json
    from chainrule.reporting import tell, write_reports
    from experiments.store.study_summary import summary_of

    twice = [name for index, name in enumerate(names) if name in names[:index]]
    if twice:
        raise UserError(f"STUDY: {twice[0]} is named twice")
    if also and len(names) > 1:
        raise UserError("--also: it works for one study, not for several")
    folder = output or Workspace(home).report(*names)
    try:
        records, studies, written = write_reports(
            home, tracking_uri, names, folder, [each.value for each in also or ()]
        )
    except OSError as reason:
        if output:
            raise UserError(f"--output {folder}: {reason.strerror}") from reason
        raise UserError(
            f"{folder}: {reason.strerror}", advice="Write the report elsewhere: --output FOLDER"
        ) from reason
    if as_json:
        each = [document(summary_of(study)) for study in studies]
        print_json((each[0] if len(each) == 1 else {"studies": each}) | findings(written, (page,)))
    else:
        tell(written, names[0], {"home": home, "tracking_uri": tracking_uri}, page, studies)
    records.complain()
