"""`same = "weights"`: everything that is compared has the same number of weights and biases, or nearly.

The first depth has the width that the study file gives. Every other depth gets the width, the same for each of its
layers, with which its number of weights is nearest to that of the first. Widths that are listed as they are must be
near enough by themselves.
"""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Any, Final

from experiments.mistakes import Mistake, UserError
from experiments.settings_line import settings
from studies.file.study_file import StudyFile
from studies.space.quantities import DataSize, weights_of, widths_of
from studies.space.trial_parameters import WIDEST

WITHIN: Final = 0.05
"""How far a number of weights may be from the first one, as a share of it, where the file does not say."""


def equally_large(file: StudyFile, data: DataSize) -> tuple[Mapping[str, Any], ...]:
    """The file's combinations, each depth with the width that makes it as large as the first where that is asked for.

    Raises:
        UserError: if a combination cannot be as large.
    """
    if not file.search.same:
        return tuple(file.combinations)

    def weights(combination: Mapping[str, Any]) -> int:
        return weights_of(widths_of(combination), data, biases=file.training.biases)

    first = _with_width(file.combinations[0], file.training.width)
    wanted, within = weights(first), file.search.same_within or WITHIN
    found = []
    for one in file.combinations:
        if "depth" in one:
            width = (
                bisect_left(range(1, WIDEST), wanted, key=lambda width: weights(_with_width(one, width))) + 1
            )
            near = [_with_width(one, each) for each in (width - 1, width) if each]
            one = min(near, key=lambda each: abs(weights(each) - wanted))
        if abs(weights(one) - wanted) > within * wanted:
            nearest = ", the nearest that there is" if "depth" in one else ""
            message = (
                f"{settings(one)} has {weights(one):,} weights{nearest}; {settings(first)} has {wanted:,}, and they "
                f"may differ by {100 * within:.3g} % (same_within = {within:.3g})"
            )
            raise UserError(Mistake(message, where="search.same"))
        found.append(one)
    return tuple(found)


def _with_width(combination: Mapping[str, Any], width: int | None) -> dict[str, Any]:
    """A combination with the width beside its depth."""
    return {
        key: each
        for name, value in combination.items()
        for key, each in ((name, value), *([("width", width)] if name == "depth" else []))
    }
