"""chainrule rename: give a study another name."""

import sys
from typing import Annotated

import typer

from chainrule import options
from chainrule.asking import agreement
from chainrule.terminal import waiting
from chainrule.workspace import Workspace
from experiments.command_line import command_line


def rename(
    name: options.Study,
    new: Annotated[str, typer.Argument(help="Its new name.", metavar="NEW")],
    yes: options.Yes = False,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    storage: options.Storage = None,
) -> None:
    """Give a study another name, with its runs, trials, registered models and report.

    Continue it under the new name: chainrule study FILE --name NEW. The command asks first. If it is interrupted at any
    moment, the same command finishes the work.
    """
    with waiting("Looking at the study"):
        from chainrule.changes import Places
        from chainrule.changes import rename as move

    move(Places(Workspace(home), tracking_uri, storage), name, new, agreement(yes=yes))
    go_on = command_line("study", "FILE", name=new, home=home, tracking_uri=tracking_uri, storage=storage)
    sys.stdout.write(f'The study "{name}" is now "{new}". To continue it: {go_on}\n')
