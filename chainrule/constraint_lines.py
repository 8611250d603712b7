"""What the dry run says of the constraints of a study: how many settings meet them, and how large its networks are."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from experiments.settings_line import combinations

if TYPE_CHECKING:
    from studies.running.plan import Plan
    from studies.space.feasible_points import Share

LISTED: Final = 6
"""So many combinations are named; of more only those with the smallest and the largest share are."""


def constraint_lines(plan: "Plan") -> Iterator[str]:
    """The constraints, the share of the settings that meets them, and the weights of combinations of the same size."""
    names = combinations(plan.combinations)
    if plan.file.constraints:
        yield f"constraint: {'; '.join(one.text for one in plan.file.constraints)}"
        shares = list(zip(plan.feasible, names, strict=True))
        if len(shares) > LISTED:
            shares = [min(shares), max(shares)]
        told = (f"{_told(share)}{f' of {name}' if name else ''}" for share, name in shares)
        yield f"feasible: {'; '.join(told)}"
    if plan.defaults_break:
        yield "default settings: not trained, since they break the constraint with layers of any width"
    if plan.file.search.same:
        weights = zip(names, plan.weights, strict=True)
        yield f"weights: {'; '.join(f'{count:,} with {name}' for name, count in weights)}"


def constraint_facts(plan: "Plan") -> dict[str, Any]:
    """The same for programs; empty where there is nothing to say."""
    found: dict[str, Any] = {}
    if plan.file.constraints:
        found["constraints"] = [one.text for one in plan.file.constraints]
        found["feasible"] = [one._asdict() for one in plan.feasible]
        found["default_settings_break_constraints"] = plan.defaults_break
    if plan.file.search.same:
        found["weights"] = list(plan.weights)
    return found


def _told(share: "Share") -> str:
    """`47.8 % of the settings (95 % interval: 46.3 to 49.4 %)`; an exact share has no interval."""
    if share.exact:
        return f"{_percent(share.share)} % of the settings"
    interval = f"{_percent(share.low)} to {_percent(share.high)} %"
    return f"{_percent(share.share)} % of the settings (95 % interval: {interval})"


def _percent(share: float) -> str:
    return f"{100 * share:.3g}"
