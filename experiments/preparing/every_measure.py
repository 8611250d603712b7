"""Every error measure that fits the data, of the networks that are trained on fresh seeds.

They are measured once, at the end, so that a trial of the search costs no more for them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core import ERRORS, Network, forward
from experiments.preparing.preparation import Prepared


def every_measure(
    network: Network,
    splits: Sequence[Prepared],
    parts: Sequence[str],
    members: NDArray[np.intp],
    seeds: int,
) -> dict[str, NDArray[np.float64]]:
    """The measures by part and name, such as `validation_rmse`, each (S,), numbers in the units of the data.

    Args:
        network: the networks that did not diverge.
        splits: the split of each.
        parts: "validation", "test" or both.
        members: the place of each among all seeds.
        seeds: S, how many seeds there are; those that diverged have NaN.
    """
    names = splits[0].description["chance_errors"]
    found = {f"{part}_{name}": np.full(seeds, np.nan) for part in parts for name in names}
    for place, (member, split) in enumerate(zip(members, splits, strict=True)):
        one = network.take([place])
        for part in parts:
            examples = getattr(split, part).of(0)
            # always copied, since the order of sums may depend on how far apart the rows of a view lie
            x, y = (numbers.astype(one.layers[0].W.dtype) for numbers in (examples.x, examples.y))
            h = forward(one, x).h[-1][0]
            own = h * split.target_scale, y * split.target_scale  # what is added to both does not matter
            for name in names:
                error = ERRORS[name].of(*(own if ERRORS[name].own_units else (h, y)))
                found[f"{part}_{name}"][member] = float(error)
    return found
