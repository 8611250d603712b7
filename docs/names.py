"""The names that a study file may say, in docs/study_file.md and in the comments of studies/digits.toml.

`python docs/names.py` writes them from the tables of costs, error measures, data sets and so on, so that a new
entry is named nowhere else. A test holds both files against them.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from core import ACTIVATIONS, COSTS, ERRORS, INITIALISATIONS, OPTIMISERS, SCHEDULES
from experiments.datasets import DATASETS
from studies.file.study_file import PrunerSection, SamplerSection
from studies.space.pruners import PRUNERS
from studies.space.quantities import OF_DATA, OF_NETWORKS
from studies.space.samplers import SAMPLERS

CHECKOUT: Final = Path(__file__).parents[1]


def page(text: str) -> str:
    """docs/study_file.md with the names of today."""
    said = {
        "cost": COSTS,
        "activation": [name for name in ACTIVATIONS if name != "softmax"],
        "initialisation": INITIALISATIONS,
        "optimiser": OPTIMISERS,
        "schedule": SCHEDULES,
        "data.source": DATASETS,
    }
    for key, names in said.items():
        text = _replaced(rf"^(\| `{key}` \| [^`|]*)`[\w-]+`(?:(?:, | or )`[\w-]+`)*", _listed(names), text)
    classes = [name for name, cost in COSTS.items() if cost.classification]
    text = _replaced(r"(A classification cost \()[^)]*", _listed(classes), text)
    text = _replaced(
        r"^(\| name \| fits \| formula \| guessing \|\n\|---\|---\|---\|---\|\n)(?:\|.*\n)*",
        _measures(),
        text,
    )
    text = _replaced(r"^(\| name \| is \|\n\|---\|---\|\n)(?:\|.*\n)*", _quantities(), text)
    samplers = {name: sampler.chooses for name, sampler in SAMPLERS.items()}
    text = _with_rows("chooses", samplers, SamplerSection().name, text)
    pruners = {name: pruner.stops for name, pruner in PRUNERS.items()}
    return _with_rows("stops a trial", pruners, PrunerSection().name, text)


def default_study(text: str) -> str:
    """studies/digits.toml with the names of today: those that a line could give as well stand after its "or"."""
    for key, names in (("source", DATASETS), ("name", SAMPLERS), ("name", PRUNERS)):
        given = next(name for name in names if re.search(rf'^{key} += "{name}"', text, re.MULTILINE))
        others = ", ".join(name for name in names if name != given)
        text = _replaced(rf'^({key} += "{given}".* or ).*', others, text)
    return text


def _measures() -> str:
    """A row an error measure."""
    rows = []
    for name, one in ERRORS.items():
        fits = "numbers" if not one.classification else "two classes" if one.classes else "classes"
        said = f"{one.label}: " * one.label.startswith("1 −") + one.formula
        formula = (said + ", in the unit of the target" * one.own_units).replace("|", r"\|")
        rows.append(f"| `{name}` | {fits} | {formula} | {one.guessing} |\n")
    return "".join(rows)


def _quantities() -> str:
    """A row a quantity that a constraint may name."""
    networks = {f"`{name}`": one.meaning for name, one in OF_NETWORKS.items()}
    layers = {"`width_1`, `width_2`, …": "units of the first hidden layer, of the second, …"}
    data = {f"`{name}`": one.meaning for name, one in OF_DATA.items()}
    return "".join(f"| {name} | {meaning} |\n" for name, meaning in (networks | layers | data).items())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _with_rows(head: str, said: Mapping[str, str], default: str, text: str) -> str:
    rows = [f"| `{name}`{' (default)' * (name == default)} | {what} |\n" for name, what in said.items()]
    return _replaced(rf"^(\| name \| {head} \|\n\|---\|---\|\n)(?:\|.*\n)*", "".join(rows), text)


def _replaced(pattern: str, by: str, text: str) -> str:
    """The text with what follows the pattern's group in its one match replaced."""
    text, count = re.subn(pattern, lambda match: match[1] + by, text, flags=re.MULTILINE)
    if count != 1:
        raise ValueError(f"{count} places match {pattern}")
    return text


WRITTEN: Final = {"docs/study_file.md": page, "studies/digits.toml": default_study}


if __name__ == "__main__":
    for file, written in WRITTEN.items():
        path = CHECKOUT / file
        path.write_text(written(path.read_text("utf-8")), "utf-8")
