"""A guess at what the parameters and metrics of other people's runs mean, as a mapping file to be read and corrected.

Names say most of it: "val_accuracy" is better the more it is, "random_state" is a seed, a path is nothing to compare.
A guess is never taken without being shown.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np

from experiments.mistakes import UserError
from experiments.recording.foreign_runs import ForeignRuns
from experiments.recording.results_table import ResultsTable
from experiments.wording import count
from studies.others.mapping_file import TAGS
from studies.others.selection import Selected, selected

SEED: Final = re.compile(
    r"(^|[._/ ])((random_?)?seed(_everything)?|random_?state|rng)([._/ ]?\d*)$", re.IGNORECASE
)
MORE: Final = re.compile(
    r"acc(uracy)?(?![a-z])|auc|f1|f_?beta|precision|recall|score|r2|bleu|rouge|map(?![a-z])|dice|iou|reward|return|"
    r"kappa|mcc|ndcg|success|likelihood|elbo",
    re.IGNORECASE,
)
LESS: Final = re.compile(
    r"loss|err(or)?(?![a-z])|mse|mae|mape|cost|perplexity|ppl|nll|regret|misclass|cross_?entropy|divergence|wer(?![a-z])|cer(?![a-z])",
    re.IGNORECASE,
)
"""Metrics of which more is better, and of which less is."""

UNSEEN: Final = re.compile(r"val|valid|dev(?![a-z])|eval|test|cv|hold_?out", re.IGNORECASE)
"""Metrics of examples that were not trained on."""

NO_METRIC: Final = re.compile(
    r"time|second|duration|epoch|step|iteration|lr$|learning_rate|std_|rank_|gpu|memory", re.IGNORECASE
)

TUNED: Final = re.compile(
    r"lr|rate|decay|momentum|dropout|batch|l1|l2|alpha|lambda|gamma|beta|eps|warmup|temperature|penalty|^c$|_c$",
    re.IGNORECASE,
)
"""Parameters that are tuned more often than asked about."""

UP_TO_1: Final = re.compile(r"(^|[._/ ])r_?2|explained|corr|kappa|mcc|silhouette", re.IGNORECASE)
"""Metrics that may be below 0 and are 1 at best."""

RUN: Final = re.compile(r"^(run|trial|id|run_?id|trial_?id|name|run_?name|experiment|job)$", re.IGNORECASE)
X: Final = re.compile(r"^(epoch|step|iteration|iter|round)s?$", re.IGNORECASE)

PATH: Final = re.compile(r"^(~|\.{0,2}[/\\]|[a-z]:\\|\w+://)|[/\\].*[/\\]", re.IGNORECASE)
"""Texts that are places of files, as "google/bert" is not."""

MEASURED: Final = re.compile(r"time|second|duration|memory|flops", re.IGNORECASE)
"""Columns of a table that are measured and say nothing of what was set, if they have many values."""

MOST: Final = 8
"""A parameter with more values than this is no choice to be compared."""


def guess(found: ForeignRuns, run: str | None = None) -> str:
    """The text of a mapping file for these runs; `run` is the column that names the run of a row of a table.

    Raises:
        UserError: if they have no metric.
    """
    if not found.metrics:
        raise UserError(f"{found.source} has no metric: its runs can be told apart, but not compared")
    chosen = selected("inner", found)
    metric = _objective(found, chosen)
    goal = found.goals.get(metric) or _goal(metric, chosen)
    finals = chosen.finals(metric)
    share = _is_share(metric, goal, finals)
    varied = [
        name for name in chosen.parameters if not name.startswith(TAGS) and len(chosen.values(name)) > 1
    ]
    seeds = [name for name in chosen.parameters if SEED.search(name) and chosen.values(name) != [None]]
    seed = next((name for name in seeds if len(chosen.values(name)) > 1), next(iter(seeds), None))
    scientific, nuisance, ignored = _roles([name for name in varied if name != seed], chosen)
    curves = _curves(metric, found, chosen)
    x = found.x if found.x != "step" else next((name for name in found.metrics if X.match(name)), None)
    lines = [
        f"# How the runs of {json.dumps(found.name, ensure_ascii=False)} are read. This is a guess: correct it.",
        f"# {count(len(chosen.runs), 'run')}, in which {_varying(len(varied))}.",
        'question = ""',
        "",
        "[objective]",
        f"metric = {_text(metric)}  # {_those(found.metrics, metric)}",
        f'goal = "{goal}"',
        f"best = {_best(metric, goal, finals)}  # no run can surpass it; errors are counted from it",
        f"share = {str(share).lower()}  # whether errors are shares, told in per cent",
        "# guessing = 0.5  # what a constant answer has, if you know it",
        f"{'margin = 0.005' if share else '# margin = 0.1'}  # smaller differences do not matter",
        "",
        "[parameters]",
        f"scientific = {_list(scientific)}  # what the question is about",
        f"nuisance = {_list(nuisance)}  # what was tuned for each of these",
        f"ignore = {_list(ignored)}  # what has no effect on the result",
        f"seed = {_text(seed)}"
        if seed
        else '# seed = "seed"  # which parameter is the seed; runs are paired by it',
        "",
        "[curves]",
        f"x = {_text(x)}" if x else 'x = "step"',
        f"metrics = {_list(curves)}  # further curves to draw",
    ]
    if any(one.parent for one in found.runs):
        lines += ["", "[runs]", 'nested = "inner"  # of nested runs those inside count; or "outer", or "all"']
    if run:
        lines += ["", "[runs]", f"column = {_text(run)}  # rows with the same value are one run"]
    return "\n".join(lines) + "\n"


def guess_table(table: ResultsTable) -> str:
    """The same for a table of results."""
    run, x, metrics = layout(table)
    return guess(table.runs(run, x, metrics), run)


def layout(table: ResultsTable) -> tuple[str | None, str | None, list[str]]:
    """The columns of a table that seem to name the run of a row and its place in it, and those of metrics."""
    x = next((name for name in table.columns if X.match(name)), None)
    run = next((name for name in table.columns if RUN.match(name)), None)
    repeated = run is not None and len({row[run] for row in table.rows}) < len(table.rows)
    if x is None or not (repeated or run is None):
        x = None if not repeated else x
    numeric = [name for name in table.columns if name not in (run, x) and _numeric(table.values(name))]
    metrics = [name for name in numeric if _is_metric(name)]
    if not metrics:
        metrics = [name for name in numeric if not SEED.search(name)][-1:]
    return (run if repeated else None), (x if repeated else None), metrics


def _numeric(values: Sequence[Any]) -> bool:
    there = [value for value in values if value is not None]
    return bool(there) and all(
        (isinstance(value, int | float) and not isinstance(value, bool))
        or str(value).lower() in ("nan", "inf", "-inf")
        for value in there
    )


def _is_metric(name: str) -> bool:
    return not SEED.search(name) and bool(MORE.search(name) or LESS.search(name) or UNSEEN.match(name))


def _objective(found: ForeignRuns, chosen: Selected) -> str:
    """The metric that most of the runs seem to be judged by."""
    if found.goals:
        return next(iter(found.goals))
    names = found.metrics

    def rank(name: str) -> tuple[bool, int, bool, bool, int]:
        measured = sum(name in run.metrics for run in chosen.runs)
        return (
            2 * measured >= len(chosen.runs),
            2 * bool(UNSEEN.search(name)) + ("test" not in name.lower()),
            not NO_METRIC.search(name),
            bool(MORE.search(name) or LESS.search(name)),
            measured,
        )

    return max(names, key=rank) if names else ""


def _goal(metric: str, chosen: Selected) -> str:
    """Which way is better: by the metric's name, or by what a tag of Optuna's says of every run."""
    said = {str(run.parameters.get(f"{TAGS}direction", "")).lower() for run in chosen.runs}
    if said in ({"minimize"}, {"maximize"}):
        return said.pop()
    return "maximize" if MORE.search(metric) and not LESS.search(metric) else "minimize"


def _is_share(metric: str, goal: str, finals: Any) -> bool:
    within = bool(finals.size) and finals.min() >= 0 and finals.max() <= 1
    rate = re.search(r"err(or)?(_?rate)?$|misclass", metric, re.IGNORECASE) and not re.search(
        "squared|absolute", metric
    )
    return within and (goal == "maximize" or bool(rate))


def _best(metric: str, goal: str, finals: Any) -> str:
    """The best value that there can be, by those that there are."""
    if goal == "minimize":
        return "0.0" if not finals.size or finals.min() >= 0 else repr(-_above(-float(finals.min())))
    if finals.size and finals.max() < 0 and not UP_TO_1.search(metric):
        return "0.0"  # a log-likelihood, a loss with its sign changed, a penalty
    if not finals.size or finals.max() <= 1:
        return "1.0"
    return "100.0" if finals.max() <= 100 else repr(_above(float(finals.max())))


def _above(value: float) -> float:
    """The next number with one digit."""
    size = 10.0 ** np.floor(np.log10(value))
    return float(np.ceil(value / size) * size)


def _roles(varied: Sequence[str], chosen: Selected) -> tuple[list[str], list[str], list[str]]:
    """Which parameters seem to be asked about, which to be tuned, and which to mean nothing."""
    ignored = [name for name in varied if _means_nothing(name, chosen.values(name), len(chosen.runs))]
    rest = [name for name in varied if name not in ignored]
    choices = [name for name in rest if not TUNED.search(name) and len(chosen.values(name)) <= MOST]
    texts = [name for name in choices if any(isinstance(one, str) for one in chosen.values(name))]
    # numbers of which each run has its own were searched in a range
    scientific = (texts or [name for name in choices if len(chosen.values(name)) < len(chosen.runs)])[:2]
    return scientific, [name for name in rest if name not in scientific], ignored


def _means_nothing(name: str, values: Sequence[Any], runs: int) -> bool:
    """Whether it is a path, a text that each of many runs has to itself, or by its name a run's number or duration."""
    texts = [value for value in values if isinstance(value, str)]
    alone = len(values) == runs and (len(texts) == runs > MOST or (not texts and bool(RUN.match(name))))
    measured = len(values) > MOST and not texts and bool(MEASURED.search(name))
    return alone or measured or any(PATH.search(text) for text in texts)


def _curves(metric: str, found: ForeignRuns, chosen: Selected) -> list[str]:
    """Up to three further metrics with several values in a run."""
    long = [
        name
        for name in found.metrics
        if name != metric
        and not X.match(name)
        and any(len(run.metrics[name].values) > 1 for run in chosen.runs if name in run.metrics)
    ]
    return long[:3]


def _varying(parameters: int) -> str:
    those = count(parameters, "parameter") if parameters else "no parameter"
    return f"{those} {'varies' if parameters < 2 else 'vary'}"


def _those(names: Iterable[str], taken: str) -> str:
    others = [name for name in names if name != taken]
    return f"others: {', '.join(others[:6])}{', …' * (len(others) > 6)}" if others else "the only one"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list(names: Sequence[str]) -> str:
    return f"[{', '.join(map(_text, names))}]"
