"""Search spaces of every kind, for the laws that must hold in all of them."""

from typing import Any

from hypothesis import strategies as st
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from studies.space.ranges import Range
from studies.space.search_space import Space, Variable, distribution


@st.composite
def ranges(draw: st.DrawFn, *, whole: bool) -> Range:
    """A range of whole or of real numbers: even, even in the logarithm, or in steps."""
    kind = draw(st.sampled_from(["even", "log", "step"]))
    if whole:
        low = draw(st.integers(1 if kind == "log" else -1000, 1000))
        if kind == "step":
            step = draw(st.integers(1, 50))
            return Range(low=low, high=low + step * draw(st.integers(1, 20)), step=step)
        return Range(low=low, high=low + draw(st.integers(1, 1000)), log=kind == "log")
    if kind == "step":
        step, first = draw(st.sampled_from([1, 5, 25])), draw(st.integers(-1000, 1000))
        last = first + step * draw(st.integers(1, 20))
        return Range(low=first / 100, high=last / 100, step=step / 100)
    low_real = draw(st.floats(1e-6, 10))
    return Range(low=low_real, high=low_real * draw(st.floats(1.5, 1e6)), log=kind == "log")


def choices(most: int = 4) -> st.SearchStrategy[list[Any]]:
    """A list of different values."""
    return st.integers(1, most).map(lambda count: [f"value {place}" for place in range(count)])


@st.composite
def variables(draw: st.DrawFn, name: str, needs: tuple[str, frozenset[Any]] | None = None) -> Variable:
    """A variable of any kind."""
    kind = draw(st.sampled_from(["choice", "whole", "real"]))
    values = draw(choices() if kind == "choice" else ranges(whole=kind == "whole"))
    return Variable(name, name, values, distribution(values, whole=kind == "whole"), needs)


@st.composite
def spaces(draw: st.DrawFn) -> Space:
    """Up to three variables, one of them perhaps a choice or a depth that up to two others need; or it is given."""
    plain = [draw(variables(f"plain {place}")) for place in range(draw(st.integers(0, 2)))]
    if not draw(st.booleans()):
        return Space({"other": 1}, tuple(plain))
    if draw(st.booleans()):
        allowed: Any = draw(choices())
        every = list(allowed)
    else:
        low = draw(st.integers(1, 3))
        allowed = Range(low=low, high=low + draw(st.integers(1, 3)))
        every = list(range(int(allowed.low), int(allowed.high) + 1))
    needed = [
        draw(variables(f"needing {place}", ("parent", draw(st.frozensets(st.sampled_from(every))))))
        for place in range(draw(st.integers(0, 2)))
    ]
    if draw(st.booleans()):
        return Space({"parent": draw(st.sampled_from(every))}, (*plain, *needed))
    parent = Variable("parent", "parent", allowed, distribution(allowed, whole=True))
    return Space({}, (*plain, parent, *needed))


def holds(one: BaseDistribution, value: float | int) -> bool:
    """Whether a value is one of a distribution's, by what the distribution says of itself."""
    match one:
        case CategoricalDistribution():
            return value in one.choices
        case IntDistribution():
            return type(value) is int and one.low <= value <= one.high and (value - one.low) % one.step == 0
        case FloatDistribution(step=None):
            return type(value) is float and one.low <= value <= one.high
        case FloatDistribution(step=float(step)):
            steps = (value - one.low) / step
            return one.low <= value <= one.high and abs(steps - round(steps)) < 1e-6
    raise TypeError(one)
