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
from pathlib import Path  # noqa: E402 # likewise
from typing import TYPE_CHECKING, Any  # noqa: E402 # likewise

if TYPE_CHECKING:
    from experiments.records import StudyRecord


def study(
    file: Path | str | Mapping[str, Any],
    data: Any = None,
    *,
    home: Path | str = "output",
    tracking_uri: str | None = None,
    **options: Any,
) -> "StudyRecord":
    """Run a study, or resume it where it stopped, write its report, and give what was recorded.

    Args:
        file: the study file, or its tables and keys.
        data: what `experiments.datasets.from_python` takes, with `source = "python"`; None to load the source.
        home: the output folder.
        tracking_uri: of an MLflow server; by default a store in the output folder.
        options: those of the command, such as `workers="2"`, `trials=12`, `quiet=True`; see `run_study`.

    Raises:
        UserError: for what the user has to correct; nothing was written.
        Fault: if something broke; the same call goes on.
        KeyboardInterrupt: if it was interrupted; the same call goes on.
    """
    from chainrule.commands.study import run_study

    chosen = file if isinstance(file, Mapping) else Path(file)
    try:
        name = run_study(chosen, data=data, home=Path(home), tracking_uri=tracking_uri, **options)
    except SystemExit as reason:  # as the command ends when it is interrupted
        raise KeyboardInterrupt from reason
    from experiments.store.mlflow_store import Store

    return Store.open(Path(home), tracking_uri).load_study(name)
