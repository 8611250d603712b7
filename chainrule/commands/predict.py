"""chainrule predict: what the champion of a study says of examples in a file."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from chainrule import options
from chainrule.outlets import written_out
from chainrule.terminal import waiting
from experiments.mistakes import UserError

if TYPE_CHECKING:
    from experiments.datasets import Reading
    from experiments.recording.records import StudyRecord

OPTIONS: Final = {"data.delimiter": "--delimiter", "data.decimal": "--decimal"}
"""The option for what a reader says about a key of [data]."""


def predict(
    name: options.Study,
    file: Annotated[
        Path,
        typer.Argument(
            help="Examples in a file: .csv or .tsv (also .gz) or .parquet with named columns, or .npz with x.",
            metavar="FILE",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            help="File to write, by its ending .csv, .tsv (also .gz), .parquet or .npz; by default CSV on standard "
            "output.",
            metavar="FILE",
        ),
    ] = None,
    ensemble: Annotated[
        bool, typer.Option("--ensemble", help="Ask all of the champion's networks, and give the mean.")
    ] = False,
    delimiter: Annotated[
        str | None, typer.Option(help="Between the cells of a text file; by default as in the study.")
    ] = None,
    decimal: Annotated[
        str | None,
        typer.Option(help="Before the decimals of numbers in a text file; by default as in the study."),
    ] = None,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
) -> None:
    """Ask a study's champion about examples in a file: a class and probabilities, or a number, for each row.

    Give the rows in the form of the study's own file; columns that are not needed are ignored.
    """
    with waiting("Reading the records"):
        from experiments.datasets.answers import answers_to_bytes, check_ending
        from experiments.datasets.unlabelled import Wanted, read_unlabelled
        from experiments.store.reading import Records

        if output is not None:
            check_ending(output)
            if output.resolve() == file.resolve():
                raise UserError(f"--output {output}: this file has the examples; name another one")
        records = Records.open(home, tracking_uri)
        study, trained = records.champion(name, "ensemble" if ensemble else "champion")
        reading = _reading(study, delimiter, decimal)
        wanted = Wanted(
            columns=trained.encoding.columns,
            filled=tuple((trained.encoding.fill == trained.encoding.fill).tolist()),
            features=trained.features,
            named=trained.named,
            inputs=trained.mean.shape[1],
        )
        try:
            given = read_unlabelled(file, wanted, reading)
        except UserError as error:
            mistakes = (replace(one, where=OPTIONS.get(one.where, "")) for one in error.mistakes)
            raise UserError(*mistakes, advice=error.advice) from error
        try:
            answers = trained.table(given.cells)
        except ValueError as reason:
            raise UserError(f"{file.name}: {reason}") from reason
        ids = None if given.ids is None else (str(reading.id), given.ids)
        content = answers_to_bytes(output or Path("answers.csv"), answers, ids)
    written_out(content, output)
    for note in given.notes:
        sys.stderr.write(f"{note}\n")
    records.complain()


def _reading(study: "StudyRecord", delimiter: str | None, decimal: str | None) -> "Reading":
    """How to read a file like the study's own: what names its examples, and how its text is written."""
    import json
    import tomllib

    from experiments.datasets import Reading

    try:
        told = tomllib.loads(study.study_file)
    except tomllib.TOMLDecodeError:  # tables and keys from Python
        told = json.loads(study.study_file)
    data = told.get("data", {})
    return Reading(
        id=data.get("id"),
        delimiter=delimiter or data.get("delimiter"),
        decimal=decimal or data.get("decimal"),
    )
