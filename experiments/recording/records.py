"""The records of runs and studies, and the file format of a run's record.

A `RunRecord` is written once, as a single `.npz` file without pickle. The training process writes it to the spool, and
the publisher copies it to MLflow as the run's artifact. Reports read that file, so nothing is lost that MLflow's
metrics cannot hold (NaN, curves of every seed).
"""

import json
from ast import literal_eval
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Literal, get_args
from zipfile import ZipFile, ZipInfo

import numpy as np
from numpy.typing import NDArray

from core.measures import recorded
from experiments.recording.earlier_records import upgraded
from experiments.recording.look_schedule import looks_of
from experiments.recording.study_state import StudyState, state_of
from experiments.system.files import write_durably
from experiments.task import Phase, Task

State = Literal["complete", "pruned", "failed"]
"""How a run ended. Whether seeds diverged or got stuck is seen in the curves of a complete run, not here."""

CURVES: Final = tuple(name for name, measure in recorded().items() if not measure.by_layer)
"""The curves whose means over the seeds are also MLflow metrics."""

OF_LAYERS: Final = frozenset({*recorded(), "sharpness", "diverged"} - {*CURVES})
"""What is recorded of networks of `core` beside these curves; no trainer of the user's own may call a measure so."""

Keep = Callable[[str, bytes], None]
"""A function that stores a file under a name so that it survives a crash."""

ARTIFACT: Final = "record.npz"
"""The name of the record among a run's artifacts."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunRecord:
    """The record of one point of the search space, trained with S seeds for E epochs.

    They are fewer than planned if it was pruned, or all seeds diverged or stopped early. A seed that stops early stands
    still: its curves go on with the numbers of the weights that it keeps (see `experiments.recording.stopped_curves`).

    Attributes:
        task: what was trained, and what for; its seeds are all that the record holds.
        state: how it ended.
        reason: why it was pruned or failed, in words; empty when complete.
        objective: the value handed to the sampler; None if it failed.
        started: milliseconds since 1970.
        parameters: number of weights and biases of one network.
        run_id: MLflow's, once it has been read from there; no part of the file.
        curves: by name, (S, E) for those in `CURVES` and what a trainer of the user's own yields; `gradient_norm` and
            `saturated` (S, E, L). NaN from the epoch at which a seed diverged, and in epochs that were not measured
            (see `epochs_with`). `sharpness`, (S, E), only where it was asked for.
        seconds: cumulative training seconds of the whole population after each epoch, (E,).
        diverged_at: epoch at which each seed diverged, 0 if it did not, (S,).
        stopped_at: epoch at which each seed stopped early, 0 if it did not, (S,); only where it might have, else empty.
        kept_epoch: the epoch whose weights each seed ended with, 0 if it diverged, (S,); likewise.
        test_error: of each seed, (S,); of the champion only, else empty.
        test_loss: what each test example adds to each seed's error, whose mean is `test_error`, (S, m); likewise.
        champion_seed: the seed whose network is registered as the champion's, −1 if none is or it was not recorded.
        ensemble_error: the test error of the mean of all networks' answers (see `ensemble.of_ensemble`); of a champion
            of several networks only, else None.
        ensemble_loss: what each test example adds to that, whose mean it is, (m,); likewise, else empty.
        test_prediction: class given to each test example by each seed, (S, m); of a champion on classes only.
        test_target: class of each test example, (m,); likewise.
        test_shown: indices of the test examples that a report shows (see `exhibits.shown_examples`), (k,); likewise.
        test_inputs: these examples in the units of the data, (k, N); likewise.
        measures: every error measure that fits the data, such as `validation_rmse`, in its own unit (see
            `every_measure`), each (S,); of networks that were trained on fresh seeds, of the champion `test_rmse` too.
        surface: how many seeds decide for each class over the plane of two inputs (see `exhibits.decision_surface`),
            (C, G, G); of networks that were trained on fresh seeds.
        surface_range: lowest and highest value of each input on it, (2, 2); likewise.
        spread: validation error with the splits, the initial weights and the orders of the first seeds in every
            combination (see `crossing.crossed_errors`), (K, K, K), or with searches as the first factor,
            (M, K, K, K); where the task asks for it and seeds have their splits.
    """

    task: Task
    state: State
    reason: str = ""
    objective: float | None
    started: int
    parameters: int
    run_id: str = ""
    curves: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    seconds: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    diverged_at: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    stopped_at: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    kept_epoch: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    test_error: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    test_loss: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    champion_seed: int = -1
    ensemble_error: float | None = None
    ensemble_loss: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    test_prediction: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    test_target: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    test_shown: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    test_inputs: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))
    measures: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    surface: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0, 0), np.int64))
    surface_range: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    spread: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0, 0)))

    @property
    def yielded(self) -> tuple[str, ...]:
        """The names of its curves that are in no network's record: those of a trainer of the user's own."""
        return tuple(name for name in self.curves if name not in CURVES and name not in OF_LAYERS)

    @property
    def epochs(self) -> int:
        """E, how many epochs were trained."""
        return len(self.seconds)

    @property
    def diverged(self) -> int:
        """How many seeds diverged."""
        return int((self.diverged_at > 0).sum())

    @property
    def stops_early(self) -> bool:
        """Whether its seeds may stop early or go back to their best epoch."""
        return self.stopped_at.size > 0

    @property
    def ended_early(self) -> bool:
        """Whether every seed has diverged or stopped."""
        return bool(((self.diverged_at > 0) | (self.stopped_at > 0)).all()) if self.stops_early else False


def epochs_with(curve: NDArray[np.floating[Any]]) -> NDArray[np.intp]:
    """The epochs, from 1, at which a curve (S, E, …) has a value of any seed, in their order.

    Validation is measured after every epoch; the rest after some, always after the last one planned.
    """
    there = ~np.isnan(curve).all(axis=(0, *range(2, curve.ndim)))
    return np.flatnonzero(there) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where runs come from that another program recorded, and how their errors and curves are counted.

    Such runs are never `confirm`: which of them chose a setting, and which were to judge it, was not recorded.

    Attributes:
        metric: what they are compared by; an error is how far it is from `best`.
        best: its best value.
        more: whether more of it is better.
        share: whether its errors are shares, told in per cent; else they are told in its own unit.
        size: a typical error, which says how many decimals are told.
        x: what curves stand over, in words: "epoch".
        seeded: whether a parameter is known to be the seed.
        runs: how many runs there are in all.
        notes: what was left out or cannot be known, a sentence each.
    """

    metric: str
    best: float
    more: bool
    share: bool
    size: float
    x: str
    seeded: bool
    runs: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRecord:
    """A study: what is recorded about it as a whole, as JSON on its parent run, and what a reader finds beside that.

    Attributes:
        name: name of the study.
        question: what it asks, in the author's words.
        objective: a name in `experiments.recording.objectives.OBJECTIVES`.
        objectives: that one and those beside it, if there are several; else empty.
        target_error: the error to reach, for "epochs_to_target"; else None.
        equivalence_margin: differences of error below this do not matter.
        trials: how many trials the study is to have.
        asked: how many its file asks for, more where there are fewer settings than that; 0 if it was not recorded.
        sizes: how many settings each combination has to try, None if infinitely many; empty if not recorded.
        study_seed: the seed that every network's randomness comes from; None if it is lost.
        changes: code and packages that changed while the study went on, a line each; its trials are of both.
        seeds: seeds of each trial.
        confirm_seeds: fresh seeds of each winner, at most.
        until: "answered" if winners get them look by look, until every comparison is decided; else empty.
        default_setting: whether each combination's setting without tuning is trained on the seeds of its trials and its
            winner; never in a study from before that was done.
        also_report: what its report adds on request: "bayesian", "extrapolation".
        seals: texts of the seals that it was run with, each where it became another one, "" for none; empty if it never
            had one (see `reports.conclusions.sealing`).
        seal_commit: the git commit that held the last one and when that was made, "HASH TIME"; empty if none did.
        constraints: what the settings of every trial met, as the study file has it: "weights <= 5000".
        feasible: the share of each combination's settings that meets them; empty without any.
        closed: of each nuisance parameter the sides ("lower", "upper") on which no setting of a wider range meets them.
        same: "weights" if all choices have the same number of weights, or nearly; else empty.
        grown: how the study has grown after its first trial, each time as a table: `at` (milliseconds since 1970),
            `added` (a line for each thing), `combinations` (those that were added), `trials` (how many had been trained
            before), `finished` (whether its verdict could be read by then), `data_sets` (names of further ones).
        data_sets: of all data sets of its study file, if there are several: the name there ("" for the first one), and
            that of the study on it.
        budget: "successive_rejects" if a choice whose best trial was worst got no further trials; else empty.
        scientific: names of the scientific parameters and the values that each takes.
        nuisance: names of the nuisance parameters and their ranges, as in the study file:
            {"low", "high", "log"} or a list of choices.
        fixed: the other parameters.
        combinations: the scientific combinations, in their order.
        sampler: name of the sampler.
        pruner: name of the pruner.
        data: of the data set: `name`, `kind` ("classification" or "regression"), `fingerprint`, `examples`
            (by part: train, validation, test), `inputs`, `classes` (names, or empty), `error` (the measure's name in
            `core.ERRORS`), `chance_error` (validation), `chance_errors` (of every measure that fits, in its own unit),
            `image_shape` (or None), `split_seed`, `splits` ("each_seed" or "one"), `drawn` ("groups" or "ordered" where
            the splits are not at random), `source` (where it comes from, in words). A record from before there was a
            choice of something lacks it.
        study_file: its text, whole.
        command: the exact command that repeats it.
        trainer: the user's own that trained it, as "module:function" or a command; empty if it was `core`.
        environment: versions, machine, BLAS, threads, git revision and whether the tree was clean, by name.
        parent_run_id: its run in MLflow; this and the rest is known of a study that has been read.
        experiment_id: its experiment in MLflow; empty, as its run, as long as MLflow has neither.
        tracking_uri: where it was read.
        status: of the parent run: RUNNING, FINISHED, KILLED or FAILED; empty likewise.
        started: milliseconds since 1970.
        ended: likewise, or None.
        runs: every run, by phase (search, confirm, default, champion), then slot.
        waiting: how many records wait in the spool; they are among the runs.
        left_out: files in the spool that cannot be read as records.
        running: whether a process of this machine is at work on it; None if that cannot be known.
        begun: when a process began to work on it last, as far as is known here; milliseconds since 1970.
        origin: of runs that another program recorded; None of a study of ours.
    """

    name: str
    question: str
    objective: str
    target_error: float | None
    equivalence_margin: float
    trials: int
    seeds: int
    confirm_seeds: int
    scientific: Mapping[str, Any]
    nuisance: Mapping[str, Any]
    fixed: Mapping[str, Any]
    combinations: tuple[Mapping[str, Any], ...]
    sampler: str
    pruner: str
    data: Mapping[str, Any]
    study_file: str
    command: str
    environment: Mapping[str, str]
    objectives: tuple[str, ...] = ()
    asked: int = 0
    sizes: tuple[int | None, ...] = ()
    study_seed: int | None = None
    changes: tuple[str, ...] = ()
    until: str = ""
    default_setting: bool = False
    budget: str = ""
    trainer: str = ""
    also_report: tuple[str, ...] = ()
    seals: tuple[str, ...] = ()
    seal_commit: str = ""
    constraints: tuple[str, ...] = ()
    feasible: tuple[float, ...] = ()
    closed: Mapping[str, Collection[str]] = field(default_factory=dict)
    same: str = ""
    grown: tuple[Mapping[str, Any], ...] = ()
    data_sets: Mapping[str, str] = field(default_factory=dict)
    parent_run_id: str = ""
    experiment_id: str = ""
    tracking_uri: str = ""
    status: str = ""
    started: int = 0
    ended: int | None = None
    runs: tuple[RunRecord, ...] = ()
    waiting: int = 0
    left_out: tuple[str, ...] = ()
    running: bool | None = None
    begun: int = 0
    origin: Origin | None = None

    @property
    def data_set(self) -> str:
        """The name of its data set among several of its study file; "" of the first one."""
        return next((data_set for data_set, study in self.data_sets.items() if study == self.name), "")

    def renamed(self, name: str, command: str) -> "StudyRecord":
        """The same under another name, which this command continues."""
        data_sets = {
            data_set: name if study == self.name else study for data_set, study in self.data_sets.items()
        }
        return replace(self, name=name, command=command, data_sets=data_sets)

    @property
    def own_splits(self) -> bool:
        """Whether each seed has a training and validation part of its own, and not all the same."""
        return bool(self.data.get("splits") == "each_seed")

    @property
    def overlap(self) -> float:
        """Validation examples by training examples, where seeds have splits of their own; else 0.

        All splits are of the same examples, and this is what that adds to the variance of a mean over seeds as an
        estimate for other data, in units of the variance of a seed (Nadeau & Bengio, 2003). It is 0, too, where a
        window moves over rows in their order: of later rows no variance over earlier ones says anything.
        """
        if self.data.get("drawn") == "ordered":
            return 0.0
        parts = self.data.get("examples") or {}
        return parts["validation"] / parts["train"] if self.own_splits else 0.0

    @property
    def trained(self) -> str:
        """What has been trained with each seed, as reports call it: only of `core` is it known to be a network."""
        if self.origin:
            return "run"
        return "model" if self.trainer else "network"

    @property
    def state(self) -> StudyState:
        """How it stands."""
        return state_of(
            self.status, ended=self.ended, waiting=self.waiting, running=self.running, begun=self.begun
        )

    @property
    def looks(self) -> tuple[int, ...]:
        """Fresh seeds of the winners at each look."""
        return looks_of(self.confirm_seeds, self.until or None)

    def of_phase(self, phase: Phase) -> list[RunRecord]:
        """The runs of one phase, by slot."""
        return [run for run in self.runs if run.task.phase == phase]


RECORDED: Final = StudyRecord.__slots__[: StudyRecord.__slots__.index("parent_run_id")]
"""The fields of a study that are recorded; the others are found when it is read."""


def in_order(runs: Iterable[RunRecord]) -> tuple[RunRecord, ...]:
    """Runs by phase, then slot."""
    phases = get_args(Phase)
    return tuple(sorted(runs, key=lambda run: (phases.index(run.task.phase), run.task.slot)))


_OF_SOME: Final = (
    "stopped_at", "kept_epoch", "test_error", "test_loss", "ensemble_loss", "test_prediction", "test_target",
    "test_shown", "test_inputs", "surface", "surface_range", "spread"
)  # fmt: skip
"""Arrays that most records lack; they are written only if they are not empty."""

_ARRAYS: Final = ("seconds", "diverged_at", *_OF_SOME)


def to_parts(record: RunRecord) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """A record as what JSON can hold and as arrays by name; without the run's ID, which is MLflow's."""
    head = {
        f.name: getattr(record, f.name)
        for f in fields(record)
        if f.name not in (*_ARRAYS, "curves", "measures", "run_id")
    }
    head["task"] = {f.name: getattr(record.task, f.name) for f in fields(record.task)}
    arrays = {name: getattr(record, name) for name in _ARRAYS}
    arrays = {name: values for name, values in arrays.items() if name not in _OF_SOME or values.size}
    arrays |= {f"curve_{name}": values for name, values in record.curves.items()}
    arrays |= {f"measure_{name}": values for name, values in record.measures.items()}
    return head, arrays


def from_parts(head: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> RunRecord:
    """The record that `to_parts` took apart."""
    head = upgraded(head)
    task = head.pop("task")
    task |= {name: tuple(task[name]) for name in ("seeds", "beside")}
    task["crossed"] = tuple(task.get("crossed", ()))
    curves, measures = (
        {name.removeprefix(start): values for name, values in arrays.items() if name.startswith(start)}
        for start in ("curve_", "measure_")
    )
    of_some: dict[str, Any] = {name: arrays[name] for name in _ARRAYS if name in arrays}
    return RunRecord(task=Task(**task), **head, curves=curves, measures=measures, **of_some)


def to_bytes(record: RunRecord) -> bytes:
    """The record as an `.npz` file: its arrays, and everything else as JSON under `record`.

    It is not compressed, which would halve it and take four times as long. `numpy.savez` would take twice as long.
    """
    head, arrays = to_parts(record)
    arrays["record"] = np.array(json.dumps(head, default=dict))
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, values in arrays.items():
            content = _header_of(values.dtype.str, values.shape) + values.tobytes()
            archive.writestr(
                ZipInfo(f"{name}.npy"), content
            )  # without a date: the same record, the same bytes
    return buffer.getvalue()


@lru_cache(maxsize=1024)
def _header_of(descr: str, shape: tuple[int, ...]) -> bytes:
    """The header of a `.npy` file for an array in C order."""
    buffer = BytesIO()
    header = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue()


def from_bytes(content: bytes) -> RunRecord:
    """The record that `to_bytes` wrote.

    NumPy's own reader parses every array's header, which takes most of the time for thousands of records.
    """
    with ZipFile(BytesIO(content)) as archive:
        arrays: dict[str, Any] = {
            name.removesuffix(".npy"): _array(archive.read(name)) for name in archive.namelist()
        }
    return from_parts(json.loads(arrays.pop("record").item()), arrays)


def _array(content: bytes) -> NDArray[Any]:
    """An array, not to be written to, from the bytes of a `.npy` file of version 1."""
    if content[:8] != b"\x93NUMPY\x01\x00":
        raise ValueError("no array of NumPy's format 1.0")
    start = 10 + int.from_bytes(content[8:10], "little")
    dtype, shape, order = _header(content[10:start])
    if dtype.hasobject:
        raise ValueError("an array of objects would need pickle, which is not read")
    return np.frombuffer(content, dtype, offset=start).reshape(shape, order=order)


@lru_cache(maxsize=1024)
def _header(text: bytes) -> tuple[np.dtype[Any], tuple[int, ...], Literal["C", "F"]]:
    header = literal_eval(text.decode("latin1"))
    return np.dtype(header["descr"]), header["shape"], "F" if header["fortran_order"] else "C"


def keep_in(folder: Path, name: str, content: bytes) -> None:
    """Write a file durably to a folder: a `Keep` once the folder is given."""
    write_durably(folder / name, content)
