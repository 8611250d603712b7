"""The nuisance parameters of a study file as Optuna knows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from studies.parameters import Range, whole
from studies.study_file import StudyFile


def space_of(file: StudyFile) -> dict[str, BaseDistribution]:
    """Optuna's distribution of each nuisance parameter; a choice by its index, since Optuna stores no lists."""
    return {name: _distribution(name, values) for name, values in file.search.nuisance.items()}


def _distribution(name: str, values: Sequence[Any] | Range) -> BaseDistribution:
    if not isinstance(values, Range):
        return CategoricalDistribution(list(range(len(values))))
    if whole(name):
        return IntDistribution(int(values.low), int(values.high), log=values.log)
    return FloatDistribution(float(values.low), float(values.high), log=values.log)


def decode(params: Mapping[str, Any], file: StudyFile) -> dict[str, Any]:
    """Optuna's parameters as the study file's values."""
    return {
        name: params[name] if isinstance(values, Range) else values[params[name]]
        for name, values in file.search.nuisance.items()
    }
