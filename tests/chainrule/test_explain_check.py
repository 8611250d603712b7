"""chainrule explain --check: its exit status, and a file that cannot be used is told so in one line."""

import json
from pathlib import Path

import numpy as np
import pytest

from experiments.control_characters import visible
from homework import process
from tests.chainrule.conftest import Run
from tests.homework.planted import HIDDEN, RIGHT, arrays

RIGHT_ARRAYS = arrays(RIGHT, (3, 5, 4, 2))


def test_right_homework_has_the_status_0(run: Run) -> None:
    Path("homework.py").write_text(RIGHT, "utf-8")
    said = run("explain", "--check", "homework.py")
    assert (said.status, said.err) == (0, "")
    assert "Homework homework.py: right" in said.out
    assert "54 derivatives of the cost were measured by differences" in " ".join(said.out.split())


def test_wrong_homework_has_the_status_1_and_names_layer_formula_and_slip(run: Run) -> None:
    Path("homework.py").write_text(
        RIGHT.replace(HIDDEN, "            delta = weights[l].T @ delta\n"), "utf-8"
    )
    said = run("explain", "--check", "homework.py")
    assert (said.status, said.err) == (1, "")
    for line in (
        "Homework homework.py: wrong",
        "error signal, at layer 2. Likely slip: σ' is missing, at the hidden layers.",
        "The right formula is δ₂ = (W₃ᵀ δ₃) ⊙ σ'(z₂) and the numbers of the homework match δ₂ = (W₃ᵀ δ₃) ∂C/∂W₂",
    ):
        assert line in " ".join(said.out.split())
    assert max(map(len, said.out.splitlines())) <= 80


def test_arrays_are_marked_in_every_form(run: Run) -> None:
    np.savez("homework.npz", **RIGHT_ARRAYS)
    assert run("explain", "--check", "homework.npz").status == 0
    np.savez("homework.npz", **(RIGHT_ARRAYS | {"dW1": -RIGHT_ARRAYS["dW1"]}))
    blocks = json.loads(run("explain", "--check", "homework.npz", "--json").out)
    assert blocks[0]["text"] == "Homework homework.npz: wrong"
    page = run("explain", "--check", "homework.npz", "--format", "html", "--output", "mark.html")
    assert page.status == 1
    assert "<math" in Path("mark.html").read_text("utf-8")
    assert run("explain", "--check", "homework.npz", "--format", "md").status == 1


def test_the_name_of_a_homework_is_shown_in_every_form_and_not_obeyed(run: Run) -> None:
    name = "\x1b[31m\x9b\u202e\x7f\n.npz"
    shown = r"\u001b[31m\u009b\u202e\u007f\u000a.npz"
    assert run("explain", "--check", name).mistakes == [f"error: {shown}: there is no such file"]
    np.savez(name, **RIGHT_ARRAYS)
    for form in ((), ("--json",), ("--format", "md"), ("--format", "html")):
        said = run("explain", "--check", name, *form)
        assert said.status == 0
        assert "".join(said.out.split()).replace("\\\\", "\\").count(shown) >= 1
        assert visible(said.out, keep="\n") == said.out


def test_what_the_file_leaves_open_the_command_line_says(run: Run) -> None:
    Path("homework.py").write_text(
        RIGHT.replace('activation = "sigmoid"\ncost = "quadratic"\n', "")
        .replace("1 / (1 + np.exp(-z))", "np.tanh(z)")
        .replace("h[-1] * (1 - h[-1])", "(1 - h[-1] ** 2)")
        .replace("h[l] * (1 - h[l])", "(1 - h[l] ** 2)"),
        "utf-8",
    )
    assert run("explain", "--check", "homework.py").status == 1
    assert run("explain", "--check", "homework.py", "--activation", "tanh").status == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def forward(:\n", ", line 1: SyntaxError: "),
        ("x = 1\nraise RuntimeError('no data')\n", ", line 2: RuntimeError: no data"),
        ("import nothing_like_this\n", ", line 1: ModuleNotFoundError: No module named 'nothing_like_this'"),
        ("import os\nos._exit(3)\n", "loading the file ended the process, with exit status 3"),
        ("import sys\nsys.exit(3)\n", ", line 2: SystemExit: 3"),
        ("def forwad(w, b, x): ...\n", 'there is no function forward; did you mean "forwad"?'),
        ("def forward(w, b, x): ...\n", "there is no function gradient"),
        (RIGHT.replace("(weights, biases, x, t)", "()"), "gradient takes 0 arguments; it must take (weights"),
        (RIGHT.replace("(weights, biases, x)", "(weights, x)", 1), "forward and gradient must both take biases"),
        (RIGHT.replace("return h\n", "return 'h'\n", 1), "forward returned a text; it must return the output"),
        (RIGHT.replace("return h\n", "return h[-1][:1]\n", 1), "forward returned an array (1, 7); it must return"),
        (RIGHT.replace("return dW, db", "return 1.0"), "gradient returned a number; it must return a list of 3 arrays"),
        (RIGHT.replace("return dW, db", "return print"), "gradient raised NotNumbersError: "),
        (RIGHT.replace("dW, db = [], []", "dW = db = undefined"), ", line 21: gradient raised NameError: name"),
        (RIGHT.replace("return h\n", "return input()\n", 1), ", line 15: forward raised EOFError"),
        (RIGHT.replace('"sigmoid"', '"sigmod"'), 'activation: unknown "sigmod"; did you mean "sigmoid"?'),
        (RIGHT.replace('"quadratic"', '"quadratc"'), 'cost: unknown "quadratc"; did you mean "quadratic"?'),
        (RIGHT.replace('cost = "quadratic"', "cost = 3"), "cost: a name was expected"),
        (RIGHT + "sizes = (3, 0)\n", "sizes: two or more whole numbers from 1 were expected"),
        (RIGHT + "sizes = [3, 'x']\n", "sizes: two or more whole numbers from 1 were expected"),
        (RIGHT + 'cost, output_activation = "log_likelihood", "relu"\n', "log_likelihood is not defined for"),
    ],
)  # fmt: skip
def test_a_python_file_that_cannot_be_used_has_the_status_2(text: str, said: str, run: Run) -> None:
    Path("homework.py").write_text(text, "utf-8")
    ended = run("explain", "--check", "homework.py")
    assert (ended.status, ended.out) == (2, "")
    assert len(ended.mistakes) == 1
    assert said in ended.err
    assert "homework.py" in ended.err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"x": None}, 'there is no "x"'),
        ({"t": None}, 'there is no "t"'),
        ({"dW2": None}, "there is no gradient dW2"),
        ({"W1": None, "W2": None, "W3": None}, "no weights were found"),
        ({"W2": np.ones((7, 7))}, "do not fit together in any layout"),
        ({"x": np.ones((9, 7))}, "do not fit together in any layout"),
        ({"W1": np.full((5, 3), np.nan)}, "W1: not every number is finite"),
        ({"activation": "sigmod"}, 'activation: unknown "sigmod"'),
        ({"activation": ["tanh", "sigmoid"]}, "activation: one name, or one for each of the 3 layers, was expected"),
        ({"cost": "cross_entropy", "t": np.full((2, 7), 3.0)}, "cross_entropy expects targets from 0 to 1"),
        ({"learning_rate": np.array("2020", dtype="M8[Y]")}, "learning_rate: a number above 0 was expected"),
        ({"C": np.array(b"x")}, "the cost's value: a number was expected"),
        ({"reduction": "median"}, 'reduction: unknown "median"'),
        ({"output": np.ones((3, 3))}, "output: activations of 2 units for 7 examples were expected, not (3, 3)"),
    ],
)  # fmt: skip
def test_arrays_that_cannot_be_used_have_the_status_2(
    changes: dict[str, object], said: str, run: Run
) -> None:
    held = {name: array for name, array in (RIGHT_ARRAYS | changes).items() if array is not None}
    np.savez("homework.npz", **held)
    ended = run("explain", "--check", "homework.npz")
    assert (ended.status, ended.out) == (2, "")
    assert said in ended.err


def test_files_that_are_no_homework_have_the_status_2(run: Run) -> None:
    Path("broken.npz").write_bytes(b"PK\x03\x04 no archive")
    np.savez("objects.npz", W1=np.array([{}, 1], dtype=object))
    for name, said in (
        ("gone.py", "there is no such file"),
        ("gone.npz", "there is no such file"),
        ("broken.npz", "not an .npz file that can be read"),
        ("objects.npz", "an array holds Python objects"),
    ):
        ended = run("explain", "--check", name)
        assert (ended.status, ended.out) == (2, "")
        assert said in ended.err


def test_arrays_that_overflow_are_judged_without_a_warning(run: Run) -> None:
    for name in ("dW1", "W1", "db1", "output"):
        shape = RIGHT_ARRAYS.get(name, np.ones((2, 7))).shape
        np.savez("homework.npz", **(RIGHT_ARRAYS | {name: np.full(shape, -1e308)}))
        ended = run("explain", "--check", "homework.npz")
        assert ended.status in (1, 2)
        assert "Warning" not in ended.err


def test_a_loop_without_end_is_stopped(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "SECONDS", 1.5)
    Path("homework.py").write_text(
        RIGHT.replace("    m = x.shape[1]\n", "    while True:\n        pass\n"), "utf-8"
    )
    ended = run("explain", "--check", "homework.py")
    assert ended.status == 2
    assert "gradient did not finish within 1.5 seconds" in ended.err


def test_options_that_a_homework_does_not_take_are_refused(run: Run) -> None:
    ended = run("explain", "--check", "homework.py", "--layers", "2,2")
    assert ended.status == 2
    assert ended.err == "error: --check: a homework is judged with numbers of its own and takes no --layers\n"
