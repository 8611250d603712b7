"""The front door: the command line, which joins the rooms."""

import os

# One BLAS thread a process, said before NumPy is first imported: processes, not threads, use the cores, and float32
# results depend on the number of threads.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
