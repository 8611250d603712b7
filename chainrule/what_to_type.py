"""What to type: the examples at the end of each command's help."""

from collections.abc import Mapping
from typing import Final

EXAMPLES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "init": (("chainrule init my-digits.toml", "write a study file named my-digits"),),
    "seal": (
        ("chainrule seal my-digits.toml", "before its first trial: fix what is asked and how it is answered"),
    ),
    "study": (
        ("chainrule study my-digits.toml --dry-run", "check the file and see what it costs"),
        ("chainrule study my-digits.toml", "run the study, or continue it"),
        ("chainrule study my-digits.toml --name again", "run it once more under another name"),
    ),
    "watch": (
        ("chainrule watch digits", "a table that changes until the study ends"),
        ("chainrule watch digits --once", "how it stands now"),
    ),
    "report": (
        ("chainrule report digits", "write the report again"),
        ("chainrule report digits my-digits", "compare two studies"),
        ("chainrule report --csv results.csv", "guess what a table of other runs means"),
        ("chainrule report --csv results.csv --mapping mapping.toml", "report those runs"),
        ("chainrule report --experiment churn --tracking-uri mlruns --yes", "runs in MLflow, by the guess"),
    ),
    "verify": (
        ("chainrule verify report.html", "is the page what the records in it say?"),
        ("chainrule verify digits --store", "and are these the records of the study?"),
    ),
    "verdict": (
        ("chainrule verdict digits", "which choices are better, equivalent, worse or undecided"),
        ("chainrule verdict new --against old --margin 0.5 --fail-if worse", "a gate for two studies"),
        ("chainrule verdict digits --json", "the same for a program, and a baseline for later studies"),
    ),
    "best": (
        ("chainrule best digits", "the champion's settings as [training]"),
        ("chainrule best digits --choice 2", "those of the second choice's winner"),
    ),
    "predict": (
        ("chainrule predict flats new_flats.csv", "a class and probabilities for each row, as CSV"),
        ("chainrule predict digits new.npz --ensemble --output answers.parquet", "all networks, into a file"),
    ),
    "train": (
        ("chainrule train --data iris --layers 8 --seeds 3", "three networks on a bundled data set"),
        ("chainrule train --data csv:wine.csv --target quality", "a column of your own table"),
    ),
    "studies": (
        ("chainrule studies", "every study with its state"),
        ("chainrule studies --json", "the same for a program"),
    ),
    "export": (
        ("chainrule export digits --output runs.csv", "a row for each run"),
        ("chainrule export digits --format parquet --output runs.parquet", "the same as Parquet"),
    ),
    "rename": (("chainrule rename digits old-digits", "a new name for runs, trials, model and report"),),
    "archive": (
        ("chainrule archive digits", "hide it from lists"),
        ("chainrule archive digits --restore", "bring it back"),
    ),
    "delete": (("chainrule delete digits", "asks, then removes everything that belongs to it"),),
    "ui": (
        ("chainrule ui", "open MLflow's pages on the records"),
        ("chainrule ui --optuna", "open Optuna's dashboard on the trials"),
    ),
    "doctor": (
        ("chainrule doctor", "what is wrong, and the command that fixes it"),
        ("chainrule doctor --json", "the same for a program"),
    ),
    "explain": (
        ("chainrule explain", "the derivation with small numbers"),
        ("chainrule explain --cost cross_entropy --layers 2,3,1", "with another cost and other layers"),
        ("chainrule explain --check homework.py", "mark your own gradient"),
    ),
}
"""Of each command: lines that can be typed as they are, each with what it does."""


def epilog(command: str) -> str:
    """The examples of a command as Typer prints them, line by line."""
    lines = [f"  {line}\n      {what}" for line, what in EXAMPLES.get(command, ())]
    return "\b\n" + "\n".join(["Examples:", *lines])
