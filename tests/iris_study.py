"""The study file of the tests: iris, which takes a second of training."""

from typing import Final

RATES: Final = """\
[search.nuisance]
learning_rate = { low = 0.1, high = 1.0, log = true }
"""


def iris_study(
    name: str = "tiny",
    *,
    trials: int = 2,
    seeds: int = 2,
    confirm_seeds: int = 2,
    default_setting: bool = False,
    training: str = "epochs = 3",
    rest: str = RATES,
) -> str:
    """The text of a study file; `training` are lines of that table, `rest` is what follows it."""
    return f"""\
[study]
name = "{name}"
trials = {trials}
seeds = {seeds}
confirm_seeds = {confirm_seeds}
default_setting = {str(default_setting).lower()}

[data]
source = "iris"

[training]
{training}

{rest}"""
