"""chainrule train: one tracked experiment with a live curve."""

import json
import sys
from functools import partial
from statistics import fmean
from typing import Annotated, Final

import typer

from chainrule import options
from chainrule.interruption import interruptible
from chainrule.terminal import waiting
from chainrule.workspace import Workspace

OPTIONS: Final = {
    "study.seeds": "--seeds",
    "data.source": "--data",
    "training.cost": "--cost",
    "training.widths": "--layers",
    "training.learning_rate": "--learning-rate",
    "training.activation": "--activation",
    "training.optimiser": "--optimiser",
    "training.epochs": "--epochs",
    "training.batch_size": "--batch-size",
    "sampler.seed": "--seed",
}
"""The option for each key of a study file that this command sets."""


def train(
    data: Annotated[str, typer.Option(help="Data set.")] = "digits",
    layers: Annotated[str, typer.Option(help="Widths of the hidden layers, as 64 or 64,32.")] = "64",
    learning_rate: Annotated[
        float, typer.Option(parser=options.above_0("--learning-rate"), help="Learning rate.")
    ] = 0.5,
    cost: Annotated[str, typer.Option(help="Cost function.")] = "cross_entropy",
    activation: Annotated[str, typer.Option(help="Activation of the hidden layers.")] = "sigmoid",
    optimiser: Annotated[str, typer.Option(help="Optimiser.")] = "gradient_descent",
    epochs: Annotated[int, typer.Option(parser=options.whole("--epochs", 1), help="Epochs.")] = 30,
    batch_size: Annotated[str, typer.Option(help="Examples in a mini-batch, or full.")] = "16",
    seeds: Annotated[
        int, typer.Option(parser=options.whole("--seeds", 1), help="How many networks, of different seeds.")
    ] = 5,
    seed: Annotated[
        int, typer.Option(parser=options.whole("--seed", 0), help="Seed of their random numbers.")
    ] = 0,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    no_color: options.NoColor = False,
) -> None:
    """Train one setting over several seeds, watch its validation error fall, and record it."""
    with waiting("Getting ready"):
        from chainrule.curve import curve
        from chainrule.words import percent
        from experiments.datasets import load
        from experiments.environment import describe
        from experiments.experiment import Experiments
        from experiments.preparation import prepare
        from experiments.publisher import Job, Publisher
        from experiments.records import keep_in
        from studies.names import SINGLE_EXPERIMENTS
        from studies.plan import plan, study_record
        from studies.study_file import from_content

    content = {
        "study": {
            "name": SINGLE_EXPERIMENTS,
            "question": "Single experiments",
            "trials": 1,
            "seeds": seeds,
            "confirm_seeds": 0,
        },
        "data": {"source": data},
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
        },
        "sampler": {"seed": seed},
    }
    file = from_content(content, "chainrule train", options=OPTIONS)
    prepared = prepare(load(data))
    laid_out = plan(file, prepared.description)
    task = laid_out.task("search", 0, 0, {})
    workspace = Workspace(home)
    with workspace.opened(SINGLE_EXPERIMENTS), interruptible() as interruption:
        spool = workspace.spool(SINGLE_EXPERIMENTS)
        experiment = Experiments([task], prepared)
        record = study_record(laid_out, json.dumps(content, indent=2), prepared.description, "", describe())
        publisher = Publisher.start(
            Job(home=home, tracking_uri=tracking_uri, spool=spool, study=record, run_key=SINGLE_EXPERIMENTS)
        )
        values: list[float] = []
        with curve(epochs, quiet=quiet or as_json, color=not no_color) as draw:
            for (errors,) in experiment.epochs():
                values.append(fmean(errors))
                draw(values)
                if interruption.asked:
                    break
        stopped = interruption.asked and len(values) < epochs
        # the record of a failed run gives way to the next attempt at the same experiment
        (outcome,) = experiment.finish(
            partial(keep_in, spool), "failed" if stopped else "complete", "interrupted" * stopped
        )
        left = publisher.finish(
            status="KILLED" if stopped else "FINISHED", timeout=1 if interruption.asked else 60
        )
    final = values[-1] if values else float("nan")
    if as_json:
        sys.stdout.write(
            json.dumps({"run_key": task.run_key, "validation_error": values, "left": left}) + "\n"
        )
    else:
        diverged = f", {outcome.diverged} diverged" if outcome.diverged else ""
        sys.stdout.write(
            f"validation error {percent(final)} over {seeds} seeds{diverged} after {len(values)} epochs\n"
        )
        sys.stdout.write(
            "Recorded: chainrule ui\n" if not left else f"Waits in {spool} for the store to answer\n"
        )
    if interruption.asked:
        sys.exit(interruption.status)
