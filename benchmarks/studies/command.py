"""python -m benchmarks.studies: measure whole studies, and write the results to output/benchmarks-studies.md."""

import argparse
import sys
import warnings
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Final

import optuna

from benchmarks.goals import FIRST_TRIAL_SECONDS, FLAT, HEADLINE_SECONDS, OWN_MILLISECONDS, Finding
from benchmarks.results_document import verdict, where, write_between_marks
from benchmarks.rounds import Spread, three_digits
from benchmarks.studies import growth, peers
from benchmarks.studies.by_part import by_part, training_of
from benchmarks.studies.headline import headline
from benchmarks.studies.overhead import Overhead, overhead
from benchmarks.studies.recording_cost import in_mlflow, recording_of
from experiments.wording import markdown_table

PARTS: Final = ("peers", "training", "recording", "mlflow", "overhead", "growth", "headline")
TRAINED: Final = 12
"""Trials of each combination whose training is timed by part: enough for two populations."""
PACKAGES: Final = ("numpy", "optuna", "mlflow", "sqlalchemy", "scikit-learn")

Part = tuple[list[str], list[Finding]]
"""Lines of Markdown, and what is judged."""


def main() -> None:
    """Measure what the command line asks for."""
    wanted = _arguments()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore")  # of MLflow and SQLAlchemy among themselves
    lines = [*where(PACKAGES, "bench-studies"), ""]
    findings: list[Finding] = []
    for part in wanted.part:
        print(f"… {part}", file=sys.stderr, flush=True)
        shown, judged = MEASURES[part](wanted)
        found = [f"{one.what}: {one}" for one in judged]
        print("\n".join([*shown, *found]), file=sys.stderr, flush=True)  # should a later part fail
        lines += [*shown, ""]
        findings += judged
    if findings:
        lines += markdown_table(["measure", "found; goal"], [[one.what, str(one)] for one in findings])
    text = "\n".join([*lines, "", *verdict(findings), ""])
    output = Path("output")
    output.mkdir(exist_ok=True)
    (output / "benchmarks-studies.md").write_text(f"# Benchmarks of studies\n\n{text}", encoding="utf-8")
    if wanted.write:
        write_between_marks(wanted.write, text, "studies")
    print(text, end="")


def _peers(wanted: argparse.Namespace) -> Part:
    if not wanted.peers.exists():
        return ["- Not measured: the peers are not installed"], []
    found = peers.peers_of(wanted.peers, wanted.rounds)
    return ["### Trials per second", "", *_named(found.rates, "trials a second")], found.findings


def _training(_wanted: argparse.Namespace) -> Part:
    parts = asdict(training_of(peers.FILE, TRAINED))
    whole = sum(parts.values())
    title = "### Processor time of the training of a trial of the peers' study, by part"
    rows = [[name, three_digits(1000 * took), f"{took / whole:.0%}"] for name, took in parts.items()]
    return [title, "", *markdown_table(["part", "milliseconds", "share"], rows)], []


def _recording(wanted: argparse.Namespace) -> Part:
    found = recording_of(wanted.rounds)
    return [
        f"### Seconds of the default study, {found.trials} trials",
        "",
        *_named(found.seconds, "seconds"),
    ], found.findings


def _mlflow(wanted: argparse.Namespace) -> Part:
    found = in_mlflow(wanted.rounds)
    return [
        "### Processor time of MLflow a run, and its bytes in the database",
        "",
        *markdown_table(
            ["", "milliseconds", "kilobytes"],
            [[way, str(took), str(found.kilobytes[way])] for way, took in found.milliseconds.items()],
        ),
        "",
        f"### Processor time of what MLflow is asked of {found.runs:,} runs, in milliseconds",
        "",
        *markdown_table(
            ["", "`search_runs`, all", "a page of charts"],
            [[way, str(took), str(found.chart[way])] for way, took in found.search.items()],
        ),
    ], found.findings


def _overhead(wanted: argparse.Namespace) -> Part:
    rounds = [overhead() for _ in range(wanted.rounds)]
    shares = {name: Spread.of([getattr(one, name) for one in rounds]) for name in Overhead.__slots__}
    own = Finding(
        "the suite's own milliseconds of the processor, a trial",
        Spread.of([one.ours for one in rounds]),
        OWN_MILLISECONDS,
        at_most=True,
    )
    title = "### Processor time per trial without training, in milliseconds; waiting time for the disk"
    return [title, "", *_named(shares, "milliseconds")], [own]


def _growth(wanted: argparse.Namespace) -> Part:
    head = [
        "sampler",
        "trials already",
        "start-up, s",
        "ask, ours",
        "ask, Optuna's",
        "tell, ours",
        "tell, Optuna's",
    ]
    rows, findings = [], []
    for sampler in wanted.sampler:
        sizes = [growth.size_of(sampler, trials) for trials in growth.SIZES]
        rows += [
            [
                one.sampler,
                f"{one.trials:,}",
                *map(three_digits, (one.start_up, one.ask, one.ask_optuna, one.tell, one.tell_optuna)),
                three_digits(one.megabytes),
            ]
            for one in sizes
        ]
        findings += [
            Finding(
                f"{what} at {sizes[-1].trials:,} trials ÷ at {sizes[0].trials:,}, {sampler}",
                Spread.of([getattr(sizes[-1], name) / getattr(sizes[0], name)]),
                FLAT,
                at_most=True,
            )
            for name, what in (("start_up", "start-up"), ("a_trial", "ask and tell"), ("megabytes", "memory"))
        ]
    title = "### Processor time per trial as the number of trials grows, in milliseconds"
    return [title, "", *markdown_table([*head, "memory, MB"], rows)], findings


def _headline(_wanted: argparse.Namespace) -> Part:
    found = headline()
    phases = {
        "set-up, to the first trial": found.setting_up,
        "training, with recording in parallel": found.training,
        "recording the rest": found.publishing,
        "the report": found.reporting,
        "processor time of all": found.processor,
    }
    judged = (
        (f"seconds of the headline, {found.trials:,} trials", found.whole, HEADLINE_SECONDS),
        ("seconds to its first trial", found.setting_up, FIRST_TRIAL_SECONDS),
    )
    findings = [Finding(what, Spread.of([value]), bound, at_most=True) for what, value, bound in judged]
    lines = []
    for what, shares in (("phase", phases), ("part", by_part(found))):
        title = "The headline" if what == "phase" else "Its processor time by part"
        rows = [[name, three_digits(value)] for name, value in shares.items()]
        lines += [f"### {title}", "", *markdown_table([what, "seconds"], rows), ""]
    return lines[:-1], findings


MEASURES: Final = {
    "peers": _peers,
    "training": _training,
    "recording": _recording,
    "mlflow": _mlflow,
    "overhead": _overhead,
    "growth": _growth,
    "headline": _headline,
}


def _named(values: dict[str, Spread], what: str) -> Iterable[str]:
    return markdown_table(["", what], [[name, str(value)] for name, value in values.items()])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-studies", description=__doc__)
    parser.add_argument(
        "--part", nargs="+", choices=PARTS, default=[*PARTS[:-1]], help="all but the headline if not given"
    )
    parser.add_argument("--rounds", type=int, default=3, help="times round what is compared")
    parser.add_argument(
        "--sampler",
        nargs="+",
        default=["random", "qmc", "tpe"],
        help="whose growth is measured: a study file's names",
    )
    parser.add_argument(
        "--peers", type=Path, default=Path(".venv-bench/bin/python"), help="Python of the peers"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this document too")
    wanted = parser.parse_args()
    if wanted.rounds < 1:
        parser.error("--rounds must be above 0")
    return wanted
