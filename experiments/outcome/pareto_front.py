"""The Pareto front: the trials that no other trial dominates."""

from collections.abc import Mapping, Sequence


def front(points: Mapping[int, Sequence[float]]) -> tuple[int, ...]:
    """Which points no other dominates; smaller is better in each objective.

    A point dominates another if it is no worse in any objective and better in one. In lexicographic order a dominating
    point comes before the point it dominates, so each point need only be compared with the front so far (Kung, Luccio &
    Preparata, On Finding the Maxima of a Set of Vectors, 1975). Equal points are on the front together.

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
