"""What is recorded of a study, so that a report leaves out what it cannot speak of. Asked here, and nowhere else."""

from typing import Final, Literal

from reports.results.tables import Tables

Kind = Literal["networks", "fresh seeds", "times", "search", "curves", "weights"]

OURS: Final[frozenset[Kind]] = frozenset({"networks", "fresh seeds", "times", "search"})
"""What is known of studies of ours alone: the inside of networks, seeds with no say in choosing, times, the sampler."""


def recorded(tables: Tables) -> frozenset[Kind]:
    """What a report of the study may speak of.

    Returns:
        "networks" if trained networks were measured inside; "fresh seeds" if winners are trained on seeds that did not
        choose them; "times" if a trial was trained in one piece; "search" if it is known how trials were chosen;
        "curves" if some run has values at several epochs; "weights" if their number is known.
    """
    runs = tables.study.runs
    found: set[Kind] = set() if tables.study.origin else {*OURS}
    if not tables.study.origin or any(run.epochs > 1 for run in runs):
        found.add("curves")
    if not (tables.study.origin or tables.study.trainer) or any(run.parameters for run in runs):
        found.add("weights")
    return frozenset(found)
