"""Everything that scikit-learn asks of an estimator (`check_estimator`), of several kinds of them."""

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from estimators import NetworkClassifier, NetworkRegressor

QUICK: dict[str, Any] = {"widths": (12,), "epochs": 40, "learning_rate": 0.02}

NOT_FULL = "a mini-batch of examples with weights is another one than of repeated examples: only the mean is the same"
"""Why scikit-learn's own `SGDClassifier` and `MLPClassifier` with mini-batches do not keep to it either."""

ROUNDED = "in single precision, sums over examples in another order differ by more than the check allows"

OTHERS = "other examples are held out where examples are left out or repeated"


def cannot_hold(estimator: Any) -> dict[str, str]:
    """The checks that cannot hold for an estimator, each with its reason."""
    reasons = {
        OTHERS: estimator.early_stopping,
        ROUNDED: estimator.precision == "float32",
        NOT_FULL: estimator.batch_size is not None,
    }
    holding = [reason for reason, holds in reasons.items() if holds]
    return {"check_sample_weight_equivalence_on_dense_data": holding[0]} if holding else {}


STOPPING: dict[str, Any] = QUICK | {"early_stopping": True, "batch_size": None}


@parametrize_with_checks(
    [
        NetworkClassifier(batch_size=None, **QUICK),
        NetworkRegressor(batch_size=None, **QUICK),
        NetworkClassifier(batch_size=8, output_activation="sigmoid", cost="cross_entropy", **QUICK),
    ],
    expected_failed_checks=cannot_hold,
)
def test_it_keeps_to_scikit_learns_rules(estimator: Any, check: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")  # without it, scikit-learn skips one check
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    [
        NetworkClassifier(precision="float32", batch_size=None, **QUICK),
        NetworkRegressor(precision="float32", batch_size=None, **QUICK),
        NetworkClassifier(
            error="log_loss", **STOPPING
        ),  # 5 examples held out, of which all are right too soon
        NetworkRegressor(**STOPPING),
    ],
    expected_failed_checks=cannot_hold,
)
def test_so_it_does_in_single_precision_and_with_examples_held_out(
    estimator: Any, check: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    check(estimator)
