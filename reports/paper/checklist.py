"""The Machine Learning Reproducibility Checklist, filled in from the records.

Its items are those of version 2.0 that concern experiments (Pineau et al., 2021, Improving reproducibility in machine
learning research, JMLR 22, 164). What the records do not say is "not known", for the authors to write.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from experiments.wording import splits
from reports import words
from reports.conclusions import model_errors
from reports.paper.latex import tex, typed
from reports.paper.methods import choices, fixed, measure, networks, parts, ranges
from reports.paper.references import cite
from reports.paper.table import Row
from reports.results.tables import Tables
from reports.statistics.intervals import FEWEST

NOT_KNOWN: Final = "not known"
RUNS: Final = {
    "confirm": ("run on fresh seeds", "runs on fresh seeds"),
    "default": ("default setting", "default settings"),
    "given": ("given setting", "given settings"),
}
"""What the runs of a phase are called, one and several."""


def checklist(tables: Tables, rows: Iterable[Row]) -> str:
    """The checklist as LaTeX: a list of items with their answers for each part of it."""
    rows = list(rows)
    lists = {
        "For all models and algorithms presented": _models(tables),
        "For all data sets used": _data(tables),
        "For all shared code": _code(tables),
        "For all reported experimental results": _results(tables, rows),
    }
    lines = [
        r"\section*{Reproducibility checklist}",
        f"The items on experiments of the Machine Learning Reproducibility Checklist{cite('pineau2021')}.",
    ]
    for heading, items in lists.items():
        lines += ["", rf"\subsection*{{{heading}}}", r"\begin{itemize}"]
        lines += [
            rf"\item \textbf{{{item}.}} {words.sentence(answer or NOT_KNOWN)}" for item, answer in items
        ]
        lines.append(r"\end{itemize}")
    return "\n".join([*lines, ""])


Items = Iterator[tuple[str, str]]


def _models(tables: Tables) -> Items:
    study = tables.study
    same = f"; fixed: {fixed(tables)}" if fixed(tables) else ""
    compared = f"; compared: {choices(tables)}" if study.scientific else ""
    how = "fully connected networks trained by exact backpropagation"
    if study.trainer:
        how = f"models of {study.trainer}, which are {NOT_KNOWN} to chainrule"
    yield (
        "Description of the mathematical setting, algorithm and model",
        tex(f"{how}{same}{compared}"),
    )
    yield "Explanation of assumptions", NOT_KNOWN
    sizes = sorted({run.parameters for run in study.runs if run.parameters})
    span = f"{sizes[0]:,} to {words.count(sizes[-1], 'weight')} and biases" if len(sizes) > 1 else ""
    one = f"{words.count(sizes[0], 'weight')} and biases" if sizes else ""
    yield "Analysis of complexity (time, space, sample size)", span or one


def _data(tables: Tables) -> Items:
    data = tables.study.data
    known = [parts(tables)]
    known += [f"{words.count(data['inputs'], 'input')}"] if data.get("inputs") else []
    known += [f"{len(data['classes'])} classes"] if data.get("classes") else []
    yield "Relevant statistics, such as the number of examples", tex("; ".join(filter(None, known)))
    seed = f"; split seed {data['split_seed']}" if "split_seed" in data else ""
    yield "Training, validation and test splits", tex(f"{parts(tables)}; {splits(data)}{seed}")
    standard = "chainrule standardises inputs by the training part; what was left out before is"
    yield "Data excluded, and all preprocessing", f"{standard} {NOT_KNOWN}"
    fingerprint = f" (fingerprint {data['fingerprint']})" if data.get("fingerprint") else ""
    source = data.get("source") or data.get("name")
    yield "Where the data can be had", tex(f"{source}{fingerprint}") if source else ""
    yield "How new data were collected", NOT_KNOWN


def _code(tables: Tables) -> Items:
    study, known = tables.study, tables.study.environment
    packages = ("python", "numpy", "scipy", "scikit_learn", "optuna", "mlflow")
    versions = [f"{name.replace('_', '-')} {known[name]}" for name in packages if name in known]
    yield "Dependencies", tex(", ".join(versions))
    revision = known.get("git_revision", "unknown")
    tree = f", tree {known['git_tree']}" if "git_tree" in known else ""
    name = " ".join(["chainrule", *([known["chainrule"]] if "chainrule" in known else [])])
    own = f"; {study.trainer}, code {known.get('trainer', 'unknown')}" if study.trainer else ""
    yield "Training code", tex(f"{name}, revision {revision}{tree}{own}") if revision != "unknown" else ""
    yield (
        "Evaluation code",
        "the same; the report carries its records, and chainrule verify computes it again",
    )
    found = model_errors.measured(tables)
    yield "Trained models", "the champion is registered in MLflow" if found and not study.trainer else ""
    yield "Command that repeats the results", typed(study.command) if study.command else ""


def _results(tables: Tables, rows: list[Row]) -> Items:
    study = tables.study
    search = tables.of_phase("search")
    tuned = f"{ranges(tables)}; by {study.sampler}" if study.nuisance else "nothing was tuned"
    tuned += f"; constraints: {'; '.join(study.constraints)}" if study.constraints else ""
    how = f"; kept: the setting with the best mean {study.objective.replace('_', ' ')} of its choice"
    yield "Ranges of hyperparameters, how the best were chosen, and all that were used", tex(tuned + how)
    counts = [
        f"{words.count(len(search), 'trial')} of {words.count(study.seeds, 'seed')}",
        *(
            words.count(len(tables.of_phase(phase)), *nouns)
            for phase, nouns in RUNS.items()
            if len(tables.of_phase(phase))
        ),
        f"{words.count(networks(tables), study.trained)} in all",
    ]
    yield "Exact number of training and evaluation runs", tex("; ".join(counts))
    yield "Definition of the measure", tex(f"final validation error: {measure(tables)}")
    intervals = any(row.error.has_interval for row in rows)
    spread = r"trimmed mean with its 95\,\% interval over seeds" if intervals else "trimmed mean"
    fewer = "" if intervals or not rows else f"; fewer than {FEWEST} seeds give no interval"
    yield "Central tendency and variation", f"{spread}{fewer}" if rows else ""
    seconds = tables.trials["seconds"].to_numpy(dtype=float) if len(tables.trials) else np.zeros(0)
    took = (
        f"{words.duration(float(seconds.mean()))} for the training of a run with all its seeds"
        if seconds.any()
        else ""
    )
    yield "Average runtime of each result, or energy", tex(f"{took}; energy {NOT_KNOWN}") if took else ""
    known = study.environment
    machine = [known[name] for name in ("processor", "machine", "blas") if name in known]
    threads = [f"threads: {known['threads']}"] if "threads" in known else []
    yield "Computing infrastructure", tex("; ".join([*machine, *threads]))
