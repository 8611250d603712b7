"""From settings and seeds to what `core.train` takes."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from core import ERRORS, Network, Purpose, Settings, generators, initialise
from core.class_weights import balanced
from experiments.datasets.dataset import outputs_of
from experiments.preparing.splits import Data


def untrained(settings: Mapping[str, Any], data: Data, study_seed: int, seeds: tuple[int, ...]) -> Network:
    """The population that training starts from, one member a seed."""
    return initialise(
        (data.description["inputs"], *settings["widths"], outputs_of(data.description)),
        generators(study_seed, seeds, Purpose.INITIALISATION),
        activation=settings["activation"],
        output=settings["output_activation"],
        initialisation=settings["initialisation"],
        biases=settings["biases"],
        dtype=settings["precision"],
    )


def core_settings(settings: Mapping[str, Any], data: Data, seed: int = 0) -> Settings:
    """The part of the parameters that `core.train` takes; units and balanced weights are those of the seed's split."""
    names = {field.name for field in fields(Settings)}
    given = {**(settings.get("early_stopping") or {}), **settings}  # whose patience may be searched by itself
    chosen = {name: value for name, value in given.items() if name in names and value is not None}
    if chosen["batch_size"] == "full":
        chosen["batch_size"] = None
    chosen["class_weights"] = class_weights(settings.get("class_weights"), data, seed)
    measure = ERRORS[data.error]
    if not measure.share:
        chosen["guessing"] = float(data.description["chance_errors"][data.error])
    if measure.own_units:
        chosen["units"] = tuple(data.of(seed).target_scale.ravel().tolist())
    return Settings(**chosen, error=data.error)


def class_weights(asked: str | Mapping[str, float] | None, data: Data, seed: int) -> tuple[float, ...]:
    """A weight for each class; none where nothing is asked for. A class that a table does not name has 1."""
    if asked is None or asked == "none":
        return ()
    if isinstance(asked, Mapping):
        return tuple(float(asked.get(name, 1.0)) for name in data.description["classes"])
    return balanced(data.class_counts(seed))
