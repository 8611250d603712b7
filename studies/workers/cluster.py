"""Workers of a Dask cluster, on this machine or on many, as a study's crew. The only place that imports Dask.

A job is a Dask task. Its result is the worker's last message with the records as bytes, and the study writes the
records on its own machine, so workers need neither a shared file system nor Optuna's storage. During training a worker
sends messages as scheduler events, to which the study subscribes. The study answers with a function that runs in the
worker's process. When the study stops or dies, the task is released, and the worker notices that.

Dask must not retry tasks. On our own cluster the number of retries is 0. On another cluster, a task that begins a
second time shows that its worker died, and the study cancels it.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, Final, TypeVar
from uuid import uuid4

from dask import config
from distributed import Client, Future, LocalCluster, Worker, WorkerPlugin, get_worker
from distributed.scheduler import KilledWorker

from experiments.mistakes import Fault, UserError
from experiments.recording.records import Keep
from experiments.store.store_errors import without_password
from experiments.task import Task
from studies.workers.crew import Job, Lost
from studies.workers.worker import (
    Message,
    Rung,
    Start,
    Stop,
    Stopped,
    broken,
    carry_out,
    signals_held,
)

JOINING: Final = 10.0
"""Seconds that a scheduler has to answer at first."""

FETCHING: Final = 30.0
"""Seconds that a result has to come over."""

LEAVING: Final = 2.0
"""Seconds that the scheduler has to take leave."""

COUNTING: Final = 1.0
"""Seconds after which the workers are counted again."""

SETTLING: Final = 5
"""Times that workers may die before the study has begun."""

QUIET: Final = {
    "distributed.worker.profile.enabled": False,  # would look at every worker's stack a hundred times a second
    "distributed.admin.system-monitor.interval": "10s",
}
"""What workers of our own need not do beside the training."""

LOGGERS: Final = ("distributed", "distributed.client", "tornado.application")
"""Those to which Dask gives a level of their own."""

NUMBERS_DEPEND_ON: Final = ("numpy", "scipy")
"""Packages that a worker must have in the same version as the study."""


class Station(WorkerPlugin):
    """What each worker holds for one study: how to begin tasks, and what has been said to the one under way.

    The scheduler gives it to every worker, present or future, so that the data set travels once to each.
    """

    def __init__(self, name: str, start: Start) -> None:
        """Give it the study's name on the cluster."""
        self.name, self._start = name, start

    def setup(self, worker: Worker) -> None:
        """Begin in a worker's process."""
        self._worker = worker
        self._said: dict[str, SimpleQueue[bool | Stop]] = {}

    def transition(self, key: Any, start: str, finish: str, **_more: Any) -> None:  # noqa: ARG002 # Dask's names
        """Note that a task begins here, or that it is no longer wanted."""
        if finish == "executing" and str(key).startswith(self.name):
            self._said[key] = SimpleQueue()
        elif finish == "released":
            self.hear(key, Stop())

    def hear(self, key: str, word: bool | Stop) -> None:
        """Pass a word on to the training, if it is still under way."""
        if key in self._said:
            self._said[key].put(word)

    def work(
        self, key: str, tasks: Sequence[Task], rungs: frozenset[int]
    ) -> tuple[Message, dict[str, bytes]]:
        """Train tasks; gives the last message and the records by file name."""
        files: dict[str, bytes] = {}
        line = _Line(self._worker, self.name, key, self._said[key])
        line.say()
        try:
            return carry_out(tasks, rungs, self._start, files.__setitem__, line), files
        finally:
            self._said.pop(key)


@dataclass(frozen=True, slots=True)
class _Line:
    """A `Wire` from a worker to the study."""

    worker: Worker
    name: str
    key: str
    said: "SimpleQueue[bool | Stop]"

    def say(self, *what: float) -> None:
        """Make an event of the key, the worker's address, and what else there is to say."""
        self.worker.log_event(self.name, [self.key, self.worker.address, *what])

    def send(self, message: Message) -> None:
        """Ask at a rung."""
        if isinstance(message, Rung):
            self.say(message.epoch, *message.values)

    def poll(self) -> bool:
        """Whether something has been said."""
        return not self.said.empty()

    def recv(self) -> bool | Stop:
        """Wait for a word."""
        return self.said.get()


def _train(name: str, tasks: Sequence[Task], rungs: frozenset[int]) -> tuple[Message, dict[str, bytes]]:
    """The Dask task."""
    worker = get_worker()
    station: Any = worker.plugins[name]
    return station.work(str(worker.get_current_task()), tasks, rungs)  # type: ignore[no-any-return]  # a Station


def _tell(name: str, key: str, word: bool, dask_worker: Any = None) -> None:
    """Run on a worker: a word to the training there."""
    dask_worker.plugins[name].hear(key, word)


def _versions() -> list[str]:
    return [f"{name} {version(name)}" for name in NUMBERS_DEPEND_ON]


def _hush() -> None:
    """Keep Dask from telling deaths, with a traceback each: a death is told once, by the study."""
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)


_Begun = TypeVar("_Begun")


def _settled(begin: Callable[[], _Begun], death: type[Exception], attempts: int = SETTLING) -> _Begun:
    """What `begin` gives with all workers. It is called again if a worker dies, which raises `death`."""
    try:
        return begin()
    except death as reason:
        if attempts == 1:
            raise Fault(
                f"workers died {SETTLING} times before the study could start ({reason})",
                "Too little memory? The same command continues from here; --workers 1 needs the least.",
            ) from reason
    return _settled(begin, death, attempts - 1)


@dataclass(slots=True)
class _Post:
    """A job, the result to come, and where it is worked at, once that is known."""

    job: Job
    future: Future[Any]
    address: str = ""


class Cluster:
    """A crew of Dask workers."""

    def __init__(
        self, client: Client, own: LocalCluster | None, start: Start, keep: Keep, size: int | None
    ) -> None:
        """Use `join` or `on_this_machine`."""
        self._client, self._own, self._keep, self._size = client, own, keep, size
        self._name = f"chainrule-{uuid4().hex}"
        self._posts: dict[str, _Post] = {}
        self._words: SimpleQueue[list[Any]] = SimpleQueue()
        self._given = self._present = 0
        self._counted = -COUNTING  # when that was
        client.subscribe_topic(self._name, lambda event: self._words.put(event[1]))
        station = Station(self._name, start)  # which the successor of a worker has from the scheduler
        _settled(lambda: client.register_plugin(station, name=self._name), OSError)

    @classmethod
    def on_this_machine(cls, start: Start, keep: Keep, workers: int) -> "Cluster":
        """Start a cluster that nobody outside this machine can reach; it ends with this process."""
        _hush()
        with config.set(QUIET), signals_held():  # Dask's thread and its processes inherit both
            own = _settled(
                lambda: LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    processes=True,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    memory_limit=0,
                    scheduler_kwargs={"allowed_failures": 0},
                    silence_logs=logging.CRITICAL,
                ),
                RuntimeError,
            )
            client = Client(own)
        return cls(client, own, start, keep, workers)

    @classmethod
    def join(cls, address: str, start: Start, keep: Keep, size: int | None = None) -> "Cluster":
        """Join the cluster of a scheduler, `tcp://HOST:PORT` or `tls://HOST:PORT`, for `size` jobs at once.

        Without a size it is one job a worker. `start`, which must be picklable, begins tasks in a worker; `keep` keeps
        their records here.

        Raises:
            UserError: if no scheduler answers there, or its workers cannot do our work.
        """
        _hush()
        try:
            client = Client(address, timeout=JOINING, set_as_default=False)
        except (OSError, ValueError) as reason:
            raise UserError(f"--engine: no Dask scheduler answers at {without_password(address)}") from reason
        try:
            there = client.run(_versions)
            crew = cls(client, None, start, keep, size)
        except Exception as reason:  # whatever goes wrong in another process comes over
            client.close()
            raise UserError(
                f"--engine: the workers of {without_password(address)} cannot be used "
                f"({type(reason).__name__}: {without_password(str(reason))})",
                advice="They need this machine's version of chainrule, with packages from the same lock file.",
            ) from reason
        for worker, versions in there.items():
            if versions != _versions():
                crew.close()
                raise UserError(
                    f"--engine: the worker {worker} has {', '.join(versions)}; here are {', '.join(_versions())}",
                    advice="Numbers are the same everywhere only with packages from the same lock file.",
                )
        return crew

    @property
    def size(self) -> int:
        """As many jobs as there are workers now, and no more than were asked for.

        So none waits behind another, to be lost with it. At least one there is, which may wait for the first worker.
        """
        if monotonic() - self._counted >= COUNTING and self._client.status == "running":
            self._counted = monotonic()
            self._present = len(self._client.nthreads())
        return max(1, min(self._present, self._size or self._present))

    @property
    def jobs(self) -> list[Job]:
        """What has been given and has not come to an end."""
        return [post.job for post in self._posts.values()]

    def give(self, job: Job) -> None:
        """Hand a job to the scheduler."""
        key = f"{self._name}-{self._given}"
        self._given += 1
        future = self._client.submit(_train, self._name, job.tasks, job.rungs, key=key, pure=False, retries=0)
        self._posts[key] = _Post(job, future)
        future.add_done_callback(lambda done: self._words.put([done.key]))

    def hear(self, patience: float) -> Iterator[tuple[Job, Message | Lost]]:
        """What the workers have to say; see `Crew.hear`.

        Raises:
            Fault: if the scheduler is gone, or a worker cannot do its work.
        """
        if self._client.status != "running":
            raise Fault(
                "the Dask scheduler is out of reach",
                "Nothing recorded is lost. Once it is back, the same command continues from here.",
            )
        with suppress(Empty):
            word = self._words.get(timeout=patience)
            while True:
                yield from self._understood(word)
                word = self._words.get_nowait()

    def _understood(self, word: list[Any]) -> Iterator[tuple[Job, Message | Lost]]:
        key, *more = word
        post = self._posts.get(key)
        if post is None:  # an echo of what has come to an end
            return
        match more:
            case []:
                del self._posts[key]
                yield post.job, self._result(post)
            case [address] if not post.address:
                post.address = address
            case [_]:
                del self._posts[key]
                post.future.cancel()
                self._counted = -COUNTING
                yield post.job, Lost(f"{post.address} left")
            case [address, epoch, *values] if address == post.address:
                yield post.job, Rung(epoch, tuple(values))

    def _result(self, post: _Post) -> Message | Lost:
        """How a job has come to an end."""
        if post.future.status not in (
            "finished",
            "error",
        ):  # cancelled, or its worker died after it, result and all
            post.future.cancel()
            return Stopped()
        try:
            message, files = post.future.result(timeout=FETCHING)
        except KilledWorker as reason:
            self._counted = -COUNTING
            return Lost(f"{reason.last_worker.address} died")
        except (TimeoutError, OSError):
            post.future.cancel()
            return Lost(f"{post.address} is out of reach")
        except Exception as reason:
            raise Fault(
                f"the worker {post.address} could not do its work ({type(reason).__name__}: {reason})",
                "It needs this machine's version of chainrule. Then the same command continues from here.",
            ) from reason
        try:
            for name, content in files.items():
                self._keep(name, content)
        except OSError as reason:
            return broken(reason)
        return message  # type: ignore[no-any-return]  # what `_train` gives

    def answer(self, job: Job, *, stop: bool) -> None:
        """Answer the worker that has a job; if it has died, that will be reported."""
        for key, post in self._posts.items():
            if post.job is job:
                self._client.run(_tell, self._name, key, stop, workers=[post.address], on_error="ignore")

    def stop(self) -> None:
        """Want none of the tasks any longer."""
        self._client.cancel([post.future for post in self._posts.values()])

    def close(self) -> None:
        """Leave the cluster, or end it if it is our own."""
        with suppress(Exception):  # a scheduler that is gone, or goes meanwhile, cannot be told
            if self._client.status == "running":
                self.stop()
                self._client.unregister_worker_plugin(self._name)
        self._client.close(timeout=LEAVING)
        if self._own is not None:
            with suppress(
                AssertionError
            ):  # of Dask's, while it starts a worker again; that ends with this process
                self._own.close()
