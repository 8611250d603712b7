"""Writes the results of the benchmarks as Markdown."""

import os
import platform
import shlex
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from threadpoolctl import threadpool_info

from benchmarks.goals import GOALS, Finding
from benchmarks.measure import Measured
from benchmarks.rounds import three_digits
from experiments.wording import count, markdown_table

PACKAGES: Final = ("numpy", "scipy", "torch", "jax", "scikit-learn")
ALONE: Final = 1.1
"""If processor time divided by elapsed time exceeds this, more than one thread was working."""


def body(measured: Sequence[Measured], others: Sequence[Finding]) -> str:
    """The machine, the tables, and last which goals are missed."""
    lines = [*where(PACKAGES, "bench-steps"), ""]
    for dtype in dict.fromkeys(one.dtype for one in measured):
        these = [one for one in measured if one.dtype == dtype]
        names = list(dict.fromkeys(name for one in these for name in one.microseconds))
        lines += [f"### Microseconds per step of one network, {dtype}", ""]
        lines += markdown_table(
            ["layers, batch", *names],
            [
                [str(one.work), *(three_digits(one.microseconds[name].middle) for name in names)]
                for one in these
            ],
        )
        goals = [goal for goal in GOALS if any(goal in one.findings for one in these)]
        lines += ["", f"### Time ratios, {dtype}", ""]
        lines += markdown_table(
            ["layers, batch", *map(str, goals)],
            [[str(one.work), *(_cell(one.findings.get(goal)) for goal in goals)] for one in these],
        )
        lines += [""]
    if others:
        lines += ["### Measuring, processes and memory", ""]
        lines += markdown_table(["measure", "found; goal"], [[one.what, str(one)] for one in others])
        lines += [""]
    return "\n".join([*lines, *_verdict(measured, others), ""])


def write_between_marks(path: Path, text: str, mark: str = "benchmarks") -> None:
    """Put `text` between the two marks of this name in a document, in place of what stands there.

    Raises:
        SystemExit: if the document does not have both marks, once each and in order.
    """
    begins, ends = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    document = path.read_text(encoding="utf-8")
    before, begin, rest = document.partition(begins)
    _, end, after = rest.partition(ends)
    if not begin or not end:
        raise SystemExit(f"{path} has no place for the tables: it lacks {begins} … {ends}")
    path.write_text(f"{before}{begins}\n{text}{ends}{after}", encoding="utf-8")


def where(packages: Sequence[str], target: str) -> Iterable[str]:
    """Machine, versions of these packages, and the command: a target of `make`."""
    yield f"- Machine: {processor()}; {platform.system()}, {platform.machine()}"
    found = [f"Python {platform.python_version()}"]
    for package in packages:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"no {package}")
    yield f"- Versions: {', '.join(found)}"
    pools = {
        f"{pool['internal_api']} {pool['version'] or ''}".strip()
        + f" ({pool['prefix']}, {count(pool['num_threads'], 'thread')})"
        for pool in threadpool_info()
    }
    yield f"- Linear algebra: {', '.join(sorted(pools))}"
    arguments = shlex.join(sys.argv[1:])
    yield f"- Command: `make {target}{f' ARGS={shlex.quote(arguments)}' if arguments else ''}`"
    yield "- Figures: medians of the rounds; those of ratios with [lowest, highest]"


def processor() -> str:
    """The processor's name where the system tells it, and how many there are."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return f"{os.cpu_count()} × {names[0] if names else platform.processor() or 'unknown processor'}"


def _cell(value: object | None) -> str:
    return "not measured" if value is None else str(value)


def _verdict(measured: Sequence[Measured], others: Sequence[Finding]) -> Iterable[str]:
    """How many goals were met, which were missed or not measured, and which contenders used more than one thread."""
    yield from verdict([*(finding for one in measured for finding in one.findings.values()), *others])
    for goal in GOALS:
        if measured and not any(goal in one.findings for one in measured):
            yield f"- Not measured because a peer is not installed: {goal}"
    for one in measured:
        for name, threads in one.threads.items():
            if threads > ALONE:
                yield f"- More than one thread: {name} used {threads:.2f} processors at {one.work}, {one.dtype}"


def verdict(findings: Sequence[Finding]) -> Iterable[str]:
    """How many goals were met, and each that was missed."""
    judged = [finding for finding in findings if finding.bound is not None]
    missed = [finding for finding in judged if finding.missed]
    met = f"All {len(judged)} goals met" if judged else "No goals are set for these"
    yield f"### {len(missed)} of {len(judged)} goals missed" if missed else f"### {met}"
    yield ""
    for finding in missed:
        yield f"- **Missed**: {finding.what}: {str(finding).removesuffix(' **missed**')}"
