"""chainrule doctor: what is installed, where records are, how studies stand, what is wrong and how to fix it."""

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

from chainrule import options
from chainrule.terminal import waiting
from experiments.command_line import command_line
from experiments.control_characters import visible
from experiments.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chainrule.health import Health


def doctor(
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    storage: options.Storage = None,
    as_json: options.Json = False,
) -> int:
    """Say what is installed, where records are, how studies stand, and what is wrong, with the command that fixes it.

    It ends with status 0 if all is well, and with 1 if something is wrong. Nothing is written.
    """
    with waiting("Looking around"):
        from chainrule.health import examine
        from chainrule.json_output import print_json

        found = examine(home, tracking_uri, storage)
    well = not found.problems
    if as_json:
        print_json({"well": well, **asdict(found)})
    else:
        begin = command_line("study", "FILE", home=home, tracking_uri=tracking_uri)
        sys.stdout.write("".join(f"{visible(line)}\n" for line in _lines(found, begin)))
    return 0 if well else 1


def _lines(found: "Health", begin: str) -> "Iterator[str]":
    """What was found, for people."""
    yield "Installed"
    installed = {name.replace("_", " "): value for name, value in found.installed.items()}
    yield f"  {', '.join(f'{name} {value}' for name, value in installed.items())}"
    yield f"  {', '.join(f'{name} {value}' for name, value in found.packages.items())}"
    for name, there in found.extras.items():
        missing = f"not installed; to install it in the checkout: pip install -e '.[{name}]'"
        yield f"  extra {name}: {'installed' if there else missing}"
    records = found.records
    yield "Records"
    yield f"  home folder {records['home']}, {records['free_bytes'] / 1e9:,.1f} GB free"
    if not records["there"]:
        yield f"  nothing has been recorded there yet; to begin: {begin}"
    else:
        yield f"  MLflow's store {records['store']}{_of_store(records)}"
    if found.studies:
        yield "Studies"
    for study in found.studies:
        done = f"{sum(study['recorded'].values())} of {count(study['trials'], 'trial')}"
        waits = f", {count(study['waiting'], 'record')} in the spool" if study["waiting"] else ""
        put_away = ", archived" if study["archived"] else ""
        go_on = (
            f"; to continue: {study['continue']}" if study["continue"] and study["state"] == "stopped" else ""
        )
        yield f"  {study['study']}: {study['state']}, {done}{waits}{put_away}{go_on}"
    if not found.problems:
        yield "All is well."
        return
    yield "Wrong"
    for problem in found.problems:
        yield f"  {problem.what}"
        yield f"    {problem.mend}"


def _of_store(records: "dict[str, object]") -> str:
    """Whether the store answers, and of which version its tables are."""
    if records["answers"] is None:
        return " has not been made yet"
    if not records["answers"]:
        return " cannot be used"
    tables = f"; its tables have revision {records['tables']}" if records["tables"] else ""
    return f" answers{tables}"
