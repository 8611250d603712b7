"""chainrule studies: what there is, its state, its best."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from chainrule import options
from chainrule.terminal import waiting
from chainrule.workspace import Workspace

WIDE: Final = 200
"""Columns where there is no terminal: one line a study."""


def studies(
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    as_json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """List the recorded studies: their state, how far they are, their best so far."""
    Workspace(home).check_records(tracking_uri)
    with waiting("Reading the records"):
        from experiments.tracking import Store

        found = Store.open(home, tracking_uri, create=False).studies()
    if as_json:
        sys.stdout.write(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False) + "\n")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for heading in ("study", "state", "begun", "trials", "diverged", "best", "question"):
        table.add_column(heading, overflow="fold")
    for one in found:
        begun = datetime.fromtimestamp(one.started / 1000, UTC).strftime("%Y-%m-%d %H:%M")
        best = "" if one.best is None else f"{one.best:.4g} ({one.best_run})"
        done = f"{sum(one.recorded.values())}/{one.trials}"
        table.add_row(
            *map(str, (one.name, one.status.lower(), begun, done, one.diverged, best, one.question))
        )
    width = None if sys.stdout.isatty() else WIDE
    Console(no_color=no_color or None, markup=False, highlight=False, width=width).print(table)
