"""How good the champion's models are on the test part: one network, all of them together, and what that gains."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from experiments.error_wording import told
from experiments.store.champion import address_of, not_kept
from experiments.wording import depending
from reports import words
from reports.conclusions.outcomes import between
from reports.grid import Grid
from reports.results.tables import Tables
from reports.statistics.intervals import Estimate, estimate
from reports.statistics.over_examples import difference_over_examples, error_over_examples

UNKNOWN = Estimate(np.nan, np.nan, np.nan, 0)


@dataclass(frozen=True, slots=True)
class Measured:
    """What the test part says of a champion's networks, of which nothing is known where a record is too old.

    Attributes:
        run: the champion's.
        over_seeds: the error of its networks, one by one; a network that diverged counts as guessing.
        over_examples: the same error, with its interval over examples and without networks that diverged.
        chosen: of the network that is registered, over examples.
        ensemble: of the mean of all networks' answers, over examples.
        gain: the mean error of a single network less that of the ensemble, example by example.
        networks: how many did not diverge.
        examples: in the test part.
        dependence: of these examples on each other, by which no interval over them holds (see `depending`).
    """

    run: int
    over_seeds: Estimate
    over_examples: Estimate
    chosen: Estimate
    ensemble: Estimate
    gain: Estimate
    networks: int
    examples: int
    dependence: str

    @property
    def over_examples_known(self) -> bool:
        """Whether there is any interval over examples."""
        return any(each.has_interval for each in (self.over_examples, self.chosen, self.ensemble, self.gain))


def measured(tables: Tables) -> Measured | None:
    """The champion's networks on the test part; None before there are any that did not diverge."""
    run = tables.champion()
    if run is None or not np.isfinite(tables.record(run).test_error).any():
        return None
    record = tables.record(run)
    error, losses = record.test_error, tables.test_losses(run)
    alive = np.isfinite(error)
    chosen = UNKNOWN
    if record.champion_seed in record.task.seeds:
        place = record.task.seeds.index(record.champion_seed)
        alone = _one(float(error[place]))
        chosen = error_over_examples(losses[[place]]) if losses.size else alone
    ensemble, gain = UNKNOWN, UNKNOWN
    if record.ensemble_error is not None:
        together = record.ensemble_loss[np.newaxis]
        ensemble, gain = _one(record.ensemble_error), _one(float(error[alive].mean()) - record.ensemble_error)
        if together.size and losses.size:
            ensemble, gain = error_over_examples(together), difference_over_examples(losses, together)
    return Measured(
        run,
        estimate(np.where(alive, error, tables.chance), lowest=0.0),
        error_over_examples(losses) if losses.size else UNKNOWN,
        chosen,
        ensemble,
        gain,
        int(alive.sum()),
        int(tables.study.data["examples"]["test"]),
        depending(tables.study.data),
    )


def _one(value: float) -> Estimate:
    """A number without an interval."""
    return Estimate(value, np.nan, np.nan, 1)


def gain_sentence(found: Measured) -> str:
    """What averaging gains over a single network; empty where it is not known."""
    if not np.isfinite(found.gain.centre):
        return ""
    averaged = f"Averaged, the answers of its {words.count(found.networks, 'network')} have an error of"
    alone = f"a single one has {words.percent(_single(found))} on average"
    errors = f"{averaged} {words.error(found.ensemble)}, and {alone}"
    if not found.gain.has_interval:
        return f"{errors}. {_WHY_NONE[found.dependence]}, so the gain has no interval."
    gain = words.difference(abs(found.gain))
    if found.gain.low > 0:
        return f"{errors}: averaging gains {gain}, with its interval over examples."
    if found.gain.high < 0:
        return f"{errors}: averaging loses {gain}, with its interval over examples."
    return (
        f"{errors}. Whether averaging gains anything is undecided: the gain on other examples may lie "
        f"{between(found.gain)}."
    )


_WHY_NONE: Final = {
    "": "This error is no mean over examples",
    "groups": "The test examples belong together in groups",
    "ordered": "The test examples follow one another in time",
}
"""Why there is no interval over examples, by how they depend on each other."""


def _single(found: Measured) -> float:
    """The mean error of a single network that did not diverge."""
    return found.ensemble.centre + found.gain.centre


def sentences(tables: Tables) -> list[str]:
    """What is registered and how good it is; empty before there is a champion."""
    found = measured(tables)
    if found is None:
        return []
    if tables.study.trainer:
        return [not_kept(tables.study)]
    name = tables.study.name
    text = f"MLflow has the champion's network with the lowest validation error as {address_of(name, 'champion')}"
    lines = [text + "."]
    if np.isfinite(found.ensemble.centre):
        lines[0] = (
            f"{text}, and all of its networks, whose answers are averaged, as {address_of(name, 'ensemble')}."
        )
    return [*lines, *filter(None, [gain_sentence(found)])]


def untested(tables: Tables) -> str:
    """That a champion of the user's own trainer has no test error; empty if there is no such champion."""
    if not tables.study.trainer or tables.champion() is None:
        return ""
    trainer = tables.study.trainer
    return f"{not_kept(tables.study)} Its test error is not known, because {trainer} yields none."


def errors_grid(tables: Tables) -> Grid | None:
    """The errors of one network, of all of them one by one, and of all of them together; None without a champion."""
    found = measured(tables)
    if found is None:
        return None
    rows = [
        (
            f"a single {tables.study.trained}, mean of {found.networks}",
            words.error(found.over_seeds),
            words.error(found.over_examples) if np.isfinite(found.over_examples.centre) else "–",
        )
    ]
    if np.isfinite(found.chosen.centre):
        seed = tables.record(found.run).champion_seed
        rows.append((f"the network that is registered, seed {seed}", "–", words.error(found.chosen)))
    if np.isfinite(found.ensemble.centre):
        rows.append((f"the ensemble of {found.networks}", "–", words.error(found.ensemble)))
        rows.append(
            ("what the ensemble gains over a single network", "–", words.difference(found.gain)),
        )
    caption = (
        f"Error{told(tables.study.data)} on the {words.count(found.examples, 'test example')}, with "
        f"{'intervals over seeds and over examples' if found.over_examples_known else 'an interval over seeds'}"
    )
    heads = (tables.study.trained, "over seeds", "over examples")
    return Grid(caption, heads, tuple(rows), frozenset({1, 2}))
