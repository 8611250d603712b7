"""The signals by which a user, a machine that is shut down, or a terminal that is closed asks a process to stop."""

import signal
from typing import Final

STOPPING: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
