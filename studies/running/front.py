"""The Pareto front: the trials that no other is better than in one objective and no worse than in any."""

from collections.abc import Mapping, Sequence


def front(points: Mapping[int, Sequence[float]]) -> tuple[int, ...]:
    """Which points no other dominates; smaller is better in each objective.

    In lexicographic order whatever dominates a point comes before it, and of what comes before it only the front so
    far need be asked (Kung, Luccio & Preparata, On Finding the Maxima of a Set of Vectors, 1975). Equal points are on
    the front together.

    Args:
        points: the objectives of each trial, by its number.

    Returns:
        The numbers of those on the front, in rising order.
    """
    found: list[int] = []
    for number, point in sorted(points.items(), key=lambda one: (*one[1], one[0])):
        if not any(_dominates(points[other], point) for other in found):
            found.append(number)
    return tuple(sorted(found))


def _dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    return tuple(one) != tuple(other) and all(a <= b for a, b in zip(one, other, strict=True))
