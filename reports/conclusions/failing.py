"""Where networks fail: the rule that was learnt from the trials, and how it did on fresh settings.

`experiments.outcome.failure_rule` says what a rule is. It is stated only if it is right for `ACCURACY` of the fresh
settings, half of which are on either side of it: a rule that says nothing is right for about half of them.
"""

from dataclasses import dataclass

from experiments.outcome.failure_rule import ACCURACY, PROBES, Condition, Rule
from experiments.outcome.share_interval import wilson
from reports import words
from reports.grid import Grid
from reports.results.states import STUCK
from reports.results.tables import Tables
from reports.statistics.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Checked:
    """A rule and how it did on fresh settings.

    Attributes:
        rule: the rule.
        inside: how many fresh settings failed where it says so, and how many there are.
        outside: the same where it says that they do not.
        ways: how those inside failed: "diverged", "got stuck".
    """

    rule: Rule
    inside: tuple[int, int]
    outside: tuple[int, int]
    ways: tuple[str, ...]

    @property
    def right(self) -> int:
        """For how many fresh settings the rule is right."""
        return self.inside[0] + self.outside[1] - self.outside[0]

    @property
    def accuracy(self) -> Estimate:
        """The share of fresh settings for which it is right, with Wilson's interval."""
        n = self.inside[1] + self.outside[1]
        share = self.right / n
        return Estimate(share, *wilson(share, n), n)

    @property
    def holds(self) -> bool:
        """Whether it is right often enough to be stated."""
        return self.accuracy.centre >= ACCURACY


def checked(tables: Tables) -> Checked | None:
    """The last rule of which every fresh setting was trained; None without one."""
    probes = tables.probes.assign(rule=[run.task.run_key.rpartition("-")[2] for run in tables.probe_runs])
    whole = (
        [mine for _, mine in probes.groupby("rule", sort=False) if len(mine) == PROBES] if len(probes) else []
    )
    rules = [(Rule.from_json(tables.probe_runs[mine.index[0]].task.rule), mine) for mine in whole]
    if not rules:
        return None
    rule, mine = max(rules, key=lambda each: each[0].trials)
    failed = mine["state"].isin(STUCK)
    said = mine.index.map(lambda place: rule.fails(tables.probe_runs[place].task.settings)).to_numpy(
        dtype=bool
    )
    ways = {"diverged": "diverged", "stuck": "got stuck"}
    return Checked(
        rule,
        (int(failed[said].sum()), int(said.sum())),
        (int(failed[~said].sum()), int((~said).sum())),
        tuple(text for state, text in ways.items() if (mine["state"][said] == state).any()),
    )


def sentences(found: Checked | None) -> list[str]:
    """Where networks fail, if the rule holds."""
    if found is None or not found.holds:
        return []
    failed, inside = found.inside
    elsewhere, outside = found.outside
    how = words.enumerated(found.ways, "or")
    by = f"by epoch {found.rule.epoch}"
    share, right = words.portion(failed / inside, 0), words.share(found.accuracy)
    return [
        (
            f"{words.sentence(where(found.rule))}, {share} of networks fail ({failed} of {inside} fresh settings {how} "
            f"{by}); elsewhere {words.portion(elsewhere / outside, 0)} do ({elsewhere} of {outside}). This rule was "
            f"learnt from {words.count(found.rule.trials, 'trial')} and is right for {right} of fresh settings."
        )
    ]


def where(rule: Rule) -> str:
    """Where a rule says that networks fail: "with cross-entropy above learning rate 31"."""
    made_of = [text for each in rule.conditions if (text := _made_of(each))]
    sides = [
        f"{each.how} {words.name(each.parameter)} {words.value(each.value)}"
        for each in rule.conditions
        if not _made_of(each)
    ]
    return " ".join([f"with {words.enumerated(made_of)}"] * bool(made_of) + sides)


def _made_of(condition: Condition) -> str:
    """What networks have that meet a condition; empty of a side of a number."""
    if condition.how == "is":
        return words.values({condition.parameter: condition.value})
    if condition.parameter == "depth":
        more = "more than" if condition.how == "above" else "at most"
        return f"{more} {words.count(condition.value, 'hidden layer')}"
    return ""


def rule_grid(found: Checked | None) -> Grid | None:
    """How a rule did on fresh settings, whether it is stated or not; None where none was tried."""
    if found is None:
        return None
    stated = found.holds
    names = (where(found.rule), "elsewhere") if stated else ("where it says that they fail", "elsewhere")
    rows = tuple(
        (name, str(failed), str(n), words.portion(right / n, 0))
        for name, (failed, n), right in zip(
            names,
            (found.inside, found.outside),
            (found.inside[0], found.outside[1] - found.outside[0]),
            strict=True,
        )
    )
    outcome = "so it is stated" if stated else f"below {words.portion(ACCURACY, 0)}, so it is not stated"
    caption = (
        f"A rule of where networks fail, learnt from {words.count(found.rule.trials, 'trial')} and tried on fresh "
        f"settings of one network each: right for {words.share(found.accuracy)} of them, {outcome}"
    )
    return Grid(
        caption, ("networks", "failed", "of fresh settings", "rule is right for"), rows, frozenset({1, 2, 3})
    )
