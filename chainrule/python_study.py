"""A study in Python: what was recorded, as tables, figures, sentences and networks."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from html import escape
from numbers import Real
from os import PathLike
from pathlib import Path
from reprlib import repr as short
from typing import TYPE_CHECKING, Any, Final
from warnings import catch_warnings, filterwarnings

from chainrule.workspace import Workspace
from experiments.control_characters import visible
from experiments.mistakes import Fault, Mistake, UserError, nearest
from experiments.wording import count

if TYPE_CHECKING:  # they bring pandas, matplotlib and MLflow
    from experiments.recording.records import StudyRecord
    from experiments.trained.trained_network import TrainedNetwork
    from reports.conclusions.verdict import Verdict
    from reports.drawing.style import Picture
    from reports.figures.figure_table import Figures
    from reports.page.writing import Report
    from reports.results.tables import Table, Tables


PATH: Final = (str, PathLike)

EXPECTED: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "file": ((*PATH, Mapping), "the path of a study file, or a mapping with its tables,"),
    "engine": ((str,), "a text"),
    "accept_change": ((bool,), "True or False"),
    "system_metrics": ((bool,), "True or False"),
    "quiet": ((bool,), "True or False"),
    "home": ((*PATH, type(None)), "the path of a folder"),
    "tracking_uri": ((str, type(None)), "the address of a store"),
    "storage": ((str, type(None)), "the address of a database"),
}
"""What arguments may be, without those that the study file checks too."""


class Study:
    """What was recorded of a study. Tables, sentences and figures are made when they are first asked for.

    `chainrule.study` and `chainrule.load` give it.
    """

    def __init__(self, record: "StudyRecord", home: Path, tracking_uri: str | None) -> None:
        """Show this record of a folder or a tracking server."""
        self.record = record
        self._home, self._uri = home, tracking_uri

    @property
    def name(self) -> str:
        """The study's name."""
        return self.record.name

    @property
    def state(self) -> str:
        """Whether it is complete, or how it stands: the words that `chainrule studies` prints."""
        return self.record.state

    @cached_property
    def trials(self) -> "Table":
        """A row for each run: phase, choice, settings (`setting.…`), state, error with its interval.

        The settings that the study searches stand first.
        """
        table = self.tables.in_words(self.tables.trials)
        searched = [
            name
            for one in (*self.record.scientific, *self.record.nuisance)
            if (name := f"setting.{one}") in table
        ]
        first = ["phase", "choice", *searched, "seeds", "state", "error", "error_low", "error_high"]
        return table[[*first, *(name for name in table if name not in first)]]

    @cached_property
    def seeds(self) -> "Table":
        """A row for each network of a run: how it ended, its last and its best error; `run` is the row of `trials`."""
        return self.tables.seeds

    @cached_property
    def curves(self) -> "Table":
        """A row for each epoch of each network of a run: seconds, costs, errors; `run` is the row of `trials`."""
        return self.tables.epochs

    @property
    def best(self) -> dict[str, Any]:
        """The champion's settings, or so far those of the best trial: keys and values of `[training]`.

        `NetworkClassifier(**study.best)` has them, too. Of another trainer they are those of `[trainer.settings]`.

        Raises:
            UserError: if no trial has a result.
        """
        from experiments.outcome.winners import that_stand
        from studies.file.training_table import training

        found, champion = that_stand(self.record)
        settings = found[champion].task.settings
        if self.record.trainer:
            return {name: value for name, value in settings.items() if name != "epochs"}
        return training(settings)

    @cached_property
    def champion(self) -> "TrainedNetwork":
        """The champion: its `predict` and `predict_proba` take inputs as the data had them.

        Raises:
            UserError: if there is none yet.
        """
        from experiments.store.reading import Records

        return Records.open(self._home, self._uri).champion(self.name, "champion")[1]

    @property
    def verdict(self) -> tuple[str, ...]:
        """The answer, a sentence each; the first is in plain words, the last says what it holds for."""
        return self._verdict.sentences

    @property
    def warnings(self) -> tuple[str, ...]:
        """Reasons to doubt the answer."""
        return self._verdict.warnings

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the figures that the study has data for."""
        from reports.figures.figure_table import FIGURES

        return tuple(name for name in FIGURES if self._figures.has(name))

    def figure(self, name: str, width: float = 10.0) -> "Picture":
        """A figure of the report.

        Args:
            name: one of `figures`.
            width: in inches.

        Returns:
            `title` is its finding, `caption` what stands below it, `figure` matplotlib's figure, and `numbers` a table
            of every number in it. A notebook shows it.

        Raises:
            UserError: if there is no figure of this name, or no data for it.
        """
        if name not in self.figures:
            raise UserError(f'the study "{self.name}" has no figure "{name}"{nearest(name, self.figures)}')
        picture = self._figures.picture(name, width)
        assert picture is not None  # it has data
        return picture

    @cached_property
    def on_data_sets(self) -> tuple["Study", ...]:
        """The study on each data set of its study file, this one among them; only this one if there are no others.

        Raises:
            UserError: if one has not been begun yet, or was deleted.
        """
        if not self.record.data_sets:
            return (self,)
        return tuple(
            self if name == self.name else load(name, home=self._home, tracking_uri=self._uri)
            for name in self.record.data_sets.values()
        )

    def report(self, folder: Path | str | None = None, *, over_data_sets: bool = False) -> "Report":
        """Write the report: pages in HTML and Markdown, figures and tables.

        Args:
            folder: where to; by default into the home folder, and if the study is complete into MLflow too.
            over_data_sets: write that of all data sets together instead.

        Returns:
            `html` and `markdown` are the paths of its pages, `verdict` and `warnings` its sentences. A notebook shows
            it.

        Raises:
            OSError: if the folder cannot be written.
        """
        from chainrule.reporting import write_final_report, write_reports

        workspace = Workspace(self._home)
        if over_data_sets and len(names := [one.name for one in self.on_data_sets]) > 1:
            place = workspace.report(*names) if folder is None else Path(folder)
            return write_reports(self._home, self._uri, names, place)[2]
        if folder is None and self.state == "complete":
            return write_final_report(workspace, self.name, self._uri)
        where = workspace.report(self.name) if folder is None else Path(folder)
        return write_reports(self._home, self._uri, [self.name], where)[2]

    @cached_property
    def tables(self) -> "Tables":
        """All tables, with functions that find their way in them (`reports.results.tables`)."""
        from reports.results.tables import read_tables

        return read_tables(self.record)

    @cached_property
    def _verdict(self) -> "Verdict":
        from reports.conclusions.verdict import reach_verdict

        return reach_verdict(self.tables)

    @cached_property
    def _figures(self) -> "Figures":
        from reports.figures.figure_table import Figures

        return Figures(self.tables, self._verdict)

    def __repr__(self) -> str:
        return f'Study("{visible(self.name)}": {self.state}, {count(len(self.record.runs), "run")})'

    def _repr_html_(self) -> str:
        """The answer, and a row for each choice: its error with the interval."""
        from reports import words

        tables = self.tables
        rows = [
            (tables.label(choice), words.error(tables.error(run)), str(len(tables.record(run).task.seeds)))
            for choice, run in tables.in_order(tables.shown())
        ]
        title = f"{self.name}: {self.state}"
        parts = [_element("strong", title), *(_element("p", one) for one in self.verdict[:1])]
        head = _row("th", ("choice", "error [95 % interval]", "seeds"))
        parts += [f"<table>{head}{''.join(_row('td', row) for row in rows)}</table>"]
        parts += [_element("p", one) for one in self.warnings]
        return f"<div>{''.join(parts)}</div>"


def load(name: str, *, home: Path | str | None = None, tracking_uri: str | None = None) -> Study:
    """What `chainrule.load` says."""
    from experiments.store.reading import Records

    with _in_words_of_python():
        _check({"home": home, "tracking_uri": tracking_uri})
        folder, uri = places(home, tracking_uri)
        records = Records.open(folder, uri)
        records.complain()
        return Study(records.load_study(name), folder, uri)


def run(
    file: Path | str | Mapping[str, Any],
    data: Any,
    home: Path | str | None,
    tracking_uri: str | None,
    **options: Any,
) -> Study:
    """What `chainrule.study` says."""
    from chainrule.commands.study import run_study

    with _in_words_of_python(), catch_warnings():
        filterwarnings("ignore", "IProgress not found")  # of tqdm, in a notebook; it has nothing to show
        _check({"file": file, "home": home, "tracking_uri": tracking_uri, **options})
        folder, uri = places(home, tracking_uri)
        chosen = file if isinstance(file, Mapping) else Path(file)
        try:
            name = run_study(chosen, data=data, home=folder, tracking_uri=uri, with_report=False, **options)
        except SystemExit as reason:  # as the command ends when it is interrupted
            raise KeyboardInterrupt from reason
    try:
        return load(name, home=folder, tracking_uri=uri)
    except UserError:
        if (begun := _begun(name, folder, uri)) is None:
            raise
        return begun


def _begun(name: str, home: Path, tracking_uri: str | None) -> Study | None:
    """A study that stopped before anything was recorded."""
    from experiments.store.spool import read_spools

    spooled = read_spools(home, tracking_uri).get(name)
    if spooled is None or spooled.study is None:
        return None
    return Study(replace(spooled.study, status="KILLED"), home, tracking_uri)


def _check(given: Mapping[str, Any]) -> None:
    """Refuse arguments that are of another kind than is expected.

    Raises:
        UserError: with each of them.
    """
    wrong = [
        Mistake(f"{expected} was expected, not {short(given[name])}", name)
        for name, (kinds, expected) in EXPECTED.items()
        if name in given and not isinstance(given[name], kinds)
    ]
    seconds = given.get("time_budget")
    if seconds is not None and (
        isinstance(seconds, bool) or not (isinstance(seconds, Real) and float(seconds) > 0)
    ):
        wrong.append(Mistake(f"a number above 0 was expected, not {short(seconds)}", "time_budget"))
    if wrong:
        raise UserError(*wrong)


@contextmanager
def _in_words_of_python() -> Iterator[None]:
    """Within it, mistakes and faults name arguments, and not options of the command."""
    try:
        yield
    except UserError as error:
        mistakes = [
            replace(one, message=_in_python(one.message), where=_in_python(one.where))
            for one in error.mistakes
        ]
        raise UserError(*mistakes, advice=_in_python(error.advice)) from None
    except Fault as fault:
        raise Fault(fault.message, _in_python(fault.advice)) from fault


def places(home: Path | str | None, tracking_uri: str | None) -> tuple[Path, str | None]:
    """The home folder and the tracking server, which environment variables may name, as for the commands."""
    from os import environ

    return Path(home or environ.get("CHAINRULE_HOME") or "output"), tracking_uri or environ.get(
        "MLFLOW_TRACKING_URI"
    )


def _in_python(text: str) -> str:
    """A message with `chainrule.study` and its arguments in place of the command and its options."""

    def argument(found: re.Match[str]) -> str:
        option, value = found[1].replace("-", "_"), found[2]
        return f"{option}={value}" if value.isdigit() else f'{option}="…"'

    text = re.sub(r"chainrule study FILE\b.*", "chainrule.study(…)", text)
    text = re.sub(r"--([a-z-]+) ([A-Z]{2,}|\d+)\b", argument, text).replace(
        "--accept-change", "accept_change=True"
    )
    return re.sub(r"--([a-z-]+)(?=:|$)", lambda found: found[1].replace("-", "_"), text)


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(visible(text))}</{name}>"


def _row(cell: str, texts: tuple[str, ...]) -> str:
    return f"<tr>{''.join(_element(cell, text) for text in texts)}</tr>"
