"""python -m benchmarks.studies: see `benchmarks.studies.command`.

Every worker of a study reads this file again when it starts, so it reads nothing until it is run.
"""

import os

if __name__ == "__main__":
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # read with NumPy, here and in every process that is started

    from benchmarks.studies.command import main

    main()
