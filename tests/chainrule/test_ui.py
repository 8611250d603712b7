"""Serving MLflow's pages: what can be known without serving them."""

import socket

import pytest

from chainrule.commands import ui as module
from tests.chainrule.conftest import Run


@pytest.mark.parametrize("port", ["0", "-1", "99999", "http", "5000.5"])
def test_a_port_that_is_none_is_refused(port: str, run: Run) -> None:
    said = run("ui", f"--port={port}")
    assert (said.status, said.out) == (2, "")
    assert len(said.mistakes) == 1
    assert said.mistakes[0].startswith("error: --port: a ")


def test_records_on_a_server_are_served_already_and_its_password_is_not_printed(run: Run) -> None:
    said = run("ui", "--tracking-uri", "https://user:geheim@example.org/mlflow")
    assert said.status == 0
    assert "example.org/mlflow" in said.out
    assert "geheim" not in said.out + said.err


def test_a_port_that_is_taken_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setattr(module, "PORT", taken.getsockname()[1])
        chosen = module._free_port()
        assert chosen != taken.getsockname()[1]
    with socket.socket() as free:
        free.bind(("127.0.0.1", chosen))


def test_the_first_port_is_chosen_if_it_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    monkeypatch.setattr(module, "PORT", free)
    assert module._free_port() == free
