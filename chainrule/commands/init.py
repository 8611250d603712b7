"""chainrule init: a commented study file to start from."""

import re
import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import typer

from experiments.command_line import command_line
from experiments.mistakes import UserError
from experiments.system.files import write_durably
from studies.file.study_names import name_from

OWN_FILE: Final = """\
# source = "csv:FILE.csv"     # a file of your own instead, from this file's folder; docs/your_own_data.md says more
# target = "COLUMN"           # what to predict from its other columns
"""


def init(
    file: Annotated[Path, typer.Argument(help="Where to write it.", metavar="[FILE]")] = Path("study.toml"),
) -> None:
    """Write a commented study file to start from: a copy of the default study, named after the file."""
    text = files("studies").joinpath("digits.toml").read_text(encoding="utf-8")
    text = re.sub(r"^# The default study: `make study`\. ", "# ", text)
    text = text.replace("# splits = ", f"{OWN_FILE}# splits = ", 1)
    text = text.replace('name     = "digits"', f'name     = "{name_from(file.stem)}"', 1)
    try:
        write_durably(file, text.encode(), new=True)
    except FileExistsError as reason:
        raise UserError(f"{file} exists already; nothing was written") from reason
    except OSError as reason:
        raise UserError(f"{file} cannot be written: {reason.strerror}") from reason
    sys.stdout.write(f"Wrote {file}. Check it: {command_line('study', file, dry_run=True)}\n")
