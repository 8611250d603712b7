"""A study that has grown: finds what was recorded of it before, so that only what is new is trained."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from chainrule.recording import RECORDING_WAIT, left_behind
from chainrule.workspace import Workspace
from experiments.mistakes import UserError
from experiments.publisher.client import Job, Publisher
from experiments.recording.records import RunRecord, StudyRecord, keep_in
from experiments.recording.run_content import KnownRuns
from experiments.store.reading import Records
from experiments.store.spool import read_spools
from experiments.trained.network_file import load_networks
from experiments.wording import count
from studies.running.data_sets import with_data_sets
from studies.running.enqueued import Given, of_another
from studies.running.extension import Extension, begin, extension, trained, warmed
from studies.running.foreseen import Foreseen, foreseen
from studies.space.samplers import SAMPLERS
from studies.workers.taking_over import TakingOver

if TYPE_CHECKING:
    from studies.running.plan import Plan
    from studies.workers.crew import Crew


class Grown(NamedTuple):
    """What a study that may have grown goes on with.

    Attributes:
        plan: in its generation.
        crew: which takes over what was recorded before.
        replaces: run keys of the study before, whose runs go when it has ended.
    """

    plan: "Plan"
    crew: "Crew"
    replaces: tuple[str, ...] = ()


def grown_plan(
    plan: "Plan",
    crew: "Crew",
    storage: Any,
    workspace: Workspace,
    tracking_uri: str | None,
    go_on: str,
    say: Callable[[str], None],
) -> Grown:
    """The plan and the crew of a study, which may have grown since it was trained last.

    Args:
        plan: what the study file asks for.
        crew: who trains.
        storage: where Optuna keeps the trials.
        workspace: the output folder.
        tracking_uri: of MLflow's store.
        go_on: the command that goes on with the study.
        say: is told how it has grown, and what is taken over.

    Raises:
        UserError: if the design has changed otherwise, or MLflow cannot be asked.
        Fault: if records wait that MLflow does not take.
    """
    plan, found, settings, _ = _start(plan, storage, workspace, tracking_uri, keep=True)
    name = plan.file.study.name
    if found is None:
        return Grown(_warmed(plan, storage, settings), crew)
    _deliver(workspace, name, tracking_uri, plan.run_key, go_on)
    before = _recorded(found, storage, workspace, tracking_uri)
    if found.added:
        plan = begin(storage, found, before[-1] if before else None)
    plan = _warmed(plan, storage, settings)
    if found.added:
        say(f"The study has grown: {'; '.join(found.added)}.")
        if SAMPLERS[plan.file.sampler.name].learns:
            say(
                f"{plan.file.sampler.name} learns: the earlier trials are its first ones, so its later points are not "
                "those of the same study run at once."
            )
    runs = [run for study in before for run in study.runs]
    if runs and not found.longer:
        say(f"{count(len(runs), 'run')} recorded before may be taken over; only what is new is trained.")
    elif runs:
        say(
            "Networks are trained again for more epochs, since weights are not kept; each must begin as it did before."
        )
    known = KnownRuns(runs, found.was)
    keep = partial(keep_in, workspace.spool(name))
    networks = partial(_networks, workspace, tracking_uri, name)
    return Grown(plan, TakingOver(crew, known, keep, networks), found.run_keys)


class Ahead(NamedTuple):
    """What a study that may have grown will train.

    Attributes:
        plan: its plan.
        growth: how it has grown and what is recorded of it; None if all its networks are new or none are.
        data_sets: the further data sets that were added.
    """

    plan: "Plan"
    growth: Foreseen | None
    data_sets: tuple[str, ...] = ()


def growth_ahead(plan: "Plan", storage: Any, workspace: Workspace, tracking_uri: str | None) -> Ahead:
    """The plan of a study that may have grown, and what is recorded of it, before it is run; nothing is written.

    Args:
        plan: what the study file asks for.
        storage: where Optuna keeps the trials, to be read; None if there is nothing yet.
        workspace: the output folder.
        tracking_uri: of MLflow's store.

    Raises:
        UserError: as `grown_plan`.
    """
    plan, found, settings, data_sets = _start(plan, storage, workspace, tracking_uri, keep=False)
    plan = _warmed(plan, storage, settings)
    if found is None:
        return Ahead(plan, None, data_sets)
    before = _recorded(found, storage, workspace, tracking_uri)
    since = before and Records.open(workspace.home, tracking_uri).earlier(plan.file.study.name, plan.run_key)
    studies = [*before, since] if since else before
    growth = foreseen(replace(found, plan=plan), [run for study in studies for run in study.runs])
    return Ahead(plan, growth, data_sets)


class _Start(NamedTuple):
    """What a study starts from, whether it is new, goes on or has grown.

    Attributes:
        plan: in its generation, with a note on data sets that are new.
        extension: how it has grown, if not all is taken over yet.
        settings: the best ones of the study that the file names, by combination; none if it has got them.
        data_sets: the further data sets that are new.
    """

    plan: "Plan"
    extension: Extension | None
    settings: tuple[tuple[Given, ...], ...]
    data_sets: tuple[str, ...]


def _start(
    plan: "Plan", storage: Any, workspace: Workspace, tracking_uri: str | None, *, keep: bool
) -> _Start:
    """What a study starts from; the storage gets no more than a note on new data sets, and that only to keep it.

    Raises:
        UserError: as `grown_plan`.
    """
    plan, found = extension(storage, plan) if storage else (plan, None)
    growing = storage is None or (found is not None and bool(found.added))
    settings = _settings_of_another(plan, storage, workspace, tracking_uri, growing=growing)
    noted = with_data_sets(plan, storage, keep=keep) if storage else plan
    data_sets = tuple(noted.grown[-1]["data_sets"]) if noted is not plan else ()
    return _Start(noted, found and replace(found, plan=noted), settings, data_sets)


def _recorded(
    found: Extension, storage: Any, workspace: Workspace, tracking_uri: str | None
) -> list[StudyRecord]:
    """The study as it was recorded before it has grown; nothing if no trial of it has ended.

    Raises:
        UserError: if trials have ended, and MLflow could not be asked or does not know them.
    """
    if not trained(storage, found.plan):
        return []
    name, records = found.plan.file.study.name, Records.open(workspace.home, tracking_uri)
    before = [study for key in found.run_keys if (study := records.earlier(name, key))]
    if found.added and not before:
        raise UserError(
            f'the runs of the study "{name}" are not in this tracking store, so it cannot take them over',
            advice="Name the one where it was recorded: --tracking-uri URI",
        )
    return before


def growth_lines(ahead: Ahead) -> Iterator[str]:
    """What a study that has grown will train, in words; nothing of one that has not."""
    plan, growth = ahead.plan, ahead.growth
    if ahead.data_sets:
        yield f"added: data.further: {', '.join(ahead.data_sets)}; nothing on this data set is trained again for it"
    if growth is None:
        return
    yield f"added: {'; '.join(growth.added)}"
    whole = count(growth.known + growth.new, "model" if plan.file.trainer else "network")
    whole += f" of the trials{' and default settings' * plan.defaults}"
    if growth.longer:
        yield f"recorded: none of {whole} can be kept; each is trained again, for more epochs"
    else:
        yield f"recorded: {growth.known:,} of {whole}; {growth.new:,} would be trained"
    if growth.after and not growth.longer:
        yield f"then at most {growth.after:,} for what the trials lead to; a winner that stays keeps its own"


def growth_facts(ahead: Ahead) -> dict[str, Any]:
    """What `growth_lines` says, for programs."""
    added = {"data_sets_added": ahead.data_sets} if ahead.data_sets else {}
    return {**added, **({"growth": asdict(ahead.growth)} if ahead.growth else {})}


def _settings_of_another(
    plan: "Plan", storage: Any, workspace: Workspace, tracking_uri: str | None, *, growing: bool
) -> tuple[tuple[Given, ...], ...]:
    """The best settings of the study that the file names, by combination; none if they were taken at an earlier start.

    Raises:
        UserError: if there is no such study, or it has no such setting.
    """
    other = plan.file.search.warm_start
    if other is None or (not growing and warmed(storage, plan)):
        return ()
    found = Records.open(workspace.home, tracking_uri).load_study(other)
    return of_another(plan.file, plan.combinations, plan.spaces, found)


def _warmed(plan: "Plan", storage: Any, settings: tuple[tuple[Given, ...], ...]) -> "Plan":
    """The plan with settings of another study for every combination that has none yet."""
    there = warmed(storage, plan) if storage else frozenset()
    given = [
        (*own, *(() if place in there or not settings else settings[place]))
        for place, own in enumerate(plan.given)
    ]
    return replace(plan, given=tuple(given))


def _networks(workspace: Workspace, tracking_uri: str | None, name: str, champion: RunRecord) -> bytes | None:
    """The networks of a champion's run, as MLflow has registered them; None if it has not these."""
    content = Records.open(workspace.home, tracking_uri).networks(name)
    alive = int((champion.diverged_at == 0).sum())
    return content if content and load_networks(content).network.members == alive else None


def _deliver(
    workspace: Workspace,
    name: str,
    tracking_uri: str | None,
    run_key: str,
    go_on: str,
) -> None:
    """Have records of the study before it has grown delivered, if some wait.

    Raises:
        Fault: if MLflow does not take them now.
    """
    spooled = read_spools(workspace.home, None).get(name)
    if spooled is None or not spooled.records or not spooled.study or spooled.run_key == run_key:
        return
    before: StudyRecord = spooled.study
    spool = workspace.spool(name)
    job = Job(
        home=workspace.home, tracking_uri=tracking_uri, spool=spool, study=before, run_key=spooled.run_key
    )
    publisher = Publisher.start(job)
    if left := publisher.finish(status="KILLED", timeout=RECORDING_WAIT):
        raise left_behind(left, spool, publisher.trouble, go_on)
