"""Optuna's dashboard on the studies of a home folder, on this machine only, and only to be read.

    python -P -m studies.dashboard.served_pages HOME PORT

It ends when standard input, a pipe, is closed. The URL of a database, which may hold a password, stands in the
environment.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from socketserver import ThreadingMixIn
from time import monotonic
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from optuna_dashboard import wsgi

from experiments.mistakes import Fault, UserError
from experiments.system.child import end_with_starter
from studies.dashboard.union import Union, of_home

OLDEST: Final = 1.0
"""Seconds for which what was read is good enough."""

Answer = Callable[[str, list[tuple[str, str]]], Any]


class Pages:
    """The dashboard; what is asked of it is answered from the studies as they are now, and nothing is changed."""

    def __init__(self, union: Union, port: int) -> None:
        """Make the pages for a server at a port of this machine."""
        self._union, self._pages = union, wsgi(union)
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._read = monotonic()

    def __call__(self, asked: dict[str, Any], answer: Answer) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        if asked.get("HTTP_HOST") not in self._hosts:  # a page of another site, whose name leads here
            return _refused(answer, "This is not the address of these pages")
        if asked["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _refused(answer, "These pages only show the study's trials; nothing is changed here")
        path = asked.get("PATH_INFO", "")
        if path in ("", "/"):
            answer("302 Found", [("Location", f"/dashboard/studies/{first(self._union)}")])
            return [b""]
        if path.startswith("/api/") and monotonic() - self._read > OLDEST:
            self._read = monotonic()
            self._union.refresh()
        found: Iterable[bytes] = self._pages(asked, answer)
        return found


def first(union: Union) -> int:
    """The page of the study that was trained last."""
    return union.get_study_id_from_name(union.names[0])


def _refused(answer: Answer, reason: str) -> list[bytes]:
    answer("403 Forbidden", [("Content-Type", "application/json")])
    return [json.dumps({"reason": reason}).encode()]


class _Server(ThreadingMixIn, WSGIServer):
    """A browser asks for several things at a time."""

    daemon_threads = True
    allow_reuse_address = True


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # its name there
        """Nothing: each page asks again every few seconds."""


def main() -> None:
    """Serve the pages until the process that started this is gone."""
    end_with_starter()
    home, port = Path(sys.argv[1]), int(sys.argv[2])
    try:
        pages = Pages(of_home(home, os.environ.get("CHAINRULE_OPTUNA_STORAGE")), port)
        server = make_server("127.0.0.1", port, pages, _Server, _Silent)
    except (Fault, UserError, OSError) as reason:
        sys.exit(str(reason))
    sys.stdout.write(f"running on http://127.0.0.1:{port} \n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
