"""A cost, an activation or a measure is one entry in its table: with it alone, everything that uses the table works."""

import subprocess
import sys
from pathlib import Path

ADDED = """
import numpy as np
from core.activations import ACTIVATIONS, Activation
from core.costs import COSTS, Cost

COSTS["quartic"] = Cost(
    value=lambda h, y: 0.25 * ((h - y) ** 4).sum(axis=-2),
    slope=lambda h, y: (h - y) ** 3,
    curvature=lambda h, y, v: 3 * (h - y) ** 2 * v,
    formula="¼ Σ (h − y)⁴",
    latex=r"\\frac{1}{4} \\sum_u (y_u - t_u)^4",
    latex_slope=r"(y_u - t_u)^3",
)
ACTIVATIONS["inverse_root"] = Activation(
    value=lambda z: z / np.sqrt(1 + z * z),
    slope=lambda z, _h: (1 + z * z) ** -1.5,
    curvature=lambda z, _h: -3 * z * (1 + z * z) ** -2.5,
    latex=r"\\frac{z}{\\sqrt{1 + z^2}}",
    latex_slope=r"(1 - h^2)^{3/2}",
    low=-1,
    high=1,
)
"""
USED = '''
from core import Examples, Purpose, Settings, check_gradient, generators, hessian_vector, initialise, train
from core.curvature.stability import sharpness

rng = np.random.default_rng(0)
data = Examples(rng.normal(size=(3, 20)), np.eye(2)[rng.integers(0, 2, 20)].T)
first = generators(0, [0], Purpose.INITIALISATION)
start = initialise((3, 4, 2), first, activation="inverse_root", output="inverse_root")
assert check_gradient(start, data.x, data.y, "quartic", rng).worst < 1e-7
for plain in (False, True):
    settings = Settings(cost="quartic", learning_rate=0.5, batch_size=8, sharpness_every=30)
    shuffle = generators(0, [0], Purpose.SHUFFLE)
    costs = [epoch.train_cost[0] for epoch in train(start, data, data, settings, shuffle, plain=plain)]
    assert costs[-1] < costs[0], costs
    print(f"{costs[-1]:.10f}")

from pathlib import Path
from chainrule.cli import main

def command(*arguments):
    try:
        main(list(arguments))
    except SystemExit as ended:
        assert not ended.code, (arguments, ended.code)

Path("study.toml").write_text("""
[study]
name = "new"
question = "Does the new cost serve?"
trials = 4
[data]
source = "iris"
[training]
activation = "inverse_root"
[search.scientific]
cost = ["quartic", "quadratic"]
[search.nuisance]
learning_rate = { low = 0.01, high = 1.0, log = true }
""", "utf-8")
command("study", "study.toml", "--dry-run")
for form in ("terminal", "md", "html"):
    command("explain", "--cost", "quartic", "--activation", "inverse_root", "--format", form, "--output", form)
'''


MEASURED = """
import numpy as np
from core.measures import MEASURES, Measure

def of_weights(network, _examples, _settings):
    return np.sqrt(sum(np.square(layer.W).sum(axis=(-2, -1)) for layer in network.layers))

MEASURES["weight_norm"] = Measure(of_weights)
MEASURES["positive"] = Measure(lambda n, x, _: np.full(n.members, (x.x > 0).mean()), validation=True)

from core import Examples, Purpose, Settings, generators, initialise, train

rng = np.random.default_rng(0)
data, others = (Examples(rng.normal(size=(3, m)), rng.random((2, m))) for m in (20, 9))
start = initialise((3, 4, 2), generators(0, range(3), Purpose.INITIALISATION), output="identity")
settings = [Settings(cost="quadratic", learning_rate=rate, epochs=3, batch_size=8) for rate in (0.5, 1e300, 0.1)]
for plain in (False, True):
    for epoch in train(start, data, others, settings, generators(0, range(3), Purpose.SHUFFLE), plain=plain):
        expected = of_weights(epoch.network, data, settings)
    np.testing.assert_allclose(epoch["weight_norm"][epoch.members], expected, rtol=1e-12)
    assert np.isnan(epoch["weight_norm"]).tolist() == epoch.diverged.tolist() == [False, True, False]
    assert epoch["train_positive"][0] == (data.x > 0).mean() != (others.x > 0).mean() == epoch["validation_positive"][0]

from experiments.records import CURVES
from reports.results import record_rows
assert {"weight_norm", "train_positive", "validation_positive"} <= set(CURVES) <= set(record_rows._EPOCH_COLUMNS)
"""


def ran(script: str, folder: Path) -> str:
    process = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert process.returncode == 0, process.stderr
    return process.stdout


def test_a_cost_and_an_activation_that_are_added_train_are_checked_studied_and_explained(
    tmp_path: Path,
) -> None:
    said = ran(ADDED + USED, tmp_path)
    fast, plain, *dry_run = said.splitlines()
    assert fast == plain
    assert "quartic" in "".join(dry_run)
    terminal, markdown, html = ((tmp_path / form).read_text("utf-8") for form in ("terminal", "md", "html"))
    assert "C = 1/4 Σᵤ (yᵤ - tᵤ)⁴" in terminal
    assert "σ(z) = z/(√(1 + z²))" in terminal
    assert r"C = \frac{1}{4} \sum_u (y_u - t_u)^4" in markdown
    assert "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>4</mn></mrow></mfrac>" in html
    for page in (terminal, markdown, html):
        flowing = " ".join(page.split())
        assert (
            "Inverse-root and quartic are worked in float64, since no decimals are written down for them."
            in flowing
        )
        assert "they agree" in flowing


def test_a_measure_that_is_added_is_measured_in_each_epoch_and_is_a_curve_of_the_record(
    tmp_path: Path,
) -> None:
    ran(MEASURED, tmp_path)
