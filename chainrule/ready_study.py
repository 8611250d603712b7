"""A study that is ready to run on a data set: its data loaded and split, and its plan laid out."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.own_trainer import decides, environment_of, measured
from chainrule.seal_file import read_seal, seal_of
from experiments.datasets import from_python, load
from experiments.mistakes import UserError
from experiments.preparing.splits import Data, split
from experiments.recording.records import StudyRecord
from studies.estimate import check_memory
from studies.file.study_file import StudyFile, beside_its_data
from studies.running.design_agreement import as_begun
from studies.running.plan import Plan, plan, study_record

if TYPE_CHECKING:
    from studies.workers.engine import Engine


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for.

    Attributes:
        path: of the study file; what Python says in tables and keys stands in the working folder.
        text: of the study.
        in_file: whether it is in a file, so that a mistake has a line, and there may be a seal.
        overrides: keys of [study] that options give.
        advice: what is added to a mistake.
        trained_by: where to train.
        accept_change: whether to continue with other code or packages.
        go_on: the command, or in words the call, that continues.
    """

    path: Path
    text: str
    in_file: bool
    overrides: Mapping[str, Any]
    advice: str
    trained_by: "Engine"
    accept_change: bool
    go_on: str

    @property
    def at_once(self) -> int:
        """How many processes train in parallel, as far as that is known before."""
        return self.trained_by.workers or 1

    @contextmanager
    def told(self, table: str = "", data_set: str = "") -> Iterator[None]:
        """Within it, a mistake is told with the line of the study file, and with the further data set that has it."""
        lines = self.text if self.in_file else ""
        with beside_its_data(self.path, lines, self.overrides, table=table, advice=self.advice):
            try:
                yield
            except UserError as error:
                if not data_set:
                    raise
                told = [
                    replace(
                        one,
                        message=f"{data_set}: {one.message}",
                        where="data.further" if (one.where or table).startswith("data") else one.where,
                    )
                    for one in error.mistakes
                ]
                raise UserError(*told, advice=error.advice) from error


@dataclass(frozen=True, slots=True)
class Ready:
    """A study that is ready to run on a data set.

    Attributes:
        data: its examples, split.
        plan: what is to be trained.
        seal_file: what holds its seal if it has one.
        data_set: the name of the data set in the study file, if it is a further one; else empty.
    """

    data: Data
    plan: Plan
    seal_file: Path
    data_set: str = ""

    @property
    def name(self) -> str:
        """The study's name."""
        return self.plan.file.study.name

    def recorded(self, text: str, go_on: str, data_sets: Mapping[str, str]) -> StudyRecord:
        """The study as it will be recorded.

        Args:
            text: of its file.
            go_on: the command that continues it.
            data_sets: see `StudyRecord`.
        """
        record = study_record(self.plan, text, self.data.description, go_on, environment_of(self.plan))
        return replace(record, data_sets=data_sets)


def on_each_data_set(
    file: StudyFile, asked: Asked, handed_over: Any, begun: Callable[[str], Mapping[str, Any]]
) -> list[Ready]:
    """The study on its data set, and on each further one of its file.

    Args:
        file: the study file.
        asked: what the user asked for.
        handed_over: see `ready`.
        begun: gives the design that a study was begun with, by its name; empty if it was not.

    Raises:
        UserError: if data or plan of one have a mistake.
    """
    return [
        ready(as_begun(one, begun(one.study.name)), asked, None if data_set else handed_over, data_set)
        for data_set, one in file.on_each_data_set.items()
    ]


def ready(file: StudyFile, asked: Asked, handed_over: Any = None, data_set: str = "") -> Ready:
    """Load a study's data and lay it out.

    Args:
        file: the study file, of one data set.
        asked: what the user asked for.
        handed_over: data that Python hands over; None if the study file names a source.
        data_set: see `Ready`.

    Raises:
        UserError: if data or plan have a mistake.
    """
    folder, source = asked.path.parent, file.data
    with asked.told("data", data_set):
        if handed_over is None:
            loaded = load(source.source, source.reading, folder)
        else:
            loaded = from_python(handed_over, source.reading)
        examples = split(loaded, **source.shares)
    with asked.told(data_set=data_set):
        examples = measured(file, examples)
        planned = plan(file, examples.description)
        if not asked.trained_by.address:
            check_memory(planned, examples.description, asked.at_once)
        made_with = decides(file, folder)
    seal_file = seal_of(asked.path, data_set)
    seal = read_seal(seal_file) if asked.in_file else ""
    laid_out = replace(planned, made_with=made_with, accept_change=asked.accept_change, seal=seal)
    return Ready(examples, laid_out, seal_file, data_set)
