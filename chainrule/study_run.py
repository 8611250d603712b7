"""Runs a study that is ready, or resumes it: trains, records, and writes its report."""

import json
from collections.abc import Mapping, Sequence, Set
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from chainrule.data_lines import data_notes
from chainrule.growing import grown_plan
from chainrule.interruption import Interruption
from chainrule.json_output import document, findings, print_json
from chainrule.own_trainer import starting
from chainrule.progress import display, plan_line, stopped
from chainrule.ready_study import Asked, Ready
from chainrule.recording import finish, left_behind, pass_on
from chainrule.seal_file import commit_of
from chainrule.workspace import Workspace
from experiments.command_line import command_line
from experiments.mistakes import Fault
from experiments.preparing.splits import shared
from experiments.publisher.client import Job, Publisher
from experiments.recording.records import RunRecord, StudyRecord, keep_in
from experiments.recording.study_state import Status
from experiments.store.study_summary import COUNTED, StudySummary, summary_of
from experiments.store.table_writing import needs_mlflow
from experiments.wording import count
from studies.execution import run
from studies.running.confirmations import Unanswered
from studies.running.extension import forget
from studies.running.lease import leased
from studies.running.storage import open_journal
from studies.running.tally import Progress

if TYPE_CHECKING:
    from reports.conclusions.findings import Earlier
    from reports.page.writing import Report

LATE: Final = 0.8
"""The share of the trials after which it is time to import what follows them."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Where a study is kept, and how it is shown while it runs.

    Attributes:
        workspace: the home folder.
        tracking_uri: where MLflow keeps records; None for a file in the home folder.
        storage: Optuna's database; None for a journal in the home folder.
        silence: what the user has been told of a server that does not answer.
        with_report: whether a report is written at the end.
        quiet: whether no progress is shown.
        color: whether colours are used.
    """

    workspace: Workspace
    tracking_uri: str | None
    storage: Any
    silence: str
    with_report: bool
    quiet: bool
    color: bool


@dataclass(slots=True)
class TimeBudget:
    """The time for all studies of a file; it begins when the first one has all that trains.

    Attributes:
        seconds: how many; None for any number.
        began: when it began, by the monotonic clock.
    """

    seconds: float | None
    began: float | None = None

    def begin(self) -> None:
        """Begin now, unless it has begun."""
        if self.began is None:
            self.began = monotonic()

    @property
    def over(self) -> bool:
        """Whether it has been used up."""
        return self.seconds is not None and self.began is not None and monotonic() - self.began > self.seconds


@dataclass(frozen=True, slots=True)
class Ran:
    """A study that was run as far as it went.

    Attributes:
        record: the study, without its runs.
        progress: how it stands.
        status: how its run in MLflow ended.
        report: what was written; None if there is no report.
        fault: what broke; None if nothing did.
        left: what still waits to be recorded, as a fault; None if nothing does.
    """

    record: StudyRecord
    progress: Progress
    status: Status
    report: "Report | None"
    fault: Fault | None
    left: Fault | None

    @property
    def standing(self) -> StudySummary:
        """How it stands, in numbers."""
        counted = {name: getattr(self.progress, name) for name in COUNTED}
        return replace(summary_of(self.record), **counted)

    @property
    def complete(self) -> bool:
        """Whether all is trained and recorded."""
        return self.status == "FINISHED" and self.left is None and self.fault is None


def run_on(
    ready: Ready,
    asked: Asked,
    kept: Recording,
    interruption: Interruption,
    time: TimeBudget,
    data_sets: Mapping[str, str],
) -> Ran:
    """Run a study on one data set, or resume it where it stopped, then write its report.

    Args:
        ready: the study.
        asked: what the user asked for.
        kept: where it is kept.
        interruption: whether the user wants to stop.
        time: for it, and for those on other data sets.
        data_sets: see `StudyRecord`.

    Raises:
        UserError: if the study is not what was begun under its name; nothing was recorded.
    """
    workspace, tracking_uri, folder = kept.workspace, kept.tracking_uri, asked.path.parent
    plan, data, go_on, name = ready.plan, ready.data, asked.go_on, ready.name
    spool, where = workspace.spool(name), {"home": workspace.home, "tracking_uri": tracking_uri}
    if not asked.trained_by.address:
        data = shared(data, workspace.data(name))
    record = ready.recorded(asked.text, go_on, data_sets)
    fault: Fault | None = None
    status: Status = "FAILED"
    report: Report | None = None
    with (
        closing(asked.trained_by.crew(starting(plan, data, folder), partial(keep_in, spool))) as crew,
        workspace.opened(name, f"See how it stands: {command_line('watch', name, **where)}"),
        display(record, interruption, quiet=kept.quiet, color=kept.color) as shown,
        leased(kept.storage, name, shown.warn) if kept.storage else nullcontext(bool) as check_lease,
    ):
        for note in data_notes(data.description):
            shown.warn(note)
        shown.note(f"{name}: {plan_line(plan)}; {crew.size} at once")
        time.begin()

        def stop() -> bool:
            check_lease()
            return bool(interruption.asked) or time.over

        trials_kept = kept.storage or open_journal(workspace.study(name))
        plan, everyone, replaces = grown_plan(
            plan, crew, trials_kept, workspace, tracking_uri, go_on, shown.note
        )
        record = replace(record, grown=plan.grown)
        studying = run(plan, everyone, trials_kept, stop, _asking(record))
        progress = next(studying)  # refuses another design before anything is recorded
        if progress.trials > plan.trials:
            more = f"more than {count(plan.trials, 'trial')} were started before"
            shown.warn(f"The study continues with {progress.trials}: {more}, and none is removed.")
            record = replace(record, trials=progress.trials)
        if progress.changes:
            shown.warn(f"Trials are of different versions: {'; '.join(progress.changes)}.")
            record = replace(record, changes=progress.changes)
        if progress.seals:
            record = replace(record, seals=progress.seals, seal_commit=commit_of(ready.seal_file))
        whole = progress.whole and not any(spool.glob("*.npz"))
        publisher = Publisher.start(
            Job(
                home=workspace.home,
                tracking_uri=tracking_uri,
                spool=spool,
                study=record,
                run_key=plan.run_key,
                whole=whole,
                system_metrics=plan.file.study.system_metrics and not whole,
                replaces=replaces,
            ),
            trouble=kept.silence,
        )
        left = 0
        warming: Thread | None = None
        try:
            shown.show(progress)
            if progress.finished:
                shown.recall(partial(_recorded, workspace.home, tracking_uri, name))
            for progress in studying:
                shown.show(progress)
                if kept.with_report and warming is None and progress.finished > LATE * progress.trials:
                    warming = Thread(target=_warm_up, args=[tracking_uri], daemon=True)
                    warming.start()
                pass_on(publisher, shown.warn)
            status = "KILLED" if not progress.whole and stop() else "FINISHED"
        except Fault as reason:
            fault = reason
        finally:
            studying.close()
            tags = {"chainrule.pareto_front": json.dumps(progress.front)} if progress.front else {}
            left = finish(publisher, shown.warn, lambda: bool(interruption.asked), status, tags)
            if replaces and status == "FINISHED" and not left:
                forget(trials_kept, plan)
        if status == "KILLED":
            shown.warn(f"{stopped(progress)}. Continue: {go_on}")
        elif status == "FINISHED" and left and interruption.signal:
            shown.warn(f"Stopped with {count(left, 'record')} still to be recorded. Continue: {go_on}")
        elif status == "FINISHED" and interruption.signal and kept.with_report:
            shown.warn(f"Stopped before its report. Write it: {command_line('report', name, **where)}")
    if status == "FINISHED" and kept.with_report and not left and not interruption.signal:
        from chainrule.reporting import final_report

        report = final_report(workspace, name, tracking_uri)
    behind = left_behind(left, spool, publisher.trouble, go_on) if left and status == "FINISHED" else None
    return Ran(replace(record, status=status, waiting=left), progress, status, report, fault, behind)


def tell_studies(
    ran: Sequence[Ran], kept: Recording, names: Sequence[str], *, together: bool, as_json: bool
) -> None:
    """Print what studies of one file say, each on its data set, and then what they say together.

    Args:
        ran: those that were run.
        kept: where they are kept.
        names: of the studies on all data sets, if there are several.
        together: whether all of them are complete, so that a report may put them together.
        as_json: whether JSON is asked for.
    """
    from chainrule.reporting import tell, tell_in_short, write_reports

    where = {"home": kept.workspace.home, "tracking_uri": kept.tracking_uri}
    over_all = None
    if names and together:
        folder = kept.workspace.report(*names)
        over_all = write_reports(kept.workspace.home, kept.tracking_uri, names, folder)[2]
    if as_json:
        each = [document(one.standing) | findings(one.report) for one in ran]
        print_json({"studies": each} | findings(over_all) if names else each[0])
        return
    for one in ran:
        if names and one.report:
            tell_in_short(one.report, one.record.name)
    if (last := over_all if names else ran[-1].report) is not None:
        tell(last, ran[0].record.name, where)


def _asking(study: StudyRecord) -> Unanswered:
    """Which combinations the report would still call undecided, at one look after another."""
    earlier: Earlier = {}

    def unanswered(runs: Sequence[RunRecord]) -> Set[int]:
        from reports.conclusions import answered

        return answered.unanswered(study, runs, earlier)

    return unanswered


def _recorded(home: Path, tracking_uri: str | None, name: str) -> StudyRecord:
    """The runs of a study that stand for its combinations, as they were recorded before."""
    from experiments.store.reading import Records

    return Records.open(home, tracking_uri).look(name).study


def _warm_up(tracking_uri: str | None) -> None:
    """Import what each look at the winners needs, and then the report, which takes seconds, while workers train."""
    import_module("reports.page.writing")
    if needs_mlflow(tracking_uri):
        import_module("experiments.store.mlflow_store")
