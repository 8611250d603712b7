"""What of a record is shown in MLflow's own tables and charts: parameters, tags, a name and thinned metrics.

The record itself goes along whole as an artifact; reports read that. Here everything is plain text and finite
numbers, and a function of the record alone, so that recording a run again sends the same again.
"""

import json
import math
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from experiments.choices import significant
from experiments.outcome.winners import present
from experiments.recording.objectives import OF_A_RUN, means
from experiments.recording.records import CURVES, RunRecord, StudyRecord, epochs_with
from experiments.store import prepared_view
from experiments.task import Phase, Task
from experiments.wording import table

STEPS, FEWEST_STEPS, STEPS_OF_ALL = 50, 8, 10_000
"""Epochs at which a run's curves are sent: 50 at most (MLflow's charts ask for 2,500 points a run), fewer where that
would make more than 10,000 for all trials together, since MLflow takes a tenth of a millisecond for each point."""


PHASES_SHOWN: Final[tuple[Phase, ...]] = ("champion", "confirm", "default", "search", "given", "probe")
"""In the order in which MLflow's pages show their runs."""


class Point(NamedTuple):
    """One value of one metric; `step` is the epoch, `timestamp` milliseconds since 1970."""

    key: str
    value: float
    step: int
    timestamp: int


NOTE: Final = "mlflow.note.content"
"""The tag of an experiment, or of a study's run, that MLflow's pages show as its description."""

ANSWER: Final = "**Answer.**"
"""What begins the verdict in such a description."""

VERDICT: Final = "chainrule.verdict"
"""The tag of a study's run with its answer; it is the last thing of a report that is put there."""

KIND_OF_EXPERIMENT: Final = {"mlflow.experimentKind": "custom_model_development"}
"""The tag of an experiment by which MLflow's pages know that it trains models."""

LONGEST_TAG: Final = 8000
"""Characters of a tag."""


class DataSet(NamedTuple):
    """A data set as the input of a run; its name also says how it was split, and its profile counts rows."""

    name: str
    digest: str
    source: str
    profile: str
    source_type: str = "local"


CONTEXT, TRAINING = "mlflow.data.context", "training"
"""The tag of a run's input that says what it is for, and its value."""


def kept_epochs(epochs: int, most: int = STEPS) -> NDArray[np.int64]:
    """At most `most` of the epochs 1 … `epochs`, evenly spaced on a log axis, with the first and the last."""
    if epochs <= most:
        return np.arange(1, epochs + 1)
    return np.unique(np.rint(np.geomspace(1, epochs, most)).astype(np.int64))


def steps(trials: int) -> int:
    """At how many epochs the curves of each of so many trials are sent."""
    return max(FEWEST_STEPS, min(STEPS, STEPS_OF_ALL // max(trials, 1)))


def points(record: RunRecord, most: int = STEPS) -> list[Point]:
    """Every metric of a run, finite values only, the curves at `most` epochs at most, each among those measured.

    Curves are means over the seeds that are finite at that epoch. The tag `chainrule.diverged_seeds` says how many
    are not, so that a mean over the survivors is not taken for the whole. MLflow's charts draw no bands: the interval
    of each curve is in the report. Winners and champion have their validation curves twice, see
    `prepared_view.WINNERS`.
    """
    if record.task.phase == "probe":
        return []
    end = end_time(record)
    kept = kept_epochs(record.epochs, most)
    times = [record.started + _milliseconds(seconds) for seconds in record.seconds]
    found: list[Point] = []
    for name in (name for name in (*CURVES, *record.yielded) if name in record.curves):
        there = _among(epochs_with(record.curves[name]), kept)
        curve = means(record.curves[name][:, there - 1]).tolist()
        names = [name]
        if record.task.phase in ("confirm", "champion") and name.startswith("validation_"):
            names.append(f"{prepared_view.WINNERS}{name}")
        for key in names:
            found += map(Point, repeat(key), curve, there.tolist(), [times[epoch - 1] for epoch in there])
    single = {
        "objective": record.objective,
        "test_error": float(means(record.test_error)) if record.test_error.size else None,
        **{name: float(means(values)) for name, values in record.measures.items()},
    }
    # MLflow draws a metric that has only a step 0 as bars, one a run
    found += [Point(key, value, 0, end) for key, value in single.items() if value is not None]
    return [point for point in found if math.isfinite(point.value)]


def _among(measured: NDArray[np.intp], kept: NDArray[np.int64]) -> NDArray[np.intp]:
    """For each kept epoch the next one that was measured, or the last, each once."""
    if not measured.size:
        return measured
    return np.asarray(measured[np.unique(np.searchsorted(measured, kept).clip(max=len(measured) - 1))])


def end_time(record: RunRecord) -> int:
    """When the training ended, in milliseconds since 1970."""
    return record.started + (_milliseconds(record.seconds[-1]) if record.epochs else 0)


def status(record: RunRecord) -> str:
    """How MLflow calls what became of it."""
    return "FAILED" if record.state == "failed" else "FINISHED"


def run_name(task: Task) -> str:
    """A legible name of a run that is recorded, or to be made: `017 cross_entropy [64] learning_rate 0.35`."""
    words: list[str] = [] if task.phase == "search" else [task.phase]
    words.append(f"{task.slot:03d}")
    scientific, nuisance = task.scientific, task.nuisance
    if not scientific and not nuisance:
        scientific = {name: task.fixed[name] for name in ("cost", "widths") if name in task.fixed}
        nuisance = {name: task.fixed[name] for name in ("learning_rate",) if name in task.fixed}
    for name, value in scientific.items():
        alone = isinstance(value, str | list) and value != "none"
        words.append(_short(value) if alone else f"{name} {_short(value)}")
    words.extend(f"{name} {_short(value)}" for name, value in nuisance.items())
    return text(" ".join(words), 250)


def parameters(record: RunRecord, study: StudyRecord) -> dict[str, str]:
    """The settings, the number of weights and biases as `parameters`, and log₁₀ of those searched on a log scale.

    A trial among many has, beside its epochs, those alone that the study's run does not have: MLflow reads and keeps
    every row of each run.
    """
    settings = {**record.task.settings, "parameters": record.parameters}
    shared = study.fixed if _among_many(record, study) else {}
    found = {
        name: value
        for name, value in settings.items()
        if name == "epochs" or name not in shared or shared[name] != value
    }
    for name in prepared_view.logarithmic(study):
        if record.task.nuisance.get(name, 0) > 0:  # a penalty that is searched is 0 by default
            found[f"{prepared_view.LOG}{name}"] = round(math.log10(settings[name]), 4)
    return {name: text(_exact(value), 6000) for name, value in found.items()}


def tags(record: RunRecord, study: StudyRecord, parent_run_id: str) -> dict[str, str]:
    """What the run is and how it ended, under `chainrule.…`, and the tags that MLflow's UI looks for.

    A trial among many lacks those that the study's run has.
    """
    found = {
        "mlflow.parentRunId": parent_run_id,
        "chainrule.run_key": record.task.run_key,
        "chainrule.phase": record.task.phase,
        "chainrule.slot": record.task.slot,
        "chainrule.state": record.state,
        "chainrule.seeds": list(record.task.seeds),
        "chainrule.networks": len(record.task.seeds),
        prepared_view.ORDER: order(record),
        "mlflow.runColor": prepared_view.COLOURS[record.task.combination % len(prepared_view.COLOURS)],
    }
    if record.reason:
        found["chainrule.reason"] = record.reason
    if record.task.chosen:
        found["chainrule.chosen"] = record.task.chosen
    if record.diverged:
        found["chainrule.diverged_seeds"] = record.diverged
        found["chainrule.diverged_at"] = record.diverged_at.tolist()
    if record.stops_early:
        found |= {
            f"chainrule.{name}": getattr(record, name).tolist() for name in ("stopped_at", "kept_epoch")
        }
    if not _among_many(record, study):
        found |= {
            "chainrule.combination": record.task.combination,
            "chainrule.sampler": study.sampler,
            "chainrule.pruner": study.pruner,
            **source_tags(study),
        }
    return {name: text(_exact(value), LONGEST_TAG) for name, value in found.items()}


def _among_many(record: RunRecord, study: StudyRecord) -> bool:
    return record.task.phase == "search" and study.trials > 1


def order(record: RunRecord) -> str:
    """Text by which runs sort in MLflow's pages: the champion, the winners, the others, each by objective (≥ 0)."""
    place = PHASES_SHOWN.index(record.task.phase)
    if record.objective is None or not math.isfinite(record.objective):
        return f"{place} failed"
    return f"{place} {record.objective:020.9f}"


def source_tags(study: StudyRecord) -> dict[str, str]:
    """Where a run comes from, for the columns Source and Version of MLflow's UI."""
    found = {"mlflow.source.name": study.command, "mlflow.source.type": "LOCAL"}
    if revision := study.environment.get("git_revision"):
        found["mlflow.source.git.commit"] = revision
    return found


def model_tags(record: RunRecord, study: StudyRecord, points: Sequence[Point]) -> dict[str, str]:
    """Where a model comes from and, since a version's page shows no metrics, how good it is."""
    found = {
        "chainrule.study": study.name,
        "chainrule.data": study.data["name"],
        "chainrule.data_fingerprint": study.data["fingerprint"],
        "chainrule.error": study.data.get("error", ""),
        "chainrule.seeds": list(record.task.seeds),
        "chainrule.git_revision": study.environment.get("git_revision", ""),
        **{f"chainrule.{point.key}": round(point.value, 6) for point in points},
    }
    return {name: text(_exact(value), 5000) for name, value in found.items() if value != ""}


def model_points(record: RunRecord, alias: str) -> list[Point]:
    """What is known of a model's own error, as metrics of the model and of the run that it comes from."""
    found: dict[str, float | None] = {}
    if alias == "ensemble":
        found = {"ensemble_test_error": record.ensemble_error}
    elif record.champion_seed in record.task.seeds:
        place = record.task.seeds.index(record.champion_seed)
        found = {"champion_test_error": float(record.test_error[place])}
        if "validation_error" in record.curves:
            found["champion_validation_error"] = float(record.curves["validation_error"][place, -1])
    end = end_time(record)
    return [
        Point(key, value, 0, end)
        for key, value in found.items()
        if value is not None and math.isfinite(value)
    ]


def study_parameters(study: StudyRecord) -> dict[str, str]:
    """What a study keeps the same for every trial."""
    asked = {"constraint": "; ".join(study.constraints), "same": study.same}
    every = {**study.fixed, **{name: value for name, value in asked.items() if value}}
    return {name: text(_exact(value), 6000) for name, value in every.items()}


def study_tags(study: StudyRecord, run_key: str) -> dict[str, str]:
    """What a study is, for its parent run."""
    found = {
        "chainrule.run_key": run_key,
        "chainrule.phase": "study",
        "chainrule.question": study.question,
        "chainrule.objective": study.objective,
        "chainrule.trials": study.trials,
        "chainrule.seeds": study.seeds,
        "chainrule.sampler": study.sampler,
        "chainrule.pruner": study.pruner,
        NOTE: note(study),
        **source_tags(study),
    }
    return {name: text(_exact(value), LONGEST_TAG) for name, value in found.items()}


def data_set(study: StudyRecord) -> DataSet:
    """The data set of a study."""
    data = study.data
    parts = "/".join(str(number) for number in data["examples"].values())
    split = "one split" if data.get("splits", "one") == "one" else "split for each seed"
    profile = {f"num_{part}": number for part, number in data["examples"].items()}
    return DataSet(
        text(f"{data['name']}, {split} {parts}", 500),
        str(data["fingerprint"])[:36],
        json.dumps({"uri": data["source"]}),
        json.dumps({"num_rows": sum(data["examples"].values()), **profile}),
    )


def conclusion_tags(study: StudyRecord, verdict: Sequence[str], warnings: Sequence[str]) -> dict[str, str]:
    """What came of a study, for its run."""
    return {NOTE: note(study, verdict, warnings), VERDICT: _verdict_tag(verdict)}


def has_concluded(tags: Mapping[str, str], verdict: Sequence[str]) -> bool:
    """Whether a run's tags are those of a study that came to this verdict; the note of one that goes on lacks it."""
    return tags.get(VERDICT) == _verdict_tag(verdict) and ANSWER in tags.get(NOTE, "")


def _verdict_tag(verdict: Sequence[str]) -> str:
    return text(" ".join(verdict), LONGEST_TAG)


def note(study: StudyRecord, verdict: Sequence[str] = (), warnings: Sequence[str] = ()) -> str:
    """What MLflow's pages say of a study, as Markdown: question, answer, doubts, and which number of a run is what."""
    told = "\n".join(f"- **{name}**: {meaning}" for name, meaning in OF_A_RUN.items())
    parts = [study.question]
    if verdict:
        parts += [f"{ANSWER} {' '.join(verdict)}"]
        parts += (
            ["**Reasons to doubt it**\n\n" + "\n".join(f"- {one}" for one in warnings)] if warnings else []
        )
        pages = prepared_view.pages("", study.experiment_id, [prepared_view.TAG])
        links = ", ".join(f"[{what}]({page.removeprefix('/')})" for what, page in pages.items())
        parts += [
            f"The whole report is `report/report.html` among the artifacts of the study's run. See also: {links}."
        ]
    return text("\n\n".join([*parts, f"Three numbers describe how a run ended:\n\n{told}"]), 5000)


def study_points(study: StudyRecord, now: int) -> list[Point]:
    """Metrics of a study's own run: how much was trained, and what came of its champion."""
    found: dict[str, float] = {
        "study/trials": len(study.of_phase("search")),
        "study/networks": sum(len(run.task.seeds) for run in study.runs),
        "study/diverged_seeds": sum(run.diverged for run in study.runs if run.task.phase != "probe"),
        "study/training_seconds": sum(float(run.seconds[-1]) for run in study.runs if run.epochs),
    }
    for run in (run for run in present(study) if run.task.phase == "champion"):
        found |= {
            f"champion/{point.key}": point.value
            for point in points(run)
            if point.key in ("objective", "test_error")
        }
    return [Point(name, value, 0, now) for name, value in found.items()]


def text(value: str, most: int) -> str:
    """Text that every database takes: no NUL, no half of a surrogate pair, at most `most` characters."""
    clean = value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= most else clean[: most - 1] + "…"


def _exact(value: Any) -> str:
    """A value as text that can be read back: JSON, but plain words without quotation marks."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return table(value)
    return f"{value:.{significant(value)}g}" if isinstance(value, float) else _exact(value)


def _milliseconds(seconds: float) -> int:
    return round(1000 * float(seconds))
