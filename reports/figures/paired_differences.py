"""With each choice at its own best setting, which wins, and by how much? And what would one shared rate have said?"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.error_wording import on_an_axis
from experiments.wording import are
from reports import words
from reports.conclusions import outcomes
from reports.conclusions.comparison import BETTER, Comparison, elsewhere
from reports.conclusions.strength import OBSERVED
from reports.conclusions.verdict import Verdict, measure
from reports.drawing.lettering import stacked, text_width
from reports.drawing.style import (
    BAND,
    INK,
    LOOKS,
    PAGE,
    QUIET,
    TEXT,
    TWO_COLUMNS,
    Frame,
    Picture,
    canvas,
    filled,
    house_style,
    named,
    row_names,
    set_title,
)
from reports.drawing.ticks import plain_ticks
from reports.results.tables import Tables
from reports.statistics.intervals import Estimate

MOST: Final = 24
"""Rows at most; the table below the figure has all comparisons."""

ROW: Final = 0.3
"""Inches a row."""

BESIDE: Final = 15.8
"""Points between the names left of the rows, with what is left of them, and the panel."""

RUNS: Final = ["first_run", "second_run"]
"""Columns that say which runs are compared."""

KEYS: Final = ["first", "second", "within"]
"""Columns that tell the comparisons of a side apart."""

Key = tuple[str, str, str]


def sides_of(tables: Tables, verdict: Verdict) -> dict[str, Sequence[Comparison]]:
    """The comparisons on fresh seeds and those at one shared rate, by what they are; what has none is left out."""
    near = "" if verdict.findings.shared is None or verdict.findings.shared.exact else "about "
    rate = f"all at {near}{verdict.findings.shared.rate}, search seeds" if verdict.findings.shared else ""
    own = verdict.findings.comparisons.get(tables.design.series or "", [])
    seeds = "these runs" if tables.study.origin else "fresh seeds"
    named = ((f"each at its own best, {seeds}", own), (rate, verdict.findings.at_shared_rate))
    return {name: found for name, found in named if found}


def fair_comparison(data: pd.DataFrame, tables: Tables, verdict: Verdict, width: float = PAGE) -> Picture:
    """Paired differences on fresh seeds, and next to them those at one shared rate."""
    own = verdict.findings.comparisons.get(tables.design.series or "", [])
    sides = sides_of(tables, verdict)
    title = _title_of_others(own) if tables.study.origin else _title(own, verdict)
    margin = tables.study.equivalence_margin
    subtitle = _subtitle_of_others(own, tables) if tables.study.origin else _subtitle(sides, own, margin)
    most = len(next(iter(sides.values())))
    pairs_in_all = sum(len(each.pairs) for found in sides.values() for each in found)
    counted = words.count(pairs_in_all, "pair")
    if tables.study.origin and not pairs_in_all:
        counted = words.count(sum(tables.error(run).n for run in tables.compared.values()), "run")
    return Picture(
        title=title,
        subtitle=subtitle,
        alt=f"Paired differences of {words.count(min(most, MOST), 'comparison')} as dots with mean and interval. "
        f"{title}.",
        caption=(f" The first {MOST} of {most} comparisons are drawn." if most > MOST else "")
        + f" {counted} in all.",
        figure=draw_comparisons(
            data.assign(choices=tables.trials["choice"].to_numpy()[data[RUNS].to_numpy()].tolist()),
            pairs(sides),
            margin,
            Frame(title, subtitle, width, on_an_axis(tables.study.data)),
        ),
        numbers=data.drop(columns=RUNS),
    )


@house_style()
def draw_comparisons(
    data: pd.DataFrame, pairs: pd.DataFrame, margin: float, frame: Frame = Frame()
) -> Figure:
    """Draw paired differences, a row a comparison, a panel a side, and the margin below which they do not matter.

    `data` is from `numbers`, with the two `choices` of each row, and `pairs` from `pairs`.
    """
    sides = [(str(name), rows) for name, rows in data.groupby("side", sort=False)]
    rows = _rows(sides[0][1])
    said = frame.width >= TWO_COLUMNS  # in one column the differences stand in the table only
    results = data.apply(_result, axis=1) if said else [""]
    room = 0.2 + max(text_width(each, TEXT) for each in results) / 72
    beside = len(sides) if frame.width > TWO_COLUMNS else 1
    left = min(2.65, (0.42 if said else 0.5) * frame.width)
    labels = {key: f"{key[0]} {words.MINUS} {key[1]}" for key in rows}
    names, _, taller = row_names(list(labels.values()), 72 * left - BESIDE)
    labels = dict(zip(labels, names, strict=True))
    figure, axes = canvas(
        frame, rows=len(sides) // beside, columns=beside, height=(ROW + taller) * (max(rows.values()) + 1.1),
        left=left, right=room, between=room + 0.3, share="none",
        above=0.35 if said else 0.55,
    )  # fmt: skip
    for index, (panel, (name, found)) in enumerate(filled(axes, sides)):
        first = index % beside == 0
        _side(panel, found, pairs[pairs["side"] == name], rows, margin, said=said)
        mine = {key: rows[key] for key in _keys(found) if key in rows}
        panel.set_yticks(list(mine.values()), [labels[key] for key in mine])
        if first:
            _name_groups(panel, mine, 72 * left - BESIDE)
        of = (frame.measure or "error").removeprefix("share of ")
        panel.set_xlabel(f"points of {of}" if words.unit() == words.PER_CENT else f"difference of {of}")
        panel.tick_params(labelleft=first)
        if said:  # there is room for it beside the panel
            panel.set_title(name)
        else:
            set_title(panel, name)
    return figure


def numbers(sides: Mapping[str, Sequence[Comparison]]) -> pd.DataFrame:
    """The comparisons of each side as a table."""
    return pd.DataFrame(
        [
            {
                "first": each.first,
                "second": each.second,
                "within": each.within,
                "difference": each.difference.centre,
                "low": each.difference.low,
                "high": each.difference.high,
                "low_elsewhere": elsewhere(each.difference).low,
                "high_elsewhere": elsewhere(each.difference).high,
                "pairs": len(each.pairs),
                "first_diverged": each.lost[0],
                "second_diverged": each.lost[1],
                "second_better_share": each.improvement.centre,
                "second_better_low": each.improvement.low,
                "second_better_high": each.improvement.high,
                "holm_p": each.p,
                "outcome": each.outcome,
                "shown_elsewhere": each.elsewhere,
                "side": side,
                **dict(zip(RUNS, each.runs, strict=True)),
            }
            for side, found in sides.items()
            for each in found
        ]
    )


def pairs(sides: Mapping[str, Sequence[Comparison]]) -> pd.DataFrame:
    """The differences of the single pairs of seeds: `side`, `first`, `second`, `within`, `difference`."""
    return pd.DataFrame(
        [
            {
                "side": side,
                "first": each.first,
                "second": each.second,
                "within": each.within,
                "difference": one,
            }
            for side, found in sides.items()
            for each in found
            for one in each.pairs
        ],
        columns=["side", *KEYS, "difference"],
    )


def _rows(found: pd.DataFrame) -> dict[Key, float]:
    """Height of each comparison's row, counted from the top; a group begins with room for its name."""
    rows: dict[Key, float] = {}
    at = 0.0
    group: str | None = None
    for key in _keys(found)[:MOST]:
        if key[2] != group:
            group = key[2]
            at += 1.0 if group else 0.0
        rows[key] = at
        at += 1.0
    return rows


def _keys(found: pd.DataFrame) -> list[Key]:
    return [(str(first), str(second), str(within)) for first, second, within in found[KEYS].to_numpy()]


def band(margin: float) -> str:
    """What the band of a margin shows, to end a subtitle with; empty if there is no band."""
    return " Grey band: differences that do not matter." if margin else ""


def _subtitle(sides: Mapping[str, Sequence[Comparison]], own: Sequence[Comparison], margin: float) -> str:
    seeds = words.enumerated(
        f"{words.counts((len(each.pairs) for each in found if each.pairs), 'pair')} of seeds "
        + ("at own best settings" if found is own else "at the shared rate")
        for found in sides.values()
    )
    both = any(each.difference.elsewhere for found in sides.values() for each in found)
    there = f": thick on these data, thin {outcomes.ELSEWHERE}" if both else ""
    return (
        "Difference of final validation error, first minus second, paired by seed: right of zero the second is "
        f"better. Small dots: seeds. Large: centre, with its 95 % interval where there are 5 pairs or more "
        f"({seeds}){there}.{band(margin)}" + (" The two scales differ." if len(sides) == 2 else "")
    )


def _subtitle_of_others(own: Sequence[Comparison], tables: Tables) -> str:
    paired = sum(bool(each.pairs) for each in own)
    how = f"{paired} of {words.count(len(own), 'comparison')} {are(paired)} paired by seed"
    return (
        f"Difference of final {measure(tables)}, first minus second: right of zero the second is ahead. Small dots: "
        f"pairs of seeds. Large: centre, with its 95 % interval where there are 5 runs or more ({how})."
        f"{band(tables.study.equivalence_margin)}"
    )


def _title(own: Sequence[Comparison], verdict: Verdict) -> str:
    """Which comparisons show a difference, and how large: at own best settings, and at the shared rate."""
    rate = f"at the shared rate {verdict.findings.shared.rate}" if verdict.findings.shared else ""
    at_rate = verdict.findings.at_shared_rate
    if not own:
        return f"{words.sentence(rate)} the search shows {_shown(at_rate) or 'no difference'}; nothing is confirmed yet"
    if all(each.outcome == "unmeasured" for each in own):
        return "Too few fresh seeds to state a difference"
    if len(own) == 1:
        pair = words.enumerated([own[0].first, own[0].second])
        text = _shown(own) or f"no difference between {pair} is shown"
    else:
        count = sum(each.outcome in BETTER for each in own)
        of_two = {0: "neither comparison", 2: "both comparisons"} if len(own) == 2 else {}
        which = of_two.get(count, f"{count or 'none'} of {len(own)} comparisons")
        text = f"{which} {'shows' if count < 2 else 'show'} {_shown(own) or 'a difference'}"
    return f"Each at its own best, {text}" + (f"; {rate}, {_beside(own, at_rate)}" if at_rate else "")


def _beside(own: Sequence[Comparison], at_rate: Sequence[Comparison]) -> str:
    """What the comparisons at the shared rate show, after those at own best settings."""
    found = _shown(at_rate)
    if not found:
        return f"no difference is shown{'' if _shown(own) else ' either'}"
    count = sum(each.outcome in BETTER for each in at_rate)
    if len(at_rate) == 1:
        return found
    if count == len(at_rate):
        return f"{'both' if count == 2 else 'all'} show {found}"
    return f"{'one of them shows' if count == 1 else f'{count} of them show'} {found}"


def _title_of_others(own: Sequence[Comparison]) -> str:
    """Where one side is ahead, in runs that confirm nothing."""
    ahead = [each for each in own if each.outcome in BETTER]
    if all(each.outcome == "unmeasured" for each in own):
        return "Too few runs to tell how far the choices differ"
    if not ahead:
        pair = words.enumerated([own[0].first, own[0].second])
        if len(own) > 1:
            return f"In these runs no side is ahead in any of {len(own)} comparisons"
        alike = own[0].outcome == "equivalent"
        return f"In these runs {pair} are equivalent" if alike else f"These runs do not decide between {pair}"
    size = words.apart(max(abs(each.difference.centre) for each in ahead))
    if len(own) == 1:
        first, second = own[0].ranked
        return f"In these runs {first} {OBSERVED.better} {second} by {size}; nothing is confirmed"
    which = f"one side is ahead in {len(ahead)} of {len(own)} comparisons"
    return f"In these runs {which}, by {'up to ' * (len(ahead) > 1)}{size}; nothing is confirmed"


def _shown(found: Sequence[Comparison]) -> str:
    """The one difference that is shown, or the size of the largest; empty if none is."""
    shown = [each for each in found if each.outcome in BETTER]
    if not shown:
        return ""
    size = words.points(max(abs(each.difference.centre) for each in shown))
    if len(found) > 1:
        return f"differences of up to {size} points" if len(shown) > 1 else f"a difference of {size} points"
    better, worse = shown[0].ranked
    return f"{better} is better than {worse} by {size} points"


def _result(comparison: pd.Series) -> str:
    """The difference and its interval as they stand beside a row."""
    centre, low, high = (float(comparison[name]) for name in ("difference", "low", "high"))
    return words.difference(Estimate(centre, low, high, int(comparison["pairs"]))).replace(" points", "")


def _side(
    panel: Axes,
    found: pd.DataFrame,
    pairs: pd.DataFrame,
    rows: dict[Key, float],
    margin: float,
    *,
    said: bool,
) -> None:
    """Draw a side's rows; differences are said in numbers if there is room."""
    factor = words.unit().factor
    panel.axvspan(-factor * margin, factor * margin, color=BAND, lw=0, zorder=0.5)
    panel.axvline(0, color=INK, lw=1, zorder=1.5)
    single = {key: each.to_numpy() for key, each in pairs.groupby(KEYS)["difference"]}
    compared = list(dict.fromkeys(key[:2] for key in _keys(found)))
    last = max(rows.values())
    for key, (_, each) in zip(_keys(found), found.iterrows(), strict=True):
        row = rows.get(key)
        if row is None:
            continue
        look = LOOKS[compared.index(key[:2]) % len(LOOKS)]
        dots = factor * single.get(key, np.zeros(0))
        spread = 0.28 * np.sin(2.4 * np.arange(len(dots)))
        drawn = panel.plot(dots, row + spread, ".", color=look.line, alpha=0.45, ms=4)
        for where, wide in (("", 2.4), ("_elsewhere", 0.8)):
            ends = factor * each[[f"low{where}", f"high{where}"]].to_numpy(dtype=float)
            if np.isfinite(ends).all():
                drawn += panel.plot(ends, [row, row], color=look.text, lw=wide, zorder=3)
        drawn += panel.plot(
            factor * each["difference"], row, look.marker, color=look.line, mec=INK, ms=7, zorder=4
        )
        for one in drawn:
            named(one, choices=each["choices"])
        if said:
            beside: dict[str, Any] = {
                "transform": panel.get_yaxis_transform(),
                "va": "center",
                "color": look.text,
            }
            panel.text(1.02, row, _result(each), **beside)
    panel.set_ylim(last + 0.7, -0.7)
    panel.grid(False, axis="y")
    plain_ticks(panel.xaxis)


def _name_groups(panel: Axes, rows: Mapping[Key, float], room: float) -> None:
    """Write what the comparisons of a group have in common above the first of them, in so many points."""
    groups: dict[str, float] = {}
    for (_, _, within), row in rows.items():
        groups.setdefault(within, row)
    place: dict[str, Any] = {"transform": panel.get_yaxis_transform(), "ha": "right", "va": "bottom"}
    for within, row in groups.items():
        if within:
            text = stacked(within, TEXT, "bold", room, 2)
            panel.text(-0.03, row - 0.6, text, size=TEXT, weight="bold", color=QUIET, **place)
