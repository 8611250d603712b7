"""chainrule studies: list the recorded studies with their state and best objective."""

import sys
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from chainrule import options
from chainrule.terminal import console, waiting
from experiments.command_line import command_line
from experiments.control_characters import visible

WIDE: Final = 200
"""Columns where there is no terminal: one line a study."""


def studies(
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    archived: Annotated[bool, typer.Option("--archived", help="List archived studies, too.")] = False,
    as_json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """List the recorded studies with their state, progress and best objective so far."""
    with waiting("Reading the records"):
        from chainrule.json_output import document, print_json
        from experiments.store.reading import Records
        from experiments.store.study_summary import sentences

        records = Records.open(home, tracking_uri)
        found = records.studies(archived=archived)
    if as_json:
        print_json(
            [
                document(one) | {"started": one.started, "ended": one.ended, "archived": one.archived}
                for one in found
            ]
        )
        records.complain()
        return
    if not found and (hidden := len(records.studies(archived=True))):
        listed = command_line("studies", archived=True, home=home, tracking_uri=tracking_uri)
        every, them = ("The only study", "it") if hidden == 1 else ("Every study", "them")
        sys.stdout.write(f"{every} is archived. To list {them}: {listed}\n")
        records.complain()
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("study", "state", "begun", "trials", "diverged", "best objective", "question"):
        table.add_column(heading, overflow="fold")
    for one in found:
        begun = datetime.fromtimestamp((one.started or 0) / 1000, UTC).strftime("%Y-%m-%d %H:%M")
        best = "" if one.best is None else f"{one.best:.4g} ({one.best_run})"
        done = f"{sum(one.recorded.values())}/{one.trials}"
        state = f"{one.state}, archived" if one.archived else one.state
        cells = (one.name, state, begun, done, one.diverged, best, one.question)
        table.add_row(*(visible(" ".join(str(cell).split())) for cell in cells))
    screen = console(sys.stdout, color=not no_color, width=None if sys.stdout.isatty() else WIDE)
    screen.print(table)
    for one in found:
        for sentence in sentences(one):
            screen.print(visible(f"{one.name}: {sentence}"), soft_wrap=True)
    records.complain()
