"""The reader's entrance: its example runs, its names are there, and behind it is little besides NumPy."""

import ast
import sys
from pathlib import Path

import pytest

import core

FILES = sorted(Path(core.__file__).parent.rglob("*.py"))


def named(file: Path) -> str:
    return "/".join(file.parts[-2:])


def test_every_module_has_an_example_which_the_tests_of_documents_run() -> None:
    modules = [file for file in FILES if file.parent.name == "core" or file.name != "__init__.py"]
    assert [named(file) for file in modules if "Examples:\n    >>> " not in file.read_text("utf-8")] == []


def test_every_name_that_is_offered_is_there() -> None:
    assert sorted(core.__all__, key=lambda name: (not name.isupper(), name)) == core.__all__
    assert all(hasattr(core, name) for name in core.__all__)


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_file_imports_only_its_own_room_the_standard_library_and_what_core_owns(file: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module.partition(".")[0])
    owned = {"numpy"} | {"binding": {"scipy"}, "threads": {"threadpoolctl"}}.get(file.stem, set())
    assert imported <= {"core"} | owned | set(sys.stdlib_module_names)


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("ACTIVATIONS", "sigmoid tanh relu leaky_relu softplus gelu silu identity softmax"),
        (
            "COSTS",
            "quadratic cross_entropy log_likelihood absolute huber log_cosh squared_hinge exponential hellinger",
        ),
        ("INITIALISATIONS", "uniform normal glorot he lecun"),
        ("OPTIMISERS", "gradient_descent momentum nesterov rmsprop adam adamw"),
        ("SCHEDULES", "constant step exponential cosine warm_up"),
    ],
)
def test_the_tables_have_at_least_what_was_promised(table: str, names: str) -> None:
    assert set(names.split()) <= set(getattr(core, table))
