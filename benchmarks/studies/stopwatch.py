"""Measures the processor time spent in Optuna, in MLflow and in our own code."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time
from typing import Any, Final
from unittest import mock

import optuna
from optuna.storages import BaseStorage, InMemoryStorage

CALLS: Final = 10_000
"""By which it is found out what timing a call takes."""


class Watch:
    """Adds up the processor's seconds of the calls that it is put on; of one within another, those of the outer.

    Timing a call takes two microseconds, one of them within what is measured: with hundreds of calls a trial that is no
    longer little. It is found out on a call that does nothing, and is nobody's.
    """

    def __init__(self) -> None:
        """Nothing yet."""
        self._seconds, self._calls, self._within = 0.0, 0, False
        self._around = self._inside = 0.0
        nothing = self._timed(int)
        began = process_time()
        for _ in range(CALLS):
            nothing()
        around, inside = self.apart(process_time() - began)
        self._around, self._inside = around / CALLS, inside / CALLS

    def apart(self, seconds: float) -> tuple[float, float]:
        """Of the seconds since this was last asked, those outside of the calls and those within."""
        within, calls = self._seconds, self._calls
        self._seconds, self._calls = 0.0, 0
        return seconds - within - calls * self._around, within - calls * self._inside

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
        """Time every method of MLflow's client, the making of what it is given, and what is written without it."""
        from mlflow import MlflowClient

        from experiments.store import finished_runs, mlflow_store
        from experiments.store.table_writing import TableWriter

        with (
            self._on(MlflowClient, _public(MlflowClient)),
            self._on(mlflow_store, ["Metric", "Param", "RunTag"]),
            self._on(finished_runs, ["are_plain"]),
            mock.patch.object(TableWriter, "_transaction", self._transaction(TableWriter._transaction)),  # noqa: SLF001 # with its end
        ):
            yield

    def _transaction(self, real: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        def timed(writer: Any) -> Iterator[Any]:
            with self._timing(), real(writer) as execute:
                yield execute

        return timed

    def _on(self, owner: Any, names: list[str]) -> Any:
        timed: dict[str, Any] = {name: self._timed(getattr(owner, name)) for name in names}
        return mock.patch.multiple(owner, **timed)

    def _timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            if self._within:
                return call(*given, **named)
            with self._timing():
                return call(*given, **named)

        return timed

    @contextmanager
    def _timing(self) -> Iterator[None]:
        if self._within:
            yield
            return
        self._within, began = True, process_time()
        try:
            yield
        finally:
            self._within, self._seconds = False, self._seconds + process_time() - began
            self._calls += 1


def _public(owner: type) -> list[str]:
    """The names of a class's public methods."""
    return [name for name in dir(owner) if not name.startswith("_") and callable(getattr(owner, name))]
