"""docs/edge_of_stability.py on fewer digits and epochs: the sharpness rises to its limit and hovers there."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[1] / "docs" / "edge_of_stability.py"
RATES = (0.36, 0.4, 0.44)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(SCRIPT.stem, SCRIPT)
    module = sys.modules[SCRIPT.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_sharpness_rises_to_two_over_the_learning_rate_and_hovers_there(script: ModuleType) -> None:
    curves = script.follow(script.digits(300), RATES, 800)
    limits = 2 / np.array(RATES)

    lowest = curves.sharpness[:, :15].min(axis=1)  # after the first epochs, which flatten
    assert (lowest < 0.98 * limits).all()
    assert (curves.sharpness.max(axis=1) > limits).all()
    np.testing.assert_allclose(curves.hovering, 1, atol=0.05)
    assert curves.sharpness[:, -10:].min() > 0.9 * limits.min()
    assert (curves.residual <= 0.001 * curves.sharpness).all()
    early, late = (np.median(curves.cost[:, part], axis=1) for part in (slice(5, 15), slice(-10, None)))
    assert (late < 0.5 * early).all()  # of several epochs: the cost of one depends on where it swings
    assert (np.diff(curves.cost, axis=1).max(axis=1) > 0).all()  # falling, but not in every epoch

    one, two = (script.as_svg(script.figure(curves)) for _ in range(2))
    assert one == two
    assert b"2 / 0.36 = 5.56" in one


def test_a_learning_rate_far_below_the_limit_is_no_edge(script: ModuleType) -> None:
    curves = script.follow(script.digits(300), (0.05,), 300)
    assert curves.hovering[0] < 0.3
    assert (np.diff(curves.cost) < 0).all()


def test_the_figure_in_the_documents_is_that_of_the_scripts_learning_rates(script: ModuleType) -> None:
    svg = (script.FOLDER / "sharpness.svg").read_text("utf-8")
    for rate in script.LEARNING_RATES:
        assert f"2 / {rate:g} = {2 / rate:.3g}" in svg
