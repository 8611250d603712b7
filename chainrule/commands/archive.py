"""chainrule archive: hide a study from lists, with everything kept, or bring it back."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from chainrule import completion, options
from chainrule.asking import agreement
from chainrule.terminal import waiting
from chainrule.workspace import Workspace
from experiments.command_line import command_line


def archive(
    name: Annotated[
        str,
        typer.Argument(help="Name of the study.", metavar="STUDY", autocompletion=completion.to_archive),
    ],
    restore: Annotated[bool, typer.Option("--restore", help="Bring an archived study back.")] = False,
    yes: options.Yes = False,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
) -> None:
    """Hide a study from lists, and keep everything; --restore brings it back.

    An archived study cannot be run. `report`, `best` and `export` still read it by its name.
    """
    with waiting("Looking at the study"):
        from chainrule.changes import Places
        from chainrule.changes import archive as put_away

    now = datetime.now(UTC).isoformat(timespec="seconds")
    put_away(Places(Workspace(home), tracking_uri, None), name, None if restore else now, agreement(yes=yes))
    back = command_line("archive", name, restore=True, home=home, tracking_uri=tracking_uri)
    done = "is back in the lists" if restore else f"is archived. To bring it back: {back}"
    sys.stdout.write(f'The study "{name}" {done}{"." * restore}\n')
