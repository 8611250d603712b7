"""What the mean of several networks' answers is worth on the test part, measured as each network alone is."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core import ERRORS, Array, Settings
from core.measures import measured_in
from experiments.preparing.preparation import Prepared


def of_ensemble(
    outputs: Sequence[Array], splits: Sequence[Prepared], settings: Sequence[Settings]
) -> dict[str, Any]:
    """The error of the mean answer, `ensemble_error`, and what each test example adds to it, `ensemble_loss`, (m,).

    Classes have their outputs averaged, numbers their values in the units of the data. Each network has units of its
    own, those of its training part; the mean answer is measured in all of them, and the mean of these errors is its
    error. Nothing is given for a single network, and no losses where the error is no mean over examples.

    Args:
        outputs: h_L of each network on the test part, (N_L, m).
        splits: the split of each.
        settings: those of each, with its units.
    """
    if len(outputs) < 2:
        return {}
    classes = splits[0].kind == "classification"
    answers = [
        h.astype(np.float64) * (1.0 if classes else one.target_scale) + (0.0 if classes else one.target_mean)
        for h, one in zip(outputs, splits, strict=True)
    ]
    answer = np.sum(answers, axis=0) / len(answers)
    errors, losses = [], []
    for one, mine in zip(splits, settings, strict=True):
        h, y = answer if classes else (answer - one.target_mean) / one.target_scale, one.test.of(0).y
        errors.append(float(measured_in(mine, h, y)))
        losses.append(loss_of_examples(h, y, mine))
        if classes:
            break  # all have the same
    there = [loss for loss in losses if loss is not None]
    loss = np.mean(there, axis=0) if there else np.zeros(0)
    return {"ensemble_error": float(np.mean(errors)), "ensemble_loss": np.asarray(loss, np.float64)}


def loss_of_examples(h: Array, y: Array, settings: Settings) -> Array | None:
    """What each example adds to the error of outputs h, (N_L, m), for targets y, whose mean is the error, (m,).

    None if the error is no such mean.
    """
    measure = ERRORS[settings.error]
    unit = np.array(settings.units)[:, np.newaxis] if measure.own_units else 1.0
    losses = measure.each(h * unit, y * unit)
    return None if losses is None else losses / settings.guessing
