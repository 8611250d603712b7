"""Ours: `core.fast.steps`, for one network, for a stack, and for as many networks one after the other."""

from benchmarks.workloads import LEARNING_RATE, Problem, Run, parameters_of
from core import Examples, Settings
from core.fast.layout import Rows
from core.fast.steps import Steps


def start(problem: Problem) -> Run:
    """The whole population as one stack."""
    steps = steps_of(problem, rows_of(problem))
    return Run(steps.epoch, lambda: parameters_of(steps.network))


def start_separate(problem: Problem) -> Run:
    """Every member by itself; an epoch of the whole is an epoch of each."""
    runs = [start(problem.member(index)) for index in range(problem.network.members)]

    def epoch() -> None:
        for run in runs:
            run.epoch()

    return Run(epoch, runs[0].parameters)


def rows_of(problem: Problem) -> Rows:
    """The examples, laid out as training wants them."""
    return Rows.of(Examples(problem.x.T, problem.y.T), problem.network)


def steps_of(problem: Problem, rows: Rows, optimiser: str = "gradient_descent") -> Steps:
    """The training of a copy of the network."""
    settings = Settings(
        cost="cross_entropy", learning_rate=LEARNING_RATE, batch_size=problem.batch, optimiser=optimiser
    )
    return Steps(problem.network, rows, [settings] * problem.network.members, problem.rngs)
