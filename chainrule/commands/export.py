"""chainrule export: the table of a study's runs as CSV or Parquet."""

import sys
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from chainrule import options
from chainrule.outlets import written_out
from chainrule.terminal import waiting
from experiments.mistakes import UserError
from experiments.wording import enumerated

FORMATS: Final[dict[str, Literal["csv", "parquet"]]] = {
    "": "csv",
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
"""The format of a file whose name ends like this."""


def export(
    name: options.Study,
    kind: Annotated[
        Literal["csv", "parquet"] | None,
        typer.Option("--format", help="File format; by default that of the file's ending, else CSV."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="File to write; CSV goes to standard output by default.", metavar="FILE"),
    ] = None,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
) -> None:
    """Export a study's runs as a table: one row per run, with settings, errors with intervals, and states."""
    if kind == "parquet" and output is None:
        raise UserError("--output: a file is needed for Parquet")
    if kind is None:
        kind = FORMATS.get(output.suffix.lower()) if output else "csv"
    if kind is None:
        wanted = enumerated(filter(None, FORMATS), "or")
        raise UserError(
            f"--output {output}: {wanted} was expected at the end of its name; another name needs --format"
        )
    with waiting("Reading the records"):
        from experiments.store.reading import Records
        from experiments.store.study_summary import sentences
        from reports.results.exported_tables import as_csv, run_table
        from reports.results.tables import read_tables

        records = Records.open(home, tracking_uri)
        study = records.load_study(name)
        runs = run_table(read_tables(study))
        content = as_csv(runs) if kind == "csv" else runs.to_parquet(index=False)
    written_out(content, output)
    for sentence in sentences(study):
        sys.stderr.write(f"{sentence}\n")
    records.complain()
