"""A study's trials in one Optuna study, for Optuna's dashboard and its plots.

A study keeps the trials of each scientific combination in an Optuna study of its own, so that each is tuned by itself.
Each of them alone makes poor pages: nothing that the question is about varies in it. So all trials stand in one study
in memory, where the scientific parameters are parameters like the others and choices are named and not numbered. The
studies of the combinations follow it as they are.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from math import inf
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution
from optuna.storages import BaseStorage, InMemoryStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.study import Study
from optuna.trial import FrozenTrial

from experiments.mistakes import UserError, nearest
from experiments.wording import table
from studies.running.design_agreement import LANE
from studies.running.storage import metrics_of, name_metrics, open_database, read_journal, with_course


class _Lane(NamedTuple):
    """An Optuna study of a combination's trials, as its storage has it."""

    storage: BaseStorage
    study_id: int
    name: str
    study: str
    attributes: Mapping[str, Any]
    metrics: Sequence[str]
    directions: Sequence[optuna.study.StudyDirection]


class Union(InMemoryStorage):
    """Every study as one Optuna study of all its trials, with those of its combinations; as they are now.

    The dashboard lists the last first. So the older studies come first here, and of each study its combinations from
    the last to the first, and then the one of all trials. What is written to it is not written to the studies.
    """

    def __init__(self, find: Callable[[], Iterable[BaseStorage]]) -> None:
        """Read the lanes in these storages, the oldest first; `find` is asked again later."""
        super().__init__()
        self._find = find
        self._refreshing = Lock()
        self._copies: dict[
            tuple[str, int], list[int]
        ] = {}  # of a lane's trial, by its study's name and its number
        self.refresh()

    @property
    def names(self) -> list[str]:
        """The names of the studies, without those of combinations, the newest first."""
        names = [one.study_name for one in self.get_all_studies() if not LANE.fullmatch(one.study_name)]
        return names[::-1]

    def refresh(self) -> None:
        """Take over what has been tried since."""
        with self._refreshing:
            lanes = [lane for storage in self._find() for lane in _lanes(storage)]
            for study in dict.fromkeys(lane.study for lane in lanes):
                mine = [lane for lane in lanes if lane.study == study]
                for lane in reversed(mine):
                    if lane.name not in self._study_name_to_id:
                        self._begin(lane.name, lane, lane.attributes)
                if study not in self._study_name_to_id:
                    self._begin(study, mine[0], _about(mine))
                new: list[tuple[float, int, _Lane, FrozenTrial]] = []
                for lane in mine:
                    for trial in map(with_course, lane.storage.get_all_trials(lane.study_id, deepcopy=False)):
                        if copies := self._copies.get((lane.name, trial.number)):
                            self._update(copies, trial)
                        else:
                            new.append((_begun(trial), lane.study_id, lane, trial))
                for _, _, lane, trial in sorted(new, key=lambda one: one[:2]):
                    self._add(lane, trial)

    def _begin(self, name: str, lane: _Lane, attributes: Mapping[str, Any]) -> None:
        study_id = self.create_new_study(lane.directions, name)
        for key, value in attributes.items():
            self.set_study_user_attr(study_id, key, value)
        if lane.metrics:
            name_metrics(Study(name, self), lane.metrics)

    def _add(self, lane: _Lane, trial: FrozenTrial) -> None:
        params, distributions = _in_words(lane, trial)
        whole = copy(trial)
        whole.params, whole.distributions = params, distributions
        whole.user_attrs = {**trial.user_attrs, "combination": lane.name.partition(" ")[2] or lane.study}
        alone = self.create_new_trial(self._study_name_to_id[lane.name], trial)
        together = self.create_new_trial(self._study_name_to_id[lane.study], whole)
        self._copies[lane.name, trial.number] = [together, alone]

    def _update(self, copies: Iterable[int], trial: FrozenTrial) -> None:
        for number in copies:
            known = self.get_trial(number)
            if known.state == trial.state and known.intermediate_values == trial.intermediate_values:
                continue
            for epoch, value in trial.intermediate_values.items():
                self.set_trial_intermediate_value(number, epoch, value)
            for key, value in trial.user_attrs.items():
                self.set_trial_user_attr(number, key, value)
            self.set_trial_state_values(number, trial.state, trial.values)
            dated = copy(self._get_trial(number))
            dated.datetime_start, dated.datetime_complete = trial.datetime_start, trial.datetime_complete
            self._set_trial(number, dated)


def _lanes(storage: BaseStorage) -> Iterator[_Lane]:
    """The lanes of every study; of one that has grown those that it goes on with."""
    every = [
        (one, found, int(found["generation"] or 0))
        for one in storage.get_all_studies()
        if (found := LANE.fullmatch(one.study_name)) and "scientific" in one.user_attrs
    ]
    newest: dict[str, int] = {}
    for _, found, generation in every:
        newest[found["study"]] = max(generation, newest.get(found["study"], 0))
    for one, found, generation in every:
        if generation < newest[found["study"]]:
            continue
        study_id = one._study_id  # noqa: SLF001 # nothing public gives it
        metrics = metrics_of(Study(one.study_name, storage))
        name = one.study_name
        if " " not in name:  # begun before names said what is tried
            name = f"{name} {', '.join(map(_text, one.user_attrs['scientific'].values()))}".strip()
        yield _Lane(storage, study_id, name, found["study"], one.user_attrs, metrics, one.directions)


def _begun(trial: FrozenTrial) -> float:
    """When it was begun, in seconds since 1970; one that waits comes after all others."""
    return trial.datetime_start.timestamp() if trial.datetime_start else inf


def _about(lanes: Sequence[_Lane]) -> dict[str, Any]:
    """What the page of all trials says of the study."""
    search = lanes[0].attributes.get("design", {}).get("search", {})
    told = {"compared": search.get("scientific"), "tuned for each combination": search.get("nuisance")}
    return {"combinations": len(lanes), **{name: values for name, values in told.items() if values}}


def _in_words(lane: _Lane, trial: FrozenTrial) -> tuple[dict[str, Any], dict[str, BaseDistribution]]:
    """A trial's parameters, those that the question is about first, with the values of the study file."""
    search = lane.attributes.get("design", {}).get("search", {})
    params: dict[str, Any] = {}
    distributions: dict[str, BaseDistribution] = {}
    for name, value in lane.attributes["scientific"].items():
        every = [_plain(one) for one in search.get("scientific", {}).get(name, [])]
        params[name] = _plain(value)
        distributions[name] = CategoricalDistribution(every if params[name] in every else [params[name]])
    for name, value in trial.params.items():
        given = search.get("nuisance", {}).get(_parameter(name))
        if isinstance(given, list):
            params[name] = _plain(given[int(value)])
            distributions[name] = CategoricalDistribution([_plain(one) for one in given])
        else:
            params[name], distributions[name] = value, trial.distributions[name]
    return params, distributions


def _parameter(variable: str) -> str:
    """The study file's name of one of Optuna's parameters: that of all layers, or of all costs, is one."""
    if re.fullmatch(r"width_\d+", variable):
        return "width"
    return "output_activation" if variable.startswith("output_activation_") else variable


def _plain(value: Any) -> str | int | float | bool | None:
    """A value as Optuna takes it for a choice."""
    return value if isinstance(value, str | int | float | bool | None) else _text(value)


def _text(value: Any) -> str:
    return table(value) if isinstance(value, Mapping) else str(value)


class _Journals:
    """The journals of a home folder, those of studies that began meanwhile, too."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._opened: dict[Path, BaseStorage] = {}

    def __call__(self) -> list[BaseStorage]:
        there = self._home.glob("studies/*/optuna.journal")
        for path in sorted(there, key=lambda one: one.stat().st_mtime):
            if path not in self._opened:
                self._opened[path] = read_journal(path.parent)
        return list(self._opened.values())


def of_home(home: Path, storage: str | None = None) -> Union:
    """The trials of every study in a home folder, or in the database at a URL, as they are now.

    Raises:
        UserError: if there is none.
        Fault: if a journal is damaged.
    """
    if storage:
        opened = [open_database(storage)]
        found, where = Union(lambda: opened), "--storage"
    else:
        found, where = Union(_Journals(home)), f"--home {home}"
    if not found.names:
        raise UserError(f"{where}: no study has trials there")
    return found


def load(name: str, home: str | Path = "output", storage: str | None = None) -> Study:
    """All trials of a study as an Optuna study in memory, for Optuna's `plot_*` functions and the like.

    Args:
        name: of the study.
        home: the output folder.
        storage: where Optuna keeps its trials, if it is a database.

    Raises:
        UserError: if there is no such study; it names the nearest.
    """
    return optuna.load_study(study_name=name, storage=_with(name, home, storage))


def save(name: str, file: Path, home: str | Path = "output", storage: str | None = None) -> None:
    """Write all trials of a study to a journal of their own, which Optuna's tools open anywhere.

    Args:
        name: of the study.
        file: the journal, in which no study of this name may be yet.
        home: as for `load`.
        storage: likewise.

    Raises:
        UserError: if there is no such study, or the file is there.
    """
    if file.exists():
        raise UserError(f"{file} exists already")
    union = _with(name, home, storage)
    journal = JournalStorage(JournalFileBackend(str(file)))
    optuna.copy_study(from_study_name=name, from_storage=union, to_storage=journal, to_study_name=name)


def _with(name: str, home: str | Path, storage: str | None) -> Union:
    union = of_home(Path(home), storage)
    if name not in union.names:
        raise UserError(f'there is no study "{name}"{nearest(name, union.names)}')
    return union
