"""A small study to change, and the storages that every law about storing must hold on."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from optuna.storages import BaseStorage, RDBStorage

from studies.file.study_file import from_content
from studies.running.plan import Plan, plan
from studies.running.storage import open_database, open_journal

CONTENT = {
    "study": {"name": "bowl", "trials": 12, "seeds": 2, "confirm_seeds": 3},
    "data": {"source": "digits"},
    "training": {"epochs": 9},
    "search": {
        "scientific": {"cost": ["quadratic", "cross_entropy"]},
        "nuisance": {
            "learning_rate": {"low": 0.01, "high": 100.0, "log": True},
            "initialisation": ["normal", "glorot"],
        },
    },
    "sampler": {"name": "random", "seed": 3},
    "pruner": {"name": "none"},
}

DATA = {
    "name": "digits",
    "kind": "classification",
    "source": "scikit-learn",
    "fingerprint": "0123456789abcdef",
    "examples": {"train": 1077, "validation": 360, "test": 360},
    "inputs": 64,
    "features": [],
    "classes": list("0123456789"),
    "chance_error": 0.9,
    "image_shape": [8, 8],
    "split_seed": 0,
}


@pytest.fixture
def content() -> Callable[..., dict[str, Any]]:
    """A study file's tables with some keys changed: `content(study={"trials": 3})`."""

    def change(**changes: Any) -> dict[str, Any]:
        tables = deepcopy(CONTENT)
        for table, values in changes.items():
            tables[table] = {**tables.get(table, {}), **values}
        return tables

    return change


@pytest.fixture
def make_plan(content: Callable[..., dict[str, Any]]) -> Callable[..., Plan]:
    """The plan of a study file, changed likewise."""

    def make(**changes: Any) -> Plan:
        return plan(from_content(content(**changes), "bowl.toml"), DATA)

    return make


@contextmanager
def proxied(storage: Any) -> Iterator[str]:
    """Optuna's proxy of a database, on a free port of this machine; gives its URL."""
    import grpc
    from optuna.storages._grpc import (
        servicer,
    )  # what Optuna's own server, which cannot be stopped, is made of
    from optuna.storages._grpc.auto_generated import api_pb2_grpc

    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    api_pb2_grpc.add_StorageServiceServicer_to_server(servicer.OptunaStorageProxyService(storage), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"grpc://127.0.0.1:{port}"
    server.stop(None).wait()


@pytest.fixture(autouse=True)
def databases_are_closed() -> Iterator[None]:
    """Whatever a test opens in a database ends with it: Python 3.13 warns of a connection that is not closed."""
    opened: list[RDBStorage] = []

    class Closed(RDBStorage):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            opened.append(self)

    with pytest.MonkeyPatch.context() as patch:  # of its own, since a test may undo what it has patched
        patch.setattr("studies.running.storage.RDBStorage", Closed)
        yield
    for storage in opened:
        storage.remove_session()
        storage.engine.dispose()


@pytest.fixture(params=["journal", "sqlite", "postgresql", "grpc"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], BaseStorage]]:
    """Opens the same storage anew, as another process would."""
    if request.param == "journal":
        yield lambda: open_journal(tmp_path)
        return
    postgresql = request.param == "postgresql"
    url = request.getfixturevalue("postgresql")() if postgresql else f"sqlite:///{tmp_path / 'optuna.db'}"
    if request.param == "grpc":
        with proxied(open_database(url)) as url:
            proxies: list[Any] = []
            yield lambda: proxies.append(open_database(url)) or proxies[-1]
            for proxy in proxies:
                proxy.close()
        return
    yield lambda: open_database(url)


@pytest.fixture
def journal(tmp_path: Path) -> Callable[[], BaseStorage]:
    """Opens the embedded storage anew."""
    return lambda: open_journal(tmp_path)
