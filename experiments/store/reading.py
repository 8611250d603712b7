"""Studies as they are read: what MLflow has, and what still waits in the home folder to be delivered to it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from experiments.mistakes import Fault, UserError, nearest
from experiments.recording.records import StudyRecord
from experiments.store.addresses import is_sqlite
from experiments.store.archived import marked
from experiments.store.look import Known, Look, look_alone
from experiments.store.server import default_tracking_uri
from experiments.store.spool import Spooled, read_spools
from experiments.store.store_check import check_records
from experiments.store.store_errors import StudyNotFoundError
from experiments.store.study_summary import StudySummary, summary_of
from experiments.store.table_reading import Tables

if TYPE_CHECKING:
    from experiments.store.champion import Alias
    from experiments.store.mlflow_store import Store  # it brings MLflow
    from experiments.trained.trained_network import TrainedNetwork


def check_there(home: Path, tracking_uri: str | None) -> None:
    """Refuse what cannot be read before MLflow is loaded, which takes seconds; nothing is written.

    Raises:
        UserError: if nothing waits, and there is no store or it belongs to another program or has another version.
        StoreError: if nothing waits and the store is damaged.
    """
    if not any(home.glob("studies/*/spool/*.npz")):
        check_records(home, tracking_uri)


def _opened(home: Path, tracking_uri: str | None) -> "Store | Tables":
    """The store, by its tables where that can be done, or else by MLflow, which takes seconds to be imported."""
    uri = tracking_uri or default_tracking_uri(home)
    if is_sqlite(uri) and (tables := Tables(uri, home.absolute() / "artifacts")).known:
        return tables
    from experiments.store.mlflow_store import Store

    return Store.open(home, tracking_uri, read_only=True)


def _none_of(study: StudyRecord, alias: "Alias") -> str:
    """That a study has no such model."""
    if study.trainer:
        return (
            f'the study "{study.name}" has no model to ask: {study.trainer} trained its champion and keeps it'
        )
    if alias == "ensemble":
        return (
            f'the study "{study.name}" has no ensemble: its champion is a single network, or an earlier version of '
            "chainrule trained it"
        )
    if not study.confirm_seeds:
        return f'the study "{study.name}" has no champion: it trains no winner on fresh seeds (confirm_seeds = 0)'
    return f'the study "{study.name}" has no champion yet; it comes last: {study.command}'


_Found = TypeVar("_Found", StudyRecord, Look)


def _with_spool(found: StudyRecord | Look) -> bool:
    """Whether the study's spool is laid over it."""
    study = found.study if isinstance(found, Look) else found
    return bool(study.waiting or study.left_out)


class Records:
    """The records of a home folder, open for reading.

    Attributes:
        trouble: why MLflow could not be asked, so that only what waits can be told; None if it was.
    """

    def __init__(
        self,
        store: "Store | Tables | None",
        spools: Mapping[str, Spooled],
        trouble: Fault | UserError | None = None,
        archived: Collection[str] = (),
    ) -> None:
        """Use `open`."""
        self._store, self._spools, self.trouble = store, spools, trouble
        self._archived = archived

    @classmethod
    def open(cls, home: Path, tracking_uri: str | None) -> "Records":
        """Open the records of a tracking store, by default the file in the output folder. Nothing is written.

        Raises:
            UserError: if nothing has been recorded and nothing waits.
            StoreError: if the store cannot be read and nothing waits.
        """
        check_there(home, tracking_uri)
        # first what waits: if it is delivered meanwhile, it is seen twice, and not missed
        spools = read_spools(home, tracking_uri)
        archived = marked(home)
        if not tracking_uri and not (home / "mlflow.db").exists():
            return cls(None, spools, archived=archived)
        try:
            return cls(_opened(home, tracking_uri), spools, archived=archived)
        except (Fault, UserError) as reason:
            if not any(spooled.records or spooled.left_out for spooled in spools.values()):
                raise
            return cls(None, spools, reason, archived)

    def studies(self, *, archived: bool = False) -> list[StudySummary]:
        """Every study, the newest first; those that are archived only on request."""
        found = self._store.studies(self._spools) if self._store else []
        laid_over = {one.name for one in found if one.waiting or one.left_out}
        alone = [spooled.alone for name, spooled in self._spools.items() if name not in laid_over]
        found += [summary_of(study) for study in alone if study]
        found = [replace(one, archived=one.archived or one.name in self._archived) for one in found]
        shown = (one for one in found if archived or not one.archived)
        return sorted(shown, key=lambda one: one.started or 0, reverse=True)

    def load_study(self, name: str) -> StudyRecord:
        """Everything that is known of a study.

        Raises:
            StudyNotFoundError: if there is none of this name; it names the nearest.
            StoreError: if a record is missing or cannot be read.
        """
        return self._of(name, lambda store: store.load_study(name, self._spools), lambda study: study)

    def earlier(self, name: str, run_key: str) -> StudyRecord | None:
        """A study as it was of an earlier design, with its runs; None if MLflow has no such design.

        Raises:
            UserError: if MLflow could not be asked.
            StoreError: likewise, or if a record is missing or cannot be read.
        """
        self.complain()
        if self._store is None:
            return None
        try:
            return self._store.load_study(name, self._spools, run_key)
        except StudyNotFoundError:
            return None

    def look(self, name: str, known: Known | None = None) -> Look:
        """How a study's combinations stand; likewise. See `look.look`."""
        read = {} if known is None else known
        return self._of(name, lambda store: store.look(name, self._spools, read), look_alone)

    def _of(
        self, name: str, ask: "Callable[[Store | Tables], _Found]", told: Callable[[StudyRecord], _Found]
    ) -> _Found:
        """What the store says of a study, or what can be told of what waits where the store does not know it."""
        spooled = self._spools.get(name)
        alone = spooled.alone if spooled else None
        if self._store:
            try:
                found = ask(self._store)
            except StudyNotFoundError:
                if not alone:
                    raise
            else:
                other_design = not _with_spool(found)
                return told(alone) if alone and other_design else found
        if alone:
            return told(alone)
        names = [one for one, spooled in self._spools.items() if spooled.records]
        raise self.trouble or StudyNotFoundError(f'there is no study "{name}"{nearest(name, names)}')

    def champion(self, name: str, alias: "Alias") -> "tuple[StudyRecord, TrainedNetwork]":
        """What a study asked, without its runs, and the networks of its champion, those that wait before all others.

        Raises:
            StudyNotFoundError: if there is no such study.
            UserError: if it has no champion, or none of several networks.
            StoreError: if its networks cannot be read.
        """
        # it brings data sets, which no other question needs
        from experiments.trained.network_file import load_networks

        spooled = self._spools.get(name)
        content = spooled.networks.read_bytes() if spooled and spooled.networks else None
        if spooled and spooled.study and (content or spooled.records):
            study = spooled.study
        elif self._store:
            study = self._store.load_design(name, self._spools)
        else:
            study = self.load_study(name)
        if content is None and self._store:
            content = self._store.networks(name, alias)
        trained = None if content is None else load_networks(content)
        if trained is None or (alias == "ensemble" and trained.network.members < 2):
            raise self.trouble or UserError(_none_of(study, alias))
        return study, trained if alias == "ensemble" else trained.alone(trained.best)

    def networks(self, name: str) -> bytes | None:
        """The file of all networks of a study's champion, which MLflow has; None if it has none."""
        if self._store is None:
            return None
        return self._store.networks(name, "ensemble") or self._store.networks(name, "champion")

    def complain(self) -> None:
        """Raise what kept MLflow from being asked, once what waits has been shown."""
        if self.trouble:
            raise self.trouble
