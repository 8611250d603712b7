"""On which data sets is which choice better, and by how much?"""

from dataclasses import replace

from reports import words
from reports.conclusions.comparison import BETTER
from reports.conclusions.over_data_sets import OverDataSets
from reports.drawing.style import ONE_COLUMN, Frame, Picture
from reports.figures.paired_differences import MOST, RUNS, draw_comparisons, numbers, pairs


def differences_on_data_sets(found: OverDataSets, margin: float) -> Picture:
    """The paired differences of the choices, a group of rows for each data set.

    Args:
        found: the comparisons.
        margin: differences below this do not matter.
    """
    each = [
        replace(pair.on[name], within=name) for name in found.names for pair in found.pairs if name in pair.on
    ]
    sides = {"each at its own best, fresh seeds": each}
    data = numbers(sides).drop(columns=["low_elsewhere", "high_elsewhere", "shown_elsewhere"])
    drawn = numbers(sides).assign(choices=[()] * len(each))
    shown = sum(one.outcome in BETTER for one in each)
    title = f"{shown or 'None'} of {len(each)} comparisons {'shows' if shown < 2 else 'show'} a difference"
    subtitle = (
        "Difference of final validation error, first minus second, paired by seed: right of zero the second is better. "
        "Small dots: seeds. Large: centre, with its 95 % interval. Grey band: differences that do not matter."
    )
    cut = f"The first {MOST} of {len(each)} comparisons are drawn. " if len(each) > MOST else ""

    return Picture(
        name="on-data-sets",
        question="On which data sets is which choice better, and by how much?",
        title=title,
        subtitle=subtitle,
        alt=f"Paired differences of {words.count(len(each), 'comparison')} on {len(found.names)} data sets. {title}.",
        caption=f"{cut}{words.count(sum(len(one.pairs) for one in each), 'pair')} of seeds.",
        figure=draw_comparisons(drawn, pairs(sides), margin, Frame(title, subtitle)),
        narrow=draw_comparisons(drawn, pairs(sides), margin, Frame(title, subtitle, ONE_COLUMN)),
        numbers=data.drop(columns=RUNS).rename(columns={"within": "data_set"}),
    )
