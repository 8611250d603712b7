"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Home = Annotated[
    Path,
    typer.Option(
        "--home", envvar="CHAINRULE_HOME", help="Folder in which everything is kept.", metavar="DIR"
    ),
]
TrackingUri = Annotated[
    str | None,
    typer.Option(
        "--tracking-uri",
        envvar="MLFLOW_TRACKING_URI",
        help="MLflow's records; an SQLite file in the home folder by default.",
        metavar="URI",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors and results.")]
NoColor = Annotated[
    bool, typer.Option("--no-color", help="No colour and no animation; NO_COLOR does the same.")
]

HOME = Path("output")
