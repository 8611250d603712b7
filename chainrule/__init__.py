"""The front door: the command line, and studies from Python. It uses all other packages."""

import os
import sys

if sys.argv[:1] == ["-m"] and not sys.flags.safe_path:  # python -m chainrule
    # Python puts the working folder first, and a file there could hide a module; it is removed or put last.
    sys.path[:] = [*sys.path[1:], __path__[0].rpartition(os.sep)[0]]

# One BLAS thread a process, said before NumPy is first imported: processes, not threads, use the cores, and float32
# results depend on the number of threads.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from collections.abc import Mapping  # noqa: E402 # the working folder could hide these, too
from importlib import import_module  # noqa: E402 # likewise
from pathlib import Path  # noqa: E402 # likewise
from typing import TYPE_CHECKING, Any  # noqa: E402 # likewise

if TYPE_CHECKING:  # what is imported when it is asked for, so that `import chainrule` costs next to nothing
    from chainrule.python_study import Study
    from estimators import NetworkClassifier, NetworkRegressor
    from experiments.mistakes import Fault, UserError

__all__ = ["Fault", "NetworkClassifier", "NetworkRegressor", "Study", "UserError", "load", "study"]

_LATER = {
    "Fault": "experiments.mistakes",
    "NetworkClassifier": "estimators",
    "NetworkRegressor": "estimators",
    "Study": "chainrule.python_study",
    "UserError": "experiments.mistakes",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


def study(
    file: Path | str | Mapping[str, Any],
    data: Any = None,
    *,
    name: str | None = None,
    trials: int | None = None,
    seeds: int | None = None,
    first_seeds: int | None = None,
    workers: int | str = "auto",
    engine: str = "local",
    time_budget: float | None = None,
    accept_change: bool = False,
    system_metrics: bool = False,
    home: Path | str | None = None,
    tracking_uri: str | None = None,
    storage: str | None = None,
    quiet: bool = False,
) -> "Study":
    """Run a study, or resume it where it stopped, and return its records.

    Args:
        file: the study file, or its tables and keys. Under `python` of its table `trainer` there may be a function.
        data: (x, y), or (x_train, y_train, x_test, y_test); a data frame, whose target the study names, or (frame,
            target); or a source as a study file names it. The study says `source = "python"`, or no source. None for
            the source that the study names.
        name: another name for the study.
        trials: total number of trials.
        seeds: seeds of each trial.
        first_seeds: seeds that each trial starts with; only trials that may still be the best get the rest.
        workers: number of processes that train in parallel; "auto" for one per processor.
        engine: where to train: "local", "dask", or the address of a Dask scheduler.
        time_budget: stop after this many seconds; the same call continues.
        accept_change: continue a study whose trials were trained with other code or packages.
        system_metrics: let MLflow measure the machine while the study runs.
        home: the folder for all records; CHAINRULE_HOME or `output` by default.
        tracking_uri: where MLflow keeps the records; MLFLOW_TRACKING_URI or a file in the home folder by default.
        storage: the database of Optuna's trials; a journal in the home folder by default.
        quiet: show no progress.

    Raises:
        UserError: for what the user has to correct; nothing was written.
        Fault: if something broke; the same call continues.
        KeyboardInterrupt: if it was interrupted; the same call continues.
    """
    given = dict(locals())
    from chainrule.python_study import run

    return run(**given | {"workers": str(workers)})


def load(name: str, *, home: Path | str | None = None, tracking_uri: str | None = None) -> "Study":
    """Read a recorded study, even while it runs.

    Args:
        name: the study's name.
        home: the folder for all records; CHAINRULE_HOME or `output` by default.
        tracking_uri: where MLflow keeps the records; MLFLOW_TRACKING_URI or a file in the home folder by default.

    Raises:
        UserError: if there is no such study; it names the nearest.
        Fault: if the records cannot be read.
    """
    from chainrule import python_study

    return python_study.load(name, home=home, tracking_uri=tracking_uri)
