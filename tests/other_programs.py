"""Runs as other programs record them: by MLflow's own functions, by its autologging, by Optuna, in a table."""

import csv
import math
import random
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from experiments.recording.foreign_runs import Ended, ForeignRun, ForeignRuns, series


@contextmanager
def plain_mlflow(uri: str) -> Iterator[Any]:
    """MLflow as a program uses it that knows nothing of us."""
    from experiments.store.server import keep_quiet

    keep_quiet()
    import mlflow

    from experiments.store.mlflow_store import tracking_at

    with tracking_at(uri):
        yield mlflow


def a_loop(
    mlflow: Any, *, optimizer: str, lr: float, seed: int, epochs: int = 4, log: bool = True, **options: Any
) -> None:
    """A training loop written by hand, as for PyTorch; adam ends 0.1 lower, and a rate of 10 diverges."""
    rng = random.Random(f"{optimizer} {lr} {seed}")
    with mlflow.start_run(**options):
        mlflow.log_params(
            {"optimizer": optimizer, "lr": lr, "seed": seed, "epochs": epochs, "out": f"/tmp/{seed}"}
        )
        if not log:
            return
        for epoch in range(epochs):
            loss = 1.0 / (epoch + 1) + 0.05 * rng.random() + 0.1 * abs(math.log10(lr) + 1)
            loss += 0.1 if optimizer == "sgd" else 0.0
            if lr >= 10 and epoch:
                loss = math.nan if seed % 2 else math.inf
            mlflow.log_metrics({"val_loss": loss, "train_loss": 0.9 * loss}, step=epoch)


def record_loops(mlflow: Any) -> None:
    """An experiment with all that goes wrong in one: see the names of the runs."""
    mlflow.set_experiment("loops")
    for optimizer in ("sgd", "adam"):
        for lr in (0.1, 10.0):
            for seed in range(2):
                a_loop(mlflow, optimizer=optimizer, lr=lr, seed=seed)
    a_loop(mlflow, optimizer="adam", lr=0.1, seed=2, epochs=2, run_name="shorter")
    a_loop(mlflow, optimizer="adam", lr=0.1, seed=3, log=False, run_name="without a metric")
    with mlflow.start_run(run_name="around"):
        mlflow.log_params({"optimizer": "sgd", "lr": 0.1, "epochs": 4})
        for seed in (4, 5):
            a_loop(mlflow, optimizer="sgd", lr=0.1, seed=seed, nested=True)
    client = mlflow.MlflowClient()
    going = client.create_run(mlflow.get_experiment_by_name("loops").experiment_id)  # and never ended
    for key, value in {"optimizer": "adam", "lr": 0.1, "seed": 9}.items():
        client.log_param(going.info.run_id, key, value)
    client.log_metric(going.info.run_id, "val_loss", 0.001)


def record_autologged(mlflow: Any) -> None:
    """scikit-learn under plain autologging: two solvers, and a grid search with its nested runs."""
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    mlflow.set_experiment("autologged")
    x, y = load_iris(return_X_y=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mlflow.sklearn.autolog(log_models=False, log_datasets=False, silent=True, log_input_examples=False)
        try:
            for solver in ("lbfgs", "saga"):
                with mlflow.start_run():
                    LogisticRegression(solver=solver, random_state=0, max_iter=50).fit(x, y)
            GridSearchCV(LogisticRegression(max_iter=50), {"C": [0.1, 10.0]}, cv=2).fit(x, y)
        finally:
            mlflow.sklearn.autolog(disable=True, silent=True)


def an_optuna_study(
    storage: Any, callbacks: list[Callable[..., None]] | None = None, name: str = "tuned"
) -> Any:
    """Eight trials of which one failed, one was pruned, and one still runs."""
    import optuna

    study = optuna.create_study(
        storage=storage,
        study_name=name,
        sampler=optuna.samplers.RandomSampler(seed=0),
        direction="maximize",
    )

    def objective(trial: Any) -> float:
        rate = trial.suggest_float("lr", 1e-3, 1.0, log=True)
        kind = trial.suggest_categorical("kind", ["small", "large"])
        trial.set_user_attr("machine", "here")
        for step in range(3):
            trial.report(0.5 + 0.1 * step, step)
            if trial.number == 3 and step == 1:
                raise optuna.TrialPruned
        if trial.number == 5:
            raise RuntimeError("no memory")
        return 0.9 - 0.05 * abs(math.log10(rate) + 1.5) - (0.1 if kind == "small" else 0.0)

    study.optimize(objective, n_trials=8, callbacks=callbacks, catch=(RuntimeError,))
    study.ask()
    return study


def record_by_optuna(mlflow: Any) -> None:
    """The same through Optuna's own callback for MLflow."""
    from optuna_integration.mlflow import MLflowCallback

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is experimental
        callback = MLflowCallback(tracking_uri=mlflow.get_tracking_uri(), metric_name="accuracy")
        an_optuna_study(None, [callback], name="by-optuna")


def a_table(path: Path, *, epochs: int = 0) -> Path:
    """A table of results, a row a run, or a row a run and epoch: adam is better by 2 points, in every seed."""
    rng = random.Random(1)
    head = ["optimizer", "lr", "seed", "val_accuracy"]
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["run", *head, "epoch"] if epochs else head)
        for number, (optimizer, lr, seed) in enumerate(
            (optimizer, lr, seed)
            for optimizer in ("sgd", "adam")
            for lr in (0.001, 0.01, 0.1)
            for seed in range(6)
        ):
            best = 0.88 + 0.02 * (optimizer == "adam") - 0.05 * abs(math.log10(lr) + 2) + rng.gauss(0, 0.003)
            for epoch in range(epochs):
                rows.writerow(
                    [f"r{number}", optimizer, lr, seed, round(best * (1 - 0.5 ** (epoch + 1)), 4), epoch + 1]
                )
            if not epochs:
                rows.writerow([optimizer, lr, seed, round(best, 4)])
    return path


def a_foreign_run(
    number: int,
    values: Any,
    *,
    ended: Ended = "complete",
    metric: str = "val_loss",
    parent: str = "",
    **parameters: Any,
) -> ForeignRun:
    """A run with these values of one metric, after steps 1, 2, …"""
    curve = np.atleast_1d(np.asarray(values, dtype=float))
    return ForeignRun(
        name=f"run-{number}",
        ended=ended,
        parameters=parameters,
        metrics={metric: series(np.arange(1, len(curve) + 1), curve)} if curve.size else {},
        parent=parent,
        started=1_760_000_000_000 + number,
        seconds=2.0,
    )


def foreign_runs(*runs: ForeignRun, **changes: Any) -> ForeignRuns:
    """These runs together."""
    return ForeignRuns(name="loops", source="MLflow's experiment “loops”", runs=runs, **changes)


def two_optimizers(
    seeds: int = 6, rates: tuple[float, ...] = (0.01, 0.1), gap: float = 0.1, steps: int = 4
) -> ForeignRuns:
    """Runs of sgd and adam at some rates with some seeds; adam's loss is lower by the gap."""
    rng = np.random.default_rng(0)
    chosen = [(kind, rate, seed) for kind in ("sgd", "adam") for rate in rates for seed in range(seeds)]
    return foreign_runs(
        *(
            a_foreign_run(
                number,
                0.5 + gap * (kind == "sgd") + 0.1 * place + 0.01 * rng.normal() + 1 / np.arange(1, steps + 1),
                optimizer=kind,
                lr=rate,
                seed=seed,
            )
            for number, (kind, rate, seed) in enumerate(chosen)
            for place in [rates.index(rate)]
        )
    )
