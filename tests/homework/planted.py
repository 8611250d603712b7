"""A right homework, and the classic slips planted in it: what is replaced, by what, and what must be said."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np

RIGHT: Final = """\
import numpy as np

activation = "sigmoid"
cost = "quadratic"


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(weights, biases, x):
    h = [x]
    for W, b in zip(weights, biases):
        h.append(sigmoid(W @ h[-1] + b))
    return h


def gradient(weights, biases, x, t):
    h = forward(weights, biases, x)
    m = x.shape[1]
    dW, db = [], []
    delta = (h[-1] - t) * h[-1] * (1 - h[-1])
    for l in range(len(weights) - 1, -1, -1):
        dW.insert(0, delta @ h[l].T / m)
        db.insert(0, delta.mean(axis=1, keepdims=True))
        if l > 0:
            delta = (weights[l].T @ delta) * h[l] * (1 - h[l])
    return dW, db
"""

OUTPUT: Final = "    delta = (h[-1] - t) * h[-1] * (1 - h[-1])\n"
HIDDEN: Final = "            delta = (weights[l].T @ delta) * h[l] * (1 - h[l])\n"
LINES: Final = {
    "m": "    m = x.shape[1]\n",
    "output": OUTPUT,
    "weights": "        dW.insert(0, delta @ h[l].T / m)\n",
    "biases": "        db.insert(0, delta.mean(axis=1, keepdims=True))\n",
    "hidden": HIDDEN,
    "end": "    return dW, db\n",
}
"""Lines of the right homework, by what a slip calls them."""


@dataclass(frozen=True)
class Planted:
    """A slip.

    Attributes:
        name: of the slip.
        says: what the marker must say.
        layer: the layer that it must name, of three.
        sizes: of a network on which the slip runs.
        text: the homework with the slip.
    """

    name: str
    says: str
    layer: int
    sizes: tuple[int, ...]
    text: str


def planted(
    name: str, says: str, layer: int, *, sizes: tuple[int, ...] = (3, 5, 4, 2), **lines: str
) -> Planted:
    """A slip that replaces some of `LINES`."""
    text = RIGHT
    for which, new in lines.items():
        old = LINES[which]
        indent = old[: len(old) - len(old.lstrip())]
        assert old in text
        text = text.replace(old, "".join(f"{indent}{line}\n" for line in new.split("\n")))
    return Planted(name, says, layer, sizes, text)


PLANTED: Final = (
    planted("missing slope at the output", "σ' is missing, at layer 3", 3, output="delta = h[-1] - t"),
    planted("missing slope at the hidden layers", "σ' is missing, at the hidden layers", 2,
            hidden="delta = weights[l].T @ delta"),
    planted("missing slope everywhere", "σ' is missing, at every layer", 3,
            output="delta = h[-1] - t", hidden="delta = weights[l].T @ delta"),
    planted("missing slope at the first layer alone", "σ' is missing, at layer 1", 1,
            hidden="delta = (weights[l].T @ delta) * (h[l] * (1 - h[l]) if l > 1 else 1)"),
    planted("slope at the activation",
            "σ' was taken at the activation instead of the weighted input, at every layer", 3,
            output="s = sigmoid(h[-1])\ndelta = (h[-1] - t) * s * (1 - s)",
            hidden="s = sigmoid(h[l])\ndelta = (weights[l].T @ delta) * s * (1 - s)"),
    planted("slope written for the activation, given the weighted input",
            "the form of σ' that takes the activation was given the weighted input, at the hidden layers", 2,
            hidden="z = weights[l - 1] @ h[l - 1] + biases[l - 1]\ndelta = (weights[l].T @ delta) * z * (1 - z)"),
    planted("slope of another activation", "the slope of tanh was taken instead of σ', at the hidden layers", 2,
            hidden="delta = (weights[l].T @ delta) * (1 - h[l] ** 2)"),
    planted("wrong sign", "the sign is wrong", 3, output="delta = (t - h[-1]) * h[-1] * (1 - h[-1])"),
    planted("weights not transposed", "the weights were not transposed, at the hidden layers", 2,
            hidden="delta = (weights[l] @ delta) * h[l] * (1 - h[l])", sizes=(4, 4, 4, 4)),
    planted("weights of the wrong layer",
            "through the weights of its own layer instead of those of the layer above", 2,
            hidden="delta = (weights[l - 1].T @ delta) * h[l] * (1 - h[l])", sizes=(4, 4, 4, 4)),
    planted("updated before propagated",
            "the weights were updated before the error signal was propagated through them, with a learning rate of 0.5",
            2, hidden="weights[l] -= 0.5 * dW[0]\ndelta = (weights[l].T @ delta) * h[l] * (1 - h[l])"),
    planted("sum for mean", "the sum over the examples was taken instead of their mean", 3,
            weights="dW.insert(0, delta @ h[l].T)", biases="db.insert(0, delta.sum(axis=1, keepdims=True))"),
    planted("average forgotten for the weights alone",
            "the sum over the examples was taken instead of their mean, at every layer", 3,
            weights="dW.insert(0, delta @ h[l].T)"),
    planted("averaged twice", "the average over the examples was taken twice", 3,
            output="delta = (h[-1] - t) * h[-1] * (1 - h[-1]) / m"),
    planted("divided by the number of inputs",
            "the sum was divided by the number of inputs instead of the number of examples", 3,
            m="m = x.shape[0]", biases="db.insert(0, delta.sum(axis=1, keepdims=True) / m)"),
    planted("half of the slope", "the slope was taken as 1 − h, at the hidden layers", 2,
            hidden="delta = (weights[l].T @ delta) * (1 - h[l])"),
    planted("first layer left out", "the layer's gradient is missing, or zero, at layer 1", 1,
            end="dW[0][:] = db[0][:] = 0\nreturn dW, db"),
    planted("outer product transposed", "the outer product is transposed, at every layer", 3,
            weights="dW.insert(0, h[l] @ delta.T / m)"),
    planted("outer product transposed where the shapes do not tell",
            "the outer product is transposed, at every layer", 3,
            weights="dW.insert(0, h[l] @ delta.T / m)", sizes=(4, 4, 4, 4)),
    planted("bias gradient zero", "the bias's gradient is missing, or zero, at every layer", 3,
            biases="db.insert(0, np.zeros_like(biases[l]))"),
    planted("bias gradient left out", "the bias's gradient is missing, or zero, at every layer", 3, end="return dW"),
    planted("bias gradient multiplied by the activations",
            "the bias's gradient was multiplied by the activations of its layer, at every layer", 3,
            biases="db.insert(0, (delta * h[l + 1]).mean(axis=1, keepdims=True))"),
    planted("bias gradient of the notebook's text",
            "the bias's gradient lacks σ', as in the founding notebook's text, at every layer", 3,
            output="outer = h[-1] - t\ndelta = (h[-1] - t) * h[-1] * (1 - h[-1])",
            biases="db.insert(0, outer.mean(axis=1, keepdims=True))",
            hidden="outer = weights[l].T @ delta\ndelta = (weights[l].T @ delta) * h[l] * (1 - h[l])"),
    planted("bias gradient not summed over the batch", "the bias's gradient was not summed over the examples", 3,
            biases="db.insert(0, delta)"),
    planted("error signal of the layer above", "the error signal is that of the layer above, at the hidden layers", 2,
            output="delta = (h[-1] - t) * h[-1] * (1 - h[-1])\nused = delta",
            weights="dW.insert(0, used @ h[l].T / m)",
            hidden="used = delta\ndelta = (weights[l].T @ delta) * h[l] * (1 - h[l])", sizes=(4, 4, 4, 4)),
    planted("what was propagated lacks the slope of the layer above",
            "dC/dh of the layer above was propagated, without its σ', at the hidden layers", 2,
            output="outer = h[-1] - t\ndelta = (h[-1] - t) * h[-1] * (1 - h[-1])",
            hidden="outer = weights[l].T @ outer\ndelta = outer * h[l] * (1 - h[l])"),
    planted("cost derivative of cross-entropy", "the derivative is that of another cost, cross entropy", 3,
            output="delta = (h[-1] - t) / (h[-1] * (1 - h[-1])) * h[-1] * (1 - h[-1])"),
    planted("the half of the cost forgotten", "a factor of 2: the ½ of the cost is missing", 3,
            output="delta = 2 * (h[-1] - t) * h[-1] * (1 - h[-1])"),
    planted("averaged over the outputs too", "the cost was averaged over the outputs too", 3,
            output="delta = (h[-1] - t) * h[-1] * (1 - h[-1]) / t.shape[0]", sizes=(3, 5, 4, 3)),
    planted("activations of the layer itself",
            "the layer's own activations were taken instead of those of the layer below", 3,
            weights="dW.insert(0, delta @ h[l + 1].T / m)"),
    planted("weighted inputs for activations",
            "the weighted inputs of the layer below were taken instead of its activations", 3,
            weights="z = h[0] if l == 0 else weights[l - 1] @ h[l - 1] + biases[l - 1]\ndW.insert(0, delta @ z.T / m)"),
    planted("last layer only", "only the last layer has a gradient; those below it are zero", 2,
            end="for each in dW[:-1] + db[:-1]:\n    each[:] = 0\nreturn dW, db"),
    planted("layers in the order of the backward pass",
            "the gradients come in the order of the backward pass, last layer first", 3,
            end="return dW[::-1], db[::-1]"),
    planted("not reset between examples", "gradients were not reset between examples", 3,
            weights="dW.insert(0, sum((delta[:, :k + 1] @ h[l][:, :k + 1].T) for k in range(m)) / m)",
            biases="db.insert(0, sum((delta[:, :k + 1] @ np.ones((1, m))[:, :k + 1].T) for k in range(m)) / m)"),
    planted("only the last example", "only the last example counts", 3,
            weights="dW.insert(0, delta[:, -1:] @ h[l][:, -1:].T)", biases="db.insert(0, delta[:, -1:])"),
    planted("learning rate multiplied in", "every number is 0.03 times the right one", 3,
            output="delta = (h[-1] - t) * h[-1] * (1 - h[-1]) * 0.03"),
    planted("a penalty added", "a penalty on the squared weights is added, of strength 0.1", 3,
            weights="dW.insert(0, delta @ h[l].T / m + 0.1 * weights[l])"),
    planted("two at once",
            "the bias's gradient is missing, or zero, at every layer; and σ' is missing, at the hidden layers", 3,
            hidden="delta = weights[l].T @ delta", biases="db.insert(0, np.zeros_like(biases[l]))"),
    planted("one slip and the sum for the mean",
            "σ' is missing, at layer 3; and the sum over the examples was taken instead of their mean", 3,
            output="delta = (h[-1] - t) * m"),
)  # fmt: skip


def functions(text: str) -> dict[str, Any]:
    """What the text of a homework defines."""
    namespace: dict[str, Any] = {}
    exec(compile(text, "homework", "exec"), namespace)
    return namespace


def drawn(sizes: Sequence[int], seed: int = 5, examples: int = 7) -> dict[str, Any]:
    """Weights, biases and a batch, examples as columns."""
    rng = np.random.default_rng(seed)
    return {
        "weights": [rng.normal(size=(above, below)) for below, above in pairwise(sizes)],
        "biases": [rng.normal(size=(above, 1)) for above in sizes[1:]],
        "x": rng.normal(size=(sizes[0], examples)),
        "t": rng.uniform(size=(sizes[-1], examples)),
    }


def arrays(planted_text: str, sizes: Sequence[int]) -> dict[str, Any]:
    """What an .npz file of a homework holds."""
    at = drawn(sizes)
    copies = [W.copy() for W in at["weights"]]
    returned = functions(planted_text)["gradient"](copies, at["biases"], at["x"], at["t"])
    dW, db = returned if isinstance(returned, tuple) else (returned, [])
    held = {"x": at["x"], "t": at["t"]}
    for name, each in (("W", at["weights"]), ("b", at["biases"]), ("dW", dW), ("db", db)):
        held |= {f"{name}{layer}": array for layer, array in enumerate(each, 1)}
    return held


def written(folder: Path, planted: Planted) -> Path:
    """The slip as a Python file; sizes are said only where shapes matter."""
    file = folder / "homework.py"
    file.write_text(f"sizes = {planted.sizes}\n{planted.text}", "utf-8")
    return file
