"""Optuna's dashboard as it is served: to this machine only, and to be read only."""

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("optuna_dashboard", reason="the extra dashboard is not installed")

from optuna.storages import InMemoryStorage

from studies.dashboard import served_pages
from studies.dashboard.served_pages import Pages
from studies.dashboard.union import Union
from studies.running.storage import read_journal
from tests.experiments.conftest import bytes_in
from tests.studies.dashboard.test_union import train, trained


def ask(pages: Pages, path: str, method: str = "GET", host: str = "127.0.0.1:8080") -> tuple[str, Any]:
    """The status of an answer, and what it says: JSON, or where it leads."""
    said: list[tuple[str, list[tuple[str, str]]]] = []
    asked = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "HTTP_HOST": host,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "wsgi.url_scheme": "http",
    }
    body = b"".join(pages(asked, lambda status, headers, *_more: said.append((status, headers))))
    status, headers = said[0]
    return status, json.loads(body) if body.startswith((b"{", b"[")) else dict(headers).get("Location", body)


def pages_of(*folders: Path) -> Pages:
    sources = [read_journal(folder) for folder in folders]
    return Pages(Union(lambda: sources), 8080)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    trained(tmp_path)
    return tmp_path


def test_the_first_page_is_that_of_all_trials(folder: Path) -> None:
    pages = pages_of(folder)
    assert ask(pages, "/") == ("302 Found", "/dashboard/studies/4")
    status, found = ask(pages, "/api/studies/4")
    assert status.startswith("200")
    assert (found["name"], found["objective_names"], len(found["trials"])) == (
        "bowl",
        ["validation error"],
        12,
    )
    assert found["has_intermediate_values"]
    assert {one["name"] for one in found["union_search_space"]} == {
        "cost", "widths", "learning_rate", "batch_size"
    }  # fmt: skip


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_is_changed(folder: Path, method: str) -> None:
    pages, before = pages_of(folder), bytes_in(folder)
    status, said = ask(pages, "/api/studies/0", method)
    assert status == "403 Forbidden"
    assert "nothing is changed here" in said["reason"]
    assert len(ask(pages, "/api/studies")[1]["study_summaries"]) == 5
    assert bytes_in(folder) == before


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1:80"])
def test_a_page_of_another_site_gets_no_answer(folder: Path, host: str) -> None:
    pages = pages_of(folder)
    assert ask(pages, "/api/studies", host=host)[0] == "403 Forbidden"
    assert ask(pages, "/api/studies", host="localhost:8080")[0].startswith("200")


def test_trials_that_end_meanwhile_appear(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(served_pages, "monotonic", lambda: float(next(clock)))
    lanes = trained(folder / "more", study={"trials": 24, "name": "more"})
    pages = pages_of(folder, folder / "more")
    assert [one["study_name"] for one in ask(pages, "/api/studies")[1]["study_summaries"]][-1] == "more"
    train(lanes[1], 2)
    assert len(ask(pages, "/api/studies/7")[1]["trials"]) == 5


def test_a_storage_without_lanes_has_no_pages() -> None:
    assert Union(lambda: [InMemoryStorage()]).names == []
