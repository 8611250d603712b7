"""Makes sure that only one host at a time runs a study in a shared storage.

A host that wants to run the study creates a ticket: a trial in the study `NAME/lease` of the same storage, so any
Optuna storage works. Trials are numbered in the order of creation, and a finished trial cannot be changed, so all
hosts agree that the unfinished ticket with the lowest number holds the lease. The holder increases a number on its
ticket at regular intervals (a beat). If another host sees that number stand still for too long by its own clock, it
finishes the ticket, and the owner notices that at its next beat. Clocks of different hosts are never compared.
"""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Final

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, TrialState

from experiments.mistakes import Fault, UserError
from experiments.system.files import runs
from studies.running.storage import faults_told

BEAT: Final = 2.0
"""Seconds between two beats."""

GRACE: Final = 15.0
"""Seconds without a beat after which a ticket counts as abandoned."""

LOOK: Final = 0.2
"""Seconds between two looks at another's ticket."""


@contextmanager
def leased(
    storage: BaseStorage, name: str, say: Callable[[str], None] = lambda _text: None
) -> Iterator[Callable[[], None]]:
    """Hold a study in its storage.

    Args:
        storage: where the study is; any of Optuna's that numbers trials for all its users.
        name: of the study.
        say: is told what is waited for.

    Yields:
        A function that raises a `Fault` if another host has taken over the study.

    Raises:
        UserError: if it is being run elsewhere; it names the host.
    """
    holder = {"host": socket.gethostname(), "machine": _machine(), "process": os.getpid(), "beat": 0}
    with faults_told():
        optuna.create_study(storage=storage, study_name=f"{name}/lease", load_if_exists=True)
        study = storage.get_study_id_from_name(f"{name}/lease")
        ticket = storage.create_new_trial(
            study, template_trial=optuna.trial.create_trial(state=TrialState.RUNNING, user_attrs=holder)
        )
    lost, over = Event(), Event()
    beating = Thread(target=_beat, args=(storage, ticket, lost, over), daemon=True)
    beating.start()

    def check() -> None:
        if lost.is_set():
            raise Fault(
                f'the study "{name}" has been taken over by another host, since this one was not heard of',
                "Nothing is lost. Leave it to the other, or stop that one and give the same command again.",
            )

    try:
        with faults_told():
            _wait_for_turn(storage, study, ticket, name, say)
        yield check
    finally:
        over.set()
        beating.join()
        # a storage that is gone cannot be told; the ticket is then abandoned, as after kill -9
        with suppress(Exception):
            _finish(storage, ticket)


def gone(storage: BaseStorage, name: str) -> list[str]:
    """Those that hold a study in its storage, or wait for it, and are gone from this machine; nothing is written."""
    try:
        study = storage.get_study_id_from_name(f"{name}/lease")
    except KeyError:
        return []
    tickets = storage.get_all_trials(study, deepcopy=False, states=(TrialState.RUNNING,))
    held = (ticket.user_attrs for ticket in tickets)
    return [
        f"process {one['process']} of {one['host']}"
        for one in held
        if one["machine"] == _machine() and not runs(int(one["process"]))
    ]


def _beat(storage: BaseStorage, ticket: int, lost: Event, over: Event) -> None:
    """Keep a ticket alive until it is over, or lost."""
    beaten, number = monotonic(), 0
    while not over.wait(BEAT):
        number += 1
        try:
            storage.set_trial_user_attr(ticket, "beat", number)
            beaten = monotonic()
        except UpdateFinishedTrialError:
            lost.set()
        except Exception:  # the storage does not answer, so nobody else can get in either
            if monotonic() - beaten > GRACE:
                lost.set()
    storage.remove_session()


def _wait_for_turn(
    storage: BaseStorage, study: int, ticket: int, name: str, say: Callable[[str], None]
) -> None:
    """Wait until no earlier ticket is left, or another process is seen to hold one."""
    mine = storage.get_trial(ticket).number
    for other in storage.get_all_trials(study, deepcopy=False, states=(TrialState.RUNNING,)):
        if other.number < mine and not _abandoned(storage, other, say):
            raise UserError(
                f'the study "{name}" is being run on {other.user_attrs["host"]} '
                f"(process {other.user_attrs['process']})",
                advice="One host runs a study; more of them train for it with --engine dask.",
            )


def _abandoned(storage: BaseStorage, ticket: FrozenTrial, say: Callable[[str], None]) -> bool:
    """Whether a ticket has been abandoned; if so, it is finished."""
    known_as: int = ticket._trial_id  # noqa: SLF001 # nothing public gives it
    holder = ticket.user_attrs
    if holder["machine"] != _machine() or runs(holder["process"]):  # by another it is not beaten
        say(f"Waiting to see whether {holder['host']} still runs this study, at most {GRACE:g} s.")
        until = monotonic() + GRACE
        while monotonic() < until:
            Event().wait(LOOK)
            now = storage.get_trial(known_as)
            if now.state.is_finished():
                return True
            if now.user_attrs["beat"] != holder["beat"]:
                return False
    _finish(storage, known_as)
    return True


def _finish(storage: BaseStorage, ticket: int) -> None:
    with suppress(UpdateFinishedTrialError):
        storage.set_trial_state_values(ticket, TrialState.FAIL)


def _machine() -> str:
    """What tells this machine, since it was started, and this container from others that number their processes."""
    boot, numbers = Path("/proc/sys/kernel/random/boot_id"), Path("/proc/self/ns/pid")
    there = f"{boot.read_text().strip()} {numbers.readlink()}" if boot.exists() and numbers.exists() else ""
    return f"{socket.gethostname()} {there}"
