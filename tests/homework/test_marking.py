"""Right homework passes in every layout, each slip is named, and what is not known is said to be unknown."""

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import ACTIVATIONS, COSTS, Layer, Network, fits, gradient_of
from derivation.unicode_form import unicode_form
from experiments.mistakes import UserError
from homework.file_settings import Settings
from homework.mark_page import verdict
from homework.marking import Mark, mark
from tests.homework.planted import PLANTED, RIGHT, Planted, arrays, drawn, written

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY = pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.name)


def said(given: Mark) -> list[str]:
    return [each.says for each in given.slips]


def named(given: Mark, planted: Planted) -> None:
    assert not given.right
    assert any(planted.says in each for each in said(given)), said(given)
    assert given.slips[0].layer == planted.layer
    assert given.slips[0].everything
    assert not given.truth.unconfirmed.size
    for block in verdict(given, Path("homework")):
        if hasattr(block, "latex"):
            assert unicode_form(block.latex)


def of_arrays(folder: Path, held: dict[str, Any], **more: Any) -> Mark:
    np.savez(folder / "homework.npz", **held, **more)
    return mark(folder / "homework.npz", Settings())


@EVERY
def test_each_slip_is_named_from_arrays(planted: Planted, tmp_path: Path) -> None:
    named(of_arrays(tmp_path, arrays(planted.text, planted.sizes)), planted)


@EVERY
def test_each_slip_is_named_from_a_python_file(planted: Planted, tmp_path: Path) -> None:
    named(mark(written(tmp_path, planted), Settings()), planted)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("biases", ["columns", "vectors", "none"])
@pytest.mark.parametrize(("transposed", "rows"), list(product([False, True], repeat=2)))
@pytest.mark.parametrize("sizes", [(3, 5, 4, 2), (4, 4, 4)])
def test_right_arrays_pass_in_every_layout(
    sizes: tuple[int, ...],
    transposed: bool,
    rows: bool,
    biases: str,
    reduction: str,
    tmp_path: Path,
) -> None:
    at = drawn(sizes)
    layers = [
        Layer(W[None], None if biases == "none" else b[None], "sigmoid")
        for W, b in zip(at["weights"], at["biases"], strict=True)
    ]
    network = Network(tuple(layers))
    times = at["x"].shape[1] if reduction == "sum" else 1
    held: dict[str, Any] = {"x": at["x"].T if rows else at["x"], "y": at["t"].T if rows else at["t"]}
    for number, (layer, gradient) in enumerate(
        zip(layers, gradient_of(network, at["x"], at["t"], "quadratic"), strict=True), 1
    ):
        W, dW = layer.W[0], times * gradient.W[0]
        held |= {f"layers.{number}.weight": W.T if transposed else W}
        held |= {f"layers.{number}.weight.grad": dW.T if transposed else dW}
        if layer.b is not None and gradient.b is not None:
            shape = (-1,) if biases == "vectors" else (-1, 1)
            held |= {f"layers.{number}.bias": layer.b.reshape(shape)}
            held |= {f"layers.{number}.bias.grad": (times * gradient.b).reshape(shape)}
    if rows:  # as frameworks have them
        held = {name: array.astype(np.float32) for name, array in held.items()}
    given = of_arrays(tmp_path, held, reduction=reduction)
    assert given.right, said(given)


LAYOUTS: dict[str, list[tuple[str, str]]] = {
    "as in the text": [],
    "PyTorch's": [
        ("sigmoid(W @ h[-1] + b)", "sigmoid(h[-1] @ W.T + b)"),
        ("m = x.shape[1]", "m = x.shape[0]"),
        ("delta @ h[l].T / m", "delta.T @ h[l] / m"),
        ("delta.mean(axis=1, keepdims=True)", "delta.mean(axis=0)"),
        ("weights[l].T @ delta", "delta @ weights[l]"),
    ],
    "Keras's": [
        ("sigmoid(W @ h[-1] + b)", "sigmoid(h[-1] @ W + b)"),
        ("m = x.shape[1]", "m = x.shape[0]"),
        ("delta @ h[l].T / m", "h[l].T @ delta / m"),
        ("delta.mean(axis=1, keepdims=True)", "delta.mean(axis=0)"),
        ("weights[l].T @ delta", "delta @ weights[l].T"),
    ],
    "rows of biases": [
        ("sigmoid(W @ h[-1] + b)", "sigmoid(h[-1] @ W + b)"),
        ("m = x.shape[1]", "m = x.shape[0] + 0 * biases[0].shape[1]"),
        ("delta @ h[l].T / m", "h[l].T @ delta / m"),
        ("delta.mean(axis=1, keepdims=True)", "delta.mean(axis=0, keepdims=True)"),
        ("weights[l].T @ delta", "delta @ weights[l].T"),
    ],
    "one vector at a time": [
        ("sigmoid(W @ h[-1] + b)", "sigmoid(np.dot(W, np.reshape(h[-1], len(W[0]))) + b)"),
        ("m = x.shape[1]", "assert x.ndim == 1"),
        ("delta @ h[l].T / m", "np.outer(delta, h[l])"),
        ("delta.mean(axis=1, keepdims=True)", "delta"),
    ],
    "one column at a time": [
        ("h = [x]", "h = [x]\n    assert x.shape[1] == 1"),
        ("delta @ h[l].T / m", "np.outer(delta, h[l])"),
    ],
    "without biases": [
        ("(weights, biases, x", "(weights, x"),
        ("for W, b in zip(weights, biases)", "for W in weights"),
        ("W @ h[-1] + b", "W @ h[-1]"),
        ("return dW, db", "return dW"),
    ],
    "the sum": [
        ('cost = "quadratic"', 'cost = "quadratic"\nreduction = "sum"'),
        ("delta @ h[l].T / m", "delta @ h[l].T"),
        ("delta.mean(axis=1, keepdims=True)", "delta.sum(axis=1, keepdims=True)"),
    ],
    "two layers alone": [("    m = x.shape[1]", "    m = x.shape[1]\n    W1, W2 = weights")],
    "pairs": [("return dW, db", "return list(zip(dW, db))")],
    "names": [
        (
            "return dW, db",
            "return {f'd{k}{i}': d for k, v in (('W', dW), ('b', db)) for i, d in enumerate(v)}",
        )
    ],
    "one after the other": [("return dW, db", "return [each for pair in zip(dW, db) for each in pair]")],
    "the output alone": [
        ("def forward(", "def passed("),
        ("h = forward(", "h = passed("),
        ("def gradient(", "def forward(*given):\n    return passed(*given)[-1]\n\n\ndef gradient("),
        (
            "def forward(*given):\n    return passed(*given)",
            "def forward(w, b, x):\n    return passed(w, b, x)",
        ),
    ],
    "a step": [
        ("def gradient(weights, biases, x, t)", "def update(weights, biases, x, t, learning_rate)"),
        (
            "return dW, db",
            (
                "return [W - learning_rate * d for W, d in zip(weights, dW)], "
                "[b - learning_rate * d for b, d in zip(biases, db)]"
            ),
        ),
    ],
    "a step in place": [
        ("def gradient(weights, biases, x, t)", "def update(weights, biases, x, t, learning_rate)"),
        (
            "    return dW, db\n",
            (
                "    for W, b, one, two in zip(weights, biases, dW, db):\n"
                "        W -= learning_rate * one\n        b -= learning_rate * two\n"
            ),
        ),
    ],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_right_python_file_passes_in_every_layout(layout: str, tmp_path: Path) -> None:
    text = RIGHT
    for old, new in LAYOUTS[layout]:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "homework.py").write_text(text, "utf-8")
    given = mark(tmp_path / "homework.py", Settings())
    assert given.right, said(given)
    assert given.rounds >= 2


@pytest.mark.parametrize(
    ("old", "new", "layer", "kind"),
    [
        ("* h[l] * (1 - h[l])", "* h[l] * (1 - h[l]) * (1.7 if l == 1 else 1)", 1, "weights"),
        ("delta @ h[l].T / m", "delta @ h[l].T / m + 0.01 * (l == 1)", 2, "weights"),
        ("delta.mean(axis=1, keepdims=True)", "np.cos(delta.mean(axis=1, keepdims=True))", 3, "biases"),
    ],
)
def test_an_error_of_no_known_kind_is_said_to_be_unknown_with_its_place_and_numbers(
    old: str, new: str, layer: int, kind: str, tmp_path: Path
) -> None:
    given = of_arrays(tmp_path, arrays(RIGHT.replace(old, new), (3, 5, 4, 2)))
    assert said(given) == []
    assert (given.first.layer, given.first.kind) == (layer, kind)
    blocks = verdict(given, Path("homework.npz"))
    assert any("does not know this slip" in getattr(block, "text", "") for block in blocks)
    assert any("ratio" in getattr(block, "heads", ()) for block in blocks)


@given(seed=st.integers(0, 10_000), size=st.floats(0.01, 100), where=st.data())
@settings(max_examples=10, deadline=None)
def test_a_single_wrong_number_is_never_given_a_name(
    seed: int, size: float, where: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    held = arrays(RIGHT, (3, 5, 4, 2))
    layer = where.draw(st.integers(1, 3))
    spoilt = held[f"dW{layer}"]
    place = where.draw(st.integers(0, spoilt.size - 1))
    spoilt.flat[place] += size * np.random.default_rng(seed).choice([-1, 1])
    given = of_arrays(tmp_path_factory.mktemp("one"), held)
    assert given.first.layer == layer
    assert said(given) == []


@pytest.mark.parametrize(
    ("activation", "cost"),
    [(a, c) for a in ACTIVATIONS for c in COSTS if fits(c, a) and not (a == "softmax" and c == "absolute")],
)
def test_every_activation_and_cost_is_judged_and_its_sign_slip_named(
    activation: str, cost: str, tmp_path: Path
) -> None:
    at = drawn((3, 4, 2))
    t = np.eye(2)[:, np.arange(7) % 2] if COSTS[cost].classification else at["t"]
    hidden = "tanh" if activation == "softmax" else activation
    layers = [
        Layer(W[None], b[None], name)
        for W, b, name in zip(at["weights"], at["biases"], (hidden, activation), strict=True)
    ]
    held: dict[str, Any] = {"x": at["x"], "t": t, "activation": [hidden, activation], "cost": cost}
    for number, (layer, gradient) in enumerate(
        zip(layers, gradient_of(Network(tuple(layers)), at["x"], t, cost), strict=True), 1
    ):
        held |= {f"W{number}": layer.W[0], f"b{number}": layer.b[0]}
        held |= {f"dW{number}": gradient.W[0], f"db{number}": gradient.b[0]}
    assert of_arrays(tmp_path, held).right
    wrong = {name: -array if name[0] == "d" else array for name, array in held.items()}
    assert any("the sign is wrong" in each for each in said(of_arrays(tmp_path, wrong)))


def test_the_notebooks_slip_is_known_by_name(tmp_path: Path) -> None:
    given = of_arrays(tmp_path, arrays(RIGHT, (3, 5, 4, 2)), cost="cross_entropy")
    assert any("founding notebook's slip" in each for each in said(given))
    assert any("another cost, quadratic" in each for each in said(given))


@pytest.mark.parametrize(
    ("old", "new", "says", "layer"),
    [
        ("W @ h[-1] + b", "W @ h[-1]", "the biases are missing, at every layer", 1),
        ("sigmoid(W @ h[-1] + b)", "np.tanh(W @ h[-1] + b)", "the activation is tanh, at every layer", 1),
        (
            "    return h\n",
            "    h[-1] = weights[-1] @ h[-2] + biases[-1]\n    return h\n",
            "the activation is missing, at layer 3",
            3,
        ),
    ],
)
def test_a_wrong_forward_pass_is_named_before_any_gradient(
    old: str, new: str, says: str, layer: int, tmp_path: Path
) -> None:
    (tmp_path / "homework.py").write_text(RIGHT.replace(old, new, 1), "utf-8")
    given = mark(tmp_path / "homework.py", Settings())
    assert given.truth is None
    assert says in said(given)
    assert given.slips[0].layer == layer


def test_gradients_that_are_not_reset_between_calls_are_named(tmp_path: Path) -> None:
    keeping = (
        "    kept.append((dW, db))\n"
        "    return [sum(each) for each in zip(*(k[0] for k in kept))], "
        "[sum(each) for each in zip(*(k[1] for k in kept))]\n\nkept = []\n"
    )
    (tmp_path / "homework.py").write_text(RIGHT.replace("    return dW, db\n", keeping), "utf-8")
    given = mark(tmp_path / "homework.py", Settings())
    assert said(given) == [
        "gradients were not reset between calls: each call adds to the sum that earlier calls left"
    ]


def test_the_founding_texts_list_with_its_notebooks_cost_has_both_slips_named(tmp_path: Path) -> None:
    text = """
import numpy as np

cost, sizes, batch = "cross_entropy", (2, 8, 5, 1), 1


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(weights, biases, x):
    for W, b in zip(weights, biases):
        x = sigmoid(W @ x + b)
    return x


def update(weights, biases, x, y, learning_rate):
    h = [x]
    for W, b in zip(weights, biases):
        h.append(sigmoid(W @ h[-1] + b))
    delta = h[-1] - y
    for l in reversed(range(len(weights))):
        factor = delta * h[l + 1] * (1 - h[l + 1])
        weights[l] -= learning_rate * np.outer(factor, h[l])
        biases[l] -= learning_rate * factor
        delta = weights[l].T @ factor
"""
    (tmp_path / "homework.py").write_text(text, "utf-8")
    first = said(mark(tmp_path / "homework.py", Settings()))[0]
    assert "the founding notebook's slip" in first
    assert "and the weights were updated before the error signal was propagated through them" in first


def test_an_update_that_came_too_early_is_known_on_the_texts_chain_of_two_units(tmp_path: Path) -> None:
    x, w, t, rate = 2.0, (0.5, -1.2), 0.3, 0.5
    h1 = 1 / (1 + np.exp(-w[0] * x))
    y = 1 / (1 + np.exp(-w[1] * h1))
    delta = (y - t) * y * (1 - y)
    new = w[1] - rate * delta * h1
    held = {"x": [[x]], "t": [[t]], "W1": [[w[0]]], "W2": [[w[1]]], "dW2": [[delta * h1]]}
    wrong = held | {"dW1": [[delta * new * h1 * (1 - h1) * x]]}
    arrays_held = {name: np.array(value) for name, value in wrong.items()}
    (says,) = said(of_arrays(tmp_path, arrays_held, learning_rate=rate))
    assert "updated before the error signal was propagated" in says
    assert said(of_arrays(tmp_path, arrays_held)) == []  # one number fits any learning rate
    right = arrays_held | {"dW1": np.array([[delta * w[1] * h1 * (1 - h1) * x]])}
    assert of_arrays(tmp_path, right).right


def test_a_transpose_that_shapes_forbid_is_found_with_layers_of_one_size(tmp_path: Path) -> None:
    (tmp_path / "homework.py").write_text(
        RIGHT.replace("weights[l].T @ delta", "weights[l] @ delta"), "utf-8"
    )
    given = mark(tmp_path / "homework.py", Settings())
    assert said(given) == ["the weights were not transposed, at the hidden layers"]
    assert "line 27: delta = (weights[l] @ delta)" in given.notes[0], given.notes


def test_numbers_at_a_kink_are_left_unjudged(tmp_path: Path) -> None:
    held = {"x": np.zeros((2, 1)), "t": np.ones((1, 1)), "W1": np.ones((1, 2)), "b1": np.zeros((1, 1))}
    given = of_arrays(tmp_path, held | {"dW1": np.zeros((1, 2)), "db1": -np.ones((1, 1))}, activation="relu")
    assert given.right
    assert given.truth.unconfirmed.tolist() == [2]


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ({"cost": ["quadratic", "mse"]}, "cost: one name was expected, not 2"),
        ({"reduction": "sun"}, 'reduction: unknown "sun"; did you mean "sum"'),
        (
            {"activation": ["tanh", "relu", "sigmoyd"]},
            'activation: unknown "sigmoyd"; did you mean "sigmoid"',
        ),
        ({"output_activation": 3}, "output_activation: a name was expected"),
    ],
)
def test_names_that_a_file_gets_wrong_are_refused(given: dict[str, Any], answer: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=answer):
        of_arrays(tmp_path, arrays(RIGHT, (3, 5, 4, 2)), **given)


def test_a_value_of_the_cost_is_judged_too(tmp_path: Path) -> None:
    held = arrays(RIGHT, (3, 5, 4, 2))
    at = drawn((3, 5, 4, 2))
    h = at["x"]
    for W, b in zip(at["weights"], at["biases"], strict=True):
        h = 1 / (1 + np.exp(-(W @ h + b)))
    squares = np.square(h - at["t"]).sum()
    assert of_arrays(tmp_path, held, C=squares / 2 / 7).right
    given = of_arrays(tmp_path, held, C=squares / 7)
    assert said(given) == ["the cost is squared error, the mean over the examples"]
    assert of_arrays(tmp_path, held, output=h).right
    assert not of_arrays(tmp_path, held, output=h + 0.01).right


def test_targets_that_the_cost_has_no_right_gradient_for_are_a_mistake(tmp_path: Path) -> None:
    held = arrays(RIGHT, (3, 5, 4, 2))
    for output, cost, t, reason in (
        ("softmax", "log_likelihood", held["t"], "expects targets that sum to 1"),
        ("softmax", "categorical_cross_entropy", held["t"], "expects targets that sum to 1"),
        ("identity", "squared_hinge", np.sign(held["t"] - 0.5), "squared_hinge expects targets from 0 to 1"),
    ):
        np.savez(tmp_path / "homework.npz", **{**held, "t": t})
        with pytest.raises(UserError, match=reason):
            mark(tmp_path / "homework.npz", Settings(("sigmoid",), output, cost))
    shares = held["t"] / held["t"].sum(axis=0)
    np.savez(tmp_path / "homework.npz", **{**held, "t": shares.astype(np.float32)})
    mark(tmp_path / "homework.npz", Settings(("sigmoid",), "softmax", "log_likelihood"))


def test_arrays_after_a_step_are_judged_as_its_gradient(tmp_path: Path) -> None:
    held = arrays(RIGHT, (3, 5, 4, 2))
    stepped = {name: array for name, array in held.items() if name[0] != "d"}
    for name in [name for name in held if name[0] == "d"]:
        stepped[f"{name[1:]}_new"] = held[name[1:]] - 0.5 * held[name]
    assert of_arrays(tmp_path, stepped, learning_rate=0.5).right
    uphill = {
        name: 2 * held[name.removesuffix("_new")] - array if name.endswith("_new") else array
        for name, array in stepped.items()
    }
    assert "the sign is wrong: this gradient leads uphill" in said(
        of_arrays(tmp_path, uphill, learning_rate=0.5)
    )


def test_if_backpropagation_here_were_wrong_differences_would_not_confirm_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from homework.problem import LayerGradient, Problem

    right: Callable[[Problem], list[LayerGradient]] = Problem.gradient

    def wrong(problem: Problem) -> list[LayerGradient]:
        first, *others = right(problem)
        assert first.W is not None
        return [replace(first, W=1.01 * first.W), *others]

    monkeypatch.setattr(Problem, "gradient", wrong)
    given = of_arrays(tmp_path, arrays(RIGHT, (3, 5, 4, 2)))
    assert given.truth.unconfirmed.tolist() == list(range(15))
