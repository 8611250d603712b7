"""The records that a page carries, so that it can be made again from itself alone.

They are a ZIP archive, compressed as a whole by zlib. It holds `made-by.txt`, and for each study `study.json` as the
store has it, `found.json` (how the study stood when it was read), and the records of its runs in `runs.json` and
`arrays.bin`, the arrays of one name together. Two things are left out: what no page shows, which of most runs are all
curves but that of the validation error, and what may be secret in the address of the store.
"""

import json
from base64 import b64decode, encodebytes
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from math import prod
from pathlib import Path
from platform import python_version
from typing import Any, Final
from zipfile import ZipFile, ZipInfo
from zlib import compress, decompressobj

import numpy as np
from numpy.typing import NDArray

import core
import experiments
import reports
from experiments.environment import instructions
from experiments.recording.records import RECORDED, Origin, RunRecord, StudyRecord, from_parts, to_parts
from experiments.store.study_record import STUDY_FILE, study_from_json, study_to_json
from reports.page.appendix import public
from reports.results.tables import Tables

PACKAGES: Final = ("numpy", "scipy", "pandas", "matplotlib")
"""Those that the bytes of a page depend on."""

MADE_BY: Final = "made-by.txt"
FOUND: Final = "found.json"
RUNS: Final = "runs.json"
ARRAYS: Final = "arrays.bin"

BESIDE: Final = "report.records"
"""The file beside a page that would be too large with its records in it."""

_FOUND: Final = tuple(name for name in StudyRecord.__slots__ if name not in (*RECORDED, "runs"))
_LARGEST: Final = 1 << 30
"""Bytes of an archive at most, so that a page cannot fill the memory of who verifies it."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The records that a page carries.

    Attributes:
        content: the compressed archive.
        made_by: what made the page: versions and a hash of the code.
        studies: the studies; of those that were read from a page, only what a page needs.
    """

    content: bytes
    made_by: str
    studies: tuple[StudyRecord, ...]

    @property
    def text(self) -> str:
        """The archive as base64, in lines."""
        return encodebytes(self.content).decode()

    @property
    def digest(self) -> str:
        """The SHA-256 of the compressed archive."""
        return sha256(self.content).hexdigest()


@cache
def made_by() -> str:
    """What makes a page here: version and code, the packages that decide its bytes, and the processor's kind."""
    rooms = (Path(room.__path__[0]) for room in (core, experiments, reports))
    code = sha256()
    for path in sorted(each for room in rooms for each in room.rglob("*") if each.suffix in _CODE):
        code.update(path.read_bytes())
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    ours = f"chainrule {version('chainrule')} (code {code.hexdigest()[:12]})"
    return f"{ours}, Python {python_version()}, {packages}, {instructions()}"


_CODE: Final = (".py", ".j2", ".css", ".js")


def carry(studies: Sequence[StudyRecord]) -> Carried:
    """The records of studies, packed; what is not needed of them was taken out before."""
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:

        def put(name: str, content: bytes | str) -> None:
            archive.writestr(ZipInfo(name), content)  # without a date: the same records, the same bytes

        put(MADE_BY, made_by())
        for place, study in enumerate(studies):
            found = {name: getattr(study, name) for name in _FOUND}
            found["tracking_uri"] = _address(study.tracking_uri)
            put(f"{place}/{STUDY_FILE}", study_to_json(study))
            put(f"{place}/{FOUND}", json.dumps(found, default=asdict))
            runs, arrays = _together(study.runs)
            put(f"{place}/{RUNS}", json.dumps(runs, default=dict))
            put(f"{place}/{ARRAYS}", arrays)
    return Carried(compress(buffer.getvalue()), made_by(), tuple(studies))


def _address(uri: str) -> str:
    """Where a study was read, without what is private: a password, or the folder of a file."""
    return f"sqlite:///{uri.rsplit('/', 1)[-1]}" if uri.startswith("sqlite:") else public(uri)


def content_of(text: str) -> bytes:
    """The archive from base64.

    Raises:
        ValueError: if it is something else.
    """
    return b64decode("".join(text.split()), validate=True)


def unpack(content: bytes) -> Carried:
    """The records in an archive.

    Raises:
        ValueError: if it is cut off; what is damaged raises whatever zlib, zip, NumPy or JSON find first.
    """
    opened = decompressobj()
    whole = opened.decompress(content, _LARGEST)
    if not opened.eof:
        raise ValueError("it is cut off")
    with ZipFile(BytesIO(whole)) as archive:
        places = sorted({int(name.split("/")[0]) for name in archive.namelist() if "/" in name})
        studies = tuple(_study(archive, place) for place in places)
        return Carried(content, archive.read(MADE_BY).decode(), studies)


def _together(runs: Sequence[RunRecord]) -> tuple[dict[str, Any], bytes]:
    """What JSON can hold of the runs, with a list of their arrays (run, name, type, shape), and these as bytes."""
    heads, every = [], []
    for place, run in enumerate(runs):
        head, arrays = to_parts(run)
        heads.append({**head, "run_id": run.run_id})
        every += [(name, place, values) for name, values in arrays.items()]
    order = {name: at for at, name in enumerate(dict.fromkeys(name for name, _, _ in every))}
    every.sort(key=lambda each: order[each[0]])  # alike ones are compressed better
    listed = [(place, name, values.dtype.str, values.shape) for name, place, values in every]
    return {"runs": heads, "arrays": listed}, b"".join(values.tobytes() for _, _, values in every)


def _apart(content: dict[str, Any], together: bytes) -> Iterator[RunRecord]:
    """The runs that `_together` put together."""
    arrays: list[dict[str, NDArray[Any]]] = [{} for _ in content["runs"]]
    at = 0
    for place, name, kind, shape in content["arrays"]:
        dtype = np.dtype(kind)
        if dtype.hasobject:
            raise ValueError("an array of objects would need pickle, which is not read")
        arrays[place][name] = np.frombuffer(together, dtype, prod(shape), at).reshape(shape)
        at += dtype.itemsize * prod(shape)
    for head, mine in zip(content["runs"], arrays, strict=True):
        run_id = head.pop("run_id")
        yield replace(from_parts(head, mine), run_id=run_id)


def _study(archive: ZipFile, place: int) -> StudyRecord:
    found = json.loads(archive.read(f"{place}/{FOUND}"))
    found["left_out"] = tuple(found["left_out"])
    if found["origin"]:
        found["origin"] = Origin(**found["origin"] | {"notes": tuple(found["origin"]["notes"])})
    runs = _apart(json.loads(archive.read(f"{place}/{RUNS}")), archive.read(f"{place}/{ARRAYS}"))
    return replace(study_from_json(archive.read(f"{place}/{STUDY_FILE}")), **found, runs=tuple(runs))


def needed(tables: Tables, further: Collection[int] = ()) -> StudyRecord:
    """A study with no more than a page shows of it.

    Of a run that is neither a choice's best nor among `further`, by their places, these are the final values of each
    curve, and all of the validation error and of the sharpness.
    """
    whole = {*tables.winners.values(), *tables.shown().values(), *further}
    runs = (run if place in whole else final(run) for place, run in enumerate(tables.study.runs))
    return replace(tables.study, runs=(*runs, *map(final, tables.probe_runs)))


_WHOLE: Final = ("validation_error", "sharpness")


def final(run: RunRecord) -> RunRecord:
    """A run with its curves of a number for each seed, of most only the last epoch."""
    curves = {
        name: curve if name in _WHOLE else _last(curve)
        for name, curve in run.curves.items()
        if curve.ndim == 2
    }
    return replace(run, curves=curves, seconds=_last(run.seconds))


def _last(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The values with NaN for all but those of the last epoch."""
    kept = np.full_like(values, np.nan)
    kept[..., -1:] = values[..., -1:]
    return kept
