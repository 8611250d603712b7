"""Data sets that are drawn: two moons, two spirals, exclusive or, and parity.

Numbers are rounded to 6 decimals, since the last bits of a sine are not the same on every processor.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

PLANE: Final = ("x", "y")
"""Names of the two inputs of points."""


def two_moons(points: int, noise: float, seed: int) -> Mapping[str, Any]:
    """Two half circles that interlock, with Gaussian noise of this standard deviation."""
    from sklearn.datasets import make_moons

    data, target = make_moons(points, noise=noise, random_state=seed)
    return _drawn(data, target, ("upper", "lower"), PLANE)


def spirals(points: int, turns: float, noise: float, seed: int) -> Mapping[str, Any]:
    """Two spirals around each other, each of so many turns from the middle to radius 1 (Lang & Witbrock, 1988)."""
    rng = np.random.default_rng(seed)
    target = np.arange(points) % 2
    radius = np.sqrt(rng.uniform(0.01, 1, points))
    angle = 2 * np.pi * turns * radius + np.pi * target
    data = radius * np.stack([np.cos(angle), np.sin(angle)]) + noise * rng.normal(size=(2, points))
    return _drawn(data.T, target, ("first", "second"), PLANE)


def xor(points: int, noise: float, seed: int) -> Mapping[str, Any]:
    """Points around (±1, ±1), with Gaussian noise of this deviation; the class says whether the signs differ."""
    rng = np.random.default_rng(seed)
    corner = np.arange(points) % 4
    signs = np.stack([2 * (corner % 2) - 1, 2 * (corner // 2) - 1], axis=1)
    return _drawn(
        signs + noise * rng.normal(size=signs.shape), signs.prod(axis=1) < 0, ("alike", "unlike"), PLANE
    )


def parity(bits: int) -> Mapping[str, Any]:
    """Every row of so many bits, −1 or 1; the class says whether an even or an odd number of them is 1."""
    rows = np.arange(2**bits)[:, np.newaxis] >> np.arange(bits) & 1
    return _drawn(
        2.0 * rows - 1, rows.sum(axis=1) % 2, ("even", "odd"), [f"bit {bit}" for bit in range(1, bits + 1)]
    )


def _drawn(data: Any, target: Any, classes: Any, features: Any) -> Mapping[str, Any]:
    return {
        "data": np.round(data, 6),
        "target": np.asarray(target, dtype=int),
        "target_names": classes,
        "feature_names": features,
    }
