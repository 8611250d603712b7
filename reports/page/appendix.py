"""The last two sections: every run, and how to repeat the study."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

import numpy as np

from core.parameters import PARAMETERS
from experiments.recording.objectives import OF_A_RUN
from experiments.recording.records import RunRecord, StudyRecord
from experiments.store.store_errors import without_password
from reports import words
from reports.conclusions import sealing
from reports.grid import Cell, Grid, Link
from reports.page.blocks import Section
from reports.page.inline import row_id
from reports.results.record_rows import SETTING
from reports.results.states import ENDINGS, MEANING, Ending
from reports.results.tables import Tables
from reports.statistics.intervals import (
    COVERAGE,
    FEWEST,
    LEVEL,
    Estimate,
)

OF_OTHERS: Final = {
    "objective": (
        "the mean over all runs of the setting, where one that diverged counts as guessing, or as the worst of all "
        "runs if guessing is not known; it decides which setting stands for a choice"
    ),
    "mean error": "the mean over the runs that did not diverge",
    "final error": (
        "the basis of the report's conclusions: the trimmed mean over the runs, without the lowest and the highest "
        "sixth of them; one that diverged is left out, or counts as guessing if that is known"
    ),
}
"""What replaces `OF_A_RUN` if another program recorded the runs."""

MEANING_OF_OTHERS: Final[Mapping[Ending, str]] = {
    **MEANING,
    "complete": "ended with a finite value",
    "diverged": "the last value is not finite",
    "pruned": "stopped early by its own program; its last value is not compared with final ones",
    "failed": "ended by an error or by hand, or without the metric",
}
"""What the states mean there."""

FOUND_BY_ID: Final = (
    "chainrule ui serves MLflow's page of each run; the search there finds one by attributes.run_id = 'ID'."
)


def trials_section(tables: Tables) -> Section:
    """Every run: settings that differ first, error with interval, state and reason, and where MLflow has it."""
    trials, ours = tables.trials, tables.study.origin is None
    if trials.empty:
        return Section("trials", "Trials", ("No trial is recorded yet.",))
    names = [name for name in trials.columns if name.startswith(SETTING)]
    differ = [name for name in names if trials[name].astype(str).nunique() > 1]
    alike = {name.removeprefix(SETTING): trials[name].iloc[0] for name in names if name not in differ}
    same = {name: value for name, value in alike.items() if _is_used(name, value, tables.study)}
    by_error = tables.study.objective != "epochs_to_target"
    objective_of = words.percent if by_error else words.number
    rows = []
    for row in trials.to_dict("records"):
        link: Cell = row["run_id"] or "waits to be delivered"
        if row["run_id"] and ours:
            link = link_to(tables.study, row["run_id"])
        error = Estimate(row["error"], row["error_low"], row["error_high"], 0)
        rows.append(
            (
                str(row["slot"]),
                *([row["phase"]] if ours else []),
                *(_shown(tables, name.removeprefix(SETTING), row[name]) for name in differ),
                words.error(error) if np.isfinite(error.centre) else "–",
                words.percent(row["mean_error"]) if np.isfinite(row["mean_error"]) else "–",
                objective_of(row["objective"]) if np.isfinite(row["objective"]) else "–",
                words.percent(row["best_error"]) if np.isfinite(row["best_error"]) else "–",
                f"{row['best_epoch']} / {row['last_epoch']}",
                words.number(row["seconds"]),
                _state(row),
                link,
            )
        )
    heads = (
        *(("slot", "phase") if ours else ("trial",)),
        *(words.name(name.removeprefix(SETTING)) for name in differ),
    )
    heads += (
        "final error",
        "mean error",
        "objective",
        "best error",
        f"best / last {tables.x}",
        "seconds",
        "state",
        "MLflow run" if ours else "runs",
    )
    before = len(differ) + (2 if ours else 1)
    numeric = frozenset({0, *range(before, before + 6)})
    fixed = f"The same for all: {words.settings(same)}." if same else ""
    meaning_of = MEANING if ours else MEANING_OF_OTHERS
    meanings = "; ".join(
        f"{ending}: {meaning_of[ending]}" for ending in ENDINGS if (trials["state"] == ending).any()
    )
    explained, what = (OF_A_RUN, "run") if ours else (OF_OTHERS, "trial")
    sentences = [
        (
            f"Settings that differ come first. Three numbers say how a {what} ended. Best error is the lowest mean "
            f"over the seeds at any {tables.x}, which is optimistic."
        ),
        *(f"{words.sentence(name)}: {meaning}." for name, meaning in explained.items()),
        fixed,
        f"{words.sentence(meanings)}.",
        FOUND_BY_ID if any(isinstance(row[-1], Link) and not row[-1].server for row in rows) else "",
    ]
    grid = Grid(f"Every {what}", heads, tuple(rows), numeric, _whose(tables))
    return Section("trials", "Trials", tuple(filter(None, sentences)), (), (grid,))


def _is_used(name: str, setting: Any, study: StudyRecord) -> bool:
    """Whether a setting that is the same for all has an effect in any run; 0 leaves out what it is a setting of."""
    if isinstance(setting, int | float | np.number) and not isinstance(setting, bool) and setting == 0:
        return False  # NumPy's whole numbers, which tables have, are no `int`
    parameter = PARAMETERS.get(name)
    return parameter is None or any(parameter.has_effect(run.task.settings) for run in study.runs)


def _whose(tables: Tables) -> tuple[dict[str, str], ...]:
    """Of each run its id and its choice, and the name of the choice that it stands for in the figures, if it does."""
    standing = set(tables.shown().values())
    return tuple(
        {"id": row_id(run), "data-choice": str(choice)}
        | ({"data-shown": tables.short(choice)} if run in standing else {})
        for run, choice in enumerate(tables.trials["choice"])
    )


def origin_section(tables: Tables) -> Section:
    """Where other people's runs come from, and how they were read."""
    study, origin = tables.study, tables.study.origin
    assert origin is not None
    facts = {
        "runs": f"{origin.runs:,} of {study.data['source']}",
        "objective": f"{origin.metric}, of which {'more' if origin.more else 'less'} is better",
        **{f"fixed: {name}": words.value(each) for name, each in study.fixed.items()},
    }
    grid = Grid("What is known of these runs", ("what", "value"), tuple(facts.items()))
    sentences = (
        (
            f"Intervals are nominal {100 * LEVEL:.0f} % intervals over runs; fewer than {FEWEST} give none. Their "
            "centre is the trimmed mean, without the lowest and the highest sixth of the runs, and their width that of "
            "Student's interval with the spread of the winsorised values (Tukey and McLaughlin). Runs of one setting "
            "are taken for independent."
        ),
        "Nothing was written where these runs are recorded.",
    )
    verbatim = (("Mapping", study.study_file), ("Command", study.command))
    return Section("origin", "Where these runs come from", sentences, (), (grid,), verbatim)


def _shown(tables: Tables, name: str, setting: Any) -> str:
    if setting is None or setting != setting:
        return "–"
    return words.text(name, setting, tables.design.texts)


def _state(row: Mapping[Any, Any]) -> str:
    """The run's state, the seeds that ended otherwise, and the reason."""
    state = str(row["state"])
    others = [
        f"{row[f'seeds_{ending}']} of {row['seeds']} {ending}"
        for ending in ENDINGS
        if ending not in ("complete", state) and row[f"seeds_{ending}"]
    ]
    text = state + (f" ({', '.join(others)})" if others else "")
    return f"{text}: {words.shortened(words.gist(row['reason']))}" if row["reason"] else text


def seal_section(study: StudyRecord) -> Section:
    """Whether the study is what was sealed, every deviation, and the seal itself."""
    kind, why = sealing.standing(study)
    rows = tuple((each.kind, each.sealed or "–", each.now) for each in sealing.deviations(study))
    grid = Grid("What deviates from the seal", ("what", "sealed", "now"), rows)
    seals = {
        f"Seal {place}" if place > 1 else "The seal": text
        for place, text in enumerate(study.seals, 1)
        if text
    }
    return Section("seal", "The seal", (f"{kind}. {why}",), (), (grid,) if rows else (), tuple(seals.items()))


def repeat_section(tables: Tables) -> Section:
    """Command, study file, versions, data and seeds, and how the intervals were made."""
    study = tables.study
    data = {key: each for key, each in study.data.items() if key != "classes"}
    searched = study.of_phase("search")
    fresh = study.of_phase("confirm")
    facts = {
        "command": study.command,
        "sampler and pruner": f"{study.sampler}, {study.pruner}",
        "objective": study.objective.replace("_", " "),
        **({"constraints": "; ".join(study.constraints)} if study.constraints else {}),
        **({"the same for all choices": study.same} if study.same else {}),
        **({"trained by": study.trainer} if study.trainer else {}),
        "seeds of the search": _range_of(searched) or "none yet",
        "fresh seeds": _range_of(fresh) or "none yet",
        **{f"data: {key.replace('_', ' ')}": _fact(each) for key, each in data.items()},
        "records read from": _store(study.tracking_uri),
        "parent run": study.parent_run_id or "waits to be delivered",
        **{key.replace("_", " "): each for key, each in study.environment.items()},
    }
    grid = Grid(
        "What it was made with", ("what", "value"), tuple((key, str(each)) for key, each in facts.items())
    )
    coverage = "; ".join(
        f"{seeds} seeds: {words.portion(normal, 0)} on normal data, {words.portion(skewed, 0)} on skewed, "
        f"{words.portion(stuck, 0)} with one seed in ten stuck"
        for seeds, (normal, skewed, stuck) in COVERAGE.items()
        if seeds >= FEWEST
    )
    sentences = (
        (
            f"Intervals are nominal {100 * LEVEL:.0f} % intervals over seeds; fewer than {FEWEST} seeds give none. "
            "Their centre is the trimmed mean, without the lowest and the highest sixth of the seeds. Their width is "
            "that of Student's interval with the spread of the winsorised values (Tukey and McLaughlin). "
            "Differences are paired by seed. A seed that diverged counts as guessing and is named; a stuck seed "
            f"counts with its real error. {_whose_split(study)}"
        ),
        _repeatable(study),
        f"Coverage measured by simulation: {coverage}. On data that are not normal an interval is approximate.",
    )
    verbatim = (("Study file", study.study_file), ("Command", study.command))
    return Section("how-to-repeat", "How to repeat it", sentences, (), (grid,), verbatim)


def _repeatable(study: StudyRecord) -> str:
    """Whether the command gives the same numbers again, in sentences."""
    if study.trainer:
        return (
            f"The command asks for the same settings, seeds and examples again. Whether {study.trainer} then gives the "
            "same numbers is up to it."
        )
    return (
        "On the same machine with the same versions, the command gives the same numbers again. Another processor "
        "rounds the last bits differently, and training amplifies that: the numbers differ a little, and another "
        "of several equally good settings may be chosen."
    )


def _whose_split(study: StudyRecord) -> str:
    """Whether the seeds have their own splits, in a sentence."""
    if study.own_splits and study.data.get("drawn") == "ordered":
        return (
            "Each seed trains on the rows before an origin of its own and is validated on those after it; the test "
            "part comes last. Such windows overlap, and time goes on after them: p-values and intervals are about "
            "windows over these rows, and not about later rows (compare Tashman, 2000)."
        )
    if study.own_splits and study.data.get("drawn") == "groups":
        return (
            "Each seed draws whole groups for its validation part; the test part, of other groups, is the same for "
            "all. P-values and intervals are about splits of these groups. Intervals for other groups from the same "
            "source are wider, because all splits share these (Nadeau and Bengio, 2003)."
        )
    if study.own_splits:
        return (
            "Each seed has its own training and validation part; the test part is the same for all. So seeds are "
            "independent for this data set, which p-values and intervals are about. Intervals for other data from the "
            "same source are wider, because all splits share these examples (Nadeau and Bengio, 2003)."
        )
    return "All seeds have the same split, so the intervals do not include the effect of other examples."


def link_to(study: StudyRecord, run_id: str) -> Link:
    """A run in MLflow's pages: on the server that the records were read from, else wherever `chainrule ui` runs."""
    served = study.tracking_uri.startswith(("http://", "https://"))
    server = public(study.tracking_uri).rstrip("/") if served else ""
    return Link(run_id, f"/#/experiments/{quote(study.experiment_id)}/runs/{quote(run_id)}", server)


def public(uri: str) -> str:
    """A tracking URI without what may be secret in it, as a link: no user, password, query or fragment."""
    return re.sub(r"\*\*\*@?|[?#]\*\*\*", "", without_password(uri))


def _fact(each: Any) -> str:
    if isinstance(each, Mapping):
        return ", ".join(
            f"{key} {words.value(value) if isinstance(value, float) else value}"
            for key, value in each.items()
        )
    return words.value(each) if each is None or isinstance(each, list | tuple | float | bool) else str(each)


def _store(tracking_uri: str) -> str:
    """Where the records are; for a file only its name, since its folder is private."""
    if tracking_uri.startswith("sqlite:"):
        return f"SQLite, {tracking_uri.rsplit('/', 1)[-1]}"
    return public(tracking_uri)


def _range_of(records: Sequence[RunRecord]) -> str:
    """Seed indices in words: "0 to 4"."""
    seeds = sorted({seed for record in records for seed in record.task.seeds})
    if not seeds:
        return ""
    together = seeds == list(range(seeds[0], seeds[-1] + 1))
    if len(seeds) == 1:
        return str(seeds[0])
    return f"{seeds[0]} to {seeds[-1]}" if together else ", ".join(map(str, seeds[:50]))
