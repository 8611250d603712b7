"""Sentences on how the settings of the trials were chosen: in advance, or by the sampler from earlier results."""

from collections.abc import Sequence

import pandas as pd

from experiments.choices import Identity, identity
from reports import words
from reports.results.record_rows import SETTING
from reports.results.tables import Tables


def chosen_sentences(tables: Tables) -> list[str]:
    """How many settings the sampler chose after its start, and how many there were to try; none of older records."""
    search, sampler = tables.of_phase("search"), tables.study.sampler
    counts = search["chosen"].value_counts().to_dict()
    learnt, instead = counts.get("learnt", 0), counts.get("untried", 0)
    beforehand = counts.get("beforehand", 0)
    sentences = _surplus(tables)
    if not beforehand or not tables.study.nuisance:
        return sentences
    whole = words.count(len(search), "trial")
    if not learnt + instead:
        none = f"The settings of all {whole}" if len(search) > 1 else "The setting of the one trial"
        return [
            f"{none} {'were' if len(search) > 1 else 'was'} chosen in advance ({sampler}), without using any results.",
            *sentences,
        ]
    start = f"Of {whole}, {beforehand} were chosen in advance{_common(tables)}"
    own = f"{sampler} chose {learnt} from earlier results" if learnt else ""
    by_chance = (
        f"{instead} were drawn at random because {sampler} suggested settings already tried"
        if instead
        else ""
    )
    return [f"{start}; {words.enumerated([part for part in (own, by_chance) if part])}.", *sentences]


def _common(tables: Tables) -> str:
    """` (8 settings, the same for all 9 choices)`, where every choice began alike."""
    search = tables.of_phase("search")
    starts = _settings_of_each(tables, search[search["chosen"] == "beforehand"])
    shared = set.intersection(*starts) if starts else set()
    if len(starts) < 2 or any(one != shared for one in starts):
        return ""
    every = "both" if len(starts) == 2 else f"all {len(starts)}"
    return f" ({words.count(len(shared), 'setting')}, the same for {every} choices)"


def common_rates(tables: Tables) -> int:
    """At how many learning rates every choice was tried, exactly."""
    search = tables.of_phase("search")
    rates = [set(mine[f"{SETTING}learning_rate"]) for _, mine in search.groupby("choice")]
    return len(set.intersection(*rates)) if rates else 0


def _settings_of_each(tables: Tables, trials: pd.DataFrame) -> Sequence[set[Identity]]:
    """The nuisance parameters that each choice was tried at."""
    groups = (mine.index for _, mine in trials.groupby("choice"))
    return [{identity(tables.record(int(run)).task.nuisance) for run in runs} for runs in groups]


def distinct_settings(tables: Tables) -> int:
    """How many different settings the trials of the search have."""
    return len({identity(tables.record(int(run)).task.settings) for run in tables.of_phase("search").index})


def exhausted(tables: Tables) -> set[int]:
    """The choices of which every setting has been tried: more trials of them would tell nothing new."""
    record, search = tables.study, tables.of_phase("search")
    ended = search[search["state"] != "failed"].groupby("combination").size()
    sizes = dict(enumerate(record.sizes))
    open_ones = {
        tables.design.choice(scientific)
        for place, scientific in enumerate(record.combinations)
        if (size := sizes.get(place)) is None or ended.get(place, 0) < size
    }
    return set(tables.choices()) - open_ones


def _surplus(tables: Tables) -> list[str]:
    """More trials were asked for than there are settings to try."""
    record = tables.study
    if not record.asked or not record.sizes:
        return []
    share = -(-record.asked // len(record.sizes))
    few = [size for size in record.sizes if size is not None and size < share]
    if not few:
        return []
    if len(record.sizes) == 1:
        there = "there is only 1 setting" if few == [1] else f"there are only {few[0]} settings"
        return [f"{record.asked} trials were asked for, but {there} to try, and each is tried once."]
    which = f"{len(few)} of {len(record.sizes)} {'has' if len(few) == 1 else 'have'}"
    fewer = f"{which} fewer settings than that to try, and each is tried once"
    if len(few) == len(record.sizes):
        fewer = "there are fewer settings of each to try, and each is tried once"
    return [f"{words.count(share, 'trial')} of each choice were asked for, but {fewer}."]
