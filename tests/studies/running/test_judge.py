"""Who decides whether a trial goes on: by means, or seed by seed."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.trial import FrozenTrial, TrialState, create_trial
from scipy.stats import wilcoxon

from studies.running.judge import judge, seeds_at
from studies.space.pruners import PRUNERS, WILCOXON_P, WILCOXON_SEEDS

Curve = dict[int, Sequence[float]]
BEST: Curve = {1: [0.5, 0.6, 0.4, 0.5, 0.55], 3: [0.2, 0.3, 0.1, 0.25, 0.15]}


def finished(curve: Curve, value: float | None = 0.1) -> FrozenTrial:
    return create_trial(
        state=TrialState.PRUNED if value is None else TrialState.COMPLETE,
        value=value,
        intermediate_values={epoch: float(np.mean(values)) for epoch, values in curve.items()},
        user_attrs={seeds_at(epoch): list(values) for epoch, values in curve.items()},
    )


def stops(values: Sequence[float], *before: FrozenTrial, epoch: int = 3) -> bool:
    return judge("a", PRUNERS["wilcoxon"], 9, before).stops(epoch, values)


def test_a_trial_whose_every_seed_is_worse_is_stopped() -> None:
    assert stops([0.21, 0.31, 0.11, 0.26, 0.16], finished(BEST))


def test_a_trial_that_is_worse_by_a_single_seed_goes_on() -> None:
    """Its mean is far above the best one's, and a pruner of means would stop it."""
    assert not stops([0.9, 0.3, 0.1, 0.25, 0.15], finished(BEST))


def test_it_is_compared_at_the_epoch_that_it_has_reached() -> None:
    assert not stops([0.4, 0.5, 0.3, 0.4, 0.45], finished(BEST), epoch=1)
    assert stops([0.4, 0.5, 0.3, 0.4, 0.45], finished(BEST), epoch=3)


def test_the_first_trial_and_one_beside_a_best_that_was_never_asked_there_go_on() -> None:
    assert not stops([0.9] * 5)
    assert not stops([0.9] * 5, finished(BEST), epoch=2)
    assert not stops([0.9] * 5, finished(BEST, None))


def test_the_best_is_the_one_with_the_lowest_objective_whenever_it_was() -> None:
    worse = {3: [0.8] * 5}
    for order in ([finished(BEST, 0.1), finished(worse, 0.2)], [finished(worse, 0.2), finished(BEST, 0.1)]):
        assert stops([0.5] * 5, *order)


@given(
    st.lists(
        st.tuples(st.sampled_from(range(30)), st.sampled_from(range(30))),
        min_size=WILCOXON_SEEDS,
        max_size=8,
    )
)
def test_it_decides_as_the_signed_rank_test_over_the_seeds_does(pairs: list[tuple[int, int]]) -> None:
    best, running = (np.array(one) / 30 for one in zip(*pairs, strict=True))
    p = wilcoxon(running - best, alternative="greater", zero_method="zsplit").pvalue
    expected = p < WILCOXON_P and running.mean() > best.mean()
    assert stops(running.tolist(), finished({3: best.tolist()})) == expected


@pytest.mark.parametrize("seeds", range(1, 8))
def test_fewer_seeds_than_it_needs_decide_nothing(seeds: int) -> None:
    assert stops([0.9] * seeds, finished({3: [0.1] * seeds})) == (seeds >= WILCOXON_SEEDS)


@pytest.mark.parametrize("name", [name for name in PRUNERS if name != "wilcoxon"])
def test_the_others_compare_means(name: str) -> None:
    def judged(values: Sequence[float]) -> bool:
        before = [finished({1: [0.2, 0.4], 3: [0.1, 0.3]}) for _ in range(9)]
        return judge("a", PRUNERS[name], 9, before).stops(1, values)

    assert judged([0.9, 0.5]) == judged([0.7]) == (name != "none")
