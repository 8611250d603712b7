"""Run the tests that depend on numbers as other processors would run them.

    .venv/bin/python -m tests.kernels                    with every kernel that this processor can run
    .venv/bin/python -m tests.kernels Haswell Prescott   with these
    .venv/bin/python -m tests.kernels --others           with all but the one that `make test` has used

OpenBLAS has a kernel for each family of processors. They add in different orders, so the last bits of their products
differ. OPENBLAS_CORETYPE chooses one. NumPy's own loops differ likewise, and NPY_DISABLE_CPU_FEATURES takes from it
what processors of that family do not have.
"""

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from threadpoolctl import threadpool_info

LEVELS: Final = {"SkylakeX": 4, "Haswell": 3, "Zen": 3, "Nehalem": 2, "Prescott": 2}
"""The level of x86-64 that each kernel needs: 3 has AVX2 and fused multiplication and addition, 4 has AVX-512."""

BEYOND: Final = {"X86_V3": 3, "X86_V4": 4, "AVX512_ICL": 4, "AVX512_SPR": 4}
"""Sets of instructions for which NumPy has loops of their own, and the lowest level that may have them."""

NUMERIC: Final = (
    "tests/core",
    "tests/derivation",
    "tests/homework",
    "tests/reports/results",
    "tests/reports/statistics",
    "tests/reports/conclusions",
    "tests/test_documents.py::test_the_examples_in_a_document_give_what_they_show",
    "tests/test_edge_of_stability.py",
    "tests/test_notebook_replay.py",
)
"""The tests that depend on numbers; how figures and pages are drawn of them does not."""

OTHERS: Final = (
    "tests/homework/test_sandbox.py",
    "tests/homework/test_marking.py::test_each_slip_is_named_from_a_python_file",
)
"""Some of them that depend on none and take long: what a homework may do, and marks that are those of arrays."""


def found() -> list[str]:
    """The sets of instructions that NumPy has found in this processor and has loops for."""
    features: list[str] = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return [feature for feature in features if feature in BEYOND]


def runnable() -> list[str]:
    """The kernels that this processor can run."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return []
    level = max((BEYOND[feature] for feature in found()), default=2)
    return [kernel for kernel, needed in LEVELS.items() if needed <= level]


def environment(kernel: str) -> dict[str, str]:
    """The environment in which a process computes as on a processor of this family."""
    lacking = [feature for feature in found() if BEYOND[feature] > LEVELS[kernel]]
    return {**os.environ, "OPENBLAS_CORETYPE": kernel, "NPY_DISABLE_CPU_FEATURES": " ".join(lacking)}


def name(given: Mapping[str, str]) -> str:
    """What OpenBLAS calls the kernel that it uses in this environment; some kernels go by two names."""
    command = [sys.executable, "-P", __file__, "--name"]
    return subprocess.run(command, env=given, capture_output=True, check=True, text=True).stdout.strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tests with each kernel in turn.

    Returns:
        0 if all tests passed with all kernels, otherwise 1.
    """
    parser = argparse.ArgumentParser(
        prog="python -m tests.kernels", description="Run the numeric tests as other processors would."
    )
    parser.add_argument("kernels", nargs="*", help=f"some of {', '.join(LEVELS)}; all by default")
    parser.add_argument("--others", action="store_true", help="leave out the kernel that is used by default")
    parser.add_argument("--name", action="store_true", help="only print the name of the kernel in use")
    given, for_pytest = parser.parse_known_args(arguments)
    if given.name:
        say(*{library["architecture"] for library in threadpool_info()})
        return 0
    if unknown := set(given.kernels) - set(LEVELS):
        parser.error(f"no kernel is called {', '.join(sorted(unknown))}")
    done = {name(os.environ)} if given.others else set()
    failed = []
    for kernel in given.kernels or LEVELS:
        if kernel not in runnable():
            say(f"{kernel}: this processor cannot run it")
            continue
        variables = environment(kernel)
        if (used := name(variables)) in done:
            say(f"{kernel}: OpenBLAS's {used}, which has run already")
            continue
        done.add(used)
        say(
            f"{kernel}: OpenBLAS's {used}; NumPy without {variables['NPY_DISABLE_CPU_FEATURES'] or 'nothing'}"
        )
        which = ["-m", "not browser and not slow", *NUMERIC, *(f"--deselect={name}" for name in OTHERS)]
        command = [sys.executable, "-P", "-m", "pytest", *which, *for_pytest]
        if subprocess.run(command, env=variables, check=False).returncode:
            failed.append(kernel)
    if failed:
        say(f"Failed with {', '.join(failed)}")
    return int(bool(failed))


def say(*words: str) -> None:
    """Print a line now: what pytest prints comes from another process."""
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
