"""chainrule study: run or resume a study, and write its report."""

import sys
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chainrule import completion, options
from chainrule.completion import names_in
from chainrule.interruption import interruptible
from chainrule.terminal import waiting
from chainrule.workspace import Workspace
from experiments.command_line import command_line
from experiments.mistakes import UserError

if TYPE_CHECKING:
    from chainrule.growing import Ahead
    from chainrule.study_run import Ran
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
            from chainrule.expected import expected
            from chainrule.growing import growth_ahead
            from chainrule.plan_lines import print_plans
            from chainrule.progress import say
            from chainrule.ready_study import Asked, on_each_data_set
            from chainrule.recording import ask_store
            from chainrule.study_run import Recording, TimeBudget, run_on, tell_studies
            from experiments.datasets import PYTHON
            from experiments.store.store_check import check_apart
            from studies.file.study_file import of_python, read
            from studies.running.design_agreement import design_in
            from studies.running.storage import design_in_journal, open_database, there_already
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
        given = {"trials": trials, "seeds": seeds, "first_seeds": first_seeds, "name": name}
        given["system_metrics"] = system_metrics or None
        overrides = {key: value for key, value in given.items() if value is not None}
        same = {**overrides, "workers": workers, "engine": engine, "storage": storage, "home": home}
        same["tracking_uri"] = tracking_uri
        go_on = "the same call of chainrule.study, with the same data"
        if isinstance(file, Mapping):
            path, advice = Path("study"), "Nothing was run."
            study_file, text = of_python(file, overrides)
        else:
            path = file
            advice = f"Nothing was run. Check again: {command_line('study', path, **same, dry_run=True)}"
            study_file, text = read(path, overrides, advice)
            go_on = command_line("study", path, **same) if data is None else go_on
        if data is not None and study_file.data.source != PYTHON:
            raise UserError(
                f'data: the study names a source, "{study_file.data.source}"; "{PYTHON}" was expected'
            )
        asked = Asked(
            path=path,
            text=text,
            in_file=not isinstance(file, Mapping),
            overrides=overrides,
            advice=advice,
            trained_by=trained_by,
            accept_change=accept_change,
            go_on=go_on,
        )
        workspace = Workspace(home)

        @cache
        def there(study: str) -> Any:
            return there_already(workspace.study(study), storage)

        def begun(study: str) -> Mapping[str, Any]:
            """The design that a study was begun with, as far as that can be read before anything is written."""
            if dry_run and (kept := there(study)):
                return design_in(kept, study)
            return {} if storage else design_in_journal(workspace.study(study))

        studies = on_each_data_set(study_file, asked, data, begun)
        data_sets = {one.data_set: one.name for one in studies} if len(studies) > 1 else {}
        if sealing:
            from chainrule.seal_file import Sealed, seal_all

            sealed = [
                Sealed(one.seal_file, one.recorded(text, "", data_sets), one.plan.run_key) for one in studies
            ]
            seal_all(sealed, home)
            return study_file.study.name
        if dry_run:
            prospects = partial(expected, spread=spread, pilot=pilot, home=home, tracking_uri=tracking_uri)

            def ahead(plan: "Plan") -> "Ahead":
                return growth_ahead(plan, there(plan.file.study.name), workspace, tracking_uri)

            print_plans(studies, asked, ahead, prospects, as_json=as_json)
            return study_file.study.name
        silence = ask_store(home, tracking_uri, say)
        if storage:
            check_apart(home, tracking_uri, storage)
        database = open_database(storage) if storage else None
        if database:
            studies = on_each_data_set(study_file, asked, data, partial(design_in, database))
        kept = Recording(
            workspace=workspace,
            tracking_uri=tracking_uri,
            storage=database,
            silence=silence,
            with_report=with_report,
            quiet=quiet,
            color=not (no_color or as_json),
        )
        time = TimeBudget(time_budget)
        ran: list[Ran] = []
        for one in studies:
            ran.append(run_on(one, asked, kept, interruption, time, data_sets))
            if not ran[-1].complete or interruption.signal:
                break
        if len(ran) < len(studies) and ran[-1].complete:
            say(f"Stopped before the study {studies[len(ran)].name}. Continue: {go_on}")
        whole = len(ran) == len(studies) and ran[-1].complete and not interruption.signal
        tell_studies(ran, kept, list(data_sets.values()), together=whole and with_report, as_json=as_json)
        if ran[-1].fault:
            raise ran[-1].fault
        if interruption.signal:
            sys.exit(interruption.status)
        if ran[-1].left:
            raise ran[-1].left
        return study_file.study.name
