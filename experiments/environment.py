"""Describes where an experiment ran: versions, machine, BLAS, threads, revision. It helps to explain different numbers.

`deciding` gives only what decides the numbers on a given machine: a study that continued with other code or packages
would mix the numbers of both.
"""

import ast
import os
import platform
import subprocess
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

import core

PACKAGES: Final = ("numpy", "scipy", "scikit-learn", "optuna", "mlflow", "pandas", "matplotlib")


COMPUTING: Final = ("numpy", "scipy", "scikit-learn", "optuna")
"""Packages that influence numbers: those of training, of the data split, and of the points that are tried."""

MODULES: Final = (
    "datasets",
    "preparing/encoding",
    "preparing/population",
    "preparing/preparation",
    "preparing/random_parts",
    "preparing/splits",
    "task",
    "experiment",
    "recording/objectives",
    "outcome/objective_metric",
    "own_trainer",
)
"""Modules and folders in `experiments` whose code influences numbers, as all of `core` does."""


STATEMENTS: Final = ("body", "orelse", "finalbody", "handlers", "cases")
"""Where a statement has others in it."""


@cache
def deciding() -> dict[str, str]:
    """Everything besides settings and processor that decides numbers: a hash of the code, and package versions."""
    here = Path(__file__).parent
    ours = (path for name in MODULES for path in [*here.glob(f"{name}.py"), *here.glob(f"{name}/*.py")])
    code = code_hash([*Path(core.__file__).parent.rglob("*.py"), *ours])
    return {"code": code, **{package: version(package) for package in COMPUTING}}


def code_hash(paths: Iterable[Path]) -> str:
    """A hash of the modules' code without comments, docstrings, formatting and location."""
    return sha256("".join(sorted(meaning(path.read_bytes()) for path in paths)).encode()).hexdigest()[:12]


def meaning(source: bytes | str) -> str:
    """A hash of one module's code, likewise."""
    tree = ast.parse(source)
    _strip(tree)
    return sha256(ast.dump(tree).encode()).hexdigest()


def _strip(node: ast.AST) -> None:
    """Remove docstrings from a statement and those in it; not `ast.walk`, which visits every expression, too."""
    for name in STATEMENTS:
        within = getattr(node, name, None)
        if isinstance(within, list):
            if name == "body":
                within[:] = [
                    each
                    for each in within
                    if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
                ]
            for each in within:
                _strip(each)


def describe() -> dict[str, str]:
    """The environment by name, each value one line of text."""
    build = np.show_config(mode="dicts")
    blas = build["Build Dependencies"]["blas"] if isinstance(build, dict) else {}
    return {
        "chainrule": version("chainrule"),
        "python": platform.python_version(),
        **{package.replace("-", "_"): version(package) for package in PACKAGES},
        "machine": platform.platform(),
        "processor": _processor(),
        "code": deciding()["code"],
        "instructions": instructions(),
        "blas": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip(),
        "threads": os.environ.get("OPENBLAS_NUM_THREADS", "as many as processors"),
        **_revision(),
    }


def instructions() -> str:
    """The widest instruction set that NumPy uses on this processor; others may differ in the last bits."""
    build = np.show_config(mode="dicts")
    found = build.get("SIMD Extensions", {}) if isinstance(build, dict) else {}
    return next(iter([*found.get("baseline", []), *found.get("found", [])][::-1]), "unknown")


def _processor() -> str:
    """The processor's name, if the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} logical" if names else platform.machine()


def _revision() -> dict[str, str]:
    """The checkout's git revision and whether files were changed; unknown outside a checkout."""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(Path(__file__).parent), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        return {
            "git_revision": git("rev-parse", "HEAD"),
            "git_tree": "changed" if git("status", "--porcelain") else "clean",
        }
    except (OSError, subprocess.SubprocessError):
        return {"git_revision": "unknown", "git_tree": "unknown"}
