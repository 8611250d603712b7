"""The parts are those of scikit-learn."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from experiments.preparing.random_parts import random_parts


@settings(max_examples=200, deadline=None)
@given(
    counts=st.lists(st.integers(3, 40), min_size=2, max_size=8),
    share=st.floats(0.05, 0.9),
    seed=st.integers(0, 2**32 - 1),
    by_class=st.booleans(),
)
def test_a_random_part_is_the_one_that_scikit_learn_draws(
    counts: list[int], share: float, seed: int, by_class: bool
) -> None:
    classes = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts)).astype(float)
    count = len(classes)
    drawn = min(max(len(counts), round(share * count)), count - len(counts))
    rest, part = random_parts(count, drawn, seed=seed, classes=classes if by_class else None)
    theirs = train_test_split(
        np.arange(count), test_size=drawn, random_state=seed, stratify=classes if by_class else None
    )
    np.testing.assert_array_equal(rest, theirs[0])
    np.testing.assert_array_equal(part, theirs[1])
