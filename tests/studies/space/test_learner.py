"""Samplers that learn: what they know, and what they do with it."""

from dataclasses import replace
from math import log10
from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from optuna.samplers import TPESampler
from optuna.trial import FrozenTrial, TrialState

from studies.space.learner import Learner
from studies.space.ranges import Range
from studies.space.samplers import SAMPLERS, Sampler, point_of
from studies.space.search_space import Point, Space, Variable, distribution
from tests.studies.space.test_samplers import SPACE, space
from tests.studies.spaces import holds, spaces

LEARN = ["tpe", "cma_es"]
PLANE = space(learning_rate=Range(low=0.01, high=100.0, log=True), l2=Range(low=0.0, high=1.0))


def trial(
    space: Space, number: int, point: Point, value: float | None, notes: dict[str, Any] | None = None
) -> FrozenTrial:
    one = optuna.trial.create_trial(
        state=TrialState.RUNNING if value is None else TrialState.COMPLETE,
        params=point,
        distributions=space.distributions(point),
        value=value,
        system_attrs=notes or {},
    )
    one.number = number
    return one


def search(
    name: str, space: Space, objective: Any, trials: int, seed: int = 0, *, reopen: bool = False
) -> list[FrozenTrial]:
    """What a lane does, with one trial at a time; reopened before each, or never."""
    sampler, found = SAMPLERS[name], list[FrozenTrial]()
    learner = Learner(sampler, space, seed, [])
    for number in range(trials):
        if reopen or number == sampler.first(trials):
            learner = Learner(sampler, space, seed, found)
        point, notes = point_of(sampler, space, number, trials, seed), {}
        if point is None:
            point, _, _, notes = learner.suggest()  # type: ignore[assignment]  # as its dictionary
        found.append(trial(space, number, point, objective(point), dict(notes)))
        if number >= sampler.first(trials):
            learner.tell(found[-1])
    return found


def decades(point: Point) -> float:
    """How far the learning rate is from 1, and the penalty from 0.3."""
    return abs(log10(point["learning_rate"])) + abs(point["l2"] - 0.3)


def suggestions(values: list[float], running: int, seed: int = 3) -> list[Point]:
    """What is suggested after finished trials with these objectives, then beside it while it is running."""
    sampler = SAMPLERS["tpe"]
    before = [
        trial(SPACE, place, SAMPLERS["qmc"].point(SPACE, place, 9, 0), value)
        for place, value in enumerate(values)
    ]
    learner = Learner(sampler, SPACE, seed, before)
    return [learner.suggest()[0] for _ in range(1 + running)]


def test_tpe_depends_on_the_trials_before_the_index_and_the_seed_and_on_nothing_else() -> None:
    values = [0.9, 0.5, 0.1, 0.4, 0.7, 0.2]
    assert suggestions(values, 0) == suggestions(values, 0)
    assert suggestions(values, 0) != suggestions(values[::-1], 0)
    assert suggestions(values, 0) != suggestions(values[:5], 0)
    assert suggestions(values, 0) != suggestions(values, 0, seed=4)


def test_each_combination_has_random_numbers_of_its_own() -> None:
    """Or those that find the same at the start would be tried at the same points to the end."""

    def suggested(combination: int) -> Point:
        return Learner(SAMPLERS["tpe"], SPACE, 0, [], combination=combination).suggest().point

    assert suggested(1) == suggested(1)
    assert len({str(suggested(combination)) for combination in range(5)}) == 5


@settings(max_examples=25)
@given(spaces(), st.integers(0, 2**31))
def test_tpe_suggests_what_optunas_own_suggests(space: Space, seed: int) -> None:
    own = Sampler(
        "", SAMPLERS["tpe"].point, learns=lambda _space, derived: TPESampler(seed=derived, n_startup_trials=1)
    )
    one, other = (Learner(sampler, space, seed, []) for sampler in (SAMPLERS["tpe"], own))
    for number in range(6):
        point = one.suggest().point
        assert point == other.suggest()[0]
        for learner in (one, other):
            learner.tell(trial(space, number, point, float(number % 3)))


@pytest.mark.parametrize("name", LEARN)
def test_it_makes_no_difference_when_it_took_over_the_trials(name: str) -> None:
    whole = search(name, PLANE, decades, 25)
    again = search(name, PLANE, decades, 25, reopen=True)
    assert [one.params for one in whole] == [one.params for one in again]


@pytest.mark.parametrize("name", LEARN)
def test_it_looks_where_it_was_good(name: str) -> None:
    late = [one.value for seed in range(4) for one in search(name, PLANE, decades, 40, seed)[20:]]
    by_chance = [decades(SAMPLERS["random"].point(PLANE, index, 80, 0)) for index in range(80)]
    assert np.median(late) < 0.7 * np.median(by_chance)


def test_cma_es_adapts_its_covariance_from_generation_to_generation() -> None:
    found = search("cma_es", PLANE, decades, 40)
    generations = [one.system_attrs["cma:generation"] for one in found[1:]]
    assert generations == sorted(generations)
    assert generations[-1] >= 4


@pytest.mark.parametrize("name", LEARN)
@given(space=spaces(), seed=st.integers(0, 9), values=st.lists(st.floats(0, 1), min_size=9, max_size=9))
def test_every_suggestion_has_what_has_an_effect_there_within_its_bounds(
    name: str, space: Space, seed: int, values: list[float]
) -> None:
    each, objective = {one.name: one.distribution for one in space.variables}, iter(values)
    for one in search(name, space, lambda _point: next(objective), 9, seed):
        settings = {**space.given, **space.decode(one.params)}
        assert one.params.keys() == {one.name for one in space.variables if one.has_effect(settings)}
        assert all(holds(each[parameter], value) for parameter, value in one.params.items())


def conditional() -> Space:
    optimisers = ["gradient_descent", "momentum"]
    needs = ("optimiser", frozenset({"momentum"}))
    momenta = Range(low=0.0, high=0.99)
    return Space(
        {},
        (
            *PLANE.variables,
            Variable("optimiser", "optimiser", optimisers, distribution(optimisers, whole=False)),
            Variable("momentum", "momentum", momenta, distribution(momenta, whole=False), needs),
        ),
    )


@pytest.mark.parametrize("name", LEARN)
def test_it_learns_of_conditional_parameters_too(name: str) -> None:
    def objective(point: Point) -> float:
        return decades(point) + abs(point.get("momentum", 0.0) - 0.9)

    late = search(name, conditional(), objective, 80)[50:]
    assert np.median([one.params.get("momentum", 0.0) for one in late]) > 0.7


def test_cma_es_is_over_the_numbers_that_every_trial_has_whatever_the_first_ones_had() -> None:
    """Otherwise its state would have another number of dimensions than the trials that follow."""
    space, study = conditional(), optuna.create_study()
    learns = SAMPLERS["cma_es"].learns
    point: Point = {"learning_rate": 1.0, "l2": 0.3, "optimiser": 1, "momentum": 0.5}
    study.add_trial(trial(space, 0, point, 0.5))
    chosen = learns(space, 0).infer_relative_search_space(study, study.trials[0])
    assert chosen == {one.name: one.distribution for one in PLANE.variables}


def test_trials_of_a_round_keep_away_from_each_other() -> None:
    """The constant liar: what is running counts as bad, so the next is sought elsewhere."""

    def spread(sampler: Sampler, seed: int) -> float:
        rates = [0.011, 0.02, 0.9, 1.0, 1.1, 1.2, 30.0, 90.0]
        line = space(learning_rate=Range(low=0.01, high=100.0, log=True))
        before = [
            trial(line, place, {"learning_rate": rate}, abs(log10(rate))) for place, rate in enumerate(rates)
        ]
        learner = Learner(sampler, line, seed, before)
        return float(np.std([log10(learner.suggest()[0]["learning_rate"]) for _ in range(8)]))

    def careless(_space: Space, seed: int) -> TPESampler:
        return TPESampler(seed=seed, n_startup_trials=1, constant_liar=False)

    with_liar = [spread(SAMPLERS["tpe"], seed) for seed in range(10)]
    without = [spread(Sampler("", SAMPLERS["tpe"].point, learns=careless), seed) for seed in range(10)]
    assert np.median(with_liar) > 1.5 * np.median(without)


def test_trials_that_have_not_ended_are_known_as_running() -> None:
    """Those of a round that was cut off are written already; the others of it keep away from them all the same."""
    values = [0.9, 0.5, 0.1, 0.4, 0.7, 0.2]
    first, second, third = suggestions(values, 2)
    before = [
        trial(SPACE, place, SAMPLERS["qmc"].point(SPACE, place, 9, 0), value)
        for place, value in enumerate(values)
    ]
    again = Learner(SAMPLERS["tpe"], SPACE, 3, [*before, trial(SPACE, 6, first, None)])
    assert [again.suggest()[0] for _ in range(2)] == [second, third]


def test_a_pruned_trial_is_learnt_from_by_where_it_stood() -> None:
    def after(value: float) -> Point:
        learner = Learner(SAMPLERS["tpe"], PLANE, 0, [])
        for number in range(8):
            point = learner.suggest().point
            ended = trial(PLANE, number, point, None)
            ended.state = TrialState.PRUNED
            ended.intermediate_values = {1: value if number == 3 else 0.5}
            learner.tell(ended)
        return learner.suggest()[0]

    assert after(0.1) != after(0.9)


def test_what_lies_long_ago_and_was_not_among_the_best_is_forgotten() -> None:
    """Three hundred trials are learnt from: which others there were makes no difference, but how many there were."""
    most = SAMPLERS["tpe"].remembers
    rng = np.random.default_rng(0)
    values = rng.random(most + 200).tolist()
    points = [{"learning_rate": float(10 ** rng.uniform(-2, 2)), "l2": float(rng.random())} for _ in values]
    oldest = range(200)
    best = set(np.argsort(values)[: most // 5].tolist())

    def suggested(change: set[int], value: float) -> Point:
        trials = [
            trial(
                PLANE,
                n,
                {"learning_rate": 99.0, "l2": 0.9} if n in change else point,
                value if n in change else each,
            )
            for n, (point, each) in enumerate(zip(points, values, strict=True))
        ]
        return Learner(SAMPLERS["tpe"], PLANE, 3, trials).suggest()[0]

    as_it_is = suggested(set(), 0.0)
    assert suggested(set(oldest) - best, 1.0) == as_it_is
    assert suggested(set(oldest) & best, 1.0) != as_it_is
    assert suggested(set(oldest) - best, 0.0) != as_it_is


@pytest.mark.parametrize("ended", [100, 299, 310, 520])
def test_a_learner_that_is_made_anew_forgets_the_same(ended: int) -> None:
    rng = np.random.default_rng(ended)
    found = [
        trial(
            PLANE,
            n,
            {"learning_rate": float(10 ** rng.uniform(-2, 2)), "l2": float(rng.random())},
            float(rng.random()),
        )
        for n in range(ended + 20)
    ]
    grown = Learner(SAMPLERS["tpe"], PLANE, 1, found[:ended])
    for one in found[ended:]:
        grown._storage.create_new_trial(grown._id, template_trial=replaced(one))
        grown.tell(one)
    assert grown.suggest() == Learner(SAMPLERS["tpe"], PLANE, 1, found).suggest()


def replaced(one: FrozenTrial) -> FrozenTrial:
    return optuna.trial.create_trial(
        state=TrialState.RUNNING, params=one.params, distributions=one.distributions
    )


@pytest.mark.parametrize("told", [False, True])
def test_a_trial_that_failed_counts_as_the_worst_there_is(told: bool) -> None:
    """It fails where learning rates are low; were it forgotten, TPE would go on there as elsewhere."""
    failed, whole = [], []
    for number in range(12):
        point = {"learning_rate": 0.01 * 2.2**number, "l2": 0.5}
        value = 0.2 + 0.01 * number if number >= 6 else None
        one = trial(PLANE, number, point, 1.0 if value is None else value)
        whole.append(one)
        failed.append(trial(PLANE, number, point, value))
        if value is None:
            failed[-1].state = TrialState.FAIL
    first, second = (
        Learner(SAMPLERS["tpe"], PLANE, 0, [] if told else each, worst=1.0) for each in (failed, whole)
    )
    for learner, trials in ((first, failed), (second, whole)) if told else ():
        for one in trials:
            learner.suggest()
            learner.tell(one)
    assert first.suggest() == second.suggest()
    assert Learner(SAMPLERS["tpe"], PLANE, 0, failed).suggest() != first.suggest()


def test_the_best_and_the_newest_trials_are_seen_under_their_numbers_whatever_has_failed() -> None:
    seen: list[int] = []

    class Noting(TPESampler):
        def sample_relative(self, study: optuna.Study, *rest: Any) -> dict[str, Any]:
            seen[:] = [one.number for one in study.get_trials(deepcopy=False)]
            return super().sample_relative(study, *rest)

    points = [SAMPLERS["random"].point(SPACE, place, 40, 0) for place in range(40)]
    trials = [trial(SPACE, place, point, float(place % 20 + 1)) for place, point in enumerate(points)]
    for number in (3, 39):
        trials[number].state, trials[number].values = TrialState.FAIL, None
    noting = replace(SAMPLERS["tpe"], remembers=10, learns=lambda _space, seed: Noting(seed=seed))
    Learner(noting, SPACE, 0, trials, worst=99.0).suggest()
    assert seen == [0, 20, *range(33, 41)]


def test_a_given_setting_is_learnt_from_and_has_no_number() -> None:
    points = [{"learning_rate": 10.0 ** (number / 2 - 1.5), "l2": 0.1 * number} for number in range(6)]
    trials = [trial(PLANE, number, point, 0.5 + 0.1 * number) for number, point in enumerate(points)]
    given = [trial(PLANE, 0, {"learning_rate": 50.0, "l2": 0.9}, value) for value in (0.0, 0.1)]
    learner = Learner(SAMPLERS["tpe"], PLANE, 3, trials, given=given)
    first = learner.suggest()
    assert first.number == len(trials)
    assert first.point != Learner(SAMPLERS["tpe"], PLANE, 3, trials).suggest().point
    ended = trial(PLANE, first.number, first.point, 0.3)
    learner.tell(ended)
    again = Learner(SAMPLERS["tpe"], PLANE, 3, [*trials, ended], given=given)
    assert learner.suggest() == again.suggest()
