"""chainrule study: run a study, or go on with it where it stopped, and write its report."""

import json
import shlex
import sys
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Annotated, Any, Literal

import typer

from chainrule import options
from chainrule.interruption import Interruption, interruptible
from chainrule.workspace import Workspace

INTERRUPTED_WAIT = 0.5
"""Seconds that Ctrl-C waits for the recorder; it then ends the parent run alone, and the rest waits in the spool."""

RECORDING_WAIT = 600.0
"""Seconds that recording may take after the last training, on a slow store."""


def study(
    file: Annotated[Path, typer.Argument(help="The study file.", metavar="FILE")],
    trials: Annotated[int | None, typer.Option(help="Trials in all, in place of the file's number.")] = None,
    workers: Annotated[
        str, typer.Option(help="Processes that train at once, or auto.", metavar="N")
    ] = "auto",
    time_budget: Annotated[
        float | None,
        typer.Option(help="Seconds after which it stops; it can be gone on with.", metavar="SECONDS"),
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
        typer.Option(help="Optuna's storage; a journal in the home folder by default.", metavar="URL"),
    ] = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    no_color: options.NoColor = False,
) -> None:
    """Run a study, or go on with it where it stopped; then write its report.

    Every trial is trained over all its seeds at once. Ctrl-C keeps everything, and the same command goes on from there.
    """
    from chainrule.progress import plan_line
    from experiments.datasets import load
    from experiments.experiment import Experiment
    from experiments.mistakes import UserError
    from experiments.preparation import prepare
    from studies.estimate import check_memory, seconds_of_training
    from studies.plan import plan
    from studies.study import automatic_workers
    from studies.study_file import read

    crew = automatic_workers() if workers == "auto" else int(workers) if workers.isdecimal() else 0
    if crew < 1:
        raise UserError(f'--workers: a number from 1 or "auto" was expected, not "{workers}"')
    if time_budget is not None and not time_budget > 0:
        raise UserError(f"--time-budget: more than 0 seconds were expected, not {time_budget:g}")
    overrides = {key: value for key, value in (("trials", trials), ("name", name)) if value is not None}
    study_file, text = read(file, overrides)
    data = study_file.data
    prepared = prepare(
        load(data.source), validation=data.validation, test=data.test, split_seed=data.split_seed
    )
    laid_out = plan(study_file, prepared.description)
    check_memory(laid_out, prepared.description, crew)
    workspace = Workspace(home)
    start = partial(Experiment, prepared=prepared, spool=workspace.spool(study_file.study.name))
    section = study_file.study
    words = plan_line(
        laid_out.trials, len(laid_out.combinations), section.seeds, section.confirm_seeds, laid_out.networks
    )
    if dry_run:
        _print_plan(
            laid_out, words, prepared, seconds_of_training(laid_out, start) / crew, crew, as_json=as_json
        )
        return
    command = _command(file, overrides)
    with workspace.opened(section.name), interruptible() as interruption:
        _run(
            laid_out,
            start,
            workspace,
            interruption,
            text=text,
            description=prepared.description,
            command=command,
            words=words,
            crew=crew,
            time_budget=time_budget,
            tracking_uri=tracking_uri,
            storage=storage,
            with_report=with_report,
            as_json=as_json,
            quiet=quiet,
            color=not no_color,
        )
    if interruption.asked:
        sys.exit(interruption.status)


def _run(
    plan: Any,
    start: Any,
    workspace: Workspace,
    interruption: Interruption,
    *,
    text: str,
    description: dict[str, Any],
    command: str,
    words: str,
    crew: int,
    time_budget: float | None,
    tracking_uri: str | None,
    storage: str | None,
    with_report: bool,
    as_json: bool,
    quiet: bool,
    color: bool,
) -> None:
    """Train, record, report."""
    from chainrule.progress import display
    from chainrule.reporting import finish_report
    from experiments.environment import describe
    from experiments.publisher import Job, Publisher
    from studies.plan import study_record
    from studies.storage import open_storage
    from studies.study import run

    name = plan.file.study.name
    kept = open_storage(workspace.study(name), storage)
    record = study_record(plan, text, description, command, describe())
    began = monotonic()

    def stop() -> bool:
        return interruption.asked or (time_budget is not None and monotonic() - began > time_budget)

    with display(objective=plan.file.study.objective, quiet=quiet, color=color) as shown:
        shown.note(f"{name}: {words}; {crew} at once")
        studying = run(plan, start, kept, crew, stop)
        progress = next(studying)  # refuses another design before anything is recorded
        publisher = Publisher.start(
            Job(
                home=workspace.home,
                tracking_uri=tracking_uri,
                spool=workspace.spool(name),
                study=record,
                run_key=plan.run_key,
            )
        )
        status: Literal["FINISHED", "KILLED", "FAILED"] = "FAILED"
        try:
            shown.show(progress)
            for progress in studying:
                shown.show(progress)
                for notice in publisher.notices():
                    if notice.kind in ("waiting", "recovered", "set_aside", "failed"):
                        shown.note(notice.text)
            status = "KILLED" if progress.done < progress.networks and stop() else "FINISHED"
        finally:
            studying.close()
            whole = status == "FINISHED"
            left = publisher.finish(
                status=status, timeout=RECORDING_WAIT if whole else INTERRUPTED_WAIT, patient=whole
            )
        for notice in publisher.notices():
            if notice.kind in ("set_aside", "failed"):
                shown.note(notice.text)
        if status == "KILLED":
            shown.note(f"Stopped at {progress.finished} of {progress.trials} trials. Continue: {command}")
            return
        if left:
            shown.note(f"{left} records wait in {workspace.spool(name)}; they are delivered by: {command}")
    if with_report:
        finish_report(workspace, name, tracking_uri, as_json=as_json, into_store=True)


def _command(file: Path, overrides: dict[str, Any]) -> str:
    """The command that repeats the study."""
    options = [word for key, value in overrides.items() for word in (f"--{key}", str(value))]
    return shlex.join(["chainrule", "study", str(file), *options])


def _print_plan(plan: Any, words: str, prepared: Any, seconds: float, crew: int, *, as_json: bool) -> None:
    from chainrule.words import duration, settings
    from studies.study_file import Range

    if as_json:
        content = {
            "name": plan.file.study.name,
            "trials": plan.trials,
            "trials_each": plan.trials_each,
            "networks": plan.networks,
            "combinations": plan.combinations,
            "fixed": plan.file.fixed,
            "seconds": round(seconds, 1),
            "workers": crew,
        }
        sys.stdout.write(json.dumps(content, indent=2) + "\n")
        return
    data = prepared.description
    lines = [
        f"{plan.file.study.name}: {words}",
        f"data: {data['name']}, " + ", ".join(f"{count} {part}" for part, count in data["examples"].items()),
        "compared: " + "; ".join(settings(one) for one in plan.combinations),
    ]
    for name, values in plan.file.search.nuisance.items():
        shown = (
            f"{values.low:g} to {values.high:g}{', log' * values.log}"
            if isinstance(values, Range)
            else values
        )
        lines.append(f"re-tuned for each: {name} {shown} ({plan.file.sampler.name})")
    lines.append(f"about {duration(seconds)} of training with {crew} at once, and recording beside it")
    sys.stdout.write("\n".join(lines) + "\n")
