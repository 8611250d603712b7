"""Who runs a study in a storage that several hosts can reach."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from optuna.storages import BaseStorage
from optuna.trial import TrialState

from experiments.mistakes import Fault, UserError
from studies.running import lease
from studies.running.lease import leased

Reopen = Callable[[], BaseStorage]

pytestmark = pytest.mark.parametrize("reopen", ["sqlite", "postgresql", "grpc"], indirect=True)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for seconds waits for moments."""
    monkeypatch.setattr(lease, "BEAT", 0.02)
    monkeypatch.setattr(lease, "LOOK", 0.01)
    monkeypatch.setattr(lease, "GRACE", 20.0)


def states(storage: BaseStorage) -> list[str]:
    study = storage.get_study_id_from_name("bowl/lease")
    return [ticket.state.name for ticket in storage.get_all_trials(study)]


def test_a_study_that_is_being_run_is_refused_and_whoever_runs_it_is_named(reopen: Reopen) -> None:
    said: list[str] = []
    with leased(reopen(), "bowl") as check:
        with pytest.raises(UserError) as refused, leased(reopen(), "bowl", said.append):
            pytest.fail("two hold it")
        assert f'"bowl" is being run on {socket.gethostname()} (process {os.getpid()})' in str(refused.value)
        assert len(said) == 1
        with leased(reopen(), "another"):
            check()
    with leased(reopen(), "bowl"):
        assert states(reopen()) == ["FAIL", "FAIL", "RUNNING"]


def test_what_a_killed_process_of_this_machine_left_is_taken_over_at_once(
    reopen: Reopen, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    killed.kill()
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)  # dead, and its parent has not asked for it
    said: list[str] = []
    left_by(killed.pid, reopen(), monkeypatch)
    with leased(reopen(), "bowl", said.append):
        assert states(reopen()) == ["FAIL", "RUNNING"]
    killed.communicate()
    left_by(killed.pid, reopen(), monkeypatch)
    with leased(reopen(), "bowl", said.append):
        assert states(reopen()) == ["FAIL", "FAIL", "FAIL", "RUNNING"]
    assert not said


def left_by(process: int, storage: BaseStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ticket whose owner was killed."""
    monkeypatch.setattr(lease, "_finish", lambda *_: None)
    monkeypatch.setattr(lease.os, "getpid", lambda: process)
    with leased(storage, "bowl"):
        pass
    monkeypatch.undo()
    assert states(storage)[-1] == "RUNNING"


def test_a_host_that_is_not_heard_of_loses_the_study_and_learns_of_it(
    reopen: Reopen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease, "GRACE", 0.3)
    silent, storage = Event(), reopen()
    beat = storage.set_trial_user_attr

    def cut_off(*what: object) -> None:
        silent.wait()
        beat(*what)  # type: ignore[arg-type]

    monkeypatch.setattr(storage, "set_trial_user_attr", cut_off)

    def until_it_is_known(check: Callable[[], None]) -> None:
        for _ in range(1000):
            Event().wait(0.01)
            check()

    with leased(storage, "bowl") as check, leased(reopen(), "bowl") as of_the_other:
        check()
        silent.set()
        with pytest.raises(Fault, match='the study "bowl" has been taken over by another host'):
            until_it_is_known(check)
        of_the_other()
    assert states(reopen()) == ["FAIL", "FAIL"]


def test_of_many_who_come_at_once_no_two_hold_it(reopen: Reopen) -> None:
    hosts = 4
    ready, done = Barrier(hosts), Barrier(hosts)
    storages = [reopen() for _ in range(hosts)]

    def come(storage: BaseStorage) -> bool:
        ready.wait()
        try:
            with leased(storage, "bowl"):
                done.wait()  # nobody leaves before everybody has tried
                return True
        except UserError:
            done.wait()
            return False
        finally:
            storage.remove_session()

    with ThreadPoolExecutor(hosts) as pool:
        assert sum(pool.map(come, storages)) == 1
    assert set(states(reopen())) == {TrialState.FAIL.name}
