"""The edge of stability: full-batch gradient descent sharpens the cost until its own step is barely stable.

`python docs/edge_of_stability.py` trains one tanh network on the bundled digits at three learning rates, follows the
largest eigenvalue of the Hessian, and writes docs/edge_of_stability/sharpness.svg. One core does it in about a minute.
What it shows is described in docs/edge_of_stability.md; after Cohen et al. (2021), figure 1.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from core import Array, Examples, Purpose, cost_of, generators, gradient_of, initialise
from core.curvature.stability import sharpness
from core.vectors import as_vectors, moved
from experiments.datasets import load
from reports.drawing.style import LOOKS, Frame, as_svg, canvas, house_style
from reports.drawing.ticks import log_ticks

LEARNING_RATES: Final = (0.25, 0.3, 0.4)
EPOCHS: Final = 2400
EVERY: Final = 20
"""Epochs from one measurement of the sharpness to the next."""

COST: Final = "quadratic"
SIZES: Final = (64, 32, 32, 10)
FOLDER: Final = Path(__file__).with_suffix("")


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What was measured, for each of S learning rates.

    Attributes:
        learning_rate: (S,).
        epoch: at which it was measured, (K,).
        sharpness: (S, K).
        residual: of the sharpness, (S, K).
        cost: mean cost over the examples, (S, K).
    """

    learning_rate: Array
    epoch: NDArray[np.intp]
    sharpness: Array
    residual: Array
    cost: Array

    @property
    def hovering(self) -> Array:
        """Mean sharpness over the last quarter, as a share of the stability limit 2 / learning rate, (S,)."""
        last = self.sharpness[:, -(len(self.epoch) // 4) :].mean(axis=1)
        return np.asarray(last * self.learning_rate / 2)


def digits(count: int | None = None) -> Examples:
    """The first `count` digits, or all: pixels from 0 to 1 less their means, and one-hot classes."""
    dataset = load("digits")
    x = dataset.inputs[:count].T / 16
    classes = dataset.targets[:count].astype(int)
    return Examples(x - x.mean(axis=1, keepdims=True), np.eye(dataset.outputs)[classes].T)


def follow(examples: Examples, learning_rates: Sequence[float], epochs: int) -> Curves:
    """Train copies of one network, each at its learning rate, by full-batch gradient descent."""
    members = len(learning_rates)
    start = generators(1, [0], Purpose.INITIALISATION)
    network = initialise(SIZES, start, activation="tanh", output="identity").take([0] * members)
    rngs = generators(1, range(members), Purpose.SHUFFLE)  # for the searches' starts
    rates = np.array(learning_rates)
    sharp, found, costs = None, [], []
    for epoch in range(epochs + 1):
        if epoch % EVERY == 0:
            sharp = sharpness(network, examples, COST, rngs, start=sharp)
            found.append(sharp)
            costs.append(cost_of(network, examples.x, examples.y, COST))
        slopes = as_vectors(gradient_of(network, examples.x, examples.y, COST))
        network = moved(network, -rates[:, None] * slopes)
    return Curves(
        learning_rate=rates,
        epoch=np.arange(0, epochs + 1, EVERY),
        sharpness=np.stack([one.value for one in found], axis=1),
        residual=np.stack([one.residual for one in found], axis=1),
        cost=np.stack(costs, axis=1),
    )


@house_style()
def figure(curves: Curves) -> Figure:
    """Sharpness above, with a thin line for each limit, and cost below, against the epoch."""
    shares = ", ".join(f"{share:.2f}" for share in curves.hovering)
    drawing, panels = canvas(
        Frame(
            f"Sharpness rises to 2 / learning rate and hovers there (last quarter: {shares} of it)",
            f"Full-batch gradient descent, quadratic cost, tanh network {'-'.join(map(str, SIZES))} on the digits; "
            "the same start for each learning rate. Thin lines: the stability limits, 2 / learning rate.",
        ),
        rows=2,
        columns=1,
        height=2.8,
        right=1.7,
        between=0,
        above=0.15,
        share="none",
    )
    above, below = panels[0][0], panels[1][0]
    for look, rate, sharp, cost in zip(
        LOOKS, curves.learning_rate, curves.sharpness, curves.cost, strict=False
    ):
        above.axhline(2 / rate, color=look.line, lw=0.9)
        above.plot(curves.epoch, sharp, color=look.line, ls=look.dash)
        above.annotate(
            f"2 / {rate:g} = {2 / rate:.3g}",
            (curves.epoch[-1], 2 / rate),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=look.text,
        )
        below.plot(curves.epoch, cost, color=look.line, ls=look.dash, label=f"learning rate {rate:g}")
    below.legend(frameon=False, labelcolor=[look.text for look in LOOKS[: len(curves.learning_rate)]])
    below.set_yscale("log")
    low, high = float(curves.cost.min()) / 1.1, float(curves.cost.max()) * 1.1
    log_ticks(below.yaxis, low, high)
    below.set_ylim(low, high)
    above.set_ylim(bottom=0)
    for panel, name in ((above, "sharpness"), (below, "cost (log)")):
        panel.set_xlim(0, curves.epoch[-1])
        panel.set_ylabel(name)
        panel.set_xlabel("epoch")
    return drawing


def main() -> None:
    """Train, draw, and say what was found."""
    curves = follow(digits(), LEARNING_RATES, EPOCHS)
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / "sharpness.svg"
    path.write_bytes(as_svg(figure(curves)))
    for rate, share, first, last in zip(
        curves.learning_rate, curves.hovering, curves.sharpness[:, 0], curves.sharpness[:, -1], strict=True
    ):
        sys.stdout.write(
            f"learning rate {rate:g}: sharpness from {first:.2f} to {last:.2f}, limit {2 / rate:.2f}; "
            f"mean of the last quarter {share:.3f} of the limit\n"
        )
    sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
