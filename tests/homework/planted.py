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
WEIGHTS: Final = "        dW.insert(0, delta @ h[l].T / m)\n"
BIASES: Final = "        db.insert(0, delta.mean(axis=1, keepdims=True))\n"
RETURN: Final = "    return dW, db\n"
START: Final = "    dW, db = [], []\n"


@dataclass(frozen=True)
class Planted:
    """A slip.

    Attributes:
        name: of the slip.
        changes: lines of the right homework, and what stands in their place.
        says: what the marker must say.
        layer: the layer that it must name, of three.
        sizes: of the network that is needed for it to run.
    """

    name: str
    changes: tuple[tuple[str, str], ...]
    says: str
    layer: int
    sizes: tuple[int, ...] = (3, 5, 4, 2)

    @property
    def text(self) -> str:
        """The homework with the slip."""
        text = RIGHT
        for old, new in self.changes:
            assert old in text
            text = text.replace(old, new)
        return text


def _line(old: str, new: str) -> tuple[str, str]:
    indent = old[: len(old) - len(old.lstrip())]
    return old, "".join(f"{indent}{line}\n" for line in new.split("\n"))


def _running(d: str, a: str) -> str:
    return f"sum(({d}[:, :k + 1] @ {a}[:, :k + 1].T) for k in range(m)) / m"


PLANTED: Final = (
    Planted(
        "missing slope at the output", (_line(OUTPUT, "delta = h[-1] - t"),), "σ' is missing, at layer 3", 3
    ),
    Planted(
        "missing slope at the hidden layers",
        (_line(HIDDEN, "delta = weights[l].T @ delta"),),
        "σ' is missing, at the hidden layers",
        2,
    ),
    Planted(
        "missing slope everywhere",
        (_line(OUTPUT, "delta = h[-1] - t"), _line(HIDDEN, "delta = weights[l].T @ delta")),
        "σ' is missing, at every layer",
        3,
    ),
    Planted(
        "missing slope at the first layer alone",
        (_line(HIDDEN, "delta = (weights[l].T @ delta) * (h[l] * (1 - h[l]) if l > 1 else 1)"),),
        "σ' is missing, at layer 1",
        1,
    ),
    Planted(
        "slope at the activation",
        (
            _line(OUTPUT, "s = sigmoid(h[-1])\ndelta = (h[-1] - t) * s * (1 - s)"),
            _line(HIDDEN, "s = sigmoid(h[l])\ndelta = (weights[l].T @ delta) * s * (1 - s)"),
        ),
        "σ' was taken at the activation instead of the weighted input, at every layer",
        3,
    ),
    Planted(
        "slope written for the activation, given the weighted input",
        (
            _line(
                HIDDEN,
                "z = weights[l - 1] @ h[l - 1] + biases[l - 1]\ndelta = (weights[l].T @ delta) * z * (1 - z)",
            ),
        ),
        "the form of σ' that takes the activation was given the weighted input, at the hidden layers",
        2,
    ),
    Planted(
        "slope of another activation",
        (_line(HIDDEN, "delta = (weights[l].T @ delta) * (1 - h[l] ** 2)"),),
        "the slope of tanh was taken instead of σ', at the hidden layers",
        2,
    ),
    Planted(
        "wrong sign", (_line(OUTPUT, "delta = (t - h[-1]) * h[-1] * (1 - h[-1])"),), "the sign is wrong", 3
    ),
    Planted(
        "weights not transposed",
        (_line(HIDDEN, "delta = (weights[l] @ delta) * h[l] * (1 - h[l])"),),
        "the weights were not transposed, at the hidden layers",
        2,
        (4, 4, 4, 4),
    ),
    Planted(
        "weights of the wrong layer",
        (_line(HIDDEN, "delta = (weights[l - 1].T @ delta) * h[l] * (1 - h[l])"),),
        "through the weights of its own layer instead of those of the layer above",
        2,
        (4, 4, 4, 4),
    ),
    Planted(
        "updated before propagated",
        (_line(HIDDEN, f"weights[l] -= 0.5 * dW[0]\n{HIDDEN.strip()}"),),
        "the weights were updated before the error signal was propagated through them, with a learning rate of 0.5",
        2,
    ),
    Planted(
        "sum for mean",
        (
            _line(WEIGHTS, "dW.insert(0, delta @ h[l].T)"),
            _line(BIASES, "db.insert(0, delta.sum(axis=1, keepdims=True))"),
        ),
        "the sum over the examples was taken instead of their mean",
        3,
    ),
    Planted(
        "average forgotten for the weights alone",
        (_line(WEIGHTS, "dW.insert(0, delta @ h[l].T)"),),
        "the sum over the examples was taken instead of their mean, at every layer",
        3,
    ),
    Planted(
        "averaged twice",
        (_line(OUTPUT, f"{OUTPUT.strip()} / m"),),
        "the average over the examples was taken twice",
        3,
    ),
    Planted(
        "divided by the number of inputs",
        (
            ("m = x.shape[1]", "m = x.shape[0]"),
            (".mean(axis=1, keepdims=True)", ".sum(axis=1, keepdims=True) / m"),
        ),
        "the sum was divided by the number of inputs instead of the number of examples",
        3,
    ),
    Planted(
        "half of the slope",
        (_line(HIDDEN, "delta = (weights[l].T @ delta) * (1 - h[l])"),),
        "the slope was taken as 1 − h, at the hidden layers",
        2,
    ),
    Planted(
        "first layer left out",
        (_line(RETURN, "dW[0][:] = db[0][:] = 0\nreturn dW, db"),),
        "the layer's gradient is missing, or zero, at layer 1",
        1,
    ),
    Planted(
        "outer product transposed",
        (_line(WEIGHTS, "dW.insert(0, h[l] @ delta.T / m)"),),
        "the outer product is transposed, at every layer",
        3,
    ),
    Planted(
        "outer product transposed where the shapes do not tell",
        (_line(WEIGHTS, "dW.insert(0, h[l] @ delta.T / m)"),),
        "the outer product is transposed, at every layer",
        3,
        (4, 4, 4, 4),
    ),
    Planted(
        "bias gradient zero",
        (_line(BIASES, "db.insert(0, np.zeros_like(biases[l]))"),),
        "the bias's gradient is missing, or zero, at every layer",
        3,
    ),
    Planted(
        "bias gradient left out",
        (_line(RETURN, "return dW"),),
        "the bias's gradient is missing, or zero, at every layer",
        3,
    ),
    Planted(
        "bias gradient multiplied by the activations",
        (_line(BIASES, "db.insert(0, (delta * h[l + 1]).mean(axis=1, keepdims=True))"),),
        "the bias's gradient was multiplied by the activations of its layer, at every layer",
        3,
    ),
    Planted(
        "bias gradient of the notebook's text",
        (
            _line(OUTPUT, f"outer = h[-1] - t\n{OUTPUT.strip()}"),
            _line(BIASES, "db.insert(0, outer.mean(axis=1, keepdims=True))"),
            _line(HIDDEN, f"outer = weights[l].T @ delta\n{HIDDEN.strip()}"),
        ),
        "the bias's gradient lacks σ', as in the founding notebook's text, at every layer",
        3,
    ),
    Planted(
        "bias gradient not summed over the batch",
        (_line(BIASES, "db.insert(0, delta)"),),
        "the bias's gradient was not summed over the examples",
        3,
    ),
    Planted(
        "error signal of the layer above",
        (
            _line(OUTPUT, f"{OUTPUT.strip()}\nused = delta"),
            _line(WEIGHTS, "dW.insert(0, used @ h[l].T / m)"),
            _line(HIDDEN, f"used = delta\n{HIDDEN.strip()}"),
        ),
        "the error signal is that of the layer above, at the hidden layers",
        2,
        (4, 4, 4, 4),
    ),
    Planted(
        "what was propagated lacks the slope of the layer above",
        (
            _line(OUTPUT, f"outer = h[-1] - t\n{OUTPUT.strip()}"),
            _line(HIDDEN, "outer = weights[l].T @ outer\ndelta = outer * h[l] * (1 - h[l])"),
        ),
        "dC/dh of the layer above was propagated, without its σ', at the hidden layers",
        2,
    ),
    Planted(
        "cost derivative of cross-entropy",
        (_line(OUTPUT, "delta = (h[-1] - t) / (h[-1] * (1 - h[-1])) * h[-1] * (1 - h[-1])"),),
        "the derivative is that of another cost, cross entropy",
        3,
    ),
    Planted(
        "the half of the cost forgotten",
        (_line(OUTPUT, "delta = 2 * (h[-1] - t) * h[-1] * (1 - h[-1])"),),
        "a factor of 2: the ½ of the cost is missing",
        3,
    ),
    Planted(
        "averaged over the outputs too",
        (_line(OUTPUT, f"{OUTPUT.strip()} / t.shape[0]"),),
        "the cost was averaged over the outputs too",
        3,
        (3, 5, 4, 3),
    ),
    Planted(
        "activations of the layer itself",
        (_line(WEIGHTS, "dW.insert(0, delta @ h[l + 1].T / m)"),),
        "the layer's own activations were taken instead of those of the layer below",
        3,
    ),
    Planted(
        "weighted inputs for activations",
        (
            _line(
                WEIGHTS,
                "below = h[0] if l == 0 else weights[l - 1] @ h[l - 1] + biases[l - 1]\n"
                "dW.insert(0, delta @ below.T / m)",
            ),
        ),
        "the weighted inputs of the layer below were taken instead of its activations",
        3,
    ),
    Planted(
        "last layer only",
        (_line(RETURN, "for each in dW[:-1] + db[:-1]:\n    each[:] = 0\nreturn dW, db"),),
        "only the last layer has a gradient; those below it are zero",
        2,
    ),
    Planted(
        "layers in the order of the backward pass",
        (_line(RETURN, "return dW[::-1], db[::-1]"),),
        "the gradients come in the order of the backward pass, last layer first",
        3,
    ),
    Planted(
        "not reset between examples",
        (
            _line(WEIGHTS, f"dW.insert(0, {_running('delta', 'h[l]')})"),
            _line(BIASES, f"db.insert(0, {_running('delta', 'np.ones((1, m))')})"),
        ),
        "gradients were not reset between examples",
        3,
    ),
    Planted(
        "only the last example",
        (
            _line(WEIGHTS, "dW.insert(0, delta[:, -1:] @ h[l][:, -1:].T)"),
            _line(BIASES, "db.insert(0, delta[:, -1:])"),
        ),
        "only the last example counts",
        3,
    ),
    Planted(
        "learning rate multiplied in",
        (_line(OUTPUT, f"{OUTPUT.strip()} * 0.03"),),
        "every number is 0.03 times the right one",
        3,
    ),
    Planted(
        "a penalty added",
        (_line(WEIGHTS, "dW.insert(0, delta @ h[l].T / m + 0.1 * weights[l])"),),
        "a penalty on the squared weights is added, of strength 0.1",
        3,
    ),
    Planted(
        "two at once",
        (
            _line(HIDDEN, "delta = weights[l].T @ delta"),
            _line(BIASES, "db.insert(0, np.zeros_like(biases[l]))"),
        ),
        "the bias's gradient is missing, or zero, at every layer; and σ' is missing, at the hidden layers",
        3,
    ),
    Planted(
        "one slip and the sum for the mean",
        (_line(OUTPUT, "delta = (h[-1] - t) * m"),),
        "σ' is missing, at layer 3; and the sum over the examples was taken instead of their mean",
        3,
    ),
)


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
