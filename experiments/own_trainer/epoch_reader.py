"""What the user's code yields each epoch: names and numbers, and the error that the study makes of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, nan
from typing import Final

from experiments.mistakes import TrialFailed
from experiments.outcome.objective_metric import USUAL, ObjectiveMetric, Scale
from experiments.recording.records import OF_LAYERS

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]{0,59}")

MOST: Final = 50
"""Numbers of an epoch."""

SLIP: Final = 1e-6
"""By so much an error may be below 0, of rounding."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads what is yielded in a study.

    Attributes:
        objective: the metric that decides.
        scale: how it becomes an error on the study's data.
    """

    objective: ObjectiveMetric
    scale: Scale

    @property
    def of_training(self) -> str:
        """What the same metric of the training part is called: `train_accuracy` for `val_accuracy`."""
        return self._of("train")

    @property
    def of_test(self) -> str:
        """What that of the test part is called: `test_accuracy`, or `test_error` for `validation_error`."""
        return self._of("test")

    def _of(self, part: str) -> str:
        return f"{part}_{self.objective.plain}"

    def read(self, numbers: Mapping[str, float]) -> dict[str, float]:
        """The numbers with `validation_error`, and `train_error` if the metric of the training part is among them.

        A number that is not finite is NaN; where that is the validation error, the network has diverged.

        Raises:
            TrialFailed: if they cannot be recorded under their names, or the metric is missing or better than perfect.
        """
        if len(numbers) > MOST:
            raise TrialFailed(f"an epoch yielded {len(numbers)} numbers; at most {MOST} are recorded")
        for name in numbers:
            self._check(name)
        found = {name: value if isfinite(value) else nan for name, value in numbers.items()}
        found[USUAL] = self.error(numbers)
        if self.of_training in numbers:
            found["train_error"] = self.error(numbers, self.of_training)
        return found

    def _check(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise TrialFailed(f'it yielded "{name}"; a name has letters, digits, _ . / -, and a letter first')
        if name in OF_LAYERS:
            raise TrialFailed(
                f'it yielded "{name}", which chainrule measures in its own networks; take another name'
            )
        if name in (USUAL, "train_error") and not self.objective.is_usual:
            made_of = self.objective.metric if name == USUAL else self.of_training
            raise TrialFailed(f'it yielded "{name}", which the study makes of {made_of}; take another name')

    def error(self, numbers: Mapping[str, float], name: str = "") -> float:
        """The error in what an epoch has yielded; NaN if it is not finite.

        Args:
            numbers: what it has yielded, by name.
            name: of the number; that of the metric if there is none.

        Raises:
            TrialFailed: if it is missing, or better than perfect.
        """
        name = name or self.objective.metric
        if name not in numbers:
            there = ", ".join(numbers) or "nothing"
            raise TrialFailed(f'it yielded no "{name}", which the study is about, but {there}')
        error = self.scale.error(numbers[name])
        if error < -SLIP:
            value, best = numbers[name], self.scale.best
            raise TrialFailed(
                f"it yielded {name} = {value:g}, and {best:g} is perfect: a share is a number from 0 to 1, and of "
                "another metric the study file says what is best"
            )
        return max(error, 0.0) if isfinite(error) else nan
