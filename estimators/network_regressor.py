"""`NetworkRegressor`: a network with an output for each number to predict."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import validate_data

from core.arrays import Array
from estimators.network_estimator import NetworkEstimator, counted, holds_out_nothing


@dataclass(kw_only=True, eq=False, repr=False)
class NetworkRegressor(RegressorMixin, NetworkEstimator):
    """A regressor that `core` trains. Its parameters are those of `NetworkEstimator`.

    Targets are not standardised: scikit-learn's `TransformedTargetRegressor` does that.

    Attributes:
        network_: as of `NetworkClassifier`, like all that it has but classes.

    Examples:
        >>> x = np.linspace(-1, 1, 21)[:, np.newaxis]
        >>> line = NetworkRegressor(widths=(), learning_rate=0.1, batch_size=None, random_state=0)
        >>> line.fit(x, 3 * x[:, 0] + 1).predict([[2.0]]).round()
        array([7.])
    """

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train on examples, one a row of X, (m, N_in), and their targets, (m,) or (m, T).

        Raises:
            ValueError: if the data or a parameter are not what they must be, or training diverges.
        """
        X, y = validate_data(self, X, y, dtype=self._dtype(), multi_output=True, y_numeric=True)
        return self._train(*_targets(X, y, sample_weight), None)

    @available_if(holds_out_nothing)
    def partial_fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train for one epoch on some examples.

        Raises:
            ValueError: as `fit`.
            AttributeError: if `early_stopping` is on.
        """
        first = not hasattr(self, "network_")
        check = {"dtype": self._dtype(), "multi_output": True, "y_numeric": True, "reset": first}
        X, y = validate_data(self, X, y, **check)
        return self._train_once(*_targets(X, y, sample_weight), None)

    def predict(self, X: Any) -> NDArray[Any]:
        """The number for each example, (m,), or of several targets (m, T)."""
        h = self._pass(X).h[-1][0].astype(np.float64)
        return np.asarray(h[0] if len(h) == 1 else h.T)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def _targets(X: NDArray[Any], y: NDArray[Any], sample_weight: Any) -> tuple[Array, Array, Array | None]:
    """Inputs, targets (m, T) and weights."""
    X, y, weights = counted(X, y.reshape(len(y), -1).astype(np.float64), sample_weight)
    return X, y, weights
