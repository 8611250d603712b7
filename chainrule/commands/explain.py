"""chainrule explain: the founding text's derivation, worked with numbers and checked."""

import sys
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from chainrule import options
from chainrule.completion import ACTIVATIONS, names_in
from chainrule.outlets import written_out
from chainrule.terminal import as_is
from experiments.mistakes import UserError, nearest

if TYPE_CHECKING:
    from derivation.passages import Block

MOST: Final = 1e6
"""Larger numbers are refused because they overflow."""

OF_THE_PAGE: Final = frozenset({"errata", "check", "form", "output", "as_json", "no_color"})
"""Options that do not change what is derived."""

OF_HOMEWORK: Final = OF_THE_PAGE | {"activation", "output_activation", "cost"}
"""Options allowed with a homework: those it may leave to the command line, and those of the page."""


def explain(
    context: typer.Context,
    layers: Annotated[
        str, typer.Option(help="Number of units in each layer, inputs first.", metavar="N,N,…")
    ] = "2,3,2",
    activation: Annotated[
        str, typer.Option(help="Activation of the hidden layers.", autocompletion=ACTIVATIONS)
    ] = "sigmoid",
    output_activation: Annotated[
        str | None,
        typer.Option(
            help="Activation of the output layer; by default the same, or the one that the cost needs.",
            autocompletion=ACTIVATIONS,
        ),
    ] = None,
    cost: Annotated[
        str, typer.Option(help="Cost function.", autocompletion=names_in("core", "COSTS"))
    ] = "quadratic",
    x: Annotated[str | None, typer.Option(help="Inputs.", metavar="X,X,…")] = None,
    target: Annotated[
        str | None, typer.Option("--target", "--y", help="Target outputs.", metavar="T,T,…")
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(help="All weights, layer by layer and row by row; random by default.", metavar="W,W,…"),
    ] = None,
    seed: Annotated[
        int, typer.Option(parser=options.whole("--seed", 0), help="Seed of the random weights.")
    ] = 0,
    learning_rate: Annotated[
        float,
        typer.Option(
            parser=options.above_0("--learning-rate"), help="Learning rate of the single step shown."
        ),
    ] = 0.5,
    errata: Annotated[
        bool,
        typer.Option("--errata", help="Instead, list the errors in the founding text, with proofs."),
    ] = False,
    check: Annotated[
        Path | None,
        typer.Option(
            help="Instead, mark homework: an .npz file or a Python file. A Python file runs with your rights; "
            "on Linux it is restricted, and the mark says which restrictions were not available.",
            metavar="FILE",
        ),
    ] = None,
    form: Annotated[
        Literal["terminal", "html", "md"], typer.Option("--format", help="Output format.")
    ] = "terminal",
    output: Annotated[
        Path | None, typer.Option(help="File to write; standard output by default.", metavar="FILE")
    ] = None,
    as_json: options.Json = False,
    no_color: options.NoColor = False,
) -> int:
    """Work through the derivation of backpropagation with your own numbers, and check each derivative three ways."""
    from chainrule.explanation import written
    from core import ACTIVATIONS, COSTS
    from derivation.corrections import corrections
    from derivation.question import ask
    from derivation.walk import walk

    if errata:
        _refuse(
            context, "--errata: its proofs have numbers of their own and take no", OF_THE_PAGE - {"check"}
        )
    if check is not None:
        _refuse(context, "--check: a homework is judged with numbers of its own and takes no", OF_HOMEWORK)
    for option, name, known in (
        ("--activation", activation, ACTIVATIONS),
        ("--output-activation", output_activation or activation, ACTIVATIONS),
        ("--cost", cost, COSTS),
    ):
        if name not in known:
            raise UserError(f'{option}: unknown "{name}"{nearest(name, known)}')
    status = 0
    if check is not None:
        status, blocks = _marked(check, activation, output_activation, cost)
    elif errata:
        blocks = corrections()
    else:
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
        blocks = walk(question)
    text = written(blocks, "json" if as_json else form, color=not no_color and output is None)
    if output is None:
        as_is(sys.stdout).write(text)
    else:
        written_out(text.encode(), output)
    return status


def _marked(path: Path, activation: str, output: str | None, cost: str) -> "tuple[int, list[Block]]":
    """Print the mark of a homework and give the exit status: 0 for right, 1 for wrong."""
    from homework.file_settings import Settings
    from homework.mark_page import verdict
    from homework.marking import mark

    given = mark(path, Settings((activation,), output, cost))
    return int(not given.right), verdict(given, path)


def _refuse(context: typer.Context, why: str, allowed: frozenset[str]) -> None:
    """Refuse options that would have no effect."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if name not in allowed and source is not None and source.name == "COMMANDLINE":
            raise UserError(f"{why} --{name.replace('_', '-')}")


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
            raise UserError(f'{option}: {expected}, separated by commas, were expected, not "{text}"')
        numbers.append(number)
    return numbers
