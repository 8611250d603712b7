"""chainrule ui: MLflow's own pages on these records, on this machine only."""

import socket
import subprocess
import sys
from typing import Annotated

import typer

from chainrule import options
from chainrule.interruption import interruptible

FIRST_PORT = 5000


def ui(
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port on 127.0.0.1; a free one by default.")
    ] = None,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
) -> None:
    """Serve MLflow's pages on the records at 127.0.0.1 until Ctrl-C."""
    from experiments.mistakes import Fault, UserError
    from experiments.server import default_tracking_uri, server_command

    if tracking_uri and tracking_uri.startswith(("http://", "https://")):
        sys.stdout.write(f"These records are served already: {tracking_uri}\n")
        return
    if not tracking_uri and not (home / "mlflow.db").exists():
        raise UserError(f"nothing has been recorded in {home} yet", advice="Run a study first: make study")
    chosen = port or _free_port()
    command, environment = server_command(home, tracking_uri or default_tracking_uri(home), chosen)
    address = f"http://127.0.0.1:{chosen}"
    with interruptible() as interruption:
        server = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        sys.stderr.write("Starting MLflow, which takes some seconds\n")
        announced = False
        while server.poll() is None and not interruption.asked:
            if not announced and _answers(chosen):
                announced = True
                sys.stdout.write(f"{address}\nCtrl-C ends it.\n")
                sys.stdout.flush()
            try:
                server.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                continue
        if interruption.asked:
            server.terminate()
            server.wait()
            return
    said = server.stderr.read().decode(errors="replace").strip().splitlines() if server.stderr else []
    raise Fault(
        f"MLflow's server ended: {said[-1] if said else server.returncode}", "Is the port taken? Try --port."
    )


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    """5000 if it is free, as in MLflow's own texts, else any free port."""
    for port in (FIRST_PORT, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return FIRST_PORT
