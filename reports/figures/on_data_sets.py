"""On which data sets is which choice better, and by how much?"""

from dataclasses import replace

import pandas as pd

from reports import words
from reports.conclusions import outcomes
from reports.conclusions.comparison import BETTER
from reports.conclusions.over_data_sets import OverDataSets
from reports.drawing.style import ONE_COLUMN, Frame, Picture
from reports.figures.paired_differences import MOST, RUNS, band, draw_comparisons, numbers, pairs


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
    data = numbers(sides)
    drawn = data.assign(choices=pd.Series([()] * len(data), index=data.index, dtype=object))
    shown = sum(one.outcome in BETTER for one in each)
    count = {0: "neither comparison", 2: "both comparisons"} if len(each) == 2 else {}
    which = count.get(shown, f"{shown or 'none'} of {len(each)} comparisons")
    title = words.sentence(f"{which} {'shows' if shown < 2 else 'show'} a difference")
    both = any(one.difference.elsewhere for one in each)
    there = f": thick on these data, thin {outcomes.ELSEWHERE}" if both else ""
    subtitle = (
        "Difference of final validation error, first minus second, paired by seed: right of zero the second is better. "
        f"Small dots: seeds. Large: centre, with its 95 % interval{there}.{band(margin)}"
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
        numbers=data.drop(columns=[*RUNS, "side"]).rename(columns={"within": "data_set"}),
    )
