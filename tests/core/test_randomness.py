"""A stream of random numbers depends on seed, member and purpose, and on nothing else."""

from itertools import product

import numpy as np

from core import Purpose, generators


def numbers(seed: int, member: int, purpose: Purpose) -> tuple[float, ...]:
    (rng,) = generators(seed, [member], purpose)
    return tuple(rng.random(4))


def test_the_same_three_numbers_give_the_same_stream() -> None:
    for seed, member, purpose in product((0, 7, 2**40), (0, 3), Purpose):
        assert numbers(seed, member, purpose) == numbers(seed, member, purpose)


def test_streams_differ_by_seed_by_member_and_by_purpose() -> None:
    keys = list(product(range(6), range(6), Purpose))
    assert len({numbers(*key) for key in keys}) == len(keys)


def test_a_member_has_the_same_stream_in_any_company() -> None:
    together = [rng.random() for rng in generators(3, [4, 0, 9], Purpose.SHUFFLE)]
    assert together == [generators(3, [member], Purpose.SHUFFLE)[0].random() for member in (4, 0, 9)]


def test_no_stream_is_that_of_the_bare_seed() -> None:
    for seed, member, purpose in product(range(4), range(4), Purpose):
        assert numbers(seed, member, purpose) != tuple(np.random.default_rng(seed).random(4))
        assert numbers(seed, member, purpose) != tuple(np.random.default_rng([seed, member]).random(4))


def test_nothing_is_drawn_from_the_global_generator() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002 – it must be left alone
    generators(0, range(3), Purpose.INITIALISATION)[0].normal(size=10)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002 – likewise
