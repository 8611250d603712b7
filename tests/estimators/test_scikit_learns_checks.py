"""Everything that scikit-learn asks of an estimator (`check_estimator`), of several kinds of them."""

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from estimators import NetworkClassifier, NetworkRegressor

QUICK: dict[str, Any] = {"widths": (12,), "epochs": 40, "learning_rate": 0.02}

NOT_FULL = "a mini-batch of examples with weights is another one than of repeated examples: only the mean is the same"
"""Why scikit-learn's own `SGDClassifier` and `MLPClassifier` with mini-batches do not keep to it either."""

EXPECTED: dict[int | None, dict[str, str]] = {
    8: {"check_sample_weight_equivalence_on_dense_data": NOT_FULL},
}
"""By the size of a mini-batch, the checks that cannot hold, each with its reason."""


@parametrize_with_checks(
    [
        NetworkClassifier(batch_size=None, **QUICK),
        NetworkRegressor(batch_size=None, **QUICK),
        NetworkClassifier(batch_size=8, output="sigmoid", cost="cross_entropy", **QUICK),
    ],
    expected_failed_checks=lambda estimator: EXPECTED.get(estimator.batch_size, {}),
)
def test_it_keeps_to_scikit_learns_rules(estimator: Any, check: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")  # without it, scikit-learn skips one check
    check(estimator)
