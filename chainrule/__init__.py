"""The command line, which uses all other packages."""

import os
import sys

if sys.argv[:1] == ["-m"] and not sys.flags.safe_path:  # python -m chainrule
    # Python puts the working folder first, and a file there could hide a module; it is removed or put last.
    sys.path[:] = [*sys.path[1:], __path__[0].rpartition(os.sep)[0]]

# One BLAS thread a process, said before NumPy is first imported: processes, not threads, use the cores, and float32
# results depend on the number of threads.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
