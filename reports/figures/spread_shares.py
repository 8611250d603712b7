"""Where does the spread over seeds come from?"""

import pandas as pd

from reports import words
from reports.conclusions.verdict import Verdict
from reports.drawing.style import PAGE, Frame, Picture
from reports.figures.what_mattered import draw_shares
from reports.results.tables import Tables


def sources_of_spread(data: pd.DataFrame, _tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """The share of the variance that searches, splits, initial weights and orders make, each with its interval."""
    largest = max(data.to_dict("records"), key=lambda each: (bool(each["leads"]), float(each["share"])))
    share = f"{words.portion(largest['share'], 0)} of the variance"
    title = "No factor is shown to make more of the variance than every other one"
    if largest["leads"]:
        title = f"{'Up to ' if data['choice'].any() else ''}{share} comes from {largest['parameter']}"
    subtitle = (
        f"Share of the variance of the error in crossed designs of {words.count(largest['networks'], 'network')}; "
        "bar: 95 % interval. The rest to 100 % are interactions of the factors."
    )
    rows = data.assign(
        parameter=[
            f"{choice}: {factor}" if choice else factor
            for choice, factor in zip(data["choice"], data["parameter"], strict=True)
        ]
    )
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Shares of {words.count(len(data), 'factor')} as points with their intervals. {title}.",
        caption=f"{words.count(int(data.groupby('choice')['networks'].first().sum()), 'network')}.",
        figure=draw_shares(rows, Frame(title, subtitle, width), "variance"),
        numbers=data,
    )
