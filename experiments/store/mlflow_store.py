"""The records in MLflow: the place that uses it, with `finished_runs`, the champion's model and the server's start.

A study is an experiment with one parent run; each trained point of its search space is a child run. Every method
may be called again after it was cut off anywhere: it finds by run key what is there already, finishes it, and
leaves exactly one run. That holds for one writer at a time, which is the publisher (`experiments.publisher.client`).
"""

import importlib
import os
import sys
import tempfile
import time
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import core
import experiments
from experiments.recording.merging_seeds import merged
from experiments.recording.records import ARTIFACT, RunRecord, StudyRecord, to_bytes
from experiments.recording.study_state import Status
from experiments.store import (
    artifacts,
    champion,
    empty_tables,
    metrics,
    mlflow_reading,
    prepared_view,
    sqlite_file,
)
from experiments.store.addresses import is_server, is_sqlite, sqlite_path
from experiments.store.databases import TABLES_TESTED
from experiments.store.look import Known, Look, look
from experiments.store.mlflow_reading import ENDED, AskedClient
from experiments.store.server import default_tracking_uri, keep_quiet
from experiments.store.spool import Spooled
from experiments.store.store_check import check_database
from experiments.store.store_errors import RefusedError, StoreError, in_one_line, without_password
from experiments.store.study_record import STUDY_FILE, study_to_json
from experiments.store.study_summary import StudySummary
from experiments.trained.network_file import load_networks, networks_to_bytes
from experiments.trained.trained_network import CLASS, NUMBER, TrainedNetwork, probability_of

keep_quiet()

import mlflow  # noqa: E402 # see above; likewise the next five
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag  # noqa: E402 # see above
from mlflow.exceptions import MlflowException  # noqa: E402 # see above
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository  # noqa: E402 # see above
from mlflow.store.db.utils import _get_schema_version  # noqa: E402 # see above
from sqlalchemy import make_url, text  # noqa: E402 # see above
from sqlalchemy.exc import SQLAlchemyError  # noqa: E402 # MLflow's own dependency; it lets some of these through

import experiments.store.mlflow_faults  # noqa: E402 # see above
from experiments.store import finished_runs, study_changes  # noqa: E402 # see above

MOST_METRICS: Final = 900
"""Sent in one call; MLflow takes at most 1,000 items together, and at most 100 parameters among them."""

MOST_PARAMETERS: Final = 100

SAMPLED_EVERY: Final = 5
"""Seconds between two looks of MLflow's at the machine, unless its environment variable says otherwise."""

NOTHING_WAITS: Final[Mapping[str, Spooled]] = {}

TESTED: Final = ("sqlite", "postgresql")
"""Databases with which writing to the tables was tested."""

REFUSED: Final = ("BAD_REQUEST", "INVALID_PARAMETER_VALUE")
"""MLflow's words for what it, or the database, will not take from us whenever it is asked."""

NEEDED_BY_CORE: Final = ("numpy", "scipy", "threadpoolctl")
"""What a registered network needs to run, besides the code that goes with it."""


@dataclass(slots=True)
class _Child:
    """A run that stands in the store."""

    run_id: str
    status: str
    started: int


@dataclass(slots=True)
class _Study:
    """A study in the store and its runs by run key."""

    experiment_id: str
    artifact_location: str
    children: dict[str, _Child] = field(default_factory=dict)


class Store:
    """A tracking store, open for writing and reading.

    Attributes:
        together: how many records it takes at once.
        repositories: gives MLflow's artifact repository at an address.
    """

    def __init__(self, client: Any, tracking_uri: str, artifacts_folder: Path) -> None:
        """Use `open`, which checks that the store answers."""
        self.tracking_uri = tracking_uri
        self._client = client
        self._artifacts = artifacts_folder
        self.repositories = partial(get_artifact_repository, tracking_uri=tracking_uri)
        self._get_each = partial(artifacts.get_each, self.repositories, moved_to=artifacts_folder)
        self._studies: dict[str, _Study] = {}
        self._tables = _tables_of(client)
        self.together = finished_runs.MOST_TOGETHER if self._tables else 1

    @classmethod
    def open(cls, home: Path, tracking_uri: str | None = None, *, read_only: bool = False) -> "Store":
        """Open the tracking store.

        Args:
            home: the output folder; artifacts go to `artifacts` in it, unless a server keeps them.
            tracking_uri: of a database or a server; None for `mlflow.db` in the output folder.
            read_only: read, as it is now, what is there, and make and change nothing; otherwise an SQLite file is made
                where there is none.

        Returns:
            The store. Its tables are there and it has answered.

        Raises:
            UserError: if there is nothing to read, or the database belongs to another program or has another version.
            StoreError: if the store does not answer or is damaged.
        """
        folder = home.absolute() / "artifacts"
        uri = opened = tracking_uri or default_tracking_uri(home)
        kept = None
        with _telling(uri), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # MLflow's tables and SQLAlchemy 2.1
            check_database(home, tracking_uri, reading=read_only)
            if is_sqlite(uri):
                if read_only:
                    kept, address = sqlite_file.snapshot(sqlite_path(uri))
                    opened = _in_memory(address)
                else:
                    sqlite_file.prepare(sqlite_path(uri), partial(_make_file, folder))
            elif read_only and uri.startswith("postgres"):
                opened = _without_writing(uri)
            elif not read_only and not is_server(uri):
                _make_tables(folder, uri)
            _disconnect(opened)
            client = mlflow.MlflowClient(opened, registry_uri=opened)
            client.search_experiments(max_results=1)
            store = cls(client, uri, folder)
        if kept is not None:
            weakref.finalize(store, sqlite_file.emptied, kept)  # MLflow itself holds connections for ever
        return store

    def begin_study(self, study: StudyRecord, run_key: str, *, whole: bool = False) -> str:
        """Make the study's experiment and parent run, or find them and set the parent run going again; gives its id.

        What is recorded of the study is written again each time, but for the answer to one that stays as it is.

        Args:
            study: what is asked.
            run_key: the identity of its design.
            whole: whether nothing of it is left to be trained or recorded; a parent run that is finished stays so then.

        Raises:
            StoreError: if the store does not take it.
        """
        with self._telling():
            experiment_id = self._experiment(study)
            found = self._one_of_each(
                experiment_id, {"chainrule.run_key": run_key, "chainrule.phase": "study"}
            )
            tags = metrics.study_tags(study, run_key)
            ended = whole and run_key in found and found[run_key].info.status == "FINISHED"
            if ended:
                del tags[metrics.NOTE]  # which has the answer
            else:
                self._client.set_experiment_tag(experiment_id, metrics.NOTE, tags[metrics.NOTE])
            if run_key in found:
                run = found[run_key]
                if not ended:
                    self._client.update_run(run.info.run_id, status="RUNNING")
            else:
                run = self._client.create_run(experiment_id, _now(), tags, metrics.text(study.name, 250))
            known = run.data.params
            new = {
                name: value for name, value in metrics.study_parameters(study).items() if name not in known
            }
            self._log(run.info.run_id, parameters=new, tags=tags)
            place = artifacts.place_of(run, self._artifacts)
            artifacts.put(self.repositories, place, STUDY_FILE, study_to_json(study))
            self._client.log_inputs(run.info.run_id, [_input(metrics.data_set(study))])
            return str(run.info.run_id)

    def record(
        self, record: RunRecord, study: StudyRecord, parent_run_id: str, content: bytes | None = None
    ) -> str:
        """Record a run: nothing if it is there whole, the rest of it if it was cut off.

        A run of an earlier attempt that failed, was stopped or was left unfinished gives way to this one. A complete
        one that lacks seeds of this record gives way to one that has both: what MLflow holds of a run can be added to,
        but not be made another mean.

        Args:
            record: what happened.
            study: the study that it belongs to.
            parent_run_id: from `begin_study`.
            content: the record as a file, where there is one already.

        Returns:
            The run's id.

        Raises:
            RefusedError: if the store will never take it.
            StoreError: if it does not take it now.
        """
        with self._telling():
            here = self._study(parent_run_id)
            child = here.children.get(record.task.run_key)
            # as `merging_seeds.gives_way`
            if child and child.started != record.started and child.status != "FINISHED":
                self._client.delete_run(child.run_id)
                child = None
            outdated: _Child | None = None
            if child:
                run = self._client.get_run(child.run_id)
                if child.status in ENDED and artifacts.has(self.repositories, run, ARTIFACT):
                    before = mlflow_reading.record_of(run, *self._get_each([run], ARTIFACT))
                    record = merged(before, record, study.objective, study.target_error)
                    if record is before:
                        return child.run_id
                    child, outdated, content = None, child, None
            if child is None:
                tags = metrics.tags(record, study, parent_run_id)
                run = self._client.create_run(
                    here.experiment_id, record.started, tags, metrics.run_name(record.task)
                )
            run_id = str(run.info.run_id)
            points = metrics.points(record, metrics.steps(study.trials))
            self._log(run_id, parameters=metrics.parameters(record, study), points=points)
            artifacts.put(self.repositories, run.info.artifact_uri, ARTIFACT, content or to_bytes(record))
            self._client.log_inputs(run_id, [_input(metrics.data_set(study))])
            status = metrics.status(record)
            self._client.set_terminated(run_id, status, metrics.end_time(record))
            if outdated:
                self._client.delete_run(outdated.run_id)
            here.children[record.task.run_key] = _Child(run_id, status, record.started)
            return run_id

    def record_together(
        self, records: Sequence[tuple[RunRecord, bytes]], study: StudyRecord, parent_run_id: str
    ) -> list[bool]:
        """Record in one transaction what can be: new runs, in a database whose version is known.

        Each record comes with the file that says the same.

        Returns:
            Of each whether it is recorded now. The others are for `record`, which also says what is wrong with one.

        Raises:
            StoreError: if the store does not take them now.
        """
        with self._telling():
            here = self._study(parent_run_id)
            place = here.artifact_location
            known = self._tables and "?" not in place  # which would stand after the path
            fresh = finished_runs.fresh(records if known else (), study, parent_run_id, place, here.children)
            written: frozenset[int] = frozenset()
            if self._tables and fresh:
                for run in fresh.values():
                    artifacts.put(self.repositories, run.artifact_uri, ARTIFACT, run.content)
                try:
                    with self._tables.ManagedSessionMaker(read_only=False) as session:
                        written = finished_runs.write(
                            lambda statement, values: session.execute(text(statement), values),
                            int(here.experiment_id),
                            fresh,
                            metrics.data_set(study),
                        )
                except MlflowException as reason:
                    if reason.error_code not in REFUSED:
                        raise
            for run in (fresh[number] for number in written):
                here.children[run.run_key] = _Child(run.run_id, run.status, run.started)
            return [number in written for number in range(len(records))]

    def end_study(self, parent_run_id: str, status: Status, tags: Mapping[str, str]) -> None:
        """End the parent run, with tags that say what came of the study, for instance its verdict.

        A run that has ended with this status keeps the time of its end.

        Raises:
            StoreError: if the store does not take it.
        """
        with self._telling():
            self._studies.pop(parent_run_id, None)
            self._study(parent_run_id)  # looks once more for runs that a lost answer has doubled
            told = {name: metrics.text(value, metrics.LONGEST_TAG) for name, value in tags.items()}
            self._log(parent_run_id, tags=told)
            if self._client.get_run(parent_run_id).info.status != status:
                self._client.set_terminated(parent_run_id, status)

    def measure_system(self, parent_run_id: str) -> Callable[[], None]:
        """Have MLflow measure this machine for a study's run until the function that is given back is called.

        A store that does not take the figures goes without them: they are no part of the study.
        """
        from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

        with self._telling():
            monitor = SystemMetricsMonitor(
                parent_run_id,
                sampling_interval=SAMPLED_EVERY,
                resume_logging=True,
                tracking_uri=self.tracking_uri,
            )
        monitor.start()
        end: Callable[[], None] = monitor.finish
        return end

    def conclude(self, study: StudyRecord, verdict: Sequence[str], warnings: Sequence[str]) -> None:
        """End the parent run of a study that was read, with what came of it: in words, and in numbers that sum it up.

        Raises:
            StoreError: if the store does not take it.
        """
        with self._telling():
            tags = metrics.conclusion_tags(study, verdict, warnings)
            self._client.set_experiment_tag(study.experiment_id, metrics.NOTE, tags[metrics.NOTE])
            self._log(study.parent_run_id, points=metrics.study_points(study, _now()))
        self.end_study(study.parent_run_id, "FINISHED", tags)

    def has_concluded(self, study: StudyRecord, verdict: Sequence[str]) -> bool:
        """Whether `conclude` has noted this verdict on the study's parent run.

        Raises:
            StoreError: if the store does not answer.
        """
        with self._telling():
            tags = self._client.get_run(study.parent_run_id).data.tags
        return metrics.has_concluded(tags, verdict)

    def log_report(self, parent_run_id: str, folder: Path, files: Iterable[Path]) -> None:
        """Put the files of a report, and nothing else in its folder, among the study's artifacts, under `report`."""
        with self._telling():
            run = self._client.get_run(parent_run_id)
            place = artifacts.place_of(run, self._artifacts)
            artifacts.put_files(self.repositories, place, "report", folder, files)

    def register_champion(
        self, record: RunRecord, networks: bytes, study: StudyRecord, parent_run_id: str
    ) -> str:
        """Register the networks of the champion's recorded run as models, once for each run key (see `champion`).

        It gives the address that MLflow loads the champion from.

        Raises:
            StoreError: if the store does not take it.
        """
        with self._telling(), tracking_at(self.tracking_uri):
            run = self._client.get_run(self._study(parent_run_id).children[record.task.run_key].run_id)
            trained = load_networks(networks)
            registered = self._register(run, record, "champion", trained.alone(trained.best), study)
            if trained.network.members > 1:
                self._register(run, record, "ensemble", trained, study)
            else:
                champion.withdraw(self._client, record, "ensemble")
            return registered

    def describe_champion(
        self, study: StudyRecord, run_key: str, cards: Mapping[champion.Alias, str]
    ) -> None:
        """Give the models of the champion's run their cards.

        Raises:
            StoreError: if the store does not take it.
        """
        with self._telling():
            champion.describe(self._client, study.name, run_key, *champion.texts(study, cards))

    def studies(self, spools: Mapping[str, Spooled] = NOTHING_WAITS) -> list[StudySummary]:
        """As `mlflow_reading.studies`."""
        with self._telling():
            return mlflow_reading.studies(AskedClient(self._client), self._get_each, spools)

    def load_study(
        self, name: str, spools: Mapping[str, Spooled] = NOTHING_WAITS, run_key: str = ""
    ) -> StudyRecord:
        """As `mlflow_reading.load_study`."""
        with self._telling():
            return mlflow_reading.load_study(
                AskedClient(self._client), name, self.tracking_uri, self._get_each, spools, run_key
            )

    def remove_designs(self, parent_run_id: str, run_keys: Sequence[str]) -> None:
        """Delete the runs of a study as it was before it has grown into the one of this parent run.

        Raises:
            StoreError: if the store does not do it; it may be asked again.
        """
        with self._telling():
            experiment_id = self._client.get_run(parent_run_id).info.experiment_id
            for run_key in run_keys:
                tags = {"chainrule.run_key": run_key, "chainrule.phase": "study"}
                for parent in mlflow_reading.find_runs(self._client, [experiment_id], tags):
                    below = {"mlflow.parentRunId": parent.info.run_id}
                    for run in mlflow_reading.find_runs(self._client, [experiment_id], below):
                        self._client.delete_run(run.info.run_id)
                    self._client.delete_run(parent.info.run_id)

    def look(self, name: str, spools: Mapping[str, Spooled], known: Known) -> Look:
        """As `look.look`."""
        with self._telling():
            return look(AskedClient(self._client), name, self.tracking_uri, self._get_each, spools, known)

    def experiment_of(self, name: str) -> str | None:
        """The id of the experiment of this name, be it deleted; None if there is none."""
        with self._telling():
            found = self._client.get_experiment_by_name(name)
            return None if found is None else str(found.experiment_id)

    def models_of(self, experiment_id: str) -> list[str]:
        """As `study_changes.models_of`."""
        with self._telling():
            return study_changes.models_of(self._client, experiment_id)

    def has_model(self, name: str) -> bool:
        """Whether there is a registered model of this name."""
        with self._telling():
            return bool(self._client.search_registered_models(f"name='{name}'"))

    def delete_study(self, experiment_id: str, name: str) -> bool:
        """As `study_changes.delete`."""
        self._studies.clear()
        with self._telling():
            return study_changes.delete(
                self._client,
                experiment_id,
                name,
                lambda uri, owner: artifacts.remove(self.repositories, uri, owner, self._artifacts),
            )

    def rename_study(
        self,
        experiment_id: str,
        names: tuple[str, str],
        key: Callable[[str], str],
        command: Callable[[str], str],
    ) -> None:
        """As `study_changes.rename`."""
        self._studies.clear()

        def get(run: Any, artifact: str) -> bytes:
            return artifacts.get(self.repositories, run, artifact, self._artifacts)

        def put(run: Any, artifact: str, content: bytes) -> None:
            artifacts.put(self.repositories, artifacts.place_of(run, self._artifacts), artifact, content)

        with self._telling():
            study_changes.rename(self._client, experiment_id, names, key, command, get, put)

    def archive_study(self, experiment_id: str, since: str | None) -> None:
        """As `study_changes.archive`."""
        with self._telling():
            study_changes.archive(self._client, experiment_id, since)

    def load_design(self, name: str, spools: Mapping[str, Spooled] = NOTHING_WAITS) -> StudyRecord:
        """As `mlflow_reading.load_design`."""
        with self._telling():
            return mlflow_reading.load_design(AskedClient(self._client), name, self._get_each, spools)

    def networks(self, study: str, alias: champion.Alias) -> bytes | None:
        """The file of the networks that a study has registered; None if it has none."""
        with self._telling(), warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # as in `open`: MLflow opens the registry only now
            found = self._client.search_registered_models(f"name='{champion.name_of(study)}'")
            if not found or alias not in found[0].aliases:
                return None
            version = self._client.get_model_version_by_alias(found[0].name, alias)
            model = self._client.get_logged_model(version.source.removeprefix("models:/"))
            return artifacts.get_of_model(
                self.repositories,
                model.model_id,
                model.artifact_location,
                champion.NETWORKS,
                self._artifacts,
            )

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Raise a `StoreError` for whatever goes wrong, and then look everything up again."""
        try:
            with _telling(self.tracking_uri):
                yield
        except StoreError:
            self._studies.clear()
            raise

    def _experiment(self, study: StudyRecord) -> str:
        """The id of the study's experiment, which is made, or brought back if it has been deleted."""
        found = self._client.get_experiment_by_name(study.name)
        tags = prepared_view.tags(study, _now())
        if found is None:
            return str(
                self._client.create_experiment(
                    study.name,
                    artifact_location=None if is_server(self.tracking_uri) else self._artifacts.as_uri(),
                    tags=tags | metrics.KIND_OF_EXPERIMENT,
                )
            )
        if found.lifecycle_stage == "deleted":
            self._client.restore_experiment(found.experiment_id)
        for name, value in tags.items():
            self._client.set_experiment_tag(found.experiment_id, name, value)
        study_changes.archive(self._client, found.experiment_id, None)  # what runs is not put away
        return str(found.experiment_id)

    def _study(self, parent_run_id: str) -> _Study:
        """What is known of a study, looked up in the store when nothing is."""
        if parent_run_id not in self._studies:
            experiment_id = self._client.get_run(parent_run_id).info.experiment_id
            runs = self._one_of_each(experiment_id, {"mlflow.parentRunId": parent_run_id})
            children = {
                key: _Child(run.info.run_id, run.info.status, run.info.start_time)
                for key, run in runs.items()
            }
            location = self._client.get_experiment(experiment_id).artifact_location
            self._studies[parent_run_id] = _Study(experiment_id, location, children)
        return self._studies[parent_run_id]

    def _one_of_each(self, experiment_id: str, tags: Mapping[str, str]) -> dict[str, Any]:
        """The runs with these tags by run key; where there are several of a key all but one are deleted."""
        kept, surplus = mlflow_reading.one_of_each(
            mlflow_reading.find_runs(self._client, [experiment_id], tags)
        )
        for run in surplus:
            self._client.delete_run(run.info.run_id)
        return kept

    def _log(
        self,
        run_id: str,
        *,
        parameters: Mapping[str, str] | None = None,
        points: Sequence[metrics.Point] = (),
        tags: Mapping[str, str] | None = None,
    ) -> None:
        """Log in as few calls as MLflow's limits allow."""
        metrics = [Metric(point.key, point.value, point.timestamp, point.step) for point in points]
        pairs = [Param(name, value) for name, value in (parameters or {}).items()]
        labels = [RunTag(name, value) for name, value in (tags or {}).items()]
        batches = zip_longest(
            _pieces(metrics, MOST_METRICS),
            _pieces(pairs, MOST_PARAMETERS),
            _pieces(labels, MOST_PARAMETERS),
            fillvalue=(),
        )
        for batch in batches:
            self._client.log_batch(run_id, *batch, synchronous=True)

    def _register(
        self, run: Any, record: RunRecord, alias: champion.Alias, trained: TrainedNetwork, study: StudyRecord
    ) -> str:
        """One of the models of the champion's run."""
        points = metrics.model_points(record, alias)
        tags = metrics.model_tags(record, study, points)

        def log_model(model_id: str) -> None:
            self._log_model(run.info.run_id, model_id, max(record.epochs, 1), trained)
            self._client.log_batch(
                run.info.run_id,
                [Metric(one.key, one.value, one.timestamp, one.step, model_id=model_id) for one in points],
                synchronous=True,
            )

        return champion.register(self._client, run, record, alias, tags, study.command, log_model)

    def _log_model(self, run_id: str, model_id: str, step: int, trained: TrainedNetwork) -> None:
        """Fill an empty model with networks: the code that runs them, the weights, what goes in and comes out."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # on import, about types of its own
            pyfunc: Any = importlib.import_module("mlflow.pyfunc")
            environment: Any = importlib.import_module("mlflow.utils.environment")
        # they would read every package there is, to find that those installed are those installed
        for module in (pyfunc, environment):
            module.warn_dependency_requirement_mismatches = lambda _requirements: None
        with tempfile.TemporaryDirectory() as temporary:
            weights = Path(temporary, "network.npz")
            weights.write_bytes(networks_to_bytes(trained))
            mlflow.models.Model.log(
                None,
                pyfunc,
                run_id=run_id,
                model_id=model_id,
                step=step,
                python_model=str(Path(experiments.__path__[0], "store", "champion_model.py")),
                artifacts={"network": str(weights)},
                code_paths=[
                    core.__path__[0],
                    experiments.__path__[0],
                ],  # whole, since they go before the reader's own
                pip_requirements=[f"{name}=={version(name)}" for name in NEEDED_BY_CORE],
                signature=_signature(trained),
                metadata={
                    "features": list(trained.features),
                    "classes": list(trained.classes),
                    "networks": trained.network.members,
                },
                input_example=_example(trained),
            )


def _example(trained: TrainedNetwork) -> Any:
    """A few examples, by the names of their columns where the data have such names."""
    if not trained.named or trained.encoding.columns:
        return trained.examples
    return dict(zip(trained.features, trained.cells.T.tolist(), strict=True))


def _signature(trained: TrainedNetwork) -> Any:
    """What a model takes, answers and can be asked for.

    The columns are of any type: of each that it names MLflow would refuse all others, whole numbers for a double among
    them, though no digit were lost. Of data without names it says nothing, since MLflow would then refuse either
    arrays or frames. The model itself looks at every cell.
    """
    types: Any = importlib.import_module("mlflow.types")
    schema: Any = importlib.import_module("mlflow.types.schema")
    double, text = types.DataType.double, types.DataType.string
    answers = dict.fromkeys(trained.targets or (NUMBER,), double)
    if trained.classes:
        answers = {CLASS: text}
        if trained.gives_probabilities:
            answers |= {probability_of(name): double for name in trained.classes}
    inputs = None
    if trained.named:
        inputs = types.Schema([types.ColSpec(schema.AnyType(), name) for name in trained.features])
    return mlflow.models.ModelSignature(
        inputs=inputs,
        outputs=types.Schema([types.ColSpec(kind, name) for name, kind in answers.items()]),
        params=types.ParamSchema([types.ParamSpec("predict_method", text, "table")]),
    )


def _tables_of(client: Any) -> Any | None:
    """MLflow's store behind a client, if it is a database to which rows can be written; None if not."""
    store = client._tracking_client.store  # noqa: SLF001 # the client offers no way to it
    tested = getattr(store, "db_type", None) in TESTED and _get_schema_version(store.engine) == TABLES_TESTED
    return store if tested else None


def _make_file(artifacts_folder: Path, address: str) -> None:
    """Make MLflow's tables in SQLite's memory."""
    if empty_tables.are_known():
        empty_tables.make(address, artifacts_folder)
    else:
        _make_tables(artifacts_folder, _in_memory(address))


def _make_tables(artifacts_folder: Path, uri: str) -> None:
    """Make MLflow's tables in a database where there are none, and let go of it.

    MLflow by itself would name the working folder in its first row, which fails where that folder's name holds a quote.
    """
    from mlflow.store.tracking.sqlalchemy_store import (
        SqlAlchemyStore,  # warns, so not before warnings are caught
    )

    store = SqlAlchemyStore(uri, artifacts_folder.as_uri())
    store.engine.dispose()


def _disconnect(uri: str) -> None:
    """Close the connections to a database that MLflow keeps for ever: its file may since have given way to another."""
    for kind in ("tracking", "model_registry"):
        module = sys.modules.get(f"mlflow.store.{kind}.sqlalchemy_store")
        engine = module.SqlAlchemyStore._engine_map.get(uri) if module else None  # noqa: SLF001 # there is no other way
        if engine:
            engine.dispose()


def _in_memory(address: str) -> str:
    """What SQLAlchemy calls the database that SQLite has in memory at an address."""
    return f"sqlite:///{address}&uri=true"


def _without_writing(uri: str) -> str:
    """A PostgreSQL address whose connections cannot write."""
    url = make_url(uri)
    options = f"{url.query.get('options', '')} -c default_transaction_read_only=on".strip()
    return url.update_query_dict({"options": options}).render_as_string(hide_password=False)


@contextmanager
def _telling(uri: str) -> Iterator[None]:
    """Turn whatever MLflow raises into a `StoreError`."""
    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as reason:  # the errors of requests are OSErrors
        refused = isinstance(reason, MlflowException) and reason.error_code == "INVALID_PARAMETER_VALUE"
        kind = RefusedError if refused else StoreError
        what = "refuses this" if refused else "does not do its work"
        why = in_one_line(reason if refused else _at_bottom(reason))
        raise kind(f"the tracking store {without_password(uri)} {what}: {why}") from reason


def _at_bottom(reason: BaseException) -> BaseException:
    """What it was before MLflow and its libraries wrapped it, each in a longer text."""
    inner = reason.__cause__ or reason.__context__
    return _at_bottom(inner) if inner else reason


def _input(data: metrics.DataSet) -> DatasetInput:
    """A data set as MLflow's client takes it."""
    dataset = Dataset(data.name, data.digest, data.source_type, data.source, profile=data.profile)
    return DatasetInput(dataset, [InputTag(metrics.CONTEXT, metrics.TRAINING)])


@contextmanager
def tracking_at(uri: str) -> Iterator[None]:
    """Point MLflow's global state, which only its models look at, at a store, and then back."""
    before = os.environ.get("MLFLOW_TRACKING_URI")
    mlflow.set_tracking_uri(uri)
    try:
        yield
    finally:
        mlflow.set_tracking_uri(before)


def _pieces(values: Sequence[Any], size: int) -> Iterable[list[Any]]:
    return (list(values[start : start + size]) for start in range(0, len(values), size))


def _now() -> int:
    return int(time.time() * 1000)
