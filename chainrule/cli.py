"""The command line. Commands import their rooms when they run, so that `--help` answers at once."""

import sys
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from chainrule.commands.archive import archive
from chainrule.commands.best import best
from chainrule.commands.delete import delete
from chainrule.commands.doctor import doctor
from chainrule.commands.explain import explain
from chainrule.commands.export import export
from chainrule.commands.gate import verdict
from chainrule.commands.init import init
from chainrule.commands.predict import predict
from chainrule.commands.rename import rename
from chainrule.commands.report import report
from chainrule.commands.seal import seal
from chainrule.commands.studies import studies
from chainrule.commands.study import study
from chainrule.commands.train import train
from chainrule.commands.ui import ui
from chainrule.commands.verify import verify
from chainrule.commands.watch import watch
from chainrule.outlets import outlets
from chainrule.what_to_type import epilog
from experiments.mistakes import Fault, UserError, nearest
from experiments.store.store_errors import without_passwords

app = typer.Typer(
    help="Ask what learning rate, width and cost function do to a neural network's convergence, and how sure the "
    "answer is.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="chainrule COMMAND --help explains a command and ends with examples.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
COMMANDS: Final = (
    init,
    seal,
    study,
    watch,
    report,
    verify,
    verdict,
    best,
    predict,
    train,
    studies,
    export,
    rename,
    archive,
    delete,
    ui,
    doctor,
    explain,
)
for _command in COMMANDS:
    app.command(epilog=epilog(_command.__name__))(_command)


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        sys.stdout.write(f"chainrule {version('chainrule')}\n")
        raise typer.Exit


@app.callback()
def _of_the_program(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", help="Print the version, and exit.", callback=_tell_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Options that stand before a command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 done, 1 a fault, 2 the user's mistake, 128 + n interrupted by signal n.

    A gate that fails has a status of its own (see `reports.conclusions.judgement`).

    A command does its work even if its output is not read: a closed pipe is not a failure, but a full disk is one and
    is reported.
    """
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    with outlets() as out:
        status = _status(given)
        out.flush()
        for reason in out.failures:
            if not isinstance(reason, BrokenPipeError):
                status = _tell(Fault(f"standard output: {reason.strerror}"), status or 1, given)
    sys.exit(status)


def _status(given: list[str]) -> int:
    names = [command.__name__ for command in COMMANDS]
    try:
        if not given[0].startswith("-") and given[0] not in names:
            raise UserError(
                f'unknown command "{given[0]}"{nearest(given[0], [*names, "--help", "--version"])}'
            )
        return int(app(given, prog_name="chainrule", standalone_mode=False) or 0)
    except SystemExit as ended:
        return int(ended.code or 0)
    except UserError as mistake:
        return _tell(mistake, 2, given)
    except typer.TyperException as mistake:
        return _tell(UserError(_words(mistake), advice=f"Options: {_help(given)}"), 2, given)
    except Fault as fault:
        return _tell(fault, 1, given)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except OSError as reason:
        what = f"{reason.filename}: {reason.strerror}" if reason.filename else str(reason)
        return _tell(
            Fault(what, "Nothing recorded is lost; once this is fixed, the same command continues."),
            1,
            given,
        )


def _words(mistake: typer.TyperException) -> str:
    """Typer's message in one line, with the nearest option for a misspelt one."""
    option = getattr(mistake, "option_name", None)
    context = getattr(mistake, "ctx", None)
    if option is None or context is None:
        return mistake.format_message().replace("Value error, ", "").rstrip(".")
    known = [name for parameter in context.command.params for name in parameter.opts if name.startswith("--")]
    return f'unknown option "{option}"{nearest(option, known)}'


def _help(given: list[str]) -> str:
    command = given[0] if not given[0].startswith("-") else ""
    return " ".join(filter(None, ["chainrule", command, "--help"]))


def _tell(error: Exception, status: int, given: list[str]) -> int:
    sys.stderr.write(f"{without_passwords(str(error), given)}\n")
    return status
