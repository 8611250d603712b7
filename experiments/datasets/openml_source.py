"""Fetches tables from openml.org by scikit-learn, which keeps them: the second time needs no network."""

import os
import re
import socket
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.error import URLError

from experiments.datasets.dataset import Dataset
from experiments.datasets.file_options import Reading, refuse
from experiments.datasets.parquet_file import FIRST_ROW, cells_of_frame
from experiments.datasets.table_dataset import Table, dataset_of
from experiments.mistakes import Fault

NAME: Final = re.compile(r"[\w.()+-]*\w[\w.()+-]*(@[1-9]\d*)?")
"""A number, or a name and perhaps a version of it, as openml.org has them."""

PATIENCE: Final = 30.0
"""Seconds without an answer after which openml.org counts as out of reach."""


PARSER: Final = "liac-arff"
"""The other one, faster, fails on categories that are numbers with pandas 3.1 (scikit-learn's pull request 34902)."""


def read_openml(name: str, reading: Reading) -> Dataset:
    """The data set of this name, number, or name and version, on openml.org.

    Args:
        name: such as `credit-g`, `credit-g@1` or `31`; without a version the oldest active one.
        reading: what is said about it; the target is openml.org's, if none is named.

    Raises:
        UserError: if there is no such data set, or it cannot be used.
        Fault: if it has not been fetched before and openml.org is out of reach.
    """
    found, notes = _fetched(name)
    if not reading.target:
        reading = replace(reading, target=tuple(found.target_names))
    known = f"{found.details['name']}, version {found.details['version']}"
    dataset = dataset_of(Table(name, cells_of_frame(found.frame, name), FIRST_ROW), reading)
    source = f"openml.org {found.details['id']}: {known}; {dataset.source}"
    return replace(dataset, source=source, notes=(*notes, *dataset.notes))


def _fetched(name: str) -> tuple[Any, list[str]]:
    """What scikit-learn fetches, and what it warns of, a line each."""
    from sklearn.datasets import fetch_openml

    title, _, version = name.partition("@")
    which: dict[str, Any] = {"name": title, "version": int(version) if version else "active"}
    if title.isdecimal() and not version:
        which = {"data_id": int(title)}
    home = Path(os.environ.get("SCIKIT_LEARN_DATA", "~/scikit_learn_data")).expanduser()
    with _limited(home), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            found = fetch_openml(**which, data_home=str(home), as_frame=True, parser=PARSER, n_retries=1)
        except (URLError, TimeoutError, ConnectionError, HTTPException) as reason:
            why = getattr(reason, "reason", None) or reason
            raise Fault(
                f"openml:{name}: openml.org cannot be reached ({why}), and {home} does not have it from before",
                "With a connection the same command continues. Without one, use a file: csv:FILE or parquet:FILE",
            ) from reason
        except OSError as reason:
            raise Fault(
                f"openml:{name}: {reason.filename or home}: {reason.strerror or reason}",
                "SCIKIT_LEARN_DATA names the folder where scikit-learn keeps what it fetches.",
            ) from reason
        except (ValueError, KeyError) as reason:
            refuse(f"openml.org has no table like that: {str(reason).splitlines()[0]}", f"openml:{name}")
    notes = [str(one.message).split("\n")[0] for one in warned if one.category is UserWarning]
    return found, [one for one in notes if "Retrying" not in one]


@contextmanager
def _limited(home: Path) -> Iterator[None]:
    """A limit for each answer; a folder that was made for nothing is removed again."""
    before, usual = home.exists(), socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(usual)
        folders = [folder for folder, _, _ in os.walk(home / "openml", topdown=False)]
        for folder in (*folders, *(() if before else (home,))):
            with suppress(OSError):  # it holds something
                Path(folder).rmdir()
