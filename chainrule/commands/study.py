"""chainrule study: run a study, or go on with it where it stopped, and write its report."""

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer

from chainrule import options
from chainrule.interruption import Interruption, interruptible
from chainrule.terminal import waiting
from chainrule.words import plural
from chainrule.workspace import Workspace

if TYPE_CHECKING:
    from chainrule.progress import Display
    from experiments.publisher import Publisher
    from studies.plan import Plan

INTERRUPTED_WAIT: Final = 0.5
"""Seconds that Ctrl-C waits for the recorder; it then ends the parent run alone, and the rest waits in the spool."""

DEFAULTS: Final = (None, options.HOME, "local")
"""What need not be said again of where a study is kept and who trains for it."""

TELLING_WAIT: Final = 3.0
"""Seconds after which the user is told what is waited for."""

RECORDING_WAIT: Final = 120.0
"""Seconds that the recorder has after the last training, for what a slow store has not taken yet."""


def study(
    file: Annotated[Path, typer.Argument(help="The study file.", metavar="FILE")],
    trials: Annotated[
        int | None,
        typer.Option(
            parser=options.whole("--trials", 1), help="Trials in all, in place of the file's number."
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            parser=options.whole("--seeds", 1, 1_000),
            help="Seeds of each trial, in place of the file's number; may grow when a study goes on.",
        ),
    ] = None,
    first_seeds: Annotated[
        int | None,
        typer.Option(
            parser=options.whole("--first-seeds", 2, 1_000),
            help="Seeds that each trial begins with; the rest are for those that may still be the best.",
        ),
    ] = None,
    workers: Annotated[
        str, typer.Option(help="Processes that train at once, or auto.", metavar="N")
    ] = "auto",
    engine: Annotated[
        str,
        typer.Option(
            help="Who trains: local (processes of this machine), dask (a cluster started here), or the address of "
            "a Dask scheduler, dask://HOST:PORT.",
            metavar="ENGINE",
        ),
    ] = "local",
    time_budget: Annotated[
        float | None,
        typer.Option(
            parser=options.above_0("--time-budget"), help="Seconds after which it stops, to be gone on with."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Run it under another name.")] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Check the file, print the plan and what it costs, write nothing."),
    ] = False,
    with_report: Annotated[
        bool, typer.Option("--report/--no-report", help="Whether to write the report.")
    ] = True,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    storage: Annotated[
        str | None,
        typer.Option(
            help="Optuna's storage: a database, or Optuna's proxy at grpc://HOST:PORT; a journal in the home folder "
            "by default.",
            metavar="URL",
        ),
    ] = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    no_color: options.NoColor = False,
) -> None:
    """Run a study, or go on with it where it stopped; then write its report.

    Every trial is trained over all its seeds at once. Ctrl-C keeps everything, and the same command goes on from there.
    """
    with interruptible(quiet=quiet) as interruption:
        with waiting("Getting ready", quiet=quiet):
            from chainrule.progress import display, plan_line
            from experiments.datasets import load
            from experiments.environment import describe
            from experiments.experiment import Experiments
            from experiments.preparation import prepare
            from experiments.publisher import Job, Publisher
            from experiments.records import keep_in
            from experiments.server import check_tracking_uri
            from studies.engine import engine as find_engine
            from studies.estimate import check_memory, seconds_of_training
            from studies.lease import leased
            from studies.plan import plan, study_record
            from studies.storage import open_database, open_journal
            from studies.study import run
            from studies.study_file import beside_its_data, read

        if interruption.asked:
            sys.stderr.write("Stopped before anything was written.\n")
            sys.exit(interruption.status)
        trained_by = find_engine(
            engine, None if workers == "auto" else options.whole("--workers", 1)(workers)
        )
        at_once = trained_by.workers or 1
        given = {"trials": trials, "seeds": seeds, "first_seeds": first_seeds, "name": name}
        overrides = {key: value for key, value in given.items() if value is not None}
        study_file, text = read(file, overrides)
        data = study_file.data
        with beside_its_data(file, text, overrides, table="data"):
            prepared = prepare(
                load(data.source), validation=data.validation, test=data.test, split_seed=data.split_seed
            )
        with beside_its_data(file, text, overrides):
            laid_out = plan(study_file, prepared.description)
            if not trained_by.address:
                check_memory(laid_out, prepared.description, at_once)
        workspace = Workspace(home)
        spool = workspace.spool(study_file.study.name)
        start = partial(Experiments, prepared=prepared)
        if dry_run:
            _print_plan(
                laid_out,
                prepared.description,
                seconds_of_training(laid_out, start) / at_once,
                at_once,
                as_json=as_json,
            )
            return

        check_tracking_uri(tracking_uri)
        database = open_database(storage) if storage else None
        command = _command(file, overrides)
        where = {"home": home, "tracking_uri": tracking_uri, "storage": storage, "engine": engine}
        go_on = _command(file, overrides | {key: one for key, one in where.items() if one not in DEFAULTS})
        record = study_record(laid_out, text, prepared.description, command, describe())
        with (
            closing(trained_by.crew(start, partial(keep_in, spool))) as crew,
            workspace.opened(record.name),
            display(objective=record.objective, quiet=quiet, color=not no_color) as shown,
            leased(database, record.name, shown.note) if database else nullcontext(bool) as check_lease,
        ):
            shown.note(f"{record.name}: {plan_line(laid_out)}; {crew.size} at once")
            began = monotonic()

            def stop() -> bool:
                check_lease()
                return interruption.asked or (time_budget is not None and monotonic() - began > time_budget)

            studying = run(laid_out, crew, database or open_journal(workspace.study(record.name)), stop)
            progress = next(studying)  # refuses another design before anything is recorded
            if progress.trials > laid_out.trials:
                more = f"more than {plural(laid_out.trials, 'trial')} have been begun before"
                shown.note(f"It goes on with {progress.trials}: {more}, and none is taken away.")
                record = replace(record, trials=progress.trials)
            publisher = Publisher.start(
                Job(home=home, tracking_uri=tracking_uri, spool=spool, study=record, run_key=laid_out.run_key)
            )
            status: Literal["FINISHED", "KILLED", "FAILED"] = "FAILED"
            left = 0
            warming: Thread | None = None
            try:
                shown.show(progress)
                for progress in studying:
                    shown.show(progress)
                    if with_report and progress.stage == "champion" and warming is None:
                        warming = Thread(target=_warm_up, daemon=True)
                        warming.start()
                    _pass_on(publisher, shown)
                status = "KILLED" if progress.done < progress.networks and stop() else "FINISHED"
            finally:
                studying.close()
                left = _finish(publisher, shown, interruption, status, progress.front)
            if status == "KILLED":
                shown.note(f"Stopped at {progress.finished} of {progress.trials} trials. Continue: {go_on}")
            elif interruption.signal:
                shown.note(f"Stopped with {plural(left, 'record')} still to be recorded. Continue: {go_on}")
        if interruption.asked:
            sys.exit(interruption.status)
        if left and status == "FINISHED":
            _leave(left, spool, publisher.trouble, go_on)
        if status == "FINISHED" and with_report:
            from chainrule.reporting import finish_report

            finish_report(workspace, record.name, tracking_uri, as_json=as_json, into_store=True)


def _warm_up() -> None:
    """Import what the report needs, which takes seconds, while the champion trains and a core is idle."""
    import reports.page  # noqa: F401 # for later


def _pass_on(publisher: "Publisher", shown: "Display") -> None:
    """Show what the recorder has to say that concerns the user."""
    for notice in publisher.notices():
        if notice.kind == "waiting":
            shown.note(f"{notice.text}; records wait until it answers")
        elif notice.kind in ("recovered", "set_aside", "restarted", "failed"):
            shown.note(notice.text)


def _finish(
    publisher: "Publisher",
    shown: "Display",
    interruption: Interruption,
    status: Literal["FINISHED", "KILLED", "FAILED"],
    front: Sequence[int],
) -> int:
    """Have the recorder deliver what is left; the number of records that it could not."""
    began = monotonic()
    told = False

    def enough() -> bool:
        nonlocal told
        _pass_on(publisher, shown)
        if not told and monotonic() - began > TELLING_WAIT:
            told = True
            shown.note(
                "Waiting for the tracking store to take the last records; Ctrl-C keeps them for the next time."
            )
        hurried = interruption.asked or status != "FINISHED"
        return hurried and monotonic() - began > INTERRUPTED_WAIT

    tags = {"chainrule.pareto_front": json.dumps(front)} if front else {}
    left = publisher.finish(status=status, timeout=RECORDING_WAIT, tags=tags, enough=enough)
    _pass_on(publisher, shown)
    return left


def _leave(left: int, spool: Path, trouble: str, command: str) -> None:
    from experiments.mistakes import Fault

    raise Fault(
        f"{plural(left, 'record')} could not be recorded yet and wait in {spool}: {trouble or 'too slow a store'}",
        f"Nothing is lost: once this is put right, this records them and writes the report: {command}",
    )


def _command(file: Path, given: Mapping[str, Any]) -> str:
    """The command with these options, as it may be shown."""
    from experiments.store_errors import without_password
    from studies.study_file import option_of

    words = [word for key, one in given.items() for word in (option_of(key), without_password(str(one)))]
    return shlex.join(["chainrule", "study", str(file), *words])


def _print_plan(
    plan: "Plan", data: Mapping[str, Any], seconds: float, at_once: int, *, as_json: bool
) -> None:
    from chainrule.progress import plan_line
    from chainrule.words import duration, settings
    from studies.mistakes import shown

    if as_json:
        content = {
            "name": plan.file.study.name,
            "trials": plan.trials,
            "trials_each": plan.trials_each,
            "networks": plan.networks,
            "combinations": plan.combinations,
            "fixed": plan.file.fixed,
            "seconds": round(seconds, 1),
            "workers": at_once,
        }
        sys.stdout.write(json.dumps(content, indent=2) + "\n")
        return
    lines = [
        f"{plan.file.study.name}: {plan_line(plan)}",
        f"data: {data['name']}, " + ", ".join(f"{count} {part}" for part, count in data["examples"].items()),
    ]
    if plan.file.search.scientific:
        lines.append("compared: " + "; ".join(settings(one) for one in plan.combinations))
    for name, values in plan.file.search.nuisance.items():
        lines.append(f"re-tuned for each: {name} {shown(values)} ({plan.file.sampler.name})")
    lines.append(f"about {duration(seconds)} of training with {at_once} at once, and recording beside it")
    sys.stdout.write("\n".join(lines) + "\n")
