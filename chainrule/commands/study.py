"""chainrule study: run or resume a study, and write its report."""

import json
import sys
from collections.abc import Mapping, Sequence, Set
from contextlib import closing, nullcontext
from dataclasses import asdict, replace
from functools import partial
from math import ceil
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chainrule import completion, options
from chainrule.completion import names_in
from chainrule.interruption import interruptible
from chainrule.terminal import waiting
from chainrule.workspace import Workspace
from experiments.command_line import command_line
from experiments.control_characters import visible
from experiments.mistakes import Fault, UserError
from experiments.wording import count

if TYPE_CHECKING:
    from experiments.preparing.splits import Data
    from experiments.recording.records import RunRecord, StudyRecord
    from experiments.recording.study_state import Status
    from reports.conclusions.planning import Prospect
    from studies.file.study_file import StudyFile
    from studies.running.foreseen import Foreseen
    from studies.running.plan import Plan


def study(
    file: Annotated[Path, typer.Argument(help="The study file.", metavar="FILE")],
    trials: Annotated[
        int | None,
        typer.Option(
            parser=options.whole("--trials", 1), help="Total number of trials; overrides the study file."
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            parser=options.whole("--seeds", 1, 1_000),
            help="Seeds per trial; overrides the study file. May be raised when a study is resumed.",
        ),
    ] = None,
    first_seeds: Annotated[
        int | None,
        typer.Option(
            parser=options.whole("--first-seeds", 2, 1_000),
            help="Seeds that each trial starts with; only trials that may still be the best get the rest.",
        ),
    ] = None,
    workers: Annotated[
        str, typer.Option(help="Number of processes that train in parallel, or auto.", metavar="N")
    ] = options.WORKERS,
    engine: Annotated[
        str,
        typer.Option(
            help="Where to train: local (processes on this machine), dask (a cluster started here), or the address "
            "of a Dask scheduler, dask://HOST:PORT.",
            metavar="ENGINE",
            autocompletion=names_in("experiments.command_line", "ENGINES"),
        ),
    ] = options.ENGINE,
    time_budget: Annotated[
        float | None,
        typer.Option(
            parser=options.above_0("--time-budget"),
            help="Stop after this many seconds; the same command continues.",
        ),
    ] = None,
    accept_change: Annotated[
        bool,
        typer.Option(
            "--accept-change",
            help="Continue a study whose trials were trained with other code or packages; the report will say so.",
        ),
    ] = False,
    name: Annotated[str | None, typer.Option(help="Run the study under another name.")] = None,
    system_metrics: Annotated[
        bool,
        typer.Option(
            "--system-metrics",
            help="Let MLflow measure processor, memory, disk and network while the study runs.",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Check the file, print the plan and its estimated cost, and write nothing."
        ),
    ] = False,
    spread: Annotated[
        float | None,
        typer.Option(
            parser=options.above_0("--spread"),
            help="With --dry-run: the standard deviation, in points of error, of the difference between two choices "
            "over the same seeds. The plan then says what difference the study can be expected to show.",
            metavar="POINTS",
        ),
    ] = None,
    pilot: Annotated[
        str | None,
        typer.Option(
            help="With --dry-run: a recorded study, or a finished part of this one, whose spread to use instead.",
            metavar="STUDY",
            autocompletion=completion.studies,
        ),
    ] = None,
    with_report: Annotated[
        bool, typer.Option("--report/--no-report", help="Write the report at the end, or not.")
    ] = True,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    storage: options.Storage = None,
    as_json: options.Json = False,
    quiet: options.Quiet = False,
    no_color: options.NoColor = False,
) -> None:
    """Run a study, or resume it where it stopped, then write its report.

    Every trial trains all its seeds at once. Ctrl-C keeps everything; the same command resumes.
    """
    run_study(**locals())


def run_study(
    file: Path | Mapping[str, Any],
    *,
    data: Any = None,
    trials: int | None = None,
    seeds: int | None = None,
    first_seeds: int | None = None,
    workers: str = options.WORKERS,
    engine: str = options.ENGINE,
    time_budget: float | None = None,
    accept_change: bool = False,
    name: str | None = None,
    system_metrics: bool = False,
    dry_run: bool = False,
    spread: float | None = None,
    pilot: str | None = None,
    with_report: bool = True,
    home: Path = options.HOME,
    tracking_uri: str | None = None,
    storage: str | None = None,
    as_json: bool = False,
    quiet: bool = False,
    no_color: bool = False,
    sealing: bool = False,
) -> str:
    """What `study` does; its options are the arguments. Python may give tables and keys for the file, and data.

    With `sealing` the study is not run but sealed, as `seal` does.

    Returns:
        The name of the study.

    Raises:
        UserError: for what the user has to correct.
        Fault: if something broke.
    """
    with interruptible(quiet=quiet) as interruption:
        with waiting("Getting ready", quiet=quiet):
            from chainrule.data_lines import data_notes
            from chainrule.expected import expected
            from chainrule.growing import grown_plan, growth_ahead
            from chainrule.json_output import document, findings, print_json
            from chainrule.own_trainer import decides, environment_of, measured, seconds_of, starting
            from chainrule.progress import display, plan_line, say
            from chainrule.recording import ask_store, finish, left_behind, pass_on
            from chainrule.seal_file import commit_of, read_seal, seal_of, write_seal
            from experiments.datasets import PYTHON, from_python, load
            from experiments.preparing.population import class_weights
            from experiments.preparing.splits import shared, split
            from experiments.publisher.client import Job, Publisher
            from experiments.recording.records import keep_in
            from experiments.store.store_check import check_apart
            from experiments.store.study_summary import COUNTED, summary_of
            from studies.estimate import check_memory
            from studies.execution import run
            from studies.file.study_file import beside_its_data, of_python, read
            from studies.running.design_agreement import as_begun, design_in
            from studies.running.extension import forget
            from studies.running.lease import leased
            from studies.running.plan import plan, study_record
            from studies.running.storage import design_in_journal, open_database, open_journal, there_already
            from studies.workers.engine import engine as find_engine

        if (spread or pilot) and not dry_run:
            raise UserError(f"{'--spread' if spread else '--pilot'}: only --dry-run uses it")
        if spread and pilot:
            raise UserError("--spread and --pilot: give only one of them")
        if interruption.asked:
            sys.stderr.write("Stopped before anything was written.\n")
            sys.exit(interruption.status)
        trained_by = find_engine(
            engine, None if workers == options.WORKERS else options.whole("--workers", 1)(workers)
        )
        at_once = trained_by.workers or 1
        given = {"trials": trials, "seeds": seeds, "first_seeds": first_seeds, "name": name}
        given["system_metrics"] = system_metrics or None
        overrides = {key: value for key, value in given.items() if value is not None}
        where = {"home": home, "tracking_uri": tracking_uri}
        same = {**overrides, "workers": workers, "engine": engine, "storage": storage, **where}
        if isinstance(file, Mapping):
            path, advice = Path("study"), "Nothing was run."
            study_file, text = of_python(file, overrides)
        else:
            path = file
            advice = f"Nothing was run. Check again: {command_line('study', path, **same, dry_run=True)}"
            study_file, text = read(path, overrides, advice)
        if data is not None and study_file.data.source != PYTHON:
            raise UserError(
                f'data: the study names a source, "{study_file.data.source}"; "{PYTHON}" was expected'
            )
        lines = "" if isinstance(file, Mapping) else text
        workspace = Workspace(home)
        spool = workspace.spool(study_file.study.name)

        def lay_out(study_file: "StudyFile") -> tuple["Data", "Plan"]:
            with beside_its_data(path, lines, overrides, table="data", advice=advice):
                source = study_file.data
                if data is None:
                    loaded = load(source.source, source.reading, path.parent)
                else:
                    loaded = from_python(data, source.reading)
                examples = split(loaded, **source.shares)
            with beside_its_data(path, lines, overrides, advice=advice):
                examples = measured(study_file, examples)
                planned = plan(study_file, examples.description)
                if not trained_by.address:
                    check_memory(planned, examples.description, at_once)
                made_with = decides(study_file, path.parent)
            seal = read_seal(path) if lines else ""
            return examples, replace(planned, made_with=made_with, accept_change=accept_change, seal=seal)

        if not storage:
            study_file = as_begun(study_file, design_in_journal(workspace.study(study_file.study.name)))
        prepared, laid_out = lay_out(study_file)
        if sealing:
            planned = study_record(laid_out, text, prepared.description, "", environment_of(laid_out))
            write_seal(path, planned, laid_out.run_key, home)
            return study_file.study.name
        if dry_run:
            there = there_already(workspace.study(study_file.study.name), storage)
            if storage and there:
                prepared, laid_out = lay_out(as_begun(study_file, design_in(there, study_file.study.name)))
            laid_out, growth = growth_ahead(laid_out, there, workspace, tracking_uri)
            planned = study_record(laid_out, text, prepared.description, "", {})
            asked = study_file.training.class_weights
            weights = dict(
                zip(prepared.description["classes"], class_weights(asked, prepared, 0), strict=False)
            )
            with beside_its_data(path, lines, overrides, advice=advice):
                seconds = seconds_of(laid_out, prepared, path.parent)
            _print_plan(
                laid_out,
                prepared.description,
                weights,
                seconds / at_once,
                at_once,
                expected(planned, spread, pilot, home, tracking_uri),
                growth,
                as_json=as_json,
            )
            return study_file.study.name

        silence = ask_store(home, tracking_uri, say)
        if storage:
            check_apart(home, tracking_uri, storage)
        database = open_database(storage) if storage else None
        if database:
            prepared, laid_out = lay_out(as_begun(study_file, design_in(database, study_file.study.name)))
        if not trained_by.address:
            prepared = shared(prepared, workspace.data(study_file.study.name))
        start = starting(laid_out, prepared, path.parent)
        go_on = command_line("study", path, **same)
        if data is not None or isinstance(file, Mapping):
            go_on = "the same call of chainrule.study, with the same data"
        record = study_record(laid_out, text, prepared.description, go_on, environment_of(laid_out))
        fault: Fault | None = None
        status: Status = "FAILED"
        with (
            closing(trained_by.crew(start, partial(keep_in, spool))) as crew,
            workspace.opened(record.name),
            display(record, interruption, quiet=quiet, color=not (no_color or as_json)) as shown,
            leased(database, record.name, shown.warn) if database else nullcontext(bool) as check_lease,
        ):
            for note in data_notes(prepared.description):
                shown.warn(note)
            shown.note(f"{record.name}: {plan_line(laid_out)}; {crew.size} at once")
            began = monotonic()

            def stop() -> bool:
                check_lease()
                return interruption.asked or (time_budget is not None and monotonic() - began > time_budget)

            trials_kept = database or open_journal(workspace.study(record.name))
            laid_out, everyone, replaces = grown_plan(
                laid_out, crew, trials_kept, workspace, tracking_uri, go_on, shown.note
            )
            record = replace(record, grown=laid_out.grown)
            studying = run(laid_out, everyone, trials_kept, stop, partial(_unanswered, record))
            progress = next(studying)  # refuses another design before anything is recorded
            if progress.trials > laid_out.trials:
                more = f"more than {count(laid_out.trials, 'trial')} were started before"
                shown.warn(f"The study continues with {progress.trials}: {more}, and none is removed.")
                record = replace(record, trials=progress.trials)
            if progress.changes:
                shown.warn(f"Trials are of different versions: {'; '.join(progress.changes)}.")
                record = replace(record, changes=progress.changes)
            if progress.seals:
                record = replace(record, seals=progress.seals, seal_commit=commit_of(seal_of(path)))
            publisher = Publisher.start(
                Job(
                    home=home,
                    tracking_uri=tracking_uri,
                    spool=spool,
                    study=record,
                    run_key=laid_out.run_key,
                    system_metrics=laid_out.file.study.system_metrics,
                    replaces=replaces,
                ),
                trouble=silence,
            )
            left = 0
            warming: Thread | None = None
            try:
                shown.show(progress)
                if progress.finished:
                    shown.recall(partial(_recorded, home, tracking_uri, record.name))
                for progress in studying:
                    shown.show(progress)
                    if with_report and progress.stage == "champion" and warming is None:
                        warming = Thread(target=_warm_up, daemon=True)
                        warming.start()
                    pass_on(publisher, shown.warn)
                status = "KILLED" if progress.done < progress.networks and stop() else "FINISHED"
            except Fault as reason:
                fault = reason
            finally:
                studying.close()
                tags = {"chainrule.pareto_front": json.dumps(progress.front)} if progress.front else {}
                left = finish(publisher, shown.warn, lambda: interruption.asked, status, tags)
                if replaces and status == "FINISHED" and not left:
                    forget(trials_kept, laid_out)
            if status == "KILLED":
                shown.warn(f"Stopped at {progress.finished} of {progress.trials} trials. Continue: {go_on}")
            elif status == "FINISHED" and left and interruption.signal:
                shown.warn(f"Stopped with {count(left, 'record')} still to be recorded. Continue: {go_on}")
            elif status == "FINISHED" and interruption.signal and with_report:
                shown.warn(
                    f"Stopped before its report. Write it: {command_line('report', record.name, **where)}"
                )
        written = None
        if status == "FINISHED" and with_report and not left and not interruption.signal:
            from chainrule.reporting import tell, write_final_report

            written = write_final_report(workspace, record.name, tracking_uri)
        if as_json:
            counted = {name: getattr(progress, name) for name in COUNTED}
            standing = replace(summary_of(replace(record, status=status, waiting=left)), **counted)
            print_json(document(standing) | findings(written))
        elif written:
            tell(written, record.name, where)
        if fault:
            raise fault
        if interruption.signal:
            sys.exit(interruption.status)
        if left and status == "FINISHED":
            raise left_behind(left, spool, publisher.trouble, go_on)
        return record.name


def _unanswered(study: "StudyRecord", runs: Sequence["RunRecord"]) -> Set[int]:
    """Which combinations the report would still call undecided."""
    from reports.conclusions.answered import unanswered

    return unanswered(study, runs)


def _recorded(home: Path, tracking_uri: str | None, name: str) -> "StudyRecord":
    """The runs of a study that stand for its combinations, as they were recorded before."""
    from experiments.store.reading import Records

    return Records.open(home, tracking_uri).look(name).study


def _warm_up() -> None:
    """Import what the report needs, which takes seconds, while the champion trains and a core is idle."""
    import reports.page.writing  # noqa: F401 # for later


def _print_plan(
    plan: "Plan",
    data: Mapping[str, Any],
    class_weights: Mapping[str, float],
    seconds: float,
    at_once: int,
    prospect: "Prospect | None",
    growth: "Foreseen | None",
    *,
    as_json: bool,
) -> None:
    from chainrule.constraint_lines import constraint_facts, constraint_lines
    from chainrule.data_lines import class_weight_lines, column_lines, data_notes
    from chainrule.growing import growth_facts, growth_lines
    from chainrule.progress import plan_line
    from experiments.error_wording import sentence
    from experiments.settings_line import combinations
    from experiments.wording import duration, splits
    from studies.file.mistake_lines import shown

    if as_json:
        content = {
            "name": plan.file.study.name,
            "trials": plan.trials,
            "trials_asked": plan.file.study.trials,
            "trials_each": plan.trials_each,
            "networks": plan.networks,
            "networks_of_default_settings": plan.networks_of_defaults,
            "networks_of_crossed_designs": plan.networks_crossed,
            "networks_of_failure_rule": plan.probes,
            "combinations": plan.combinations,
            "fixed": plan.file.fixed,
            **constraint_facts(plan),
            **growth_facts(growth),
            "splits": data["splits"],
            "error": data["error"],
            "error_of_guessing": data["chance_errors"][data["error"]],
            **{key: data[key] for key in ("columns", "notes") if key in data},
            **({"class_weights": class_weights} if class_weights else {}),
            **({"trainer": plan.file.trainer.name} if plan.file.trainer else {}),
            "seconds": round(seconds, 1),
            "workers": at_once,
            **(asdict(prospect) if prospect else {}),
        }
        sys.stdout.write(json.dumps(content, indent=2) + "\n")
        return
    parts = ", ".join(f"{count} {part}" for part, count in data["examples"].items())
    lines = [
        f"{plan.file.study.name}: {plan_line(plan)}",
        f"data: {visible(data['name'])}, {parts}; {splits(data)}",
        f"error: {sentence(data)}",
        *([f"trained by: {plan.file.trainer.name}"] if plan.file.trainer else []),
        *column_lines(data),
        *data_notes(data),
        *class_weight_lines(plan.file.training.class_weights, class_weights),
    ]
    if plan.file.search.scientific:
        lines.append("compared: " + "; ".join(combinations(plan.combinations)))
    for name, values in plan.file.search.nuisance.items():
        lines.append(f"re-tuned for each: {name} {shown(values)} ({plan.file.sampler.name})")
    lines += constraint_lines(plan)
    lines += growth_lines(plan, growth)
    if prospect:
        lines.append(prospect.sentence)
    lines.append(f"about {duration(ceil(seconds))} of training with {at_once} in parallel, plus recording")
    sys.stdout.write("\n".join(lines) + "\n")
