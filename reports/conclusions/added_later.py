"""What a study got after it had begun: choices and values that were added, perhaps because of what was seen.

A choice that is added after a look counts among the comparisons like every other, so Holm's correction covers it. No
correction covers why it was added, or why nothing was added before: the page therefore marks it.
"""

from collections.abc import Mapping
from typing import Any, Final

from reports import words
from reports.results.tables import Tables

MARK: Final = "added later"
"""What stands with a choice that was added."""


def choices_added(tables: Tables) -> frozenset[int]:
    """The choices that were added after the first trial."""
    return frozenset(choice for each in tables.study.grown for choice in _choices(tables, each))


def _choices(tables: Tables, each: Mapping[str, Any]) -> frozenset[int]:
    """The choices that were added at one time, those that a later change has taken away aside."""
    there = [dict(one) for one in tables.study.combinations]
    return frozenset(tables.design.choice(one) for one in map(dict, each["combinations"]) if one in there)


def marked(tables: Tables, choice: int) -> str:
    """A choice in short, with a mark if it was added later."""
    mark = f" ({MARK})" if choice in choices_added(tables) else ""
    return f"{tables.short(choice)}{mark}"


def warnings(tables: Tables, tests: int) -> list[str]:
    """What was added, when and after which look, each time; and what the sampler makes of it.

    Args:
        tables: the study.
        tests: how many tests of a difference the report makes, those with added choices among them.
    """
    told = [_warning(tables, each, tests) for each in tables.study.grown]
    if told and _learns(tables):
        told.append(
            f"The sampler {tables.study.sampler} learns: it knew the earlier trials when it chose the later ones, so "
            "the same study run at once would have other trials."
        )
    return told


def on_data_sets(tables: Tables) -> list[str]:
    """That the question was asked on other data sets too, whose findings this report does not count."""
    studies = tables.study.data_sets.values()
    if not studies:
        return []
    asked = f"The same question was asked on {len(studies)} data sets, each in a study of its own"
    return [f"{asked}. To correct the findings on all of them together: chainrule report {' '.join(studies)}"]


def _learns(tables: Tables) -> bool:
    return any(run.task.chosen == "learnt" for run in tables.study.of_phase("search"))


def _warning(tables: Tables, each: Mapping[str, Any], tests: int) -> str:
    """What was added at one time."""
    choices = sorted(_choices(tables, each))
    rest = "; ".join(
        line for line in each["added"] if not (choices and line.startswith("search.scientific."))
    )
    seen = "after the verdict could be read" if each["finished"] else "while the study ran"
    when = f"{seen}, on {words.moment(each['at'])}, with {words.count(each['trials'], 'trial')} trained"
    doubt = (
        " What was seen by then may be the reason, and nothing corrects for that." if each["finished"] else ""
    )
    if not choices:
        return f"The study was extended {when}: {rest}.{doubt}"
    are, they = ("were", "they count") if len(choices) > 1 else ("was", "it counts")
    holm = f"; {they} among the {tests} tests that are corrected together" if tests > 1 else ""
    more = f" At the same time the study got {rest}." if rest else ""
    what = words.few(map(tables.short, choices))
    return words.sentence(f"{what} {are} added {when}{holm}.{more}{doubt}")
