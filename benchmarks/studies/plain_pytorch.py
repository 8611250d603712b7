"""The study of `peers.toml` in plain Optuna and PyTorch: one thread, random points, in-memory storage.

    python plain_pytorch.py TRIALS SEED

Prints a line of JSON: how many trials, in how many seconds, the lowest error. Nothing is recorded but what Optuna
keeps. The mini-batches are taken from a tensor, which is quicker than a `DataLoader`.
"""

import json
import sys
from itertools import pairwise
from time import perf_counter

import numpy as np
import optuna
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

EPOCHS, BATCH, SEEDS = 30, 16, 5
WIDTHS = {"16": [16], "64": [64], "64, 32": [64, 32]}
LOSSES = {
    "quadratic": lambda z, y: 0.5 * (torch.sigmoid(z) - y).square().sum(dim=1).mean(),
    "cross_entropy": lambda z, y: (
        nn.functional.binary_cross_entropy_with_logits(z, y, reduction="sum") / len(z)
    ),
    "log_likelihood": nn.functional.cross_entropy,
}


def parts() -> list[torch.Tensor]:
    """Inputs and targets for training and for validation: 1,077 and 360 of the 1,797 digits, standardised."""
    x, y = load_digits(return_X_y=True)
    x_rest, x_test, y_rest, _ = train_test_split(x, y, test_size=0.2, random_state=0, stratify=y)
    x_train, x_valid, y_train, y_valid = train_test_split(
        x_rest, y_rest, test_size=len(x_test), random_state=0, stratify=y_rest
    )
    mean, scale = x_train.mean(axis=0), np.where(x_train.std(axis=0) > 0, x_train.std(axis=0), 1)
    inputs = [torch.tensor((part - mean) / scale, dtype=torch.float32) for part in (x_train, x_valid)]
    classes = nn.functional.one_hot(torch.tensor(y_train), 10).float()
    return [inputs[0], classes, inputs[1], torch.tensor(y_valid)]


def error_of_training(seed: int, widths: list[int], cost: str, learning_rate: float) -> float:
    """Train a network; its error on the validation part after the last epoch, seen after every one."""
    torch.manual_seed(seed)
    sizes = [64, *widths, 10]
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), nn.Sigmoid()]
    model = nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate)
    loss_of = LOSSES[cost]
    curve = []
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(X)).split(BATCH):
            optimizer.zero_grad()
            loss = loss_of(model(X[batch]), Y[batch])
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            curve.append((model(X_VALID).argmax(dim=1) != Y_VALID).float().mean().item())
    return float(curve[-1])


def objective(trial: optuna.Trial) -> float:
    """The mean error over the seeds."""
    cost = trial.suggest_categorical("cost", list(LOSSES))
    widths = WIDTHS[trial.suggest_categorical("widths", list(WIDTHS))]
    learning_rate = trial.suggest_float("learning_rate", 0.01, 30.0, log=True)
    return float(np.mean([error_of_training(seed, widths, cost, learning_rate) for seed in range(SEEDS)]))


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # as ours
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    X, Y, X_VALID, Y_VALID = parts()
    trials, seed = int(sys.argv[1]), int(sys.argv[2])
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed))
    began = perf_counter()
    study.optimize(objective, n_trials=trials)
    print(json.dumps({"trials": trials, "seconds": perf_counter() - began, "best": study.best_value}))
