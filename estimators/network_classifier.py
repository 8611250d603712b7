"""`NetworkClassifier`: a network with an output for each class."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from core.arrays import Array
from core.output import output_activation
from estimators.network_estimator import NetworkEstimator, counted, holds_out_nothing

PROBABILITIES = ("softmax", "sigmoid")
"""Activations whose outputs are probabilities."""


def _has_probabilities(one: "NetworkClassifier") -> bool:
    cost = one.cost or "log_likelihood"
    return (one.output_activation or output_activation(cost, classification=True)) in PROBABILITIES


@dataclass(kw_only=True, eq=False, repr=False)
class NetworkClassifier(ClassifierMixin, NetworkEstimator):
    """A classifier that `core` trains. Its parameters are those of `NetworkEstimator`, and one more.

    An example with weight 3 counts as three examples, in the cost and in the error that early stopping watches. The
    weight of its class multiplies it.

    Attributes:
        class_weight: by class, or "balanced", as in scikit-learn.
        classes_: the classes, in order.
        network_: the trained network, a population of one as in `core`.
        loss_curve_: mean cost of the training examples in each epoch, each before the step that it was used in, as in
            `MLPClassifier`, but without penalties.
        loss_: the last of them.
        curves_: all that `core` records, by name, (n_iter_,), or (n_iter_, L) of each layer; NaN where not measured.
        n_iter_: epochs so far, of all calls of `partial_fit` or with `warm_start`.
        best_epoch_: the epoch whose weights it has.

    Examples:
        >>> x, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array(["no", "yes", "yes", "no"])
        >>> xor = NetworkClassifier(widths=(8,), learning_rate=0.05, batch_size=None, random_state=0)
        >>> xor.fit(x, y).predict(x)
        array(['no', 'yes', 'yes', 'no'], dtype='<U3')
    """

    class_weight: Mapping[Any, float] | str | None = None

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train on examples, one a row of X, (m, N_in), and their classes, (m,).

        Raises:
            ValueError: if the data or a parameter are not what they must be, or training diverges.
        """
        X, y = validate_data(self, X, y, dtype=self._dtype())
        check_classification_targets(y)
        classes = np.unique(y)
        if len(classes) < 2:
            raise ValueError(f"{type(self).__name__} needs two classes or more, and y has only one class")
        if self.warm_start and hasattr(self, "network_") and not np.array_equal(classes, self.classes_):
            raise ValueError(f"warm_start: the classes were {self.classes_}, and are now {classes}")
        self.classes_: NDArray[Any] = classes
        return self._train(*self._targets(X, y, sample_weight))

    @available_if(holds_out_nothing)
    def partial_fit(
        self,
        X: Any,
        y: Any,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch on some examples. The first call names all `classes`.

        Raises:
            ValueError: as `fit`, or if a class is not one of `classes`.
            AttributeError: if `early_stopping` is on.
        """
        first = not hasattr(self, "network_")
        X, y = validate_data(self, X, y, dtype=self._dtype(), reset=first)
        check_classification_targets(y)
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit")
        if self.class_weight == "balanced":
            raise ValueError(
                'class_weight = "balanced" needs all examples: give partial_fit a weight of each class'
            )
        known = np.unique(np.asarray(classes)) if classes is not None else self.classes_
        if not first and not np.array_equal(known, self.classes_):
            raise ValueError(f"classes were {self.classes_} in an earlier call, and are now {known}")
        if missing := set(np.unique(y)) - set(known):
            raise ValueError(f"y has classes that are not in classes: {', '.join(sorted(map(str, missing)))}")
        self.classes_ = known
        return self._train_once(*self._targets(X, y, sample_weight))

    def decision_function(self, X: Any) -> NDArray[Any]:
        """How much speaks for each class, (m, classes); of two classes for the second beside the first, (m,).

        Of softmax outputs the weighted inputs z, of sigmoid outputs their logarithms, which do not round to 0, and of
        others the outputs themselves.
        """
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, X: Any) -> NDArray[Any]:
        """The class of each example, (m,)."""
        largest = self._scores(X).argmax(axis=1)
        return np.asarray(self.classes_[largest])

    @available_if(_has_probabilities)
    def predict_proba(self, X: Any) -> NDArray[Any]:
        """The probability of each class, (m, classes).

        Of sigmoid outputs, which are learnt separately, they are the outputs divided by their sum.

        Raises:
            AttributeError: if the outputs are no probabilities.
        """
        return np.asarray(np.exp(self.predict_log_proba(X)))

    @available_if(_has_probabilities)
    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """The natural logarithm of `predict_proba`, also where that is too small a number to be told from 0."""
        scores = self._scores(X)
        scores = scores - scores.max(axis=1, keepdims=True)
        return np.asarray(scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)))

    def _scores(self, X: Any) -> NDArray[Any]:
        passed = self._pass(X)
        last, z, h = self.network_.layers[-1].activation, passed.z[-1][0].T, passed.h[-1][0].T
        return np.asarray({"softmax": z, "sigmoid": -np.logaddexp(0, -z)}.get(last, h))

    def _targets(
        self, X: NDArray[Any], y: NDArray[Any], sample_weight: Any
    ) -> tuple[Array, Array, Array | None, NDArray[Any]]:
        """Inputs, a column of zeros and ones for each class, weights and labels."""
        if self.class_weight is not None and sample_weight is None:
            sample_weight = np.ones(len(y))
        X, y, weights = counted(X, y, sample_weight)
        if weights is not None and self.class_weight is not None:
            there, places = np.unique(y, return_inverse=True)
            by_class = compute_class_weight(self.class_weight, classes=there, y=y, sample_weight=weights)
            weights = weights * by_class[places]
        return X, (y[:, np.newaxis] == self.classes_).astype(np.float64), weights, y
