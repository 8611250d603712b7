"""A small study to change, and the storages that every law about storing must hold on."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from optuna.storages import BaseStorage

from studies.running.storage import open_database, open_journal


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
