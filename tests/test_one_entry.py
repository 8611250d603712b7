"""What CONTRIBUTING.md calls one entry is one: with it alone, everything that uses its table works."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("one-entry")

CHECKOUT = Path(__file__).parents[1]

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

MEASURES["weight_norm"] = Measure(of_weights, "norm of the weights")
MEASURES["positive"] = Measure(lambda n, x, _: np.full(n.members, (x.x > 0).mean()), "above 0", validation=True)

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

from core.error_measures import ERRORS, ErrorMeasure
ERRORS["largest_miss"] = ErrorMeasure(
    label="largest miss", formula="max |h − y|", guessing="half of the range",
    whole=lambda h, y, _counts: abs(h - y).max(axis=(-2, -1)),
    chance=lambda y: float(np.ptp(y, axis=-1).max() / 2), share=False, own_units=True,
)
import tempfile
from pathlib import Path
from experiments.datasets import load
from experiments.experiment import Experiments
from experiments.recording.records import from_bytes
from experiments.preparing.splits import measured_by, split
from studies.file.study_file import from_content
from studies.running.plan import plan
file = from_content({
    "study": {"name": "s", "trials": 1, "objective": "largest_miss"}, "data": {"source": "diabetes"},
    "training": {"cost": "quadratic", "widths": [4], "epochs": 2, "learning_rate": 0.01},
}, "a study")
diabetes = measured_by(split(load("diabetes")), file.study.objective)
kept = {}
experiment = Experiments([plan(file, diabetes.description).task("champion", 0, 0, {})], diabetes)
list(experiment.epochs())
(found,) = experiment.finish(kept.__setitem__, "complete")
guessing = diabetes.description["chance_errors"]["largest_miss"]
assert 100 < guessing < 200, guessing
np.testing.assert_allclose(
    found.curves["validation_error"][:, -1], found.measures["validation_largest_miss"] / guessing, rtol=1e-5
)

from experiments.recording.records import CURVES
from reports.results import record_rows
assert {"weight_norm", "train_positive", "validation_positive"} <= set(CURVES) == set(record_rows.curve_names([]))
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
            "Inverse-root and quartic are computed in float64, since they have no formula in decimals here."
            in flowing
        )
        assert "they agree" in flowing


def test_a_measure_that_is_added_is_measured_in_each_epoch_and_is_a_curve_of_the_record(
    tmp_path: Path,
) -> None:
    ran(MEASURED, tmp_path)


ENTRIES = {
    "experiments/datasets/bundled.py": (
        "DATASETS: Final[dict[str, Source]] = {",
        """
    "corners": Source(
        kind="classification",
        words="200 points by the corners of a square",
        load=lambda: {
            "data": (points := np.random.default_rng(0).normal(size=(200, 2)).round(6)),
            "target": (points.prod(axis=1) > 0).astype(int),
            "target_names": ("alike", "unlike"),
            "feature_names": ("across", "up"),
        },
    ),
""",
    ),
    "studies/space/samplers.py": (
        "SAMPLERS: Final[dict[str, Sampler]] = {",
        """
    "backwards": Sampler(
        "the points of `qmc`, the last one first",
        lambda space, index, trials, seed: _qmc(space, trials - 1 - index, trials, seed),
    ),
""",
    ),
    "core/measures.py": (
        "MEASURES: Final[dict[str, Measure]] = {",
        """
    "largest": Measure(
        lambda network, _examples, _settings: np.stack([abs(each.W).max(axis=(-2, -1)) for each in network.layers], -1),
        "largest weight",
        by_layer=True,
    ),
    "tail": Measure(
        lambda network, examples, _settings: np.full(network.members, (examples.x > 2).mean()),
        "far from the middle",
        share=True,
    ),
""",
    ),
    "reports/figures/figure_table.py": (
        "FIGURES: Final[dict[str, Entry]] = {",
        """
    "times": Entry("Which trial took longest?", "search", 2, _alone(longest), lasting),
""",
    ),
}
"""A file, the line that begins its table, and what is added after it."""

FIGURE = '''
"""Which trial took longest?"""

import pandas as pd

from reports.conclusions.verdict import Verdict
from reports.drawing.style import PAGE, Frame, Picture, canvas, house_style
from reports.results.tables import Tables


def longest(tables: Tables) -> pd.DataFrame:
    """A row a trial with its seconds."""
    return tables.of_phase("search")[["choice", "slot", "seconds"]]


def lasting(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """Seconds against the slot."""
    with house_style():
        figure, axes = canvas(Frame("A finding", "Seconds of each trial.", width), rows=1, columns=1, height=2)
        axes[0][0].plot(data["slot"], data["seconds"], "o")
    return Picture("A finding", "", "A finding.", f"{len(data)} trials.", figure, tables.in_words(data))
'''

STUDY = """
[study]
name = "added"
trials = 4
seeds = 2
confirm_seeds = 2
[data]
source = "corners"
[training]
epochs = 2
[search.scientific]
cost = ["quadratic", "cross_entropy"]
[search.nuisance]
learning_rate = { low = 0.1, high = 1.0, log = true }
[sampler]
name = "backwards"
"""


@dataclass
class Copy:
    """A checkout with the entries, and what was made there."""

    folder: Path
    page: str
    default_study: str
    written: str
    report: str


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    folder = tmp_path_factory.mktemp("copy")
    for room in ("chainrule", "core", "derivation", "experiments", "homework", "reports", "studies"):
        shutil.copytree(CHECKOUT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "docs").mkdir()
    for name in ("docs/names.py", "docs/study_file.md"):
        shutil.copy(CHECKOUT / name, folder / name)
    for name, (table, entry) in ENTRIES.items():
        text = (folder / name).read_text("utf-8")
        assert text.count(f"{table}\n") == 1
        (folder / name).write_text(text.replace(f"{table}\n", f"{table}{entry}"), "utf-8")
    table = folder / "reports" / "figures" / "figure_table.py"
    imported = "from reports.figures.times import lasting, longest\n"
    start = "from reports.figures.training_cost"
    table.write_text(table.read_text("utf-8").replace(start, imported + start), "utf-8")
    (folder / "reports" / "figures" / "times.py").write_text(FIGURE, "utf-8")
    (folder / "study.toml").write_text(STUDY, "utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "PYTHONSAFEPATH": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    for words in (
        ["docs/names.py"],
        ["-m", "chainrule", "init", "started.toml"],
        ["-m", "chainrule", "study", "study.toml", "--home", "home", "--quiet"],
    ):
        process = subprocess.run(
            [sys.executable, *words],
            cwd=folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert process.returncode == 0, process.stderr
    made = folder / "home" / "reports" / "added"
    return Copy(
        made,
        (folder / "docs" / "study_file.md").read_text("utf-8"),
        (folder / "studies" / "digits.toml").read_text("utf-8"),
        (folder / "started.toml").read_text("utf-8"),
        (made / "report.md").read_text("utf-8"),
    )


def test_a_data_set_that_is_added_is_studied_named_on_the_page_and_in_the_study_file_to_start_from(
    copy: Copy,
) -> None:
    assert "Data: 200 points by the corners of a square (" in copy.report
    assert "Which class does each choice predict where?" in copy.report
    assert "`corners`" in copy.page
    assert "corners" in copy.default_study
    assert "corners" in copy.written


def test_a_sampler_that_is_added_chooses_the_trials_and_is_described(copy: Copy) -> None:
    assert "backwards, none" in copy.report
    assert "| `backwards` | the points of `qmc`, the last one first |\n" in copy.page
    assert ", gp" in copy.written
    assert "backwards" in copy.written


def test_a_figure_that_is_added_stands_in_its_section_with_its_files(copy: Copy) -> None:
    before, _, after = copy.report.partition("### Which trial took longest?\n")
    assert before.count("## Search\n") == 1
    assert after.startswith("\n![A finding.](figures/times.png)\n\n4 trials. Numbers: ")
    assert (copy.folder / "figures" / "times.csv").read_text("utf-8").startswith("choice,slot,seconds\n")


def test_a_measure_that_is_added_is_drawn_under_its_label(copy: Copy) -> None:
    """One by layer and one of the whole network, next to those that there are."""
    labels = "Gradient norm, saturated units, largest weight and far from the middle by layer"
    assert f"![{labels} for the best and the worst choice." in copy.report
    drawn = (copy.folder / "figures" / "inside.svg").read_text("utf-8")
    assert "; then largest weight and far from the middle. Means of" in " ".join(drawn.split())
    assert ">largest weight" in drawn
    assert ">far from the middle<" in drawn
    assert "largest" in (copy.folder / "figures" / "inside.csv").read_text("utf-8").splitlines()[0]
