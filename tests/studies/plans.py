"""A small study file to change, and its plan."""

from copy import deepcopy
from typing import Any, Final

from studies.file.study_file import from_content
from studies.running.plan import Plan, plan
from tests.factories import DATA

CONTENT: Final[dict[str, Any]] = {
    "study": {"name": "bowl", "trials": 12, "seeds": 2, "confirm_seeds": 3, "default_setting": False},
    "data": {"source": "digits"},
    "training": {"epochs": 9},
    "search": {
        "scientific": {"cost": ["quadratic", "cross_entropy"]},
        "nuisance": {
            "learning_rate": {"low": 0.01, "high": 100.0, "log": True},
            "initialisation": ["normal", "glorot"],
        },
    },
    "sampler": {"name": "random", "seed": 3},
    "pruner": {"name": "none"},
}


def content(**changes: Any) -> dict[str, Any]:
    """The study file's tables with some keys changed: `content(study={"trials": 3})`."""
    tables = deepcopy(CONTENT)
    for table, values in changes.items():
        tables[table] = {**tables.get(table, {}), **values}
    return tables


def make_plan(**changes: Any) -> Plan:
    """The plan of that file, changed likewise."""
    return plan(from_content(content(**changes), "bowl.toml"), DATA)
