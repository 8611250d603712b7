"""Turns a study file into a plan: combinations, slots, tasks and their keys."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

from experiments.datasets.dataset import outputs_of
from experiments.mistakes import Mistake, UserError, nearest
from experiments.outcome.failure_rule import PROBES
from experiments.recording.look_schedule import looks_of, named
from experiments.recording.records import StudyRecord
from experiments.task import FRESH, LEVELS, Phase, Task, decide
from experiments.wording import count
from studies.file.search_mistakes import kind_mistakes
from studies.file.study_file import StudyFile
from studies.running.closed_sides import closed_sides
from studies.running.default_setting import default_setting
from studies.running.enqueued import Given, enqueued
from studies.running.equal_weights import equally_large
from studies.running.feasibility import check_feasible
from studies.running.nuisance import space_of, widths_tried
from studies.running.successive_rejects import FEWEST_CHOICES, rounds_of
from studies.space.feasible_points import Share, share_of
from studies.space.grid_points import space_size
from studies.space.pruners import PRUNERS
from studies.space.quantities import DataSize, weights_of, widths_of
from studies.space.ranges import Range
from studies.space.samplers import SAMPLERS
from studies.space.search_space import Space

FREE_TO_CHANGE: Final = (
    "trials", "seeds", "question", "equivalence_margin", "confirm_seeds", "until", "system_metrics",
    "also_report", "failure_rule",
)  # fmt: skip
"""Keys of [study] that a study may change between two runs: they ask for more of the same, or read it otherwise. The
number of seeds may only grow; trials that have been begun stay, whatever is asked for."""

FEWEST_TRIALS: Final = 30
"""Trials from which on a rule is looked for of where networks fail."""

CACHE: Final = 1 << 21
"""Bytes of weights and gradients of the trials that are trained side by side, at most."""

COMPANY: Final = 32
"""The largest number of networks trained as one population; more would gain little and be lost together in a crash."""

TOGETHER: Final = 4
"""Trials that are under way at once where a sampler learns: enough for a few workers, few enough to learn from."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a study file asks for.

    Attributes:
        file: the study file.
        combinations: the scientific combinations in their order, with widths that the data decide.
        spaces: the search space of each combination.
        budgets: trials of each combination, at most; the same for all that have so many settings to try.
        rounds: trials of each combination at the end of each round, if they go by successive rejects; else empty.
        sizes: how many settings each combination has to try; None if there are infinitely many.
        at_once: how many points of a combination a sampler that learns suggests together.
        design: what the results depend on; a study may not change it.
        classification: whether classes are predicted, and not numbers.
        inputs: units of the input layer.
        outputs: units of the output layer.
        examples: how many there are for training.
        chance: the error of guessing.
        own_splits: whether each seed has a training and validation part of its own.
        made_with: what decides numbers besides the design, as versions, by name; nothing is compared where it is empty.
        accept_change: whether a study that was begun with others goes on all the same.
        seal: the text of its seal; empty if it has none.
        given: the settings that each combination is given, besides those that it keeps (see `studies.running.given`).
        generation: how often the study has grown.
        grown: how it has grown each time (see `StudyRecord.grown`).
    """

    file: StudyFile
    combinations: tuple[Mapping[str, Any], ...]
    spaces: tuple[Space, ...] = field(compare=False, repr=False)
    budgets: tuple[int, ...]
    sizes: tuple[int | None, ...]
    at_once: int
    design: Mapping[str, Any]
    classification: bool
    inputs: int
    outputs: int
    examples: int
    chance: float = 1.0
    own_splits: bool = False
    made_with: Mapping[str, str] = field(default_factory=dict)
    accept_change: bool = False
    seal: str = ""
    rounds: tuple[int, ...] = ()
    given: tuple[tuple[Given, ...], ...] = ()
    generation: int = 0
    grown: tuple[Mapping[str, Any], ...] = ()

    @property
    def trials(self) -> int:
        """How many trials there are in all."""
        return sum(self.rounds) + self.rounds[-1] if self.rounds else sum(self.budgets)

    @property
    def trials_each(self) -> int:
        """Trials of a combination, at most."""
        return max(self.budgets)

    @property
    def exhausted(self) -> int:
        """Of how many combinations every setting is tried before their share of the trials is used up."""
        share = -(-self.file.study.trials // len(self.combinations))
        return sum(
            budget == size and size < share for budget, size in zip(self.budgets, self.sizes, strict=True)
        )

    def with_trials_each(self, trials: int) -> "Plan":
        """The same with so many trials of each combination, or as many as it has settings to try."""
        return replace(self, budgets=tuple(_budget(self.file, one, trials) for one in self.spaces))

    @property
    def data_size(self) -> DataSize:
        """What the data decide of a network."""
        return DataSize(self.inputs, self.outputs, self.examples, self.classification)

    @cached_property
    def feasible(self) -> Sequence[Share]:
        """The share of each combination's settings that meets the constraints; empty without any."""
        return [share_of(space) for space in self.spaces] if self.file.constraints else []

    @cached_property
    def closed(self) -> Mapping[str, Collection[str]]:
        """Of each nuisance parameter the sides on which the constraints leave nothing of a wider range."""
        return closed_sides(self.file.search.nuisance, self.spaces) if self.file.constraints else {}

    @property
    def weights(self) -> Sequence[int]:
        """The number of weights and biases of each combination where all are to have the same; else empty."""
        if not self.file.search.same:
            return []
        biases = self.file.training.biases
        return [weights_of(widths_of(one), self.data_size, biases=biases) for one in self.combinations]

    @property
    def rungs(self) -> frozenset[int]:
        """Epochs at which a trial is compared with the others, to be pruned or not."""
        return PRUNERS[self.file.pruner.name].rungs(self.file.epochs)

    @property
    def first_seeds(self) -> int:
        """How many seeds every trial begins with."""
        return self.file.study.first_seeds or self.file.study.seeds

    @cached_property  # every task of a winner asks
    def looks(self) -> tuple[int, ...]:
        """How many fresh seeds the winners have at each look; none where nothing is confirmed."""
        return looks_of(self.file.study.confirm_seeds, self.file.study.until)

    @property
    def networks(self) -> int:
        """How many networks are trained at most: every trial's seeds, the winners' fresh ones, the champion's again.

        Where the default settings are trained, each of them has the seeds of a trial and those of a winner.
        """
        study = self.file.study
        confirmations = len(self.combinations) + 1 if study.confirm_seeds else 0
        return (
            self.trials * study.seeds
            + confirmations * study.confirm_seeds
            + (self.networks_of_defaults + self.networks_crossed + self.probes)
            + sum(int(one["seeds"]) for given in self.given for one in given)
        )

    @property
    def defaults(self) -> bool:
        """Whether the setting of each combination without tuning is trained."""
        return self._defaults_asked and None not in self._default_settings

    @property
    def defaults_break(self) -> bool:
        """Whether these settings are not trained because one of them breaks a constraint."""
        return self._defaults_asked and not self.defaults

    @property
    def _defaults_asked(self) -> bool:
        return self.file.study.default_setting and bool(self.file.search.nuisance) and not self.file.trainer

    @property
    def searches(self) -> int:
        """Into how many searches of their own the trials of a combination can be parted for a crossed design.

        Where a sampler learns, all trials are one search; and a search has two trials at least.
        """
        sampler, fewest = SAMPLERS[self.file.sampler.name], min(self.rounds or self.budgets)
        parted = not sampler.learns and self.file.sampler.name != "grid" and fewest >= 2 * LEVELS
        return LEVELS if parted and self.file.search.nuisance else 1

    def crosses(self, phase: Phase) -> bool:
        """Whether runs of a phase get a crossed design: the champion's, or on request the winners' on fresh seeds."""
        if self.file.trainer:
            return False
        asked = "confirm" if self.file.study.crossed == "winners" else "champion"
        return phase == asked and self.own_splits and bool(self.looks) and self.looks[0] >= LEVELS

    @property
    def networks_crossed(self) -> int:
        """How many networks the crossed designs have at most."""
        if self.crosses("confirm"):
            return len(self.combinations) * self.searches * LEVELS**3
        return LEVELS**3 if self.crosses("champion") else 0

    @property
    def probes(self) -> int:
        """How many networks check a rule of where networks fail, at most: none if there is no rule.

        There are none either where no setting is left untried, nor with a trainer of the user's own, whose networks may
        take hours each.
        """
        study = self.file.study
        untried = any(
            size is None or size > tried for size, tried in zip(self.sizes, self.budgets, strict=True)
        )
        worth = study.failure_rule and untried and not self.file.trainer
        return PROBES if worth and self.trials >= FEWEST_TRIALS else 0

    @property
    def networks_of_defaults(self) -> int:
        """How many networks the default settings need at most."""
        study = self.file.study
        return self.defaults * len(self.combinations) * (study.seeds + study.confirm_seeds)

    def side_by_side(self, combination: int, seeds: int) -> int:
        """How many trials of a combination, of so many seeds, may be trained as one population if they are alike.

        Small networks are faster in one population as long as all their weights fit in the cache.
        """
        if self.file.trainer:
            return 1
        choices = widths_tried(self.file, self.spaces[combination])
        each = weights_of(max(choices, key=sum), self.data_size) * 8
        return max(1, min(COMPANY, CACHE // each) // seeds)

    def work(self, task: Task) -> int:
        """How much there is to do for a task, compared with others: its networks, their weights and their epochs."""
        settings = task.settings
        weights = 1 if self.file.trainer else weights_of(settings["widths"], self.data_size)
        return int(task.networks * weights * settings.get("epochs", 1))

    @cached_property  # every task asks
    def run_key(self) -> str:
        """Identity of the study: its name and design."""
        return run_key_of(self.file.study.name, self.design)

    def slot(self, combination: int, index: int) -> int:
        """The place in the study of trial `index` of a combination.

        Slots alternate between the combinations, so a study that is stopped half-way has treated them equally.
        """
        return index * len(self.combinations) + combination

    def key_of(self, phase: Phase, slot: int) -> str:
        """Identity of a run."""
        study = self.file.study
        count = "" if phase == "search" else named(study.confirm_seeds, study.until)
        return f"{self.run_key}-{phase}-{slot:06d}{count}"

    def task(
        self,
        phase: Phase,
        combination: int,
        index: int,
        nuisance: Mapping[str, Any],
        seeds: Sequence[int] | None = None,
    ) -> Task:
        """The task of trial `index` of a combination.

        No seed that chose a setting also confirms it.

        Args:
            phase: what it is trained for.
            combination: index of the scientific combination.
            index: the trial's number within it.
            nuisance: its nuisance parameters.
            seeds: those to train; None for the first seeds of a trial, or all that confirm it.
        """
        study = self.file.study
        slot = self.slot(combination, index)
        if seeds is None:
            searching = phase == "search"
            seeds = range(self.first_seeds) if searching else range(FRESH, FRESH + study.confirm_seeds)
        fixed, scientific = self.file.fixed, self.combinations[combination]
        settings = {**fixed, **scientific, **nuisance}
        return Task(
            study=study.name,
            run_key=self.key_of(phase, slot),
            phase=phase,
            slot=slot,
            combination=combination,
            scientific=scientific,
            nuisance=dict(nuisance),
            fixed=fixed,
            decided={} if self.file.trainer else decide(settings, classification=self.classification),
            seeds=tuple(seeds),
            study_seed=self.file.sampler.seed,
            objective=study.objective,
            target_error=study.target_error,
            beside=tuple(study.objectives or ())[1:],
            trainer=self.file.trainer.name if self.file.trainer else "",
        )

    def probe(
        self, combination: int, place: int, nuisance: Mapping[str, Any], rule: Mapping[str, Any], digest: str
    ) -> Task:
        """The task of a fresh setting of one network, which checks a rule.

        Args:
            combination: index of the scientific combination.
            place: among the fresh settings.
            nuisance: its nuisance parameters.
            rule: what is checked.
            digest: another one for another rule.
        """
        study = self.file.study
        seed = FRESH + place % max(study.confirm_seeds, study.seeds)
        key = f"{self.run_key}-probe-{place:06d}-{digest}"
        return replace(
            self.task("probe", combination, 0, nuisance, [seed]), slot=place, run_key=key, rule=rule
        )

    def default_task(self, combination: int, fresh: int) -> Task:
        """The task of a combination's setting without tuning, on a trial's seeds and on so many fresh ones.

        No search has chosen it, so the search's seeds do not flatter it, and one run serves for both.
        """
        seeds = (*range(self.file.study.seeds), *range(FRESH, FRESH + fresh))
        setting = self._default_settings[combination]
        assert setting is not None  # or none is trained
        return self.task("default", combination, 0, setting, seeds)

    @cached_property  # asked whenever a run has ended
    def _default_settings(self) -> list[dict[str, Any] | None]:
        """The setting of each combination without tuning; None if it breaks a constraint."""
        return [
            default_setting(one, classification=self.classification, examples=self.examples)
            for one in self.spaces
        ]


def run_key_of(name: str, design: Mapping[str, Any]) -> str:
    """Identity of a study of this name and design."""
    digest = sha256(json.dumps(design, sort_keys=True).encode()).hexdigest()
    return f"{name}-{digest[:12]}"


def plan(file: StudyFile, data: Mapping[str, Any]) -> Plan:
    """Lay a study out.

    The trials are shared equally: each combination gets the file's number of trials divided by the number of
    combinations, rounded up, but not more than it has settings to try, since each is tried once. A grid may need fewer.

    Args:
        file: the study file.
        data: description of the prepared data (`StudyRecord.data`).

    Raises:
        UserError: if a batch is larger than the training part, a grid larger than the number of trials, a class that is
            weighed is none of the data's, or a cost does not suit data of this kind.
    """
    if not file.trainer:
        _check_networks(file, data)
    size = DataSize(
        data["inputs"], outputs_of(data), data["examples"]["train"], data["kind"] == "classification"
    )
    combinations = equally_large(file, size)
    asked = -(-file.study.trials // len(combinations))
    spaces = [space_of(file, combination, size) for combination in combinations]
    check_feasible(combinations, spaces)
    rounds = _rounds(file, [space_size(space) for space in spaces])
    budgets = tuple(_budget(file, space, asked) for space in spaces)
    if rounds:
        budgets, asked = (rounds[-1],) * len(spaces), rounds[-1]
    if not min(budgets):
        few = f"no grid of {asked} trials has a point of each combination that meets the constraints"
        raise UserError(Mistake(f"{few}; more trials make a finer one", where="study.trials"))
    if max(budgets) > asked:
        raise UserError(
            Mistake(
                f"{file.study.trials} are too few for the grid of all choices: {max(budgets)} for each of "
                f"{len(combinations)} combinations, {max(budgets) * len(combinations)} in all",
                where="study.trials",
            )
        )
    at_once = file.sampler.at_once or _at_once(file, len(combinations))
    design = file.model_dump(
        mode="json",
        exclude={
            "study": {*FREE_TO_CHANGE, "default_setting", "budget", "crossed"},
            "data": {"further"},
            "search": {"was"},
        },
        exclude_none=True,
    )
    design["sampler"]["at_once"] = at_once
    if not file.search.enqueue:
        del design["search"]["enqueue"]  # as studies have it that were begun before one could give any
    if file.trainer:  # no network of core is trained, and the time limit of another trainer decides no number
        del design["training"], design["trainer"]["time_limit"]
        design["trainer"].pop("source", None)  # like the code of a file, it is among what made the numbers
    elif not file.training.measure_every:  # as studies have it that were begun before there was a choice
        del design["training"]["measure_every"]
    if file.data.test_source:
        design["data"]["test"] = file.data.test_source.partition(":")[0]
    design["data"]["source"] = file.data.source.partition(":")[0]  # a file is its content, wherever it lies
    if file.data.splits == "one":
        del design["data"]["splits"]  # as studies have it that were begun when there was no choice
    if (
        file.study.default_setting and file.search.nuisance and not file.trainer
    ):  # not in a design from before it was trained
        design["study"]["default_setting"] = True
    if file.study.crossed != "champion":
        design["study"]["crossed"] = file.study.crossed
    if rounds:
        design["study"] |= {
            "budget": file.study.budget,
            "trials": file.study.trials,
        }  # more make other rounds
    if "drawn" in data:  # before, groups and rows in their order had one split for all seeds
        design["data"]["drawn"] = data["drawn"]
    if file.sampler.name == "grid":
        design["grid"] = sum(budgets)  # more trials make another grid
    return Plan(
        file=file,
        combinations=combinations,
        spaces=tuple(spaces),
        budgets=budgets,
        sizes=tuple(map(space_size, spaces)),
        at_once=at_once,
        design={**design, "data_fingerprint": data["fingerprint"]},
        classification=size.classification,
        inputs=size.inputs,
        outputs=size.outputs,
        examples=size.examples,
        chance=float(data.get("chance_error", 1.0)),
        rounds=rounds,
        own_splits=data.get("splits") == "each_seed",
        given=enqueued(file, combinations, spaces),
    )


def _rounds(file: StudyFile, sizes: Sequence[int | None]) -> tuple[int, ...]:
    """The rounds of successive rejects; none where all combinations have the same budget.

    Raises:
        UserError: if there are too few combinations, trials or settings to try.
    """
    if file.study.budget != "successive_rejects":
        return ()
    choices, wrong = len(sizes), ""
    rounds = rounds_of(file.study.trials, choices) if choices >= FEWEST_CHOICES else ()
    fewest = min((size for size in sizes if size is not None), default=None)
    if not rounds:
        wrong = f"successive rejects needs {FEWEST_CHOICES} combinations or more, and here are {choices}"
    elif rounds[0] < 2:
        wrong = f"{file.study.trials} trials are too few for successive rejects among {choices} combinations"
    elif fewest is not None and fewest < rounds[-1]:
        left = count(fewest, "setting")
        wrong = f"successive rejects may give a combination {rounds[-1]} trials, and one has {left} to try"
    if wrong:
        raise UserError(Mistake(f'{wrong}; budget = "equal" gives each the same', where="study.budget"))
    return rounds


def _budget(file: StudyFile, space: Space, asked: int) -> int:
    """How many trials a combination has where so many are asked for."""
    trials, size = SAMPLERS[file.sampler.name].trials(space, asked), space_size(space)
    return trials if size is None else min(trials, size)


def _at_once(file: StudyFile, combinations: int) -> int:
    """So many that `TOGETHER` trials of all combinations are under way, unless pruning has them run one by one.

    The number does not depend on the number of workers, because no result may.
    """
    one_by_one = PRUNERS[file.pruner.name].rungs(file.epochs) or not SAMPLERS[file.sampler.name].learns
    return 1 if one_by_one else max(1, TOGETHER // combinations)


def _check_networks(file: StudyFile, data: Mapping[str, Any]) -> None:
    """Raise `UserError` if networks of `core` cannot be trained so on these data."""
    if wrong := kind_mistakes(file.model_dump(), data["kind"], data["name"]):
        raise UserError(*(Mistake(message, where=".".join(map(str, where))) for where, message in wrong))
    _check_batches(file, data)
    _check_class_weights(file, data)


def _check_batches(file: StudyFile, data: Mapping[str, Any]) -> None:
    examples = data["examples"]["train"]
    for where, values in (
        ("search.scientific", file.search.scientific.get("batch_size", [])),
        ("search.nuisance", file.search.nuisance.get("batch_size", [])),
        ("training", [file.training.batch_size]),
    ):
        sizes = [values.high] if isinstance(values, Range) else [size for size in values if size != "full"]
        if sizes and max(sizes) > examples:
            raise UserError(
                Mistake(
                    f"{max(sizes)} is more than the {examples} training examples of {data['name']}; "
                    '"full" takes them all',
                    where=f"{where}.batch_size",
                )
            )


def _check_class_weights(file: StudyFile, data: Mapping[str, Any]) -> None:
    """Raise `UserError` if a class that is weighed is none of the data."""
    for where, values in (
        ("search.scientific", file.search.scientific.get("class_weights", [])),
        ("search.nuisance", file.search.nuisance.get("class_weights", [])),
        ("training", [file.training.class_weights]),
    ):
        named = {name: None for one in values if isinstance(one, Mapping) for name in one}
        if unknown := [name for name in named if name not in data["classes"]]:
            message = f'{data["name"]} has no class "{unknown[0]}"{nearest(unknown[0], data["classes"])}'
            raise UserError(Mistake(message, where=f"{where}.class_weights"))


def differences(before: Mapping[str, Any], now: Mapping[str, Any], path: str = "") -> list[str]:
    """What differs between two designs, one line a key: `training.epochs: 30 before, 40 now`."""
    lines = []
    for key in sorted({*before, *now}):
        old, new = before.get(key, "absent"), now.get(key, "absent")
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            lines += differences(old, new, f"{path}{key}.")
        elif old != new:
            lines.append(f"{path}{key}: {json.dumps(old)} before, {json.dumps(new)} now")
    return lines


def study_record(
    plan: Plan, text: str, data: Mapping[str, Any], command: str, environment: Mapping[str, str]
) -> StudyRecord:
    """The study as a whole, as it is recorded.

    Args:
        plan: what is to be done.
        text: the study file's text.
        data: description of the prepared data.
        command: the command that repeats it.
        environment: where it runs.
    """
    study, search = plan.file.study, plan.file.search
    return StudyRecord(
        name=study.name,
        question=study.question,
        objective=study.objective,
        objectives=tuple(study.objectives or ()),
        target_error=study.target_error,
        equivalence_margin=study.equivalence_margin,
        trials=plan.trials,
        asked=study.trials,
        sizes=plan.sizes,
        seeds=study.seeds,
        confirm_seeds=study.confirm_seeds,
        until=study.until or "",
        default_setting=plan.defaults,
        budget=study.budget if plan.rounds else "",
        also_report=tuple(study.also_report),
        scientific=_compared(plan.combinations),
        nuisance={
            name: values.model_dump(exclude_none=True) if isinstance(values, Range) else values
            for name, values in search.nuisance.items()
        },
        fixed=plan.file.fixed,
        combinations=plan.combinations,
        sampler=plan.file.sampler.name,
        pruner=plan.file.pruner.name,
        data=data,
        study_file=text,
        command=command,
        environment=environment,
        study_seed=plan.file.sampler.seed,
        trainer=plan.file.trainer.name if plan.file.trainer else "",
        constraints=tuple(one.text for one in plan.file.constraints),
        feasible=tuple(one.share for one in plan.feasible),
        closed=plan.closed,
        same=search.same or "",
        grown=plan.grown,
    )


def _compared(combinations: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """The values of each parameter in the combinations, in their order."""
    compared: dict[str, list[Any]] = {}
    for name, value in (one for combination in combinations for one in combination.items()):
        known = compared.setdefault(name, [])
        if value not in known:
            known.append(value)
    return compared
