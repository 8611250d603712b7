"""Starts the workers that `--engine` and `--workers` describe."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from experiments.command_line import ENGINES
from experiments.mistakes import UserError, nearest
from experiments.recording.records import Keep
from experiments.store.store_errors import without_password
from studies.workers.crew import Crew
from studies.workers.processes import Processes, automatic_workers
from studies.workers.worker import Start

SCHEMES: Final = ("dask", "tcp", "tls")
"""How the address of a Dask scheduler may begin; `dask` is `tcp`."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What trains.

    Attributes:
        name: "local" or "dask".
        address: of a Dask scheduler that is there already; empty otherwise.
        workers: how many jobs at once; None for as many as a cluster that is there has workers.
    """

    name: str
    address: str
    workers: int | None

    def crew(self, start: Start, keep: Keep) -> Crew:
        """Find or start those who train.

        `start` begins tasks in a worker and must be picklable; so must `keep`, where workers write the records.

        Raises:
            UserError: if the cluster cannot be used.
        """
        if self.name == "local":
            return Processes(start, keep, self.workers or 1)
        from studies.workers.cluster import Cluster

        if self.address:
            return Cluster.join(self.address, start, keep, self.workers)
        return Cluster.on_this_machine(start, keep, self.workers or 1)


def engine(name: str, workers: int | None) -> Engine:
    """The engine that `--engine` names: `local`, `dask`, or a Dask scheduler, `dask://HOST:PORT` or `tcp://HOST:PORT`.

    Without a number of workers, which are jobs at once, it is found out.

    Raises:
        UserError: if it is none of these, or needs what is not installed.
    """
    scheme, there, host = name.partition("://")
    if there and scheme in SCHEMES and host:
        address = f"{scheme.replace('dask', 'tcp')}://{host}"
    elif name in ENGINES:
        address, workers = "", workers or automatic_workers()
    else:
        known = nearest(name, [*ENGINES, "dask://HOST:PORT", "tcp://HOST:PORT"])
        raise UserError(f'--engine: unknown engine "{without_password(name)}"{known}')
    if name != "local" and find_spec("distributed") is None:
        raise UserError(
            "--engine: distributed is needed for it and is not installed",
            advice="Install it in the checkout: pip install -e '.[cluster]'",
        )
    return Engine("local" if name == "local" else "dask", address, workers)
