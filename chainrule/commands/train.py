"""chainrule train: one tracked experiment with a live curve."""

import json
import sys
from dataclasses import replace
from functools import partial
from inspect import signature
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Final

import typer

from chainrule import options
from chainrule.completion import ACTIVATIONS, names_in
from chainrule.interruption import interruptible
from chainrule.terminal import waiting
from chainrule.workspace import Workspace
from experiments.command_line import command_line

if TYPE_CHECKING:
    from experiments.recording.records import RunRecord
    from experiments.recording.study_state import Status

KEYS: Final = {
    "study": ("seeds",),
    "data": (
        "target", "columns", "drop", "id", "kind", "missing", "missing_indicator", "delimiter", "decimal",
        "validation", "test", "group", "parameters", "split", "splits", "split_seed",
    ),
    "training": (
        "cost", "learning_rate", "activation", "optimiser", "epochs", "batch_size", "class_weights",
        "early_stopping",
    ),
    "sampler": ("seed",),
}  # fmt: skip
"""The keys of a study file that options of the same name set, by their tables."""

OPTIONS: Final = {
    **{f"{table}.{key}": f"--{key.replace('_', '-')}" for table, keys in KEYS.items() for key in keys},
    "data.source": "--data",
    "training.widths": "--layers",
}
"""The option for each key of a study file that this command sets."""


OF_THE_COMMAND: Final = frozenset({"home", "tracking_uri", "as_json", "quiet", "no_color"})
"""Options that do not change what is trained."""


def train(
    context: typer.Context,
    data: Annotated[
        str,
        typer.Option(
            help="Data set, or a file: csv:FILE, parquet:FILE, npz:FILE, idx:FOLDER; or openml:NAME.",
            autocompletion=names_in("experiments.datasets", "DATASETS"),
        ),
    ] = "digits",
    target: Annotated[
        str | None,
        typer.Option(help="With a file: the column to predict, or several, as a,b.", metavar="COLUMN"),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="With a file: the columns to predict it from, as a,b.", metavar="COLUMNS"),
    ] = None,
    drop: Annotated[
        str | None, typer.Option(help="With a file: columns to leave out, as a,b.", metavar="COLUMNS")
    ] = None,
    id_: Annotated[
        str | None,
        typer.Option("--id", help="With a file: the column that names the examples.", metavar="COLUMN"),
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="With a file: classification or regression.", metavar="KIND")
    ] = None,
    missing: Annotated[
        str | None,
        typer.Option(
            help="With a file: median, mean or drop_rows.",
            metavar="WAY",
            autocompletion=names_in("experiments.datasets.file_options", "MISSING_STRATEGIES"),
        ),
    ] = None,
    missing_indicator: Annotated[
        bool,
        typer.Option("--missing-indicator", help="With a file: inputs that say which cells are missing."),
    ] = False,
    delimiter: Annotated[str | None, typer.Option(help="Between the cells of a text file.")] = None,
    decimal: Annotated[
        str | None, typer.Option(help="Before the decimals of numbers in a text file: a point or a comma.")
    ] = None,
    validation: Annotated[
        str, typer.Option(help="Share of the examples for validation.", metavar="SHARE")
    ] = "0.2",
    test: Annotated[
        str,
        typer.Option(help="Share for the test, or a file with a test set of its own.", metavar="SHARE|FILE"),
    ] = "0.2",
    group: Annotated[
        str | None,
        typer.Option(help="With a file: the column whose equal cells stay in one part.", metavar="COLUMN"),
    ] = None,
    parameters: Annotated[
        str | None,
        typer.Option(help="With generated data: parameters, as points=300,noise=0.1.", metavar="NAME=NUMBER"),
    ] = None,
    split_: Annotated[
        str,
        typer.Option(
            "--split",
            help="random, or ordered: by time, the last rows for the test.",
            autocompletion=names_in("experiments.preparing.splits", "ORDERS"),
        ),
    ] = "random",
    splits: Annotated[
        str,
        typer.Option(
            help="Splits into training and validation: each_seed, or one.",
            autocompletion=names_in("experiments.preparing.splits", "SPLITS"),
        ),
    ] = "each_seed",
    split_seed: Annotated[
        int, typer.Option(parser=options.whole("--split-seed", 0), help="Seed of the splits.")
    ] = 0,
    layers: Annotated[str, typer.Option(help="Widths of the hidden layers, such as 64 or 64,32.")] = "64",
    learning_rate: Annotated[
        float, typer.Option(parser=options.above_0("--learning-rate"), help="Learning rate.")
    ] = 0.5,
    cost: Annotated[
        str, typer.Option(help="Cost function.", autocompletion=names_in("core", "COSTS"))
    ] = "cross_entropy",
    activation: Annotated[
        str, typer.Option(help="Activation of the hidden layers.", autocompletion=ACTIVATIONS)
    ] = "sigmoid",
    optimiser: Annotated[
        str, typer.Option(help="Optimiser.", autocompletion=names_in("core", "OPTIMISERS"))
    ] = "gradient_descent",
    epochs: Annotated[int, typer.Option(parser=options.whole("--epochs", 1), help="Epochs.")] = 30,
    batch_size: Annotated[str, typer.Option(help="Examples in a mini-batch, or full.")] = "16",
    class_weights: Annotated[
        str | None,
        typer.Option(
            help="How much an example of each class counts: balanced, or weights, as yes=5,no=1.",
            metavar="WEIGHTS",
        ),
    ] = None,
    early_stopping: Annotated[
        int | None,
        typer.Option(
            parser=options.whole("--early-stopping", 1),
            help="Stop after so many epochs without a lower validation error, and keep the best epoch.",
        ),
    ] = None,
    seeds: Annotated[
        int,
        typer.Option(parser=options.whole("--seeds", 1), help="Number of networks, each with its own seed."),
    ] = 5,
    seed: Annotated[
        int, typer.Option(parser=options.whole("--seed", 0), help="Seed of the random numbers.")
    ] = 0,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    no_color: options.NoColor = False,
) -> None:
    """Train one setting with several seeds, plot its validation error as it falls, and record it."""
    with waiting("Getting ready", quiet=quiet):
        from chainrule.curve import curve
        from chainrule.data_lines import data_notes
        from chainrule.json_output import document, print_json
        from chainrule.progress import say
        from chainrule.recording import ask_store, finish, left_behind, pass_on
        from experiments.datasets import load
        from experiments.environment import describe
        from experiments.error_wording import told
        from experiments.experiment import Experiments
        from experiments.mistakes import UserError
        from experiments.preparing.splits import split
        from experiments.publisher.client import Job, Publisher
        from experiments.recording.records import keep_in
        from experiments.store.study_summary import summary_of
        from experiments.wording import count, fine_percent
        from studies.file.study_file import from_content
        from studies.file.study_names import SINGLE_EXPERIMENTS
        from studies.running.plan import plan, study_record

    of_file = {
        "target": _names(target),
        "columns": _names(columns),
        "drop": _names(drop),
        "id": id_,
        "kind": kind,
        "missing": missing,
        "missing_indicator": missing_indicator or None,
        "delimiter": delimiter,
        "decimal": decimal,
        "validation": _number(validation),
        "test": _number(test),
        "group": group,
        "parameters": _parameters(parameters),
        "split": split_,
        "splits": splits,
        "split_seed": split_seed,
    }
    content = {
        "study": {
            "name": SINGLE_EXPERIMENTS,
            "question": "Single experiments",
            "trials": 1,
            "seeds": seeds,
            "confirm_seeds": 0,
        },
        "data": {"source": data, **{name: value for name, value in of_file.items() if value is not None}},
        "training": {
            "cost": cost,
            "widths": [
                int(width) if width.strip().isdecimal() else width for width in layers.split(",") if layers
            ],
            "learning_rate": learning_rate,
            "activation": activation,
            "optimiser": optimiser,
            "epochs": epochs,
            "batch_size": int(batch_size) if batch_size.isdecimal() else batch_size,
            **({"class_weights": _class_weights(class_weights)} if class_weights else {}),
            **({"early_stopping": {"patience": early_stopping}} if early_stopping else {}),
        },
        "sampler": {"seed": seed},
    }
    file = from_content(content, "chainrule train", options=OPTIONS)
    try:
        prepared = split(load(data, file.data.reading), **file.data.shares)
        laid_out = plan(file, prepared.description)
    except UserError as error:
        raise UserError(
            *(replace(one, where=OPTIONS.get(one.where, "--data")) for one in error.mistakes)
        ) from error
    for note in data_notes(prepared.description):
        say(note)
    task = laid_out.task("search", 0, 0, {})
    silence = ask_store(home, tracking_uri, say)
    workspace = Workspace(home)
    where = {"home": home, "tracking_uri": tracking_uri}
    usual = {name: one.default for name, one in signature(train).parameters.items() if name in context.params}
    given = {
        name.rstrip("_"): context.params[name]
        for name, default in usual.items()
        if name not in OF_THE_COMMAND and context.params[name] != default
    }
    again = command_line("train", **given, **where)
    with workspace.opened(SINGLE_EXPERIMENTS), interruptible(quiet=quiet) as interruption:
        spool = workspace.spool(SINGLE_EXPERIMENTS)
        experiment = Experiments([task], prepared)
        text = json.dumps(content, indent=2)
        record = study_record(laid_out, text, prepared.description, again, describe())
        publisher = Publisher.start(
            Job(home=home, tracking_uri=tracking_uri, spool=spool, study=record, run_key=SINGLE_EXPERIMENTS),
            trouble=silence,
        )
        values: list[float] = []
        with curve(epochs, quiet=quiet or as_json, color=not no_color) as draw:
            for (errors,) in experiment.epochs():
                values.append(fmean(errors))
                draw(values)
                pass_on(publisher, say)
                if interruption.asked:
                    break
        stopped = interruption.asked and len(values) < epochs
        # the record of a failed run gives way to the next attempt at the same experiment
        (ended,) = experiment.finish(
            partial(keep_in, spool), "failed" if stopped else "complete", "interrupted" * stopped
        )
        status: Status = "KILLED" if stopped else "FINISHED"
        left = finish(publisher, say, lambda: interruption.asked, status, {})
    if as_json:
        kept = {"kept_epoch": ended.kept_epoch.tolist()} if ended.stops_early else {}
        standing = summary_of(replace(record, runs=(ended,), status=status, waiting=left))
        print_json(document(standing) | {"run_key": task.run_key, "validation_error": values, **kept})
    else:
        final = fine_percent(values[-1]) if values else "unknown"
        diverged = f", {ended.diverged} diverged" if ended.diverged else ""
        sys.stdout.write(
            f"validation error{told(prepared.description)} {final} over {seeds} seeds{diverged} "
            f"after {len(values)} epochs{_kept(ended)}\n"
        )
        if not left:
            sys.stdout.write(f"Recorded: {command_line('ui', **where)}\n")
    if stopped:
        say(f"Stopped at {len(values)} of {epochs} epochs. Train it again: {again}")
    elif left and interruption.signal:
        say(f"Stopped with {count(left, 'record')} still to be recorded. Continue: {again}")
    if interruption.signal:
        sys.exit(interruption.status)
    if left:
        raise left_behind(left, spool, publisher.trouble, again)


def _kept(record: "RunRecord") -> str:
    """Which epochs the networks were taken back to, in words to follow others; empty where they end with their last."""
    kept = record.kept_epoch[record.kept_epoch > 0]
    if not kept.size:
        return ""
    low, high = kept.min(), kept.max()
    return f"; the best epoch is kept, {low if low == high else f'from {low} to {high} by the seed'}"


def _number(text: str) -> float | str:
    """The number that a text is, or the text, which is then refused or the name of a file."""
    from core.numbers import read_number

    try:
        return read_number(text)
    except ValueError:
        return text


def _parameters(text: str | None) -> dict[str, float | int | str] | None:
    """Names and numbers, as points=300,noise=0.1."""
    pairs = [pair.partition("=") for pair in text.split(",")] if text else []
    return {
        name.strip(): int(value) if value.isdecimal() else _number(value) for name, _, value in pairs
    } or None


def _class_weights(text: str) -> str | dict[str, float | str]:
    """The word, or the weight of each class, as yes=5,no=1."""
    pairs = [pair.rpartition("=") for pair in text.split(",")]
    return {name.strip(): _number(value) for name, _, value in pairs} if "=" in text else text


def _names(text: str | None) -> list[str] | None:
    """Columns that stand side by side, with commas between them."""
    return [name.strip() for name in text.split(",")] if text else None
