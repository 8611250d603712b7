"""scikit-learn's front door to `core`: a classifier and a regressor that keep to its rules.

They stand apart from `experiments` because nothing is recorded, split over seeds or standardised here. For
that their users have scikit-learn's own pipelines and searches, and need neither MLflow nor a study.

Examples:
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> x, y = load_iris(return_X_y=True)
    >>> network = NetworkClassifier(widths=(8,), epochs=50, learning_rate=0.01, random_state=0)
    >>> bool(make_pipeline(StandardScaler(), network).fit(x, y).score(x, y) > 0.95)
    True
"""

from estimators.network_classifier import NetworkClassifier
from estimators.network_regressor import NetworkRegressor

__all__ = ["NetworkClassifier", "NetworkRegressor"]
