import re
from dataclasses import replace

import numpy as np
import pytest

from reports.conclusions.comparison import compare, judged
from reports.conclusions.tuned import sentences, tuned_again, tuned_grid
from reports.results.tables import read_tables
from reports.statistics.intervals import effective_spread
from reports.statistics.search_spread import reach, with_search
from tests.factories import a_record, a_run, a_study

RNG = np.random.default_rng(0)
NOISE = RNG.normal(0, 0.002, (2, 20))
NOISE -= NOISE.mean(axis=1, keepdims=True)


def searched(steps, shift=0.01, states=(), few=(), **changes):
    """Two choices `shift` apart on fresh seeds, whose trials lie `steps` above the best one, one rate each."""
    record = a_record(
        scientific={"cost": ["quadratic", "cross_entropy"]},
        trials=2 * len(steps),
        confirm_seeds=20,
        **{"sampler": "random", **changes},
    )
    runs = []
    for choice in range(2):
        for index, step in enumerate(steps):
            runs.append(
                a_run(
                    record,
                    slot=2 * index + choice,
                    combination=choice,
                    nuisance=dict.fromkeys(record.nuisance, 0.1 * (index + 1)),
                    errors=[0.05 + shift * choice + step] * dict(few).get(index, 5),
                    state=dict(states).get(index, "complete"),
                )
            )
        errors = 0.05 + shift * choice + NOISE[choice]
        best = 2 * steps.index(0.0) + choice
        runs.append(
            a_run(record, slot=best, combination=choice, errors=errors, phase="confirm", first_seed=1000)
        )
    tables = read_tables(a_study(record, runs))
    return tables, tuned_again(tables, judged(compare(tables, "cost", tables.confirmed), 0.005))


NEAR = [0.0, 0.0005, 0.001, 0.002, 0.004, 0.006, 0.01, 0.02]
FAR = [0.0, 0.008, 0.016, 0.02, 0.03, 0.04, 0.05, 0.06]


def test_where_trials_lie_close_together_the_choices_differ_as_their_settings_do():
    tables, (found,) = searched(NEAR)
    assert found.settings.outcome == "first"
    assert found.differ
    (text,) = sentences(tables, [found])
    assert "The choices differ, not only these settings. Tuned again with 8 trials each" in text
    assert "quadratic would be better than cross-entropy by 1.02 points [0.7" in text


def test_where_the_next_best_trials_lie_far_off_only_the_settings_differ_and_more_trials_are_named():
    tables, (found,) = searched(FAR)
    assert found.settings.outcome == "first"
    assert found.by_luck
    assert found.difference.low < found.settings.difference.low
    (text,) = sentences(tables, [found])
    assert (
        "These settings differ, but one search cannot tell whether the choices would differ if they were tuned again"
        in text
    )
    least = re.search(
        r"It takes at least (\d+) trials of each choice to tell, and more if the difference shrinks", text
    )
    assert found.enough <= int(least[1]) < 1.1 * found.enough
    hopeless = replace(found, enough=np.inf)
    hardly = "ore trials alone would hardly help: even 10 times as many would probably not be enough."
    for several, told, end in (
        ([found] * 2, "To tell for all of them, it takes at least", "shrink with them."),
        ([found, hopeless], "To tell for 1 of them, it takes at least", f"For the others m{hardly}"),
        ([hopeless], "", f"M{hardly}"),
        ([hopeless] * 2, "", f"M{hardly}"),
    ):
        (text,) = sentences(tables, several)
        assert told in text
        assert text.endswith(end)
    many = replace(found, enough=1234.0)
    assert "at least 1,300 trials of each choice" in sentences(tables, [many])[0]
    assert tuned_grid(tables, [many]).rows[0][-1] == "at least 1,300 of each choice"
    assert tuned_grid(tables, [hopeless]).rows[0][-1] == "more trials alone would hardly help"
    assert tuned_grid(tables, [found]).rows[0][3] == "settings differ"


def test_choices_differ_only_if_the_whole_family_of_comparisons_lets_them() -> None:
    tables, (alone,) = searched([0.0, 0.002, 0.0041, 0.006, 0.008, 0.01, 0.02, 0.03])
    assert alone.differ
    assert 0.05 / 3 < alone.p < 0.05
    family = tuned_again(tables, [alone.settings] * 3)
    assert [each.differ for each in family] == [False] * 3
    assert all(each.by_luck and each.difference.high < 0 for each in family)


def test_many_differences_are_counted():
    tables, (found,) = searched(FAR)
    (text,) = sentences(tables, [found] * 4)
    assert "each on these data (this concerns all 4 differences)." in text
    some = sentences(
        tables, [found] * 4 + [replace(found, p=0.001, difference=found.settings.difference)] * 4
    )
    assert "4 of 8 differences would remain." in some[0]
    assert "(this concerns 4 of 8 differences)." in some[1]


def test_a_difference_that_seeds_do_not_show_needs_no_second_finding():
    tables, (found,) = searched(NEAR, shift=0.0)
    assert found.settings.outcome == "equivalent"
    assert not found.differ
    assert sentences(tables, [found]) == []


def test_pruned_and_diverged_trials_count_as_worse_and_widen_nothing():
    _, (whole,) = searched(NEAR)
    tables, (found,) = searched([*NEAR[:5], 0.0, np.nan, -0.01], states={5: "pruned", 7: "pruned"}.items())
    assert found.difference == whole.difference
    assert "8 trials each" in sentences(tables, [found])[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sampler": "grid"}, "Every setting that could be chosen was tried"),
        ({"sizes": (8, 8)}, "Every setting that could be chosen was tried"),
        ({"objective": "epochs_to_target", "target_error": 0.1}, "the search looked for the fewest epochs"),
    ],
)
def test_it_says_where_the_search_left_nothing_to_chance_or_its_luck_cannot_be_known(changes, said):
    tables, found = searched(FAR, **changes)
    assert said in sentences(tables, found)[0]
    left_nothing = "sizes" in changes or "sampler" in changes
    assert (found[0].difference == found[0].settings.difference) == left_nothing
    assert found[0].difference.has_interval == left_nothing


@pytest.mark.parametrize("trials", [1, 4])
def test_few_trials_of_a_choice_tell_nothing_of_another_search(trials):
    tables, found = searched(FAR[:trials])
    (text,) = sentences(tables, found)
    assert "not known" in text
    assert f"{trials} trial" in text


def test_where_nothing_was_tuned_there_is_nothing_to_tune_again():
    tables, found = searched([0.0], nuisance={})
    assert sentences(tables, found) == []
    assert tuned_grid(tables, found) is None


def test_the_interval_of_the_choices_is_that_of_their_trials_and_of_the_noise_of_their_seeds():
    tables, (found,) = searched(NEAR)
    reaches = [
        reach(
            [0.05 + 0.01 * choice + step for step in NEAR],
            float(effective_spread(tables.errors(tables.confirmed[choice]))) / np.sqrt(5),
        )
        for choice in range(2)
    ]
    expected = with_search(found.settings.difference, reaches)
    assert (found.difference.low, found.difference.high) == pytest.approx((expected.low, expected.high))
    assert reaches[0] > 1.01 * reach(NEAR), "the noise counts"


def test_a_trial_that_left_a_race_with_luck_is_no_better_than_the_winner():
    _, (lucky,) = searched([*NEAR[:5], -0.01], few={5: 2})
    _, (even,) = searched([*NEAR[:5], 0.0], few={5: 2})
    assert lucky.settings.runs == even.settings.runs
    assert (lucky.difference.low, lucky.difference.high) == pytest.approx(
        (even.difference.low, even.difference.high)
    )


def test_a_sampler_that_learns_is_trusted_only_as_far_as_it_gained():
    rising = [0.03, 0.02, 0.03, 0.02, 0.0, 0.0005, 0.001, 0.001]
    _, (by_chance,) = searched(rising)
    _, (learnt,) = searched(rising, sampler="tpe")
    assert by_chance.differ
    assert learnt.by_luck
