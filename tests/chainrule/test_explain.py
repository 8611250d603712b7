"""chainrule explain: the derivation in the terminal and as data, and what it refuses."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from core import Layer, Network, gradient_of
from tests.chainrule.conftest import Run


def test_by_default_it_works_the_texts_own_shape_and_its_chain(run: Run) -> None:
    said = run("explain")
    assert (said.status, said.err) == (0, "")
    for line in (
        "12 derivatives of the cost are computed in three ways",
        "y = σ(z₂) = σ(w₂ h₁) = σ(w₂ σ(w₁ x))",
        "∂C/∂w₁ᵢⱼ = Σᵤ ∂C/∂yᵤ σ'(z₂ᵤ) w₂ᵤᵢ σ'(z₁ᵢ) xⱼ",
        "δ₁ = (W₂ᵀ δ₂) ⊙ σ'(z₁)",
    ):
        assert line in said.out


@pytest.mark.parametrize(
    "asked",
    [
        (),
        ("--layers", "2,3,1", "--activation", "tanh", "--cost", "cross_entropy", "--x", "0.5,-1"),
        ("--layers", "3,4,4,3", "--activation", "gelu", "--cost", "log_likelihood"),
        ("--layers", "9,12,12", "--activation", "softmax"),
        ("--layers", "1,1,1", "--x", "-1", "--y", "0.25", "--weights", "-0.3,1.5"),
        ("--layers", "1,1,1,1,1,1,1,1,1"),
    ],
)
def test_what_it_prints_fits_eighty_columns_and_a_pipe(asked: tuple[str, ...], run: Run) -> None:
    said = run("explain", *asked)
    assert (said.status, said.err) == (0, "")
    assert max(map(len, said.out.splitlines())) <= 80
    assert all(line.isprintable() and line == line.rstrip() for line in said.out.splitlines())


def test_as_json_it_gives_every_number_with_all_its_digits(run: Run) -> None:
    said = run("explain", "--layers", "2,3,1", "--activation", "tanh", "--cost", "cross_entropy", "--json")
    blocks = json.loads(said.out)
    quantities = [block["items"] for block in blocks if block["kind"] == "quantities"]
    forward = next(items for items in quantities if items[0]["name"] == r"\mathbf{x}")
    values = {each["name"].split(" = ")[0]: np.array(each["value"]) for each in forward}
    network = Network((Layer(values["W_1"][None], None, "tanh"), Layer(values["W_2"][None], None, "sigmoid")))
    first, second = gradient_of(
        network, values[r"\mathbf{x}"][:, None], values[r"\mathbf{t}"][:, None], "cross_entropy"
    )
    checks = [block for block in blocks if block["kind"] == "checks"][-1]["items"]
    assert [each["matrix_form"] for each in checks] == [*first.W.flat, *second.W.flat]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            ("--errata", "--check", "a.npz"),
            "--errata: its proofs have numbers of their own and take no --check",
        ),
        (("--errata", "--y", "1"), "--errata: its proofs have numbers of their own and take no --target"),
        (("--output", "no/such/folder.md"), "--output no/such/folder.md: No such file or directory"),
        *(
            (
                ("--layers", no),
                f'--layers: whole numbers, separated by commas, were expected, not "{no}"',
            )
            for no in ("2,x", "2,,3", "", "2,1.5")
        ),
        (("--layers", "5"), "--layers: two sizes or more were expected, each from 1, not 5"),
        (("--layers", "784,30,10"), "--layers: at most 600 weights are worked out, 784,30,10 has 23,820"),
        (("--activation", "tahn"), '--activation: unknown "tahn"; did you mean "tanh"?'),
        (("--output-activation", "softmx"), '--output-activation: unknown "softmx"; did you mean "softmax"?'),
        (("--cost", "cross_entrop"), '--cost: unknown "cross_entrop"; did you mean "cross_entropy"?'),
        (
            ("--cost", "cross_entropy", "--output-activation", "relu"),
            (
                "--cost: cross_entropy needs outputs above 0 and below 1, those of relu lie between -inf and inf: "
                "use sigmoid"
            ),
        ),
        (("--x", "1"), "--x: the network has 2 inputs, 1 numbers were given"),
        (
            ("--x", "1,nan"),
            '--x: numbers from -1e+06 to 1e+06, separated by commas, were expected, not "1,nan"',
        ),
        (("--y", "1,2,3"), "--target: the network has 2 outputs, 3 numbers were given"),
        (("--weights", "1,2"), "--weights: the network has 12 weights, 2 numbers were given"),
        (("--learning-rate", "-1"), '--learning-rate: a number above 0 was expected, not "-1"'),
        (("--seed", "-1"), '--seed: a whole number from 0 was expected, not "-1"'),
    ],
)
def test_what_cannot_be_worked_is_refused_in_one_line(asked: tuple[str, ...], said: str, run: Run) -> None:
    ended = run("explain", *asked)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == f"error: {said}\n"


@pytest.mark.parametrize("errata", [(), ("--errata",)])
def test_each_form_is_printed_or_written_to_a_file(errata: tuple[str, ...], run: Run, tmp_path: Path) -> None:
    for form, begins in (("html", "<!DOCTYPE html>"), ("md", "# "), ("terminal", "\n")):
        printed = run("explain", *errata, "--format", form)
        assert (printed.status, printed.err) == (0, "")
        assert printed.out.startswith(begins)
        written = run("explain", *errata, "--format", form, "--output", "page")
        assert (written.status, written.out, written.err) == (0, "", "")
        assert (tmp_path / "page").read_text("utf-8") == printed.out


def test_the_errata_fit_eighty_columns_and_a_pipe(run: Run) -> None:
    said = run("explain", "--errata")
    assert (said.status, said.err) == (0, "")
    assert "12. A training curve of many networks" in said.out
    assert max(map(len, said.out.splitlines())) <= 80
    assert all(line.isprintable() and line == line.rstrip() for line in said.out.splitlines())


def test_numbers_that_saturate_everything_are_worked_without_a_warning(run: Run) -> None:
    for cost, rate in (("quadratic", 1e300), ("cross_entropy", 1e-320), ("exponential", 0.5)):
        numbers = ("--x", "1e6", "--weights", "-1e6,1e6", "--learning-rate", rate)
        said = run("explain", "--layers", "1,1,1", *numbers, "--cost", cost)
        assert (said.status, said.err) == (0, "")


def test_a_reader_who_stops_early_is_no_fault() -> None:
    command = f"{shlex.quote(sys.executable)} -m chainrule explain | head -n 1"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
