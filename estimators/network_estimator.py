"""What classifier and regressor share: the settings, training by `core`, and what is kept of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from numbers import Integral, Real
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from core.arrays import Array
from core.examples import Examples
from core.fast.arithmetic import arithmetic_of_training
from core.fast.evaluation import evaluate
from core.initialisation import initialise
from core.learning import Progress, one_epoch
from core.measures import MEASURES, recorded, records_of
from core.network import Network, Pass, forward
from core.output import output_activation
from core.randomness import Purpose, generators
from core.settings import Settings
from core.training import check_training, train

PRECISIONS: Final = ("float64", "float32")

ITS_OWN: Final = ("cost", "error", "class_weights", "units", "patience", "min_delta", "restore")
"""Settings of `core` that are not simply the parameter of that name."""

FLAGS: Final = ("biases", "early_stopping", "restore", "warm_start")
"""Parameters that are True or False."""

VALIDATION: Final = {records_of(name)[1] for name, one in MEASURES.items() if one.validation}
"""Records of examples that are held out."""


@dataclass(kw_only=True, eq=False, repr=False)
class NetworkEstimator(BaseEstimator):
    """The parameters of both estimators: the network, every setting of `core`, and when to stop.

    A dataclass writes scikit-learn's `__init__`, which must do nothing but keep what it is given.

    Attributes:
        widths: units of each hidden layer; none for a linear model.
        activation: of the hidden layers, a name in `core.ACTIVATIONS`.
        output_activation: of the last layer; None for the one that goes with the cost.
        initialisation: a name in `core.INITIALISATIONS`.
        biases: whether the layers have biases.
        precision: "float64" or "float32", which takes about half the time for wide layers.
        cost: a name in `core.COSTS`; None for log_likelihood of classes and quadratic of numbers.
        learning_rate: as in `core.Settings`, like all that follow up to `sharpness_every`.
        epochs: passes over the examples at most.
        batch_size: examples in a mini-batch; None for all.
        optimiser: a name in `core.OPTIMISERS`.
        momentum: of momentum and nesterov.
        rho: of rmsprop.
        beta1: of adam and adamw.
        beta2: of adam and adamw.
        epsilon: of rmsprop, adam and adamw.
        weight_decay: of adamw.
        l2: λ₂ of the penalty ½ λ₂ Σ W², which does not shrink with the number of examples.
        l1: λ₁ of the penalty λ₁ Σ |W|.
        schedule: a name in `core.SCHEDULES`.
        schedule_factor: where the schedule ends.
        error: what early stopping watches, a name in `core.ERRORS`; None for misclassified, or unexplained of numbers.
        units: how much 1 is of each target, for an error measure of that unit; empty for 1.
        guessing: errors are told in units of this one.
        measure_every: cost, error, gradient norms and saturation of the training examples are measured every this many
            epochs; 0 for epochs that grow apart.
        sharpness_every: likewise the sharpness; 0 for never.
        early_stopping: whether to hold out examples, and stop when their error does not fall.
        validation_fraction: the share that is held out.
        patience: epochs without an improvement after which training stops; 0 for never.
        min_delta: an error that is lower by this or less is no improvement.
        restore: whether to end with the weights of the best epoch.
        warm_start: whether `fit` begins with the weights of the last call.
        random_state: of weights, orders and held-out examples.
    """

    widths: Sequence[int] = (100,)
    activation: str = "relu"
    output_activation: str | None = None
    initialisation: str = "he"
    biases: bool = True
    precision: str = "float64"
    cost: str | None = None
    learning_rate: float = 0.001
    epochs: int = 200
    batch_size: int | None = 32
    optimiser: str = "adam"
    momentum: float = 0.9
    rho: float = 0.9
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.01
    l2: float = 0.0
    l1: float = 0.0
    schedule: str = "constant"
    schedule_factor: float = 0.01
    error: str | None = None
    units: Sequence[float] = ()
    guessing: float = 1.0
    measure_every: int = 0
    sharpness_every: int = 0
    early_stopping: bool = False
    validation_fraction: float = 0.1
    patience: int = 10
    min_delta: float = 0.0
    restore: bool = True
    warm_start: bool = False
    random_state: Any = None

    def _settings(self, *, classification: bool) -> Settings:
        """The settings of `core`.

        Raises:
            ValueError: if a parameter is out of bounds, or of another kind than is expected.
        """
        for name in FLAGS:
            if not isinstance(getattr(self, name), bool | np.bool_):
                raise ValueError(f"{name} must be True or False, not {getattr(self, name)!r}")
        share: Any = self.validation_fraction
        if not (isinstance(share, Real) and 0 < float(share) < 1):
            raise ValueError(f"validation_fraction must be above 0 and below 1, not {share!r}")
        own = {field.name for field in fields(Settings)} - set(ITS_OWN)
        stopping = {name: getattr(self, name) for name in ("patience", "min_delta", "restore")}
        return Settings(
            cost=self.cost or ("log_likelihood" if classification else "quadratic"),
            error=self.error or ("misclassified" if classification else "unexplained"),
            units=_several("units", self.units, _is_unit, "numbers above 0, such as (1.0,)"),
            **{name: getattr(self, name) for name in own},
            **(stopping if self.early_stopping else {}),
        )

    def _train(self, x: Array, y: Array, weights: Array | None, labels: NDArray[Any] | None) -> Self:
        """Train on inputs (m, N_in), targets (m, N_L) and what each example counts, (m,), if not 1.

        `labels` are the classes of the examples, so that all are held out alike; None for numbers.
        """
        settings = self._settings(classification=labels is not None)
        random = check_random_state(self.random_state)
        seed = int(random.randint(2**31 - 1))
        parts = [x, y] if weights is None else [x, y, weights]
        validation: Examples | None = None
        if self.early_stopping:
            share = max(self.validation_fraction, _least_share(labels))
            parts = train_test_split(*parts, test_size=share, random_state=random, stratify=labels)
            parts, held_out = parts[::2], parts[1::2]
            validation = _examples(*held_out)
        training = _examples(*parts)
        start = self._start(settings, x.shape[1], y.shape[1], seed, labels, again=self.warm_start)
        before = self.n_iter_ if self.warm_start and hasattr(self, "network_") else 0
        orders = generators(seed, [0], Purpose.SHUFFLE)
        rows: dict[str, list[Any]] = {}
        names = [name for name in recorded() if self.early_stopping or name not in VALIDATION]
        for epoch in train(start, training, validation, settings, orders, running=True):
            self._check_alive(before + epoch.epoch, not epoch.diverged[0])
            for name in ("running_cost", *names, "sharpness"):
                rows.setdefault(name, []).append(epoch[name][0])
        self._keep(epoch.network.copy(), rows, before)
        self.best_epoch_ = before + int(epoch.kept[0])
        self._going_on = Progress(), orders[0]
        return self

    def _train_once(self, x: Array, y: Array, weights: Array | None, labels: NDArray[Any] | None) -> Self:
        """Train for one epoch on examples as in `_train`; the optimiser and its schedule go on where they were."""
        settings = self._settings(classification=labels is not None)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        network = self._start(settings, x.shape[1], y.shape[1], seed, labels, again=True)
        before, progress, orders = 0, Progress(), generators(seed, [0], Purpose.SHUFFLE)[0]
        if hasattr(self, "network_"):
            before, (progress, orders) = self.n_iter_, self._going_on
        last = replace(progress, epochs=min(progress.epochs, settings.epochs - 1))  # of the schedule
        examples = _examples(x, y, weights)
        check_training(network, examples, None, [settings], [orders])
        with arithmetic_of_training():
            rounded = examples.astype(network.layers[0].W.dtype)
            network, after = one_epoch(network, rounded, settings, orders, last)
            found = evaluate(network, examples, settings)
        self._check_alive(before + 1, bool(found.finite[0]))
        rows = {
            "running_cost": after.running_cost,
            "train_cost": found.cost[0],
            "train_error": found.error[0],
        }
        self._keep(network, {name: [number] for name, number in rows.items()}, before)
        self.best_epoch_ = self.n_iter_
        self._going_on = replace(after, epochs=progress.epochs + 1), orders
        return self

    def _start(
        self, settings: Settings, inputs: int, outputs: int, seed: int, labels: Any, *, again: bool
    ) -> Network:
        """The network that training begins with: the present one, if it is to be used again, or a new one."""
        widths = _several("widths", self.widths, _is_width, "whole numbers from 1, such as (100,)")
        sizes = (inputs, *widths, outputs)
        if again and hasattr(self, "network_"):
            if self.network_.sizes != sizes:
                raise ValueError(
                    f"the network has layers {self.network_.sizes}, and {sizes} are needed: fit without warm_start"
                )
            return self.network_
        usual = output_activation(settings.cost, classification=labels is not None)
        return initialise(
            sizes,
            generators(seed, [0], Purpose.INITIALISATION),
            activation=self.activation,
            output=self.output_activation or usual,
            initialisation=self.initialisation,
            biases=self.biases,
            dtype=self._dtype(),
        )

    def _keep(self, network: Network, rows: Mapping[str, Sequence[Any]], before: int) -> None:
        """Keep the network, and its curves after those of the epochs before."""
        old = self.curves_ if before else {}
        new = {name: np.array(values, float) for name, values in rows.items()}
        count = len(new["running_cost"])
        self.curves_: dict[str, NDArray[np.float64]] = {}
        for name, like in {**new, **old}.items():
            gaps = (np.full((epochs, *like.shape[1:]), np.nan) for epochs in (before, count))
            parts = zip((old, new), gaps, strict=True)
            self.curves_[name] = np.concatenate([some.get(name, gap) for some, gap in parts])
        self.loss_curve_: list[float] = self.curves_["running_cost"].tolist()
        self.loss_ = self.loss_curve_[-1]
        self.n_iter_ = before + count
        self.network_ = network

    def _check_alive(self, epoch: int, alive: bool) -> None:
        if not alive:
            raise ValueError(
                f"training diverged in epoch {epoch}: standardise the inputs, or lower learning_rate = "
                f"{self.learning_rate:g}"
            )

    def _dtype(self) -> Any:
        if self.precision not in PRECISIONS:
            raise ValueError(f'precision must be {" or ".join(PRECISIONS)}, not "{self.precision}"')
        return np.dtype(self.precision)

    def _pass(self, X: Any) -> Pass:
        """The values of a forward pass over inputs as the user gives them."""
        check_is_fitted(self, "network_")
        x = validate_data(self, X, dtype=self._dtype(), reset=False)
        with np.errstate(over="ignore"):
            return forward(self.network_, x.T)


def holds_out_nothing(one: NetworkEstimator) -> bool:
    """Whether the estimator has `partial_fit`.

    Raises:
        AttributeError: if it does not, with the reason.
    """
    if one.early_stopping:
        raise AttributeError("partial_fit holds out no examples, so early_stopping must be False")
    return True


def _several(name: str, given: Any, holds: Callable[[Any], bool], expected: str) -> tuple[Any, ...]:
    """The numbers of a parameter that has several, as Python's."""
    values = tuple(given) if isinstance(given, Iterable) else (None,)
    if not all(map(holds, values)):
        raise ValueError(f"{name} must be {expected}, not {given!r}")
    return tuple(one.item() if isinstance(one, np.generic) else one for one in values)


def _is_width(one: Any) -> bool:
    return isinstance(one, Integral) and int(one) >= 1


def _is_unit(one: Any) -> bool:
    return isinstance(one, Real) and float(one) > 0


def _least_share(labels: NDArray[Any] | None) -> float:
    """The share of the examples that has one of each class."""
    if labels is None:
        return 0.0
    classes, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2:
        rare = classes[counts.argmin()]
        raise ValueError(
            f"early_stopping holds out examples of each class, and there is only one of class {rare}"
        )
    return len(classes) / len(labels)


def counted(X: NDArray[Any], y: NDArray[Any], sample_weight: Any) -> tuple[Array, NDArray[Any], Array | None]:
    """Examples and what they count; without those that count nothing, which would fill mini-batches to no purpose."""
    if sample_weight is None:
        return X, y, None
    weights = _check_sample_weight(sample_weight, X, dtype=np.float64)
    kept = weights > 0
    if weights.min() < 0 or not kept.any():
        raise ValueError("each weight of sample_weight must be zero or more, and one of them more")
    return X[kept], y[kept], weights[kept]


def _examples(x: Array, y: Array, weights: Array | None = None) -> Examples:
    return Examples(x.T, y.T, weights)
