"""The contracts of pyproject.toml: what they allow, and that each one is really enforced."""

import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import grimp
import pytest

CHECKOUT = Path(__file__).parents[1]
CONFIGURATION = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
ROOMS = CONFIGURATION["tool"]["importlinter"]["root_packages"]
CONTRACTS = CONFIGURATION["tool"]["importlinter"]["contracts"]
OWNERS = {
    tool: set(contract["allowed_importers"])
    for contract in CONTRACTS
    if contract["type"] == "protected"
    for tool in contract["protected_modules"]
}
FREE = {"numpy"}
"""What every room may import: arrays are the language that they share."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The rooms and their contracts, to be spoiled."""
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    for room in ROOMS:
        shutil.copytree(CHECKOUT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def broken_contracts(checkout: Path) -> set[str]:
    """Names of the contracts that lint-imports reports as broken."""
    lint = "from importlinter.cli import lint_imports_command as run; run()"
    result = subprocess.run(
        [sys.executable, "-c", lint, "--no-logo", "--no-cache"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )
    verdicts = dict(re.findall(r"^(\S.*) (KEPT|BROKEN)\b", result.stdout, re.MULTILINE))
    assert len(verdicts) == len(CONTRACTS), result.stdout
    broken = {name for name, verdict in verdicts.items() if verdict == "BROKEN"}
    assert bool(broken) == bool(result.returncode)
    return broken


def test_every_contract_is_kept(copy: Path) -> None:
    assert broken_contracts(copy) == set()


@pytest.mark.parametrize(
    ("importer", "imported", "contract"),
    [
        ("core", "experiments.wording", "rooms"),
        ("experiments", "studies", "rooms"),
        ("experiments.publisher.client", "reports", "rooms"),
        ("studies", "reports", "rooms"),
        ("reports", "studies", "rooms"),
        ("derivation", "reports", "rooms"),
        ("reports", "derivation", "rooms"),
        ("core", "derivation", "rooms"),
        ("core.learning", "core.fast.steps", "reference"),
        ("core.descent", "core.curvature.second_order", "reference"),
        ("core.fast.binding", "core.curvature.lanczos", "reference"),
        ("derivation", "homework", "rooms"),
        ("homework", "studies", "homework"),
        ("reports.conclusions.basins", "reports.page.blocks", "floors-of-reports"),
        ("studies.running.plan", "studies.workers.worker", "floors-of-studies"),
        ("experiments.store.spool", "experiments.publisher.protocol", "floors-of-experiments"),
        ("studies", "chainrule", "rooms"),
        ("experiments.recording.records", "mlflow", "mlflow"),
        ("chainrule", "mlflow", "mlflow"),
        ("core", "sklearn.datasets", "scikit-learn"),
        ("reports", "sklearn", "scikit-learn"),
        ("estimators", "experiments.wording", "rooms"),
        ("studies", "filelock", "experiments"),
        ("chainrule", "optuna", "studies"),
        ("experiments", "pydantic", "studies"),
        ("studies.workers.engine", "distributed", "cluster"),
        ("chainrule", "distributed.client", "cluster"),
        ("core", "scipy.special", "scipy"),
        ("experiments", "threadpoolctl", "core"),
        ("experiments", "pandas", "reports"),
        ("experiments.recording.records", "pyarrow.csv", "tables"),
        ("chainrule", "matplotlib.pyplot", "reports"),
        ("studies", "jinja2", "pages"),
        ("reports", "latex2mathml.converter", "derivation"),
        ("reports", "rich.console", "chainrule"),
        ("studies", "typer", "chainrule"),
    ],
)
def test_an_import_that_a_contract_forbids_breaks_that_contract(
    copy: Path, importer: str, imported: str, contract: str
) -> None:
    file = copy.joinpath(*importer.split("."))
    file = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
    with file.open("a", encoding="utf-8") as planted:
        planted.write(f"\n\ndef hidden():\n    import {imported}\n")

    names = {one["id"]: one["name"] for one in CONTRACTS}
    assert broken_contracts(copy) == {names[contract]}


def test_every_third_party_tool_has_an_owner() -> None:
    graph = grimp.build_graph(*ROOMS, include_external_packages=True, cache_dir=None)
    modules = {module for module in graph.modules if module.split(".")[0] not in ROOMS}
    tools = modules - set(sys.stdlib_module_names) - FREE

    assert tools == set(OWNERS)


def test_core_imports_numpy_and_what_training_needs_and_nothing_else() -> None:
    graph = grimp.build_graph("core", include_external_packages=True, cache_dir=None)
    outside = {module for module in graph.modules if module.split(".")[0] != "core"}

    assert outside - set(sys.stdlib_module_names) == {"numpy", "scipy", "threadpoolctl"}


def test_a_search_for_a_files_name_finds_one() -> None:
    """Of modules and of tests; a package's own files have names that Python and pytest gave them."""
    files = (path for folder in (*ROOMS, "benchmarks", "tests") for path in (CHECKOUT / folder).rglob("*.py"))
    names = Counter(path.name for path in files)
    assert {name for name, times in names.items() if times > 1} == {
        "__init__.py",
        "__main__.py",
        "conftest.py",
    }
