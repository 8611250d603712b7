"""Error measures: how much a network gets wrong, on a scale that does not depend on its cost function.

The values of different cost functions cannot be compared with each other; these can. Of each of them less is better,
and a perfect network has 0: what is known as AUC and as R² is taken as 1 − AUC and 1 − R². A network that has learnt
nothing has the error of the best constant answer, `chance`.

Examples:
    >>> import numpy as np
    >>> h, y = np.array([[0.9, 0.4], [0.1, 0.6]]), np.array([[1.0, 1.0], [0.0, 0.0]])
    >>> ERRORS["misclassified"].of(h, y)
    array(0.5)
    >>> fitting(classes=0)
    ('unexplained', 'rmse', 'mae')
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.arrays import Array


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorMeasure:
    """An error measure of outputs h and targets y, both (..., N_L, m).

    Most are the mean of `of_example` over the examples divided by `scale`, so that they can be summed block by block.
    The others have `whole`, which needs all examples at once. Where examples have weights, `counts`, (m,), says what
    each counts, 1 on average (`core.examples.Examples.counts`); None stands for 1 each.

    Attributes:
        label: what a report calls it.
        formula: as plain text; h are outputs, y targets, the mean is over examples.
        guessing: what the best constant answer has, in words.
        chance: from all targets to the error of the best constant answer.
        read: prepares the targets y, (..., N_L, m), once for any number of outputs: an array whose last axis is the
            examples.
        of_example: error of each example, (..., m), from outputs h, (..., N_L, m), and the result of `read`.
        scale: from all targets and their counts to the number by which the mean is divided.
        whole: the error itself, (...), from outputs, targets and counts of all examples; None where `of_example` gives
            it.
        classification: whether the targets must be classes; else they must be numbers, unless it fits both.
        classes: of how many classes it is, None for any number.
        share: whether it is a share, written in percent; as the error of a study the others are told as a share of the
            error of guessing.
        own_units: whether it has the unit of the targets, and is told in the units in which they were given.
        known_as: names that others give it, or to what it is one minus, in small letters with underscores.
    """

    label: str
    formula: str
    guessing: str
    chance: Callable[[Array], float]
    read: Callable[[Array], Any] = lambda y: y
    of_example: Callable[[Array, Any], Array] | None = None
    scale: Callable[[Array, Array | None], float] = lambda _y, _counts: 1.0
    whole: Callable[[Array, Array, Array | None], Array] | None = None
    classification: bool = False
    classes: int | None = None
    share: bool = True
    own_units: bool = False
    known_as: tuple[str, ...] = ()

    def each(self, h: Array, y: Array) -> Array | None:
        """What each example adds to the error, whose mean is the error, (..., m); None if it is no such mean."""
        return None if self.of_example is None else self.of_example(h, self.read(y)) / self.scale(y, None)

    def of(self, h: Array, y: Array, counts: Array | None = None) -> Array:
        """The error, (...)."""
        if self.whole is not None:
            return self.whole(h, y, counts)
        each = self.of_example(h, self.read(y))  # type: ignore[misc]
        return np.asarray(_mean(each, counts) / self.scale(y, counts))


def _mean(of_examples: Array, counts: Array | None) -> Array:
    """The mean over the last axis, of so many of each example."""
    return np.asarray((of_examples if counts is None else of_examples * counts).mean(axis=-1))


def _said(h: Array) -> NDArray[np.bool_]:
    """One-hot class of outputs or targets, (..., N_L, m): the first largest output; a single output is yes or no."""
    classes = h.shape[-2]
    if classes == 1:
        return h >= 0.5
    said: NDArray[np.bool_] = h == h.max(axis=-2, keepdims=True)
    if np.count_nonzero(said) * classes != said.size:  # ties: `argmax` takes the first, but is slower
        said = np.arange(classes)[:, np.newaxis] == h.argmax(axis=-2)[..., np.newaxis, :]
    return said


def _rarer_classes(y: Array) -> float:
    shares = y.mean(axis=-1)
    return 1 - float(max(shares.max(), 1 - shares.sum()))  # with one output the other class has no row


def _variance(y: Array, counts: Array | None) -> float:
    distance = y - _mean(y, counts)[..., np.newaxis]
    return float(_mean(np.square(distance).sum(axis=-2), counts)) or 1.0


def _recalled(h: Array, y: Array, counts: Array | None) -> Array:
    """1 − the mean over the classes of the share of their examples that get them, (...); classes without any left out.

    A single output counts as two classes, those below and from ½.
    """
    if y.shape[-2] == 1:
        h, y = np.concatenate([1 - h, h], axis=-2), np.concatenate([1 - y, y], axis=-2)
        truth, said = _said(y[..., 1:, :]), _said(h[..., 1:, :])
        truth, said = np.concatenate([~truth, truth], axis=-2), np.concatenate([~said, said], axis=-2)
    else:
        truth, said = _said(y), _said(h)
    each = np.ones(y.shape[-1]) if counts is None else counts
    of_class, hit = truth @ each, (truth & said) @ each
    there = of_class > 0
    shares = np.where(there, hit / np.where(there, of_class, 1), 0.0).sum(axis=-1)
    return np.asarray(1 - shares / there.sum(axis=-1))


def _classes_there(y: Array) -> int:
    """How many classes have an example."""
    counts = y.sum(axis=-1)
    if len(counts) == 1:
        counts = np.array([counts[0], y.shape[-1] - counts[0]])
    return int(np.count_nonzero(counts > 0))


def probabilities(h: Array) -> Array:
    """Outputs as probabilities of the classes, (..., K, m): from ε to 1, and divided by their sum.

    Of softmax they are the outputs themselves. Outputs that are meant for other ranges are cut off. A single output is
    the probability of the second of two classes.
    """
    ε = np.finfo(h.dtype).eps
    p = np.concatenate([1 - h, h], axis=-2) if h.shape[-2] == 1 else h
    p = np.clip(p, ε, 1)
    return np.asarray(p / p.sum(axis=-2, keepdims=True))


def _log_loss(h: Array, y: Array) -> Array:
    if y.shape[-2] == 1:
        y = np.concatenate([1 - y, y], axis=-2)
    return np.asarray(-(y * np.log(probabilities(h))).sum(axis=-2))


def _entropy(y: Array) -> float:
    shares = y.mean(axis=-1)
    if len(shares) == 1:
        shares = np.array([shares[0], 1 - shares[0]])
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())


def _ranked_wrong(h: Array, y: Array, counts: Array | None) -> Array:
    """1 − AUC, (...): of all pairs of an example of each class, the share ranked in the wrong order; ties count half.

    By Mann and Whitney's count: each example of the second class is in the wrong order with those of the first that
    have a higher score, and half with those of the same. The score is how far the second output exceeds the first, or a
    single output. If a class has no example, there are no pairs, and it is ½ as of guessing.
    """
    score = h[..., 0, :] if h.shape[-2] == 1 else h[..., 1, :] - h[..., 0, :]
    yes = y[..., -1, :] >= 0.5
    score, yes = np.broadcast_arrays(score, yes)
    found = np.empty(score.shape[:-1])
    for place in np.ndindex(found.shape):
        mine, theirs = score[place], yes[place]
        each = np.ones(len(mine)) if counts is None else counts
        pairs = each[theirs].sum() * each[~theirs].sum()
        if not pairs or np.isnan(mine).any():
            found[place] = np.nan if np.isnan(mine).any() else 0.5
            continue
        _, which = np.unique(mine, return_inverse=True)
        second, first = (np.bincount(which, np.where(these, each, 0.0)) for these in (theirs, ~theirs))
        higher = np.cumsum(first[::-1])[::-1] - first
        found[place] = (second * (higher + first / 2)).sum() / pairs
    return found


def _root_mean_square(h: Array, y: Array, counts: Array | None) -> Array:
    return np.asarray(np.sqrt(_mean(np.square(h - y), counts)).mean(axis=-1))


def _mean_distance_to_median(y: Array) -> float:
    return float(np.abs(y - np.median(y, axis=-1, keepdims=True)).mean())


ERRORS: Final[dict[str, ErrorMeasure]] = {
    # share of examples whose largest output is not that of their class; with a single output, share of examples where
    # output and target lie on different sides of ½ (so squared_hinge, whose boundary is 0, needs one output a class)
    "misclassified": ErrorMeasure(
        label="misclassified",
        formula="the share of the examples that get a wrong class",
        guessing="the share outside the commonest class",
        of_example=lambda h, said: (_said(h) ^ said).any(axis=-2).astype(h.dtype),
        read=_said,
        chance=_rarer_classes,
        classification=True,
        known_as=("accuracy", "acc", "zero_one_loss", "misclassification"),
    ),
    "balanced_error": ErrorMeasure(
        label="balanced error",
        formula="the mean over the classes of the share of their examples that get a wrong one",
        guessing="1 − 1/K of K classes",
        whole=_recalled,
        chance=lambda y: 1 - 1 / _classes_there(y),
        classification=True,
        known_as=("balanced_accuracy", "macro_recall", "uar", "ber"),
    ),
    "log_loss": ErrorMeasure(
        label="log loss",
        formula="the mean of −ln p; p is the class's output, from 0 to 1, divided by the sum of all",
        guessing="the entropy of the classes' shares",
        of_example=_log_loss,
        chance=_entropy,
        classification=True,
        known_as=("logloss", "cross_entropy", "log_likelihood", "nll"),
        share=False,
    ),
    "auc_error": ErrorMeasure(
        label="1 − AUC",
        formula="the share of pairs of an example of each class that the outputs rank wrongly; ties count half",
        guessing="½",
        whole=_ranked_wrong,
        chance=lambda _y: 0.5,
        classification=True,
        classes=2,
        known_as=("auc", "roc_auc", "auroc"),
    ),
    # share of the targets' variance that the outputs leave unexplained; for constant targets the mean square
    "unexplained": ErrorMeasure(
        label="1 − R²",
        formula="Σ (h − y)² / Σ (y − mean of y)²; several targets in units of their deviations",
        guessing="1",
        of_example=lambda h, y: np.square(h - y).sum(axis=-2),
        scale=_variance,
        chance=lambda _y: 1.0,
        known_as=("r2", "r_2", "r2_score", "r_squared", "explained_variance"),
    ),
    "rmse": ErrorMeasure(
        label="RMSE",
        formula="√ mean of (h − y)²; of several targets the mean of theirs",
        guessing="the targets' standard deviation",
        whole=_root_mean_square,
        chance=lambda y: float(y.std(axis=-1).mean()),
        known_as=("mse", "mean_squared_error", "root_mean_squared_error"),
        share=False,
        own_units=True,
    ),
    "mae": ErrorMeasure(
        label="MAE",
        formula="mean of |h − y|; of several targets the mean of theirs",
        guessing="the mean distance to the median",
        of_example=lambda h, y: np.abs(h - y).mean(axis=-2),
        chance=_mean_distance_to_median,
        known_as=("l1", "mean_absolute_error"),
        share=False,
        own_units=True,
    ),
}
"""Error measures by name. The first that fits the data is used if no other is asked for."""


def meant(name: str) -> str:
    """The measure meant by another usual name for it; empty if there is none.

    Examples:
        >>> meant("R2"), meant("ROC-AUC"), meant("seconds")
        ('unexplained', 'auc_error', '')
    """
    plain = name.strip().lower().replace("-", "_").replace(" ", "_").replace("²", "2").replace("^", "")
    return next((own for own, one in ERRORS.items() if plain in (own, *one.known_as)), "")


def fitting(classes: int) -> tuple[str, ...]:
    """The names of the measures that fit so many classes, or with 0 numbers to predict; the first is the usual one."""
    return tuple(
        name
        for name, measure in ERRORS.items()
        if measure.classification == (classes > 0) and measure.classes in (None, classes)
    )
