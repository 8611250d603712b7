"""chainrule ui: MLflow's own pages on these records, on this machine only."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Annotated, Final
from urllib.error import URLError
from urllib.request import Request, urlopen

import typer

from chainrule import options
from chainrule.interruption import interruptible
from experiments.control_characters import visible
from experiments.store.server import PORT
from experiments.system.child import APART

ATTEMPTS: Final = 3
"""How many ports are tried, in case another program takes one before the server does."""


def ui(
    port: Annotated[
        int | None,
        typer.Option(
            parser=options.whole("--port", 1, 65535), help="Port on 127.0.0.1; by default a free one."
        ),
    ] = None,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
) -> None:
    """Open MLflow's pages on the records at 127.0.0.1; Ctrl-C ends it."""
    from experiments.mistakes import Fault
    from experiments.store.addresses import is_server
    from experiments.store.store_check import check_records
    from experiments.store.store_errors import without_password

    if tracking_uri and is_server(tracking_uri):
        sys.stdout.write(f"These records are served already: {without_password(tracking_uri)}\n")
        return
    check_records(home, tracking_uri)
    for _ in range(ATTEMPTS):
        trouble = _serve(home, tracking_uri, port or _free_port())
        if port or "already in use" not in trouble:
            break
    if trouble:
        raise Fault(f"MLflow's server ended with {trouble}", "Is the port taken? Try --port.")


def _serve(home: Path, tracking_uri: str | None, port: int) -> str:
    """Serve the pages until the user stops the command; returns how the server ended, empty if the user stopped it."""
    from experiments.store.server import server_command

    command, environment = server_command(home, tracking_uri, port)
    address = f"http://127.0.0.1:{port}"
    with (
        interruptible() as interruption,
        TemporaryFile() as said,  # in the output folder nothing is made
        _served(command, environment, said) as server,
    ):
        sys.stderr.write("Starting MLflow, which takes some seconds\n")
        announced = False
        while server.poll() is None and not interruption.asked:
            if not announced and _listens(said, address) and (pages := _pages(address)) is not None:
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
    try:
        with urlopen(question, timeout=5) as answer:
            found = json.load(answer).get("experiments", [])
    except (URLError, TimeoutError, ConnectionError):
        return None
    lines: list[str] = []
    for one in found:
        tags = [tag["key"] for tag in one.get("tags", [])]
        if TAG in tags:
            continue
        lines.append(visible(one["name"]))
        for what, page in pages(address, one["experiment_id"], tags).items():
            lines.append(f"  {what}: {page}")
    return lines


def _free_port() -> int:
    """The usual one if it is free, else any."""
    for port in (PORT, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return PORT
