"""MLflow's server in a process group that ends with whoever started it, however that came to its end.

    python -P -m experiments.store.serving server …

Standard input is a pipe whose other end nobody else holds. When it is closed, on purpose or because its holder has
died, the whole group is killed: the server has a process of its own below it, which waits for readers to leave.
"""

import importlib
import os
import runpy
import signal
import threading


def main() -> None:
    """Run MLflow's command line with this one's arguments."""
    threading.Thread(target=_end_with_starter, daemon=True).start()
    importlib.import_module("experiments.store.mlflow_faults")
    runpy.run_module("mlflow", run_name="__main__", alter_sys=True)


def _end_with_starter() -> None:
    while os.read(0, 1):
        pass
    if os.name == "posix":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    main()
