"""The processor time that is spent in Optuna and in MLflow, as against in ours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time
from typing import Any
from unittest import mock

import optuna
from optuna.storages import BaseStorage, InMemoryStorage


class Watch:
    """Adds up the processor's seconds of the calls that it is put on; of one within another, those of the outer."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._seconds, self._within = 0.0, False

    def lap(self) -> float:
        """The seconds since the last lap."""
        seconds, self._seconds = self._seconds, 0.0
        return seconds

    @contextmanager
    def on_optuna(self, storage: BaseStorage) -> Iterator[None]:
        """Time a storage's methods, and those by which a sampler is asked."""
        suggesting = ["suggest_float", "suggest_int", "suggest_categorical"]
        with (
            self._on(storage, _public(BaseStorage)),
            self._on(InMemoryStorage, _public(BaseStorage)),
            self._on(optuna.Study, ["ask"]),
            self._on(optuna.Trial, suggesting),
        ):
            yield

    @contextmanager
    def on_mlflow(self) -> Iterator[None]:
        """Time every method of MLflow's client, and the making of what it is given."""
        from mlflow import MlflowClient

        from experiments import tracking

        with self._on(MlflowClient, _public(MlflowClient)), self._on(tracking, ["Metric", "Param", "RunTag"]):
            yield

    def _on(self, owner: Any, names: list[str]) -> Any:
        timed: dict[str, Any] = {name: self._timed(getattr(owner, name)) for name in names}
        return mock.patch.multiple(owner, **timed)

    def _timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            if self._within:
                return call(*given, **named)
            self._within, began = True, process_time()
            try:
                return call(*given, **named)
            finally:
                self._within, self._seconds = False, self._seconds + process_time() - began

        return timed


def _public(owner: type) -> list[str]:
    """The names of a class's public methods."""
    return [name for name in dir(owner) if not name.startswith("_") and callable(getattr(owner, name))]
