"""chainrule explain: the founding text's derivation, worked with numbers and checked."""

import sys
from math import isfinite
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from chainrule import options
from experiments.mistakes import UserError, nearest

MOST: Final = 1e6
"""Numbers beyond this say nothing and overflow."""

OF_THE_PAGE: Final = frozenset({"errata", "form", "output", "as_json", "no_color"})
"""Options that do not say what is worked."""


def explain(
    context: typer.Context,
    layers: Annotated[
        str, typer.Option(help="Units of each layer, inputs first.", metavar="N,N,…")
    ] = "2,3,2",
    activation: Annotated[str, typer.Option(help="Activation of the layers.")] = "sigmoid",
    output_activation: Annotated[
        str | None,
        typer.Option(help="Activation of the last layer; by default the same, or what the cost needs."),
    ] = None,
    cost: Annotated[str, typer.Option(help="Cost function.")] = "quadratic",
    x: Annotated[str | None, typer.Option(help="Inputs.", metavar="X,X,…")] = None,
    target: Annotated[
        str | None, typer.Option("--target", "--y", help="What the outputs should be.", metavar="T,T,…")
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(help="All weights, layer by layer, each row by row; drawn by default.", metavar="W,W,…"),
    ] = None,
    seed: Annotated[
        int, typer.Option(parser=options.whole("--seed", 0), help="Seed of the weights that are drawn.")
    ] = 0,
    learning_rate: Annotated[
        float, typer.Option(parser=options.above_0("--learning-rate"), help="Learning rate of the one step.")
    ] = 0.5,
    errata: Annotated[
        bool,
        typer.Option("--errata", help="Instead: what the founding text prints that is not so, with proofs."),
    ] = False,
    form: Annotated[
        Literal["terminal", "html", "md"], typer.Option("--format", help="Where it is to be read.")
    ] = "terminal",
    output: Annotated[Path | None, typer.Option(help="File to write; standard output by default.")] = None,
    as_json: options.Json = False,
    no_color: options.NoColor = False,
) -> None:
    """Work the derivation of backpropagation with numbers of your own, and check each derivative three ways."""
    from chainrule.explanation import written
    from core import ACTIVATIONS, COSTS
    from derivation.corrections import corrections
    from derivation.question import ask
    from derivation.walk import walk

    if errata:
        _refuse_numbers(context)
    for option, name, known in (
        ("--activation", activation, ACTIVATIONS),
        ("--output-activation", output_activation or activation, ACTIVATIONS),
        ("--cost", cost, COSTS),
    ):
        if name not in known:
            raise UserError(f'{option}: unknown "{name}"{nearest(name, known)}')
    try:
        question = ask(
            [int(size) for size in _numbers("--layers", layers, whole=True)],
            activation=activation,
            output=output_activation,
            cost=cost,
            x=None if x is None else _numbers("--x", x),
            target=None if target is None else _numbers("--target", target),
            weights=None if weights is None else _numbers("--weights", weights),
            seed=seed,
            learning_rate=learning_rate,
        )
    except ValueError as reason:
        argument, _, said = str(reason).partition(": ")
        raise UserError(f"--{argument.replace('_', '-')}: {said}") from reason
    blocks = corrections() if errata else walk(question)
    text = written(blocks, "json" if as_json else form, color=not no_color and output is None)
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as reason:
        raise UserError(f"--output {output}: {reason.strerror}") from reason


def _refuse_numbers(context: typer.Context) -> None:
    """The proofs of the errata are worked with numbers of their own."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if name not in OF_THE_PAGE and source is not None and source.name == "COMMANDLINE":
            raise UserError(
                f"--errata: its proofs have numbers of their own and take no --{name.replace('_', '-')}"
            )


def _numbers(option: str, text: str, *, whole: bool = False) -> list[float]:
    """Numbers between commas."""
    numbers = []
    for part in text.split(","):
        try:
            number = float(part) if not whole else float(int(part))
        except ValueError:
            number = float("nan")
        if not isfinite(number) or abs(number) > MOST:
            expected = "whole numbers" if whole else f"numbers from -{MOST:g} to {MOST:g}"
            raise UserError(f'{option}: {expected}, with commas between them, were expected, not "{text}"')
        numbers.append(number)
    return numbers
