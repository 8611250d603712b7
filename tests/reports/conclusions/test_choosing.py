"""How many trials the sampler chose, how many were chosen beforehand, and of how many settings there are."""

from itertools import islice

import pytest

from reports.conclusions import choosing, doubts
from reports.conclusions.verdict import reach_verdict
from reports.page.sections import head, sections
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study


def searched(chosen, *, own=0.0, **changes):
    """The tables of a study of four choices, each tried like this: a rate and how it was chosen."""
    record = a_record(trials=4 * len(chosen), **changes)
    runs = [
        a_run(
            record,
            slot=4 * place + choice,
            combination=choice,
            chosen=how,
            errors=[0.1 + 0.01 * place] * 5,
            nuisance={"learning_rate": 1.0 + place + (own * choice if how != "beforehand" else 0)},
        )
        for place, how in enumerate(chosen)
        for choice in range(4)
    ]
    return read_tables(a_study(record, runs))


def test_the_search_says_how_many_trials_the_sampler_chose_after_its_start():
    tables = searched(["beforehand", "beforehand", "learnt", "untried"], own=0.1, sampler="tpe")
    assert choosing.chosen_sentences(tables) == [
        (
            "Of 16 trials, 8 were chosen in advance (2 settings, the same for all 4 choices); tpe chose 4 from earlier "
            "results and 4 were drawn at random because tpe suggested settings already tried."
        ),
    ]
    assert "16 settings × 5 seeds, 4 of them chosen by tpe from earlier results: " in head(tables)[2]


@pytest.mark.parametrize("sampler", ["random", "qmc", "grid"])
def test_a_sampler_that_does_not_learn_is_said_to_have_chosen_all_beforehand(sampler):
    tables = searched(["beforehand"] * 3, sampler=sampler)
    assert choosing.chosen_sentences(tables) == [
        f"The settings of all 12 trials were chosen in advance ({sampler}), without using any results."
    ]
    assert "chosen" not in head(tables)[2]


def test_of_an_older_record_nothing_is_said():
    assert not choosing.chosen_sentences(searched([""] * 3))


def test_the_rates_that_all_choices_share_are_counted_since_they_make_one_comparison_exact():
    tables = searched(["beforehand", "beforehand", "learnt"], own=0.1, sampler="tpe")
    assert choosing.common_rates(tables) == 2
    _, fair = islice(sections(tables, reach_verdict(tables)), 2)
    assert (
        "Every choice was tried at the same 2 learning rates, so they can be compared at one and the same rate."
        in fair.sentences
    )


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ((3,), "10 trials were asked for, but there are only 3 settings to try, and each is tried once."),
        ((1,), "10 trials were asked for, but there is only 1 setting to try, and each is tried once."),
        (
            (3, None),
            "5 trials of each choice were asked for, but 1 of 2 has fewer settings than that to try, ",
        ),
        (
            (3, 2),
            "5 trials of each choice were asked for, but there are fewer settings of each to try, and each is tried ",
        ),
        ((10,), None),
        ((None,), None),
    ],
)
def test_more_trials_than_there_are_settings_are_said_to_be_so(sizes, told):
    record = a_record(
        scientific={"cost": ["quadratic", "cross_entropy"][: len(sizes)]}, asked=10, sizes=sizes, trials=1
    )
    found = choosing.chosen_sentences(read_tables(a_study(record, [a_run(record, slot=0)])))
    assert [one.startswith(told) for one in found] == [True] if told else not found


def test_trials_of_one_setting_are_counted_as_one_setting():
    """As an earlier version recorded them."""
    record = a_record()
    tables = read_tables(a_study(record, [a_run(record, slot=slot) for slot in range(3)]))
    assert head(tables)[2].startswith("3 trials of 1 setting × 5 seeds: ")


def test_a_choice_whose_every_setting_was_tried_is_not_said_to_have_been_searched_less():
    def warned(sizes):
        record = a_record(scientific={"cost": ["quadratic", "cross_entropy"]}, trials=12, sizes=sizes)
        runs = [a_run(record, slot=0)]
        runs += [
            a_run(record, slot=1 + slot, combination=1, nuisance={"learning_rate": 0.1 * (slot + 1)})
            for slot in range(11)
        ]
        tables = read_tables(a_study(record, runs))
        return doubts.unequal_budget(tables), doubts.thin_search(tables)

    assert warned((1, None)) == ([], [])
    assert all(warned((None, None)))
