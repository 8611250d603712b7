"""A paragraph of methods: what was trained, how settings were chosen, and how errors were compared.

It says what the records say. What they do not say it leaves out; the checklist says that it is not known.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from core.parameters import PARAMETERS
from experiments import error_wording
from experiments.wording import splits
from reports import words
from reports.conclusions import constrained
from reports.paper.latex import BREAK, tex, typed
from reports.paper.references import INITIALISATIONS, OPTIMISERS, PRUNERS, SAMPLERS, cite
from reports.results.tables import Tables
from reports.statistics.intervals import FEWEST


def methods(tables: Tables, margin: float, digest: str) -> str:
    """The paragraph as LaTeX.

    Args:
        tables: the study.
        margin: differences below this do not matter.
        digest: the SHA-256 of the records that the report carries.
    """
    sentences = (
        *_data(tables),
        *_networks(tables),
        *_search(tables),
        *_confirmation(tables),
        *_statistics(tables, margin),
        *_software(tables, digest),
    )
    return "\n".join([r"\paragraph{Methods.}", *sentences, ""])


def ranges(tables: Tables) -> str:
    """What each nuisance parameter was allowed to be: "learning rate from 0.01 to 30 (log scale)"; may be empty."""
    return words.enumerated([_range(name, allowed) for name, allowed in tables.study.nuisance.items()])


def _range(name: str, allowed: Any) -> str:
    if isinstance(allowed, Mapping):
        scale = " (log scale)" if allowed.get("log") else ""
        return (
            f"{words.name(name)} from {words.value(allowed['low'])} to {words.value(allowed['high'])}{scale}"
        )
    return f"{words.name(name)} among {words.enumerated(map(words.value, allowed), 'or')}"


def choices(tables: Tables) -> str:
    """The scientific parameters with their values: "cost (quadratic, huber) and widths ([8], [16])"; may be empty."""
    return words.enumerated(
        f"{words.name(name)} ({', '.join(map(words.value, values))})"
        for name, values in tables.study.scientific.items()
    )


def fixed(tables: Tables) -> str:
    """The fixed parameters that have an effect: "epochs 30, batch size 16"; may be empty."""
    study = tables.study
    if study.trainer:  # what they mean, only it knows
        return words.settings(study.fixed) if study.fixed else ""
    values = {name: {each} for name, each in study.fixed.items() if isinstance(each, str)}
    values |= {name: set(map(str, each)) for name, each in study.scientific.items()}
    values |= {name: set(map(str, each)) for name, each in study.nuisance.items()}
    told = {}
    for name, each in study.fixed.items():
        parameter = PARAMETERS.get(name)
        idle = parameter is not None and values.get(parameter.needs, parameter.users).isdisjoint(
            parameter.users
        )
        if not (
            (parameter and parameter.needs and idle) or name in MEASURED or each in NOTHING.get(name, UNSAID)
        ):
            told[name] = each
    return words.settings(told) if told else ""


MEASURED: Final = ("measure_every", "sharpness_every")
"""Parameters of what is recorded, not of training."""

UNSAID: Final = (None, "auto", "none")
NOTHING: Final[Mapping[str, tuple[Any, ...]]] = {"l1": (0,), "l2": (0,)}
"""Values with which a parameter does nothing, or is decided by others."""


def networks(tables: Tables) -> int:
    """How many networks were trained for the study, those of failed runs included."""
    return sum(run.task.networks for run in (*tables.study.runs, *tables.probe_runs))


PARTS: Final = {"train": "training", "validation": "validation", "test": "the test"}
"""What each part of the data is for."""


def parts(tables: Tables) -> str:
    """How many examples are for what: "1,077 for training, 360 for validation and 360 for the test"."""
    examples = tables.study.data.get("examples") or {}
    return words.enumerated(f"{n:,} for {PARTS.get(part, part)}" for part, n in examples.items())


def measure(tables: Tables) -> str:
    """What the error is: "the share misclassified", "1 − AUC"."""
    told = error_wording.told(tables.study.data).strip().removeprefix("(").removesuffix(")")
    return f"the {told}" if told.startswith("share") else told or "the share misclassified"


def _data(tables: Tables) -> Iterator[str]:
    data = tables.study.data
    if source := data.get("source") or data.get("name"):
        yield f"The data set is {tex(source)}."
        inputs = f" with {words.count(data['inputs'], 'input')} each" if "inputs" in data else ""
        yield f"Its examples{inputs} were divided: {tex(parts(tables))} ({tex(splits(data))})."


def _networks(tables: Tables) -> Iterator[str]:
    study = tables.study
    known = fixed(tables)
    if study.trainer:
        told = f" Fixed: {tex(known)}." if known else ""
        yield f"Models were trained by {typed(study.trainer)}, which is not part of chainrule.{told}"
        if compared := choices(tables):
            yield f"The choices compared are {tex(compared)}."
        return
    told = f" with {tex(known)}" if known else ""
    every = [run.task.settings for run in tables.study.runs[:1]]
    used = {**(every[0] if every else {}), **study.fixed}
    values = [used.get(name) for name in ("optimiser", "initialisation")]
    values += [*study.scientific.get("optimiser", ()), *study.scientific.get("initialisation", ())]
    keys = {key for table in (OPTIMISERS, INITIALISATIONS) for name, key in table.items() if name in values}
    yield (
        rf"Fully connected networks were trained by backpropagation{cite('rumelhart1986', *sorted(keys))}{told}."
    )
    if compared := choices(tables):
        yield f"The choices compared are {tex(compared)}."


def _search(tables: Tables) -> Iterator[str]:
    study, search = tables.study, tables.of_phase("search")
    if search.empty:
        return
    trials, seeds = words.count(len(search), "trial"), words.count(study.seeds, "seed")
    among = f" for {words.count(len(tables.choices()), 'choice')}" if len(tables.choices()) > 1 else ""
    if not study.nuisance:
        yield f"Nothing was tuned: {trials}{among} had {seeds} each."
        yield from map(tex, constrained.sentences(tables))
        return
    name, key = SAMPLERS.get(study.sampler, (study.sampler, ""))
    optuna = ["akiba2019"] if study.sampler in ("tpe", "cma_es", "gp") else []
    sampled = f"by {tex(name)}{cite(*filter(None, [key]), *optuna)}"
    tuned = f"{words.sentence(ranges(tables))} was tuned"
    if len(study.nuisance) > 1:
        tuned = f"{words.sentence(ranges(tables))} were tuned"
    yield f"{tex(tuned)} {sampled}, separately for each choice, with {trials} in all, of {seeds} each."
    yield from map(tex, constrained.sentences(tables))
    if study.pruner in PRUNERS:
        how, who = PRUNERS[study.pruner]
        stopped = int((search["state"] == "pruned").sum())
        yield f"{words.sentence(words.count(stopped, 'trial'))} stopped early {how}{cite(who)}."
    yield f"The setting with the best mean {tex(study.objective.replace('_', ' '))} over its seeds was kept."


def _confirmation(tables: Tables) -> Iterator[str]:
    study, fresh = tables.study, tables.of_phase("confirm")
    if fresh.empty:
        yield "No setting was trained again on fresh seeds, so the errors are those of the seeds that chose."
        return
    seeds = words.counts(fresh["seeds"], "seed")
    yield f"Each choice's setting was trained again on {seeds} that had no part in choosing it."
    if study.until:
        yield (
            f"They were added look by look, at most {study.confirm_seeds}, until every comparison was decided; the "
            rf"levels of the looks spend an error of 5\,\%{cite('lan1983', 'kim1987')}, and intervals are repeated "
            f"ones{cite('jennison1989')}."
        )
    if tables.champion() is not None:
        yield "The test part was used once, for the choice with the best objective."


def _statistics(tables: Tables, margin: float) -> Iterator[str]:
    study = tables.study
    yield (
        f"The error is {tex(measure(tables))}. We report trimmed means over seeds, without a sixth at either end, with "
        rf"95\,\% intervals{cite('tukey1963')}; fewer than {FEWEST} seeds give none. A seed that diverged counts as "
        "guessing."
    )
    if len(tables.confirmed) > 1:
        yield (
            "Differences are paired by seed, and their p-values are adjusted over all tests of the "
            f"report{cite('holm1979')}."
        )
        if margin:
            yield (
                f"Two choices are called equivalent if two one-sided tests{cite('schuirmann1987')} show that they "
                f"differ by less than {tex(words.points(margin))} points."
            )
    if study.objective == "epochs_to_target":
        yield f"Epochs to the target are medians with censoring{cite('kaplan1958')}."
    if study.overlap:
        yield (
            "Intervals are for this data set; for other data from the same source they are "
            f"wider{cite('nadeau2003')}."
        )


def _software(tables: Tables, digest: str) -> Iterator[str]:
    known = tables.study.environment
    packages = {
        "chainrule": "",
        "python": "",
        "numpy": cite("harris2020"),
        "scipy": cite("virtanen2020"),
    }
    names = {"python": "Python", "numpy": "NumPy", "scipy": "SciPy"}
    told = [
        f"{names.get(name, name)} {tex(known[name])}{key}" for name, key in packages.items() if name in known
    ]
    on = f" on {tex(known['processor'])}" if "processor" in known else ""
    if told:
        trained = words.count(networks(tables), tables.study.trained)
        yield f"In all, {trained} were trained with {words.enumerated(told)}{on}."
    shown = BREAK.join(rf"\texttt{{{digest[at : at + 8]}}}" for at in range(0, len(digest), 8))
    yield f"The command {typed(tables.study.command)} repeats the study; the SHA-256 of its records is {shown}."
