"""Scrambled Sobol points, bit for bit those of `scipy.stats.qmc`, whose import takes a third of a study's start.

A Sobol sequence fills the unit cube evenly: of any 2^k points that begin at a multiple of 2^k, one lies in each of the
2^k equal parts of every axis. Coordinate i of point n is

    xᵢ(n) = 2^-B · (sᵢ ⊕ ⨁ⱼ gⱼ(n) Lᵢ vᵢⱼ),

where gⱼ(n) are the binary digits of n's Gray code n ⊕ ⌊n / 2⌋, vᵢⱼ direction numbers of B binary digits each, Lᵢ a
random lower triangular matrix of zeros and ones with ones on its diagonal, which multiplies digits modulo 2, and sᵢ a
random shift.

Sources: the order by Gray code is of Antonov & Saleev (1979); the direction numbers of Joe & Kuo (2008), Constructing
Sobol sequences with better two-dimensional projections, SIAM J. Sci. Comput. 30 (the first 21 of their table
new-joe-kuo-6); the scrambling of Matoušek (1998), On the L2-discrepancy for anchored boxes, J. Complexity 14.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

BITS: Final = 30
"""B, the binary digits of a coordinate: SciPy's default."""

DIRECTIONS: Final[tuple[tuple[int, tuple[int, ...]], ...]] = (
    (1, ()),
    (3, (1,)),
    (7, (1, 3)),
    (11, (1, 3, 1)),
    (13, (1, 1, 1)),
    (19, (1, 1, 3, 3)),
    (25, (1, 3, 5, 13)),
    (37, (1, 1, 5, 5, 17)),
    (41, (1, 1, 5, 5, 5)),
    (47, (1, 1, 7, 11, 19)),
    (55, (1, 1, 5, 1, 1)),
    (59, (1, 1, 1, 3, 11)),
    (61, (1, 3, 5, 5, 31)),
    (67, (1, 3, 3, 9, 7, 49)),
    (91, (1, 1, 1, 15, 21, 21)),
    (97, (1, 3, 1, 13, 27, 49)),
    (103, (1, 1, 1, 15, 7, 5)),
    (109, (1, 3, 1, 15, 13, 25)),
    (115, (1, 1, 5, 5, 19, 61)),
    (131, (1, 3, 7, 11, 23, 15, 103)),
    (137, (1, 3, 7, 13, 13, 15, 69)),
)
"""Of each coordinate: a primitive polynomial over the integers modulo 2, its coefficients as binary digits, and the
first of its odd numbers m₁, m₂, …, one for each degree of the polynomial."""


def sobol_point(index: int, dimensions: int, seed: int) -> list[float]:
    """Point `index`, from 0, of the scrambled sequence of a seed; coordinates are in [0, 1)."""
    if dimensions > len(DIRECTIONS):
        from scipy.stats.qmc import Sobol

        sequence = Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
        if index:  # SciPy refuses to go on by none
            sequence.fast_forward(index)
        return list(map(float, sequence.random(1)[0]))
    shift, directions = _scrambled(dimensions, seed)
    gray = index ^ (index >> 1)
    chosen = [j for j in range(BITS) if gray >> j & 1]
    digits = shift ^ np.bitwise_xor.reduce(directions[:, chosen], axis=1)
    return list(map(float, digits * 2.0**-BITS))


@lru_cache
def _scrambled(dimensions: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The shifts sᵢ (dimensions,) and the directions Lᵢ vᵢⱼ (dimensions, B)."""
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(1)[0])  # as SciPy does
    shift = rng.integers(2, size=(dimensions, BITS), dtype=np.uint32) @ (1 << np.arange(BITS))
    L = np.tril(rng.integers(2, size=(dimensions, BITS, BITS), dtype=np.uint32), -1) + np.eye(BITS, dtype=int)
    v = np.array([_directions(*DIRECTIONS[i]) for i in range(dimensions)])
    places = np.arange(BITS)[::-1]  # of binary digits, the highest first
    digits = v[:, None, :] >> places[:, None] & 1
    return shift, np.tensordot(1 << places, L @ digits & 1, (0, 1))


def _directions(polynomial: int, first: tuple[int, ...]) -> list[int]:
    """The direction numbers vⱼ = 2^(B-j) mⱼ of a coordinate, for j = 1, …, B (Joe & Kuo, 2008, equation 2).

    With a₁, …, a_s the polynomial's coefficients after the highest, mⱼ = ⨁ₖ 2^k aₖ mⱼ₋ₖ ⊕ mⱼ₋ₛ for j > s.
    """
    degree = len(first)
    m = list(first) or [1] * BITS
    for j in range(degree, BITS if degree else 0):
        new = m[j - degree]
        for k in range(1, degree + 1):
            if polynomial >> (degree - k) & 1:
                new ^= m[j - k] << k
        m.append(new)
    return [number << (BITS - 1 - j) for j, number in enumerate(m)]
