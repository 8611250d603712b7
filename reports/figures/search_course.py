"""Figure: the course of the search: the best error so far, and how the trials ended."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from experiments.error_wording import on_an_axis
from reports import words
from reports.conclusions.verdict import Verdict, measure
from reports.drawing.labels import Label, place
from reports.drawing.panels import error_scale
from reports.drawing.style import INK, PAGE, QUIET, Frame, Picture, canvas, house_style, named
from reports.results.states import ENDINGS, STUCK, Ending
from reports.results.tables import Tables

COLOURS: Final[dict[Ending, str]] = {
    "complete": "#0072B2",
    "slow": "#555555",
    "stuck": "#D55E00",
    "diverged": "#A84600",
    "pruned": "#009E73",
    "failed": "#1a1a1a",
}
MARKS: Final[dict[Ending, str]] = {
    "complete": "o", "slow": "v", "stuck": "x", "diverged": "X", "pruned": "s", "failed": "+",
}  # fmt: skip


def search(data: pd.DataFrame, tables: Tables, _verdict: Verdict, width: float = PAGE) -> Picture:
    """The best error so far and how each trial ended, by slot."""
    title = _title(data)
    placed, x = "in the order of their slots", "slot of the trial"
    if tables.study.origin:
        placed, x = "in the order in which they began", "trial"
    subtitle = (
        f"Above: mean final {measure(tables)} of each trial that learnt (dot; hollow square: pruned, its last value), "
        f"and the lowest so far. Below: how each trial ended. Trials {placed}."
    )
    ended = ", ".join(f"{count} {ending}" for ending, count in _counts(data).items())
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Best error so far and state of each trial. {title}. {ended}.",
        caption=f"{words.count(len(data), 'trial')}: {ended}.",
        figure=draw_search(data, Frame(title, subtitle, width, on_an_axis(tables.study.data), x)),
        numbers=tables.in_words(data).reset_index(drop=True),
    )


@house_style()
def draw_search(data: pd.DataFrame, frame: Frame = Frame()) -> Figure:
    """Draw a search, a row a trial, as from `progress`."""
    counts = _counts(data)
    figure, axes = canvas(
        frame, rows=1, columns=1, height=2.4, left=1.2, right=0.3, above=0.1, below=1.75
    )  # fmt: skip
    panel = axes[0][0]
    dots = data[data["state"].isin(["complete", "pruned", "slow"]) & data["error"].notna()]
    scale = error_scale(np.append(dots["error"].to_numpy(), np.nan))
    scale.apply(panel)
    for ending in ("complete", "pruned", "slow"):
        mine = dots[dots["state"] == ending]
        face = "white" if ending == "pruned" else COLOURS[ending]
        (marks,) = panel.plot(
            mine["slot"], scale.at(mine["error"].to_numpy()), MARKS[ending], color=COLOURS[ending], mfc=face,
            ms=4, alpha=0.8,
        )  # fmt: skip
        named(marks, runs=mine.index)
    lowest = data["slot"].to_numpy(dtype=float), scale.at(data["best_so_far"].to_numpy())
    panel.step(*lowest, where="post", color=INK, lw=1.6)
    first, last = int(data["slot"].min()), int(data["slot"].max())
    pad = 0.02 * (last - first) + 0.6
    panel.set_xlim(first - pad, last + pad)
    errors = dots["slot"].to_numpy(dtype=float), scale.at(dots["error"].to_numpy())
    place(panel, [Label("lowest so far", INK, *lowest)], [errors])
    panel.set_ylabel(scale.named(frame.error_axis("error")))
    panel.tick_params(labelbottom=False)
    box = panel.get_position()
    tall = figure.get_figheight()
    states = figure.add_axes((box.x0, 0.5 / tall, box.width, 1.1 / tall), sharex=panel)
    for row, ending in enumerate(counts):
        mine = data[data["state"] == ending]
        at = np.full(len(mine), row)
        (marks,) = states.plot(mine["slot"], at, MARKS[ending], color=COLOURS[ending], ms=4, alpha=0.8)
        if ending in STUCK or ending == "failed":
            named(marks, runs=mine.index)
    states.set_ylim(len(counts) - 0.4, -0.6)
    states.set_yticks(range(len(counts)), [f"{count} {ending}" for ending, count in counts.items()])
    states.grid(False, axis="y")
    states.set_xlabel(frame.x)
    states.xaxis.set_major_locator(MaxNLocator(10 if frame.width == PAGE else 5, integer=True, min_n_ticks=1))
    states.spines["left"].set_color(QUIET)
    return figure


def progress(tables: Tables) -> pd.DataFrame:
    """One row a search trial, by slot: its error, state, the best so far and the seconds spent so far."""
    trials = tables.of_phase("search").sort_values("slot", kind="stable")
    raced_to_the_end = trials["seeds"] == trials.groupby("choice")["seeds"].transform("max")
    counts = raced_to_the_end | (tables.study.origin is not None)  # whose trials have not raced
    eligible = trials["mean_error"].where(trials["finished"] & counts)
    return pd.DataFrame(
        {
            "slot": trials["slot"],
            "choice": trials["choice"],
            "error": trials["mean_error"],
            "state": trials["state"],
            "best_so_far": eligible.cummin().ffill(),
            "seconds_so_far": trials["seconds"].cumsum(),
        }
    )


def _counts(data: pd.DataFrame) -> dict[Ending, int]:
    """How many trials ended in each way, best first."""
    counts = {ending: int((data["state"] == ending).sum()) for ending in ENDINGS}
    return {ending: count for ending, count in counts.items() if count}


def _title(data: pd.DataFrame) -> str:
    best = data["best_so_far"].min()
    if not np.isfinite(best):
        return f"None of {words.count(len(data), 'trial')} was trained to its end"
    at = int((data["best_so_far"] == best).to_numpy().argmax())
    since = len(data) - 1 - at
    if len(data) == 1:
        return f"The only trial reaches {words.percent(best)}; more trials may find a better one"
    when = f"trial {at + 1} of {len(data)}"
    tail = f"the {since} after it found nothing better" if since > 1 else "more trials may find a better one"
    return f"The lowest error of the search, {words.percent(best)}, was found by {when}; {tail}"
