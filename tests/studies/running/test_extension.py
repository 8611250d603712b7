"""A study that has grown is the large study: its tables are those of the study run at once, and little is trained."""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from experiments.datasets import load
from experiments.experiment import Experiments
from experiments.mistakes import Fault, UserError
from experiments.preparing.splits import Data, split
from experiments.recording.merging_seeds import overlaid
from experiments.recording.records import RunRecord, StudyRecord, from_bytes, in_order, keep_in
from experiments.recording.run_content import KnownRuns
from experiments.task import Task
from studies.execution import run
from studies.file.study_file import from_content
from studies.running.design_agreement import MADE_WITH, designs_in, lane_in
from studies.running.extension import begin, extension, forget, trained
from studies.running.foreseen import foreseen
from studies.running.lane import Lane
from studies.running.moving import Trials
from studies.running.plan import Plan, plan, study_record
from studies.running.storage import design_in_journal, open_journal
from studies.workers.crew import Job
from studies.workers.taking_over import TakingOver
from studies.workers.worker import Message, Rung, Stop, carry_out

STUDY: dict[str, Any] = {
    "study": {"name": "moons", "trials": 4, "seeds": 2, "confirm_seeds": 2},
    "data": {"source": "two-moons"},
    "training": {"epochs": 2},
    "search": {
        "scientific": {"widths": [[2], [3]]},
        "nuisance": {"learning_rate": {"low": 0.1, "high": 10.0, "log": True}},
    },
    "sampler": {"name": "random", "seed": 1},
}


def changed(tables: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """Some keys changed, each named by its path with a `__` at each step."""
    found: dict[str, Any] = deepcopy(dict(tables))
    for path, value in changes.items():
        *steps, last = path.split("__")
        table = found
        for step in steps:
            table = table.setdefault(step, {})
        table[last] = value
    return found


@dataclass
class Here:
    """A crew of one in this process, which counts what it trains; it is away after so many jobs."""

    data: Data
    folder: Path
    size: int = 1
    jobs: list[Job] = field(default_factory=list)
    trained: list[Task] = field(default_factory=list)

    def give(self, job: Job) -> None:
        self.jobs.append(job)

    def hear(self, patience: float) -> Iterator[tuple[Job, Message]]:
        assert patience >= 0
        job = self.jobs.pop()
        start = partial(Experiments, data=self.data)
        ended = carry_out(job.tasks, job.rungs, start, partial(keep_in, self.folder), _Asked(job))
        self.trained += job.tasks
        yield job, ended

    def answer(self, job: Job, *, stop: bool) -> None: ...

    def stop(self) -> None: ...

    def close(self) -> None: ...


@dataclass
class _Asked:
    job: Job
    stops: bool = False

    def send(self, message: Message) -> None:
        assert isinstance(message, Rung)
        self.stops = self.job.lane.report(self.job.tasks[0], message.epoch, message.values)

    def poll(self) -> bool:
        return False

    def recv(self) -> bool | Stop:
        return self.stops


@dataclass
class Study:
    """A study in a folder, which may grow."""

    folder: Path
    data: Data
    recorded: dict[str, StudyRecord] = field(default_factory=dict)
    trained: list[Task] = field(default_factory=list)
    plan: Plan | None = None

    def run(self, tables: Mapping[str, Any], stop_after: int = 10_000) -> StudyRecord:
        """Run it to its end, or until so much was trained; as `chainrule study` does, without MLflow."""
        self.folder.mkdir(exist_ok=True)
        storage = open_journal(self.folder)
        laid_out, found = extension(storage, plan(from_content(tables, "moons.toml"), self.data.description))
        here = crew = Here(self.data, self.folder)
        if found:
            before = [self.recorded[key] for key in found.run_keys]
            if found.added:
                laid_out = begin(storage, found, before[-1])
            runs = [one for study in before for one in study.runs]
            networks = (self.folder / "networks").read_bytes
            crew = TakingOver(
                here, KnownRuns(runs, found.was), partial(keep_in, self.folder), lambda _run: networks()
            )
        for _ in run(laid_out, crew, storage, lambda: len(here.trained) >= stop_after):
            pass
        self.plan, self.trained = laid_out, here.trained
        for path in self.folder.glob("*.network"):
            path.rename(self.folder / "networks")
        study = study_record(laid_out, "", self.data.description, "", {})
        mine = (path for path in self.folder.glob("*.npz") if path.name.startswith(laid_out.run_key))
        records = overlaid({}, map(from_bytes, map(Path.read_bytes, mine)), study)
        study = replace(study, runs=in_order(records.values()), status="FINISHED")
        if found and stop_after == 10_000:
            forget(storage, laid_out)
        self.recorded = {**self.recorded, laid_out.run_key: study}
        return study

    @property
    def last(self) -> StudyRecord:
        """As it was recorded last."""
        return next(reversed(self.recorded.values()))


@pytest.fixture(scope="module")
def moons() -> Data:
    return split(load("two-moons"), validation=0.2, test=0.2, split_seed=0, splits="each_seed", ordered=False)


@pytest.fixture(scope="module")
def small(moons: Data, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The small study, finished."""
    study = Study(tmp_path_factory.mktemp("small") / "study", moons)
    study.run(STUDY)
    return study


@pytest.fixture
def grown(small: Study, tmp_path: Path) -> Study:
    """A copy of it, to grow."""
    folder = tmp_path / "grown"
    folder.mkdir()
    for path in small.folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return replace(small, folder=folder)


def rows(
    study: StudyRecord, phases: tuple[str, ...] = ("search", "confirm", "default", "champion")
) -> list[Any]:
    """All that is recorded of a study's runs but times."""
    return [row(record) for record in study.runs if record.task.phase in phases]


def row(record: RunRecord) -> Any:
    arrays = (
        *record.curves.values(), record.diverged_at, record.spread, record.surface, record.test_error,
        record.test_prediction, *record.measures.values(), record.stopped_at,
    )  # fmt: skip
    return record.task, record.state, record.objective, record.parameters, [one.tobytes() for one in arrays]


FURTHER = changed(STUDY, search__scientific__widths=[[2], [4], [3]], study__trials=6)
MORE = changed(FURTHER, study__trials=9, study__seeds=3)
ACTIVATION = changed(
    STUDY, search__scientific__activation={"choices": ["tanh", "sigmoid"], "was": "sigmoid"}, study__trials=8
)
WIDER = changed(STUDY, search__nuisance__learning_rate={"low": 0.01, "high": 10.0, "log": True})
MOMENTUM = changed(STUDY, search__nuisance__l2={"low": 0.0, "high": 0.1, "was": 0.0})
CHOICES = changed(STUDY, search__nuisance__initialisation=["normal", "glorot"], study__trials=8)
LONGER = changed(STUDY, training__epochs=3)


def grid(tables: dict[str, Any]) -> dict[str, Any]:
    return changed(tables, sampler__name="grid")


@pytest.mark.parametrize(
    ("large", "networks"),
    [
        pytest.param(FURTHER, 4, id="a further value"),
        pytest.param(MORE, 19, id="a further value, trials and seeds"),
        pytest.param(ACTIVATION, 8, id="a further scientific parameter"),
        pytest.param(WIDER, 8, id="a wider range"),
        pytest.param(MOMENTUM, 8, id="a further nuisance parameter"),
        pytest.param(LONGER, 8, id="more epochs"),
    ],
)
def test_the_tables_are_those_of_the_large_study(
    large: dict[str, Any], networks: int, grown: Study, moons: Data, tmp_path: Path
) -> None:
    _, found = extension(
        open_journal(grown.folder), plan(from_content(large, "moons.toml"), moons.description)
    )
    assert found is not None
    ahead = foreseen(found, grown.last.runs)
    now = grown.run(large)
    at_once = Study(tmp_path / "at once", moons).run(large)
    assert rows(now) == rows(at_once)
    assert ahead.new == sum(task.networks for task in grown.trained if task.phase in ("search", "default"))
    assert ahead.known + ahead.new == sum(
        run.task.networks for run in now.runs if run.task.phase in ("search", "default")
    )
    assert sum(task.networks for task in grown.trained if task.phase == "search") == networks
    assert len(designs_in(open_journal(grown.folder), "moons")) == 1
    assert [each["finished"] for each in now.grown] == [True]


def test_on_a_grid_a_further_choice_keeps_every_point(moons: Data, tmp_path: Path) -> None:
    study = Study(tmp_path / "grown", moons)
    study.run(grid(STUDY))
    now = study.run(grid(CHOICES))
    assert rows(now) == rows(Study(tmp_path / "at once", moons).run(grid(CHOICES)))
    assert not now.of_phase("given")
    assert {task.nuisance["initialisation"] for task in study.trained if task.phase == "search"} == {"glorot"}


def test_trials_that_the_large_study_would_not_try_are_kept_and_do_not_count(
    grown: Study, small: Study
) -> None:
    before = small.last.of_phase("search")
    now = grown.run(WIDER)
    kept = now.of_phase("given")
    assert [run.objective for run in kept] == [run.objective for run in before]
    assert {run.task.chosen for run in kept} == {"earlier"}
    assert not any(task.phase == "given" for task in grown.trained)
    assert len(now.of_phase("search")) == len(before)


@pytest.mark.parametrize(
    ("sampler", "looser"),
    [("random", ["learning_rate <= 5"]), ("qmc", None), ("grid", ["learning_rate <= 5"])],
)
def test_under_a_looser_constraint_it_is_the_large_study(
    sampler: str, looser: list[str] | None, moons: Data, tmp_path: Path
) -> None:
    tight = changed(STUDY, sampler__name=sampler, search__constraint=["learning_rate <= 1"])
    loose = changed(tight, search__constraint=looser, study__trials=8)
    study = Study(tmp_path / "grown", moons)
    before = study.run(tight)
    now = study.run(loose)
    assert rows(now) == rows(Study(tmp_path / "at once", moons).run(loose))
    tried = [run.objective for run in (*now.of_phase("search"), *now.of_phase("given"))]
    assert {run.objective for run in before.of_phase("search")} <= set(tried)
    assert max(run.task.nuisance["learning_rate"] for run in now.of_phase("search")) > 1


def test_where_a_sampler_learns_the_earlier_trials_come_first(moons: Data, tmp_path: Path) -> None:
    study = Study(tmp_path / "grown", moons)
    before = study.run(changed(STUDY, sampler__name="tpe", study__trials=8))
    wide = changed(WIDER, sampler__name="tpe", study__trials=12)
    now = study.run(wide)
    for combination in range(2):
        old, new = (
            [(run.task.nuisance, run.objective, run.task.chosen) for run in each.of_phase("search")]
            for each in (_of(before, combination), _of(now, combination))
        )
        assert new[:4] == old
        assert len(new) == 6
    assert sum(task.phase == "search" for task in study.trained) == 4


def test_they_come_first_also_where_each_waits_for_the_one_before(moons: Data, tmp_path: Path) -> None:
    tpe = {"sampler__name": "tpe", "study__confirm_seeds": 0, "study__default_setting": False}
    study = Study(tmp_path / "grown", moons)
    study.run(changed(STUDY, study__trials=8, **tpe))
    storage = open_journal(study.folder)
    large = from_content(changed(WIDER, study__trials=12, **tpe), "moons.toml")
    _, found = extension(storage, plan(large, moons.description))
    assert found is not None
    lane, known = Lane(begin(storage, found, study.last), 0, storage), KnownRuns(study.last.runs)
    for _ in range(4):
        (task,) = lane.ask(1)
        record = known.of(task)
        assert record is not None
        lane.tell(record)


def _of(study: StudyRecord, combination: int) -> StudyRecord:
    return replace(study, runs=tuple(run for run in study.runs if run.task.combination == combination))


def test_a_pruner_decides_again_and_comes_to_the_same(moons: Data, tmp_path: Path) -> None:
    pruned = {"pruner__name": "hyperband", "training__epochs": 7, "study__confirm_seeds": 0}
    study = Study(tmp_path / "grown", moons)
    before = study.run(changed(STUDY, study__trials=8, **pruned))
    assert "pruned" in {run.state for run in before.runs}
    large = changed(FURTHER, study__trials=12, **pruned)
    assert rows(study.run(large)) == rows(Study(tmp_path / "at once", moons).run(large))
    assert {task.scientific["widths"][0] for task in study.trained if task.phase == "search"} == {4}


def test_a_study_that_is_stopped_while_it_grows_goes_on(grown: Study, moons: Data, tmp_path: Path) -> None:
    grown.run(FURTHER, stop_after=1)
    assert sorted(designs_in(open_journal(grown.folder), "moons")) == [0, 1]
    with pytest.raises(UserError, match="has grown and is not finished"):
        grown.run(changed(FURTHER, training__epochs=3))
    now = grown.run(FURTHER)
    assert rows(now) == rows(Study(tmp_path / "at once", moons).run(FURTHER))
    assert sorted(designs_in(open_journal(grown.folder), "moons")) == [1]
    assert not grown.run(FURTHER).runs[0].task.further
    assert grown.trained == []


def test_a_study_may_grow_twice(grown: Study, moons: Data, tmp_path: Path) -> None:
    grown.run(FURTHER)
    large = changed(FURTHER, search__scientific__activation=["sigmoid", "tanh"], study__trials=12)
    now = grown.run(large)
    assert rows(now) == rows(Study(tmp_path / "at once", moons).run(large))
    first, second = now.grown
    assert first["combinations"] == [{"widths": [4], "activation": "sigmoid"}]
    assert len(second["combinations"]) == 3


def test_epochs_that_begin_otherwise_than_they_were_recorded_are_no_trials_of_the_study(grown: Study) -> None:
    first, *others = grown.last.runs
    wrong = {**first.curves, "validation_error": first.curves["validation_error"] + 1e-9}
    (key,) = grown.recorded
    grown.recorded = {key: replace(grown.last, runs=(replace(first, curves=wrong), *others))}
    with pytest.raises(Fault, match=r"the first 2 epochs of .* are not those that were recorded"):
        grown.run(LONGER)


def test_fewer_trials_than_there_were_take_none_away(grown: Study, small: Study) -> None:
    now = grown.run(changed(FURTHER, study__trials=3))
    assert len(now.of_phase("search")) == 6
    assert not now.of_phase("given")
    old = [run.objective for run in small.last.of_phase("search")]
    assert [run.objective for run in now.of_phase("search") if run.task.combination != 1] == old


def test_other_code_is_refused_before_anything_is_made(grown: Study, moons: Data) -> None:
    storage = open_journal(grown.folder)
    now = plan(from_content(FURTHER, "moons.toml"), moons.description)
    for lane in range(2):
        name = lane_in(storage, "moons", lane)
        assert name is not None
        storage.set_study_user_attr(storage.get_study_id_from_name(name), MADE_WITH, [{"code": "a"}])
    with pytest.raises(UserError, match=r"what decides numbers has changed .*: code a before, b now"):
        extension(storage, replace(now, made_with={"code": "b"}))
    assert sorted(designs_in(storage, "moons")) == [0]
    _, found = extension(storage, replace(now, made_with={"code": "b"}, accept_change=True))
    assert found is not None
    begin(storage, found, grown.last)
    assert Trials.open(grown.folder, None).growing("moons")
    lanes = [Lane(found.plan, place, storage) for place in range(3)]
    assert [list(lane.versions.change) for lane in lanes] == [
        ["code a before, b now"],
        [],
        ["code a before, b now"],
    ]
    forget(storage, found.plan)
    assert not Trials.open(grown.folder, None).growing("moons")


def test_a_study_without_a_trial_that_has_ended_becomes_the_large_one(moons: Data, tmp_path: Path) -> None:
    storage = open_journal(tmp_path)
    small, large = (plan(from_content(one, "moons.toml"), moons.description) for one in (STUDY, FURTHER))
    assert Lane(small, 0, storage).ask()
    now, found = extension(storage, large)
    assert found is not None
    assert not trained(storage, now)
    assert begin(storage, found, None).grown == ()
    assert Lane(now, 0, storage).asked == 0
    assert extension(storage, large)[0].generation == 1


def test_lanes_are_kept_until_they_are_forgotten(grown: Study) -> None:
    storage = open_journal(grown.folder)
    laid_out, found = extension(storage, plan(from_content(FURTHER, "moons.toml"), grown.data.description))
    assert found is not None
    assert found.run_keys == (grown.last.runs[0].task.run_key.rpartition("-search")[0],)
    begin(storage, found, grown.last)
    assert trained(storage, laid_out)
    begin(storage, found, grown.last)  # as after a crash
    assert design_in_journal(grown.folder) == json.loads(json.dumps(laid_out.design))
    forget(storage, laid_out)
    names = [one.study_name for one in storage.get_all_studies()]
    assert names == ["moons/000+1 [2]", "moons/001+1 [4]", "moons/002+1 [3]"]
