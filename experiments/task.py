"""A task: one point of the search space and what to train it for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from core import output_activation

Phase = Literal["search", "confirm", "default", "champion", "given", "probe"]
"""search: chosen by the sampler; confirm: a winner on fresh seeds; default: the setting of a combination if nothing is
tuned, on the seeds of both; champion: the best winner, tested; given: a setting that somebody gave, on the seeds of a
trial, which never counts as searched and cannot win; probe: a fresh setting on which a rule of where networks fail is
checked, which nothing else counts."""

LEVELS: Final = 4
"""Seeds whose splits, initial weights and orders are combined with each other in a crossed design, and searches that
are crossed with them at most."""

FRESH: Final = 1_000
"""The first of the seeds that confirm; those that choose come before it, however many they become."""

Chosen = Literal["", "beforehand", "learnt", "untried", "own", "elsewhere", "earlier"]
"""How a trial's point was chosen. beforehand: whatever came of other trials; learnt: by the sampler, from the trials
before it; untried: by chance, since the sampler suggested one that had been tried. Of a given setting, own: by the
user; elsewhere: it was among the best of another study; earlier: by the study before it has grown. Else empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to train; it travels to the process that trains, and is part of the record that comes back.

    Attributes:
        study: name of the study.
        run_key: identity of the run: the same for every attempt at the same point of the same design.
        phase: what the run is for.
        slot: the trial's place in the study, 0 … N−1; for confirm and champion that of the trial confirmed, for default
            the number of its combination, for probe counted from 0.
        combination: index of the scientific combination that it belongs to.
        scientific: what the study's question is about, by name.
        nuisance: what is re-tuned for each scientific combination, by name.
        fixed: what is the same for every trial, by name.
        decided: what all these left open, by name, as `decide` has settled it.
        seeds: the members' seed indices, S of them.
        study_seed: with a seed index, the seed of a member's random numbers; −1 if an earlier version recorded none.
        objective: what the sampler is told; empty likewise.
        target_error: the error to reach, for "epochs_to_target".
        beside: the objectives beside that one, if the study has several.
        trainer: the user's own that trains it (see `StudyRecord.trainer`); empty if it is `core`.
        crossed: the nuisance parameters of each search with which the splits, weights and orders of its first seeds are
            crossed; empty for no crossed design.
        chosen: how its point was; empty unless it was searched or given.
        rule: what a probe checks (see `experiments.outcome.failure_rule.Rule`); trained up to its epoch; else empty.
    """

    study: str
    run_key: str
    phase: Phase
    slot: int
    combination: int
    scientific: Mapping[str, Any]
    nuisance: Mapping[str, Any]
    fixed: Mapping[str, Any]
    seeds: tuple[int, ...]
    decided: Mapping[str, Any]
    study_seed: int
    objective: str
    target_error: float | None
    beside: tuple[str, ...] = ()
    chosen: Chosen = ""
    crossed: tuple[Mapping[str, Any], ...] = ()
    trainer: str = ""
    rule: Mapping[str, Any] = field(default_factory=dict)

    @property
    def networks(self) -> int:
        """How many networks it trains."""
        return len(self.seeds) + len(self.crossed) * LEVELS**3

    @property
    def further(self) -> bool:
        """Whether these are further seeds of a run that has been trained on the first ones."""
        return self.phase != "probe" and self.seeds[0] > (
            FRESH if self.phase in ("confirm", "champion") else 0
        )

    @property
    def name(self) -> str:
        """Its own among all tasks, and the name of its record in the spool."""
        return f"{self.run_key}+{self.seeds[0]}" if self.further else self.run_key

    @property
    def settings(self) -> dict[str, Any]:
        """Every parameter by name, with nothing left open."""
        return {**self.fixed, **self.scientific, **self.nuisance, **self.decided}


def decide(settings: Mapping[str, Any], *, classification: bool) -> dict[str, Any]:
    """What settings leave open: the widths that depth and width make, the output activation that goes with the cost."""
    found: dict[str, Any] = {}
    if "widths" not in settings:
        found["widths"] = [settings["width"]] * settings["depth"]
    if settings.get("output_activation", "auto") == "auto":
        found["output_activation"] = output_activation(settings["cost"], classification=classification)
    return found
