"""chainrule rename: give a study another name."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from chainrule import options
from chainrule.asking import agreement
from chainrule.terminal import waiting
from chainrule.workspace import Workspace
from experiments.command_line import command_line
from experiments.mistakes import Fault, UserError


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
    where = {"home": home, "tracking_uri": tracking_uri, "storage": storage}
    data_sets = _data_sets(new, home, tracking_uri)
    sys.stdout.write(f'The study "{name}" is now "{new}". ')
    if own := next((data_set for data_set, study in data_sets.items() if study == new), ""):
        sys.stdout.write(
            f"Its study file continues it as NAME-{own}, with the name of the study on the first data set.\n"
        )
        return
    sys.stdout.write(f"To continue it: {command_line('study', 'FILE', name=new, **where)}\n")
    for data_set, old in data_sets.items():
        if data_set and old != (named := f"{new}-{data_set}"):
            follow = command_line("rename", old, named, **where)
            sys.stdout.write(
                f"That would train the study on {data_set} again, unless it is renamed, too: {follow}\n"
            )


def _data_sets(name: str, home: Path, tracking_uri: str | None) -> Mapping[str, str]:
    """The studies on each data set of a study's file; none if nothing of it has been recorded."""
    from experiments.store.reading import Records

    try:
        return Records.open(home, tracking_uri).look(name).study.data_sets
    except (Fault, UserError):
        return {}
