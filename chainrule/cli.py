"""The command line. Commands import their rooms when they run, so that `--help` answers at once."""

import os
import sys
from collections.abc import Sequence
from typing import Final

import typer

from chainrule.commands.export import export
from chainrule.commands.init import init
from chainrule.commands.report import report
from chainrule.commands.studies import studies
from chainrule.commands.study import study
from chainrule.commands.train import train
from chainrule.commands.ui import ui
from experiments.mistakes import Fault, UserError, nearest

app = typer.Typer(
    help="Ask what learning rate, width and cost function do to a neural network's convergence, and how sure the "
    "answer is.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
COMMANDS: Final = (init, study, report, train, studies, export, ui)
for _command in COMMANDS:
    app.command()(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 done, 1 a fault, 2 the user's mistake, 130 or 143 interrupted with all recorded."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    names = [command.__name__ for command in COMMANDS]
    if given and not given[0].startswith("-") and given[0] not in names:
        _tell(UserError(f'unknown command "{given[0]}"{nearest(given[0], names)}'))
        sys.exit(2)
    try:
        app(given, prog_name="chainrule")
    except UserError as mistake:
        _tell(mistake)
        sys.exit(2)
    except Fault as fault:
        _tell(fault)
        sys.exit(1)
    except BrokenPipeError:  # whoever read the output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _tell(error: Exception) -> None:
    sys.stderr.write(f"{error}\n")
