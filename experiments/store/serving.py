"""MLflow's server in a process group that ends with the process that started it, however that one ends.

    python -P -m experiments.store.serving server …

Standard input is a pipe whose other end no other process holds. When it is closed, on purpose or because its holder has
died, the whole group is killed: the server has a process of its own below it, which waits for readers to leave.
"""

import importlib
import runpy

from experiments.system.child import end_with_starter


def main() -> None:
    """Run MLflow's command line with this one's arguments."""
    end_with_starter()
    importlib.import_module("experiments.store.mlflow_faults")
    runpy.run_module("mlflow", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
