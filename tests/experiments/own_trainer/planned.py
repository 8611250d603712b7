"""A trainer of a user's own that does wrong what its setting `trouble` says; it stands alone, as such modules do."""

import os
import signal
import sys
import time

import numpy as np

CALLS = []


def train(settings, data, seed):
    """Errors that fall to a rate, and at the second epoch the planned trouble, for odd seeds only."""
    CALLS.append(np.ones(1_000_000))  # 8 MB that nobody takes back
    luck = np.random.default_rng(seed).random() / 100
    trouble = settings.get("trouble", "none")
    for epoch in range(1, 1_000):
        if epoch == 2:
            planned(trouble)
        if trouble == "stops" and epoch == 3:
            return
        numbers = {
            "validation_error": settings["rate"] + 0.5 / epoch + luck,
            "train_error": np.float32(0.5) / epoch,
            "calls": len(CALLS),
            "tested": data.x_test is not None,
            "rows": data.x_train.shape[0] + data.x_validation.shape[0],
        }
        if trouble == "diverges" and epoch == 3:
            numbers["validation_error"] = float("inf")
        if data.x_test is not None:
            numbers["test_error"] = settings["rate"] + len(data.x_test) / 1000
        yield numbers


def planned(trouble):
    """Do what is planned."""
    if trouble == "raises":
        raise ValueError("planned")
    if trouble == "hangs":
        print("it hangs now", flush=True)
        time.sleep(1_000)
    if trouble == "exits":
        os._exit(7)
    if trouble == "quits":
        sys.exit(3)
    if trouble == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if trouble == "crashes":
        os.kill(os.getpid(), signal.SIGSEGV)


def text(settings, data, seed):
    """It yields no number."""
    yield {"validation_error": "low"}


def unnamed(settings, data, seed):
    """It yields no names."""
    yield 0.5


def nothing(settings, data, seed):
    """It yields nothing."""
    yield from ()


def without(settings, data, seed):
    """It does not yield what decides."""
    yield {"loss": 0.5}


def percent(settings, data, seed):
    """It yields percent."""
    yield {"validation_error": -1.0}


def layers(settings, data, seed):
    """It takes a name of the suite's."""
    yield {"validation_error": 0.5, "saturated": 1.0}


def given(settings, data, seed):
    """It is no generator."""


def leaves_others(settings, data, seed):
    """It leaves a process behind that holds its output open."""
    yield {"validation_error": 0.5}
    if os.fork() == 0:
        time.sleep(1_000)
    os._exit(1)


def short(settings, data):
    """It takes too few arguments."""


NUMBER = 3
