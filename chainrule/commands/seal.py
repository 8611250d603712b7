"""chainrule seal: fix a study's question, margin, choices and analysis before its first trial."""

from pathlib import Path
from typing import Annotated

import typer

from chainrule import options
from chainrule.commands.study import run_study


def seal(
    file: Annotated[Path, typer.Argument(help="The study file.", metavar="FILE")],
    home: options.Home = options.HOME,
) -> None:
    """Seal a study before its first trial: write FILE.seal, which fixes what is asked and how it is answered.

    `chainrule study` keeps the seal with the study, and the report says whether the study is confirmatory, or what
    deviates. Commit the seal, so that git says when it was made.
    """
    run_study(file, home=home, sealing=True)
