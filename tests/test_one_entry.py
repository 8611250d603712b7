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
            "Inverse root and quartic are worked in float64, since no decimals are written down for them."
            in flowing
        )
        assert "they agree" in flowing
