"""Where an experiment ran: versions, machine, BLAS, threads, revision. It says what to look at when numbers differ."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Final

import numpy as np

PACKAGES: Final = ("numpy", "scipy", "scikit-learn", "optuna", "mlflow", "pandas", "matplotlib")


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
        "blas": f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip(),
        "threads": os.environ.get("OPENBLAS_NUM_THREADS", "as many as processors"),
        **_revision(),
    }


def _processor() -> str:
    """The processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, {len(names)} logical" if names else platform.machine()


def _revision() -> dict[str, str]:
    """The checkout's git revision and whether anything in it was changed; unknown outside a checkout."""

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
