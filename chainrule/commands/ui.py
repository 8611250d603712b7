"""chainrule ui: MLflow's own pages on these records, or Optuna's dashboard, on this machine only."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Annotated, Any, Final, NamedTuple
from urllib.error import URLError
from urllib.request import Request, urlopen

import typer

from chainrule import options
from chainrule.interruption import interruptible
from experiments.control_characters import visible
from experiments.mistakes import Fault, UserError
from experiments.store.server import PORT
from experiments.system.child import APART, command, surroundings

ATTEMPTS: Final = 3
"""How many ports are tried, in case another program takes one before the server does."""


DASHBOARD_PORT: Final = 8080
"""Of Optuna's dashboard, unless it is taken; as in its own texts."""

STORAGE: Final = "CHAINRULE_OPTUNA_STORAGE"
"""The environment variable that takes the URL of a database, and maybe its password, to the dashboard's process."""


class _Server(NamedTuple):
    """A server of pages: the command that runs it at a port, its environment, its name, and its pages' addresses."""

    command: Callable[[int], tuple[list[str], dict[str, str]]]
    name: str
    pages: Callable[[str], list[str] | None]


def ui(
    port: Annotated[
        int | None,
        typer.Option(
            parser=options.whole("--port", 1, 65535), help="Port on 127.0.0.1; by default a free one."
        ),
    ] = None,
    optuna: Annotated[
        bool,
        typer.Option(
            "--optuna", help="Open Optuna's dashboard on the trials instead; it needs the extra dashboard."
        ),
    ] = False,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    storage: Annotated[
        str | None,
        typer.Option(help="With --optuna: the database in which Optuna keeps the trials.", metavar="URL"),
    ] = None,
) -> None:
    """Open MLflow's pages on the records at 127.0.0.1, or Optuna's dashboard on the trials; Ctrl-C ends it.

    A study may run at the same time. Optuna's dashboard shows all trials of a study together first, then those of
    each combination; it changes nothing.
    """
    if storage and not optuna:
        raise UserError("--storage: only --optuna uses it")
    if optuna:
        server = _dashboard(home, storage)
    else:
        from experiments.store.addresses import is_server
        from experiments.store.server import server_command
        from experiments.store.store_check import check_records
        from experiments.store.store_errors import without_password

        if tracking_uri and is_server(tracking_uri):
            sys.stdout.write(f"These records are served already: {without_password(tracking_uri)}\n")
            return
        check_records(home, tracking_uri)
        server = _Server(lambda port: server_command(home, tracking_uri, port), "MLflow", _pages)
    for _ in range(ATTEMPTS):
        trouble = _serve(server, port or _free_port(DASHBOARD_PORT if optuna else PORT))
        if port or "already in use" not in trouble:
            break
    if trouble:
        raise Fault(f"{server.name}'s server ended with {trouble}", "Is the port taken? Try --port.")


def _dashboard(home: Path, storage: str | None) -> _Server:
    """Optuna's dashboard on the studies of a home folder, or in a database.

    Raises:
        UserError: if it is not installed, or there is no study.
    """
    if find_spec("optuna_dashboard") is None:
        raise UserError(
            "--optuna: optuna-dashboard is needed for it and is not installed",
            advice="Install it in the checkout: pip install -e '.[dashboard]'",
        )
    if not storage and not any(home.glob("studies/*/optuna.journal")):
        raise UserError(
            f"--home {home}: no study has trials there", advice="Name another folder, or a --storage."
        )
    environment = {**surroundings(), **({STORAGE: storage} if storage else {})}
    return _Server(
        lambda port: (
            command("studies.dashboard.served_pages", str(home.absolute()), str(port)),
            environment,
        ),
        "Optuna's dashboard",
        _dashboard_pages,
    )


def _serve(served: _Server, port: int) -> str:
    """Serve the pages until the user stops the command; returns how the server ended, empty if the user stopped it."""
    words, environment = served.command(port)
    address = f"http://127.0.0.1:{port}"
    with (
        interruptible() as interruption,
        TemporaryFile() as said,  # in the output folder nothing is made
        _served(words, environment, said) as server,
    ):
        sys.stderr.write(f"Starting {served.name}, which takes some seconds\n")
        announced = False
        while server.poll() is None and not interruption.asked:
            if not announced and _listens(said, address) and (pages := served.pages(address)) is not None:
                announced = True
                sys.stdout.write("\n".join([address, *pages, "Ctrl-C ends it."]) + "\n")
                sys.stdout.flush()
            try:
                server.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
        return "" if interruption.asked else f"status {server.returncode}: {_trouble(said)}"


def _listens(said: IO[bytes], address: str) -> bool:
    """Whether our server has the port: another one there would answer with the pages of other records."""
    if os.name != "posix":
        return True
    size = os.fstat(said.fileno()).st_size
    return f"running on {address} ".encode() in os.pread(said.fileno(), size, 0)  # where to write on stays


def _trouble(said: IO[bytes]) -> str:
    """The last line with an error, else the last line, at most 200 characters."""
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["it said nothing"])[-1][:200]


@contextmanager
def _served(
    command: Sequence[str], environment: Mapping[str, str], said: IO[bytes]
) -> Iterator["subprocess.Popen[bytes]"]:
    """The server; it ends when the pipe to it is closed, here or because this process is no more."""
    server = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=said, stderr=said, **APART
    )
    try:
        yield server
    finally:
        if os.name == "posix":
            with suppress(ProcessLookupError):  # also what it may have left, should it have died by itself
                os.killpg(server.pid, signal.SIGKILL)
        server.communicate()


def _pages(address: str) -> list[str] | None:
    """Two lines for each study, with the charts and the table of its runs; None while the server does not answer."""
    from experiments.store.archived import TAG
    from experiments.store.prepared_view import pages

    question = Request(
        f"{address}/api/2.0/mlflow/experiments/search",
        data=json.dumps({"max_results": 20, "filter": "name != 'Default'"}).encode(),
        headers={"Content-Type": "application/json"},
    )
    found = _asked(question)
    if found is None:
        return None
    lines: list[str] = []
    for one in found.get("experiments", []):
        tags = [tag["key"] for tag in one.get("tags", [])]
        if TAG in tags:
            continue
        lines.append(visible(one["name"]))
        for what, page in pages(address, one["experiment_id"], tags).items():
            lines.append(f"  {what}: {page}")
    return lines


def _dashboard_pages(address: str) -> list[str] | None:
    """A line for each study with the page of all its trials, and below it one for each combination; None as above."""
    found = _asked(f"{address}/api/studies")
    if found is None:
        return None
    lines = []
    for one in reversed(found["study_summaries"]):  # as the dashboard lists them
        name, page = visible(one["study_name"]), f"{address}/dashboard/studies/{one['study_id']}"
        study, is_lane, combination = name.partition("/")
        lines.append(f"  {combination}: {page}" if is_lane else f"{study}\n  all trials: {page}")
    return lines


def _asked(question: Request | str) -> Any:
    """The answer to a question as JSON; None while the server does not answer."""
    try:
        with urlopen(question, timeout=5) as answer:
            return json.load(answer)
    except (URLError, TimeoutError, ConnectionError):
        return None


def _free_port(usual: int) -> int:
    """The usual one if it is free, else any."""
    for port in (usual, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return usual
