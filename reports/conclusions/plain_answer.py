"""The answer in plain words, for a reader who reads nothing else: which parameters matter, and what is reached.

Every size in it stands with its interval elsewhere on the page. It says that a parameter matters, or does not, only
where the comparisons show it; whatever they leave open it calls open.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from experiments.error_wording import told
from reports import words
from reports.conclusions import outcomes
from reports.conclusions.against_best import Standing
from reports.conclusions.comparison import BETTER, Comparison
from reports.conclusions.race_to_target import Race
from reports.conclusions.tuning_gain import Gain
from reports.results.tables import Tables
from reports.statistics.intervals import LEVEL

SEVERAL: Final = frozenset({"widths", "biases", "epochs", "class_weights"})
"""Parameters whose names are plurals."""

NAMED: Final = 3
"""Values that a sentence names one by one; of more it tells how many they are."""


def plain_answer(
    tables: Tables,
    comparisons: Mapping[str, Sequence[Comparison]],
    averages: Mapping[str, Sequence[Comparison]],
    standings: Sequence[Standing],
    race: Sequence[Race],
    gains: Sequence[Gain],
    margin: float,
) -> list[str]:
    """The answer as one line; none before a winner is confirmed, and none where nothing was learnt.

    Args:
        tables: the study.
        comparisons: of each scientific parameter, by its name.
        averages: the same, averaged over all else that was compared.
        standings: every choice beside the best one.
        race: of a study that asks how soon a target is reached.
        gains: of tuning.
        margin: differences below this do not matter.
    """
    data = f"On {words.shortened(str(tables.study.data.get('name', 'these data')))}"
    if race:
        return [f"{data}, {_sooner(tables, race[0])}."]
    if not tables.confirmed or tables.study.objective == "epochs_to_target":
        return []
    if len(standings) < 2:
        return [f"{data}, {_reached(tables, next(iter(tables.confirmed.values())))}{_gained(gains)}."]
    compared = {name: mine for name, mine in comparisons.items() if mine}
    turned = next(filter(None, (_turned(name, compared) for name in compared)), None)
    texts_of = {name: _matters(name, mine, averages.get(name, ()), margin) for name, mine in compared.items()}
    alike = [name for name, text in texts_of.items() if text is None and _settled(comparisons[name])]
    open_ones = [name for name, text in texts_of.items() if text is None and name not in alike]
    ranked = sorted(filter(None, [turned, *texts_of.values()]), key=lambda each: -each[0])
    texts = [text for _, text in ranked if text]
    if alike:
        verb = "makes" if len(alike) == 1 and alike[0] not in SEVERAL else "make"
        least = f"{words.points(margin)} points"
        texts.append(f"{words.enumerated(map(words.the, alike))} {verb} no difference of {least} or more")
    if open_ones:
        verb = "matters" if len(open_ones) == 1 and open_ones[0] not in SEVERAL else "matter"
        question = f"whether {words.enumerated(map(words.the, open_ones))} {verb}"
        texts.append(f"{question} stays open" if texts else f"it cannot be told yet {question}")
    texts.append(_lowest(tables, standings))
    first, *rest = texts
    return [" ".join([f"{data}, {first}.", *(f"{words.sentence(each)}." for each in rest)])]


def _matters(
    name: str, mine: Sequence[Comparison], averaged: Sequence[Comparison], margin: float
) -> tuple[float, str] | None:
    """The largest difference that a parameter is shown to make, and what it does; None where none is shown.

    What it does is empty where no value is better everywhere: `_turned` tells that.
    """
    shown = [each for each in mine if each.outcome in BETTER]
    every: Sequence[Comparison] = mine
    on_average = ""
    if not shown:
        shown, every = [each for each in averaged if each.outcome in BETTER], averaged
        on_average = " on average"
    if not shown:
        return None
    largest = max(shown, key=lambda each: abs(each.difference.centre))
    size = words.size(largest.difference)
    worse = {each.ranked[1] for each in shown}
    best = list(dict.fromkeys(each.ranked[0] for each in shown if each.ranked[0] not in worse))
    beaten = list(dict.fromkeys(each.ranked[1] for each in shown if each.ranked[0] in best))
    if not best:
        return abs(largest.difference.centre), ""
    verb = f"{'is' if len(best) == 1 else 'are'} better{on_average}"
    others = words.enumerated(beaten) if len(beaten) <= NAMED else words.count(len(beaten), "other value")
    who = f"{words.enumerated(best)} {verb} than {others}, by {'up to ' if len(shown) > 1 else ''}{size}"
    small = abs(largest.difference.centre) < margin
    verb = ("make" if name in SEVERAL else "makes") if small else ("matter" if name in SEVERAL else "matters")
    part = f", in {len(shown)} of {len(every)} comparisons" if len(shown) < len(every) else ""
    matter = f"{verb} a difference that may be too small to matter" if small else verb
    text = f"{words.the(name)} {matter}: {who}{part}{outcomes.lost_seeds(shown)}"
    return abs(largest.difference.centre), text


def _turned(name: str, comparisons: Mapping[str, Sequence[Comparison]]) -> tuple[float, str] | None:
    """The larger difference, and which value of a parameter is better where; None where some value is worse nowhere.

    Two tests show that: of the same two values, each of which is better once, or else of two pairs that share one.
    """
    shown = [each for each in comparisons[name] if each.outcome in BETTER]
    worse = {each.ranked[1] for each in shown}
    if not shown or any(each.ranked[0] not in worse for each in shown):
        return None
    ways = [(one, other) for one in shown for other in shown if one.ranked == other.ranked[::-1]] or [
        (one, other) for one in shown for other in shown if one.ranked[1] == other.ranked[0]
    ]
    pair = max(ways, key=lambda each: sum(abs(one.difference.centre) for one in each))
    first, second = sorted(pair, key=lambda each: -abs(each.difference.centre))
    others = [other for other in comparisons if other != name]
    on = words.the(others[0]) if len(others) == 1 else "the other parameters"
    where = ", and ".join(
        f"{each.ranked[0]} is better than {each.ranked[1]} by {words.size(each.difference)}{each.under}"
        for each in (first, second)
    )
    verb = "are" if name in SEVERAL else "is"
    text = f"which {words.name(name)} {verb} better depends on {on}: {where}{outcomes.lost_seeds([first, second])}"
    return abs(first.difference.centre), text


def _settled(mine: Sequence[Comparison]) -> bool:
    return all(each.outcome == "equivalent" for each in mine)


def _lowest(tables: Tables, standings: Sequence[Standing]) -> str:
    """The lowest error, and how many choices may be as good."""
    best, *others = standings
    text = f"the lowest error{told(tables.study.data)} is {words.centre(tables.error(best.run))}, with "
    text += tables.short(best.choice)
    text += outcomes.lost_of(tables, best.run)
    near = [each for each in others if not each.worse]
    if not near:  # of two choices it has been said which one is better
        return f"{text}, and every other choice is shown to be worse" if len(others) > 1 else text
    if all(each.against is not None and each.against.outcome == "unmeasured" for each in near):
        worse = tables.short(near[0].choice) if len(others) == 1 else "any other choice"
        return f"{text}; there are too few fresh seeds to tell whether {worse} is worse"
    if len(near) == 1:
        return f"{text}; {tables.short(near[0].choice)}{outcomes.lost_of(tables, near[0].run)} may be as good"
    which = f"{len(near)} of the {len(others)}"
    if len(near) == len(others):
        which = "both" if len(near) == 2 else f"all {len(near)}"
    return f"{text}; {which} other choices may be as good"


def _reached(tables: Tables, run: int) -> str:
    """What the only choice reaches."""
    nuisance = tables.record(run).task.nuisance
    error = f"an error{told(tables.study.data)} of {words.centre(tables.error(run))} on fresh seeds"
    error += outcomes.lost_of(tables, run)
    if (several := len(tables.choices())) > 1:
        rest = words.count(several - 1, "other choice")
        not_yet = f"{rest} {'has' if several == 2 else 'have'} not been trained on fresh seeds yet"
        return f"{tables.short(int(tables.row(run)['choice']))} has {error}; {not_yet}"
    if not nuisance:
        return f"this setting has {error}"
    return f"the best setting found is {words.settings(nuisance, tables.design.texts)}, with {error}"


def _gained(gains: Sequence[Gain]) -> str:
    """What tuning the only choice gained, to follow what it reaches."""
    if not gains:
        return ""
    (gain, *_) = gains
    size = f"by {words.size(gain.gain)}"
    return {1: f"; tuning lowered it {size}", -1: f"; tuning raised it {size}"}.get(
        gain.direction, "; tuning is not shown to have changed it"
    )


def _sooner(tables: Tables, race: Race) -> str:
    """Which of the two quickest choices reaches the target sooner, if that is shown."""
    first, second = tables.short(race.first), tables.short(race.second)
    target = f"an error of {words.percent(tables.study.target_error or 0.0)}"
    if race.p < 1 - LEVEL and race.before > race.after:
        pairs = f"{race.before} of {words.count(race.pairs, 'pair')} of seeds"
        return f"{first} reaches {target} sooner than {second}, in {pairs}"
    return f"it cannot be told yet whether {first} or {second} reaches {target} sooner"
