import numpy as np
import pytest

from reports.conclusions import doubts
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study

GOOD, STUCK = [0.1] * 5, [0.9] * 5


def searched(tried, **changes):
    """Tables of one choice's trials, from learning rates and their errors."""
    record = a_record(**{"scientific": {}, "combinations": ({},), "trials": len(tried), **changes})
    runs = [
        a_run(record, slot=slot, nuisance={"learning_rate": rate}, errors=errors)
        for slot, (rate, errors) in enumerate(tried)
    ]
    return read_tables(a_study(record, runs))


def test_a_best_rate_with_worse_ones_on_either_side_raises_no_doubt():
    tables = searched([(0.1, [0.3] * 5), (1.0, GOOD), (10.0, [0.2] * 5)])
    assert doubts.at_the_edge(tables) == []
    assert doubts.at_a_cliff(tables) == []
    (edge,) = doubts.edges(tables)
    assert (edge.side, edge.advice) == ("", "")
    assert edge.position == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("best", "side", "advice"), [(10.0, "upper", "search higher"), (0.1, "lower", "search lower")]
)
def test_the_outermost_trial_being_best_is_an_edge(best, side, advice):
    tables = searched([(rate, GOOD if rate == best else [0.3] * 5) for rate in (0.1, 1.0, 10.0)])
    (edge,) = doubts.edges(tables)
    assert (edge.side, edge.advice) == (side, advice)
    (text,) = doubts.at_the_edge(tables)
    assert f"{side} edge" in text
    assert "[0.01, 100]" in text


@pytest.mark.parametrize(("least", "side"), [(1, ""), (2, "lower")])
def test_where_nothing_lies_beyond_there_is_no_edge(least, side):
    depths = [least, least + 1, least + 2]
    record = a_record(scientific={}, combinations=({},), trials=3, nuisance={"depth": depths})
    runs = [
        a_run(record, slot=slot, nuisance={"depth": depth}, errors=[0.1 * depth] * 5)
        for slot, depth in enumerate(depths)
    ]
    (edge,) = doubts.edges(read_tables(a_study(record, runs)))
    assert edge.side == side


@pytest.mark.parametrize(
    ("name", "allowed", "best", "advice"),
    [
        ("momentum", {"low": 0.5, "high": 0.9}, 0.9, "search higher (towards 1)"),
        ("momentum", {"low": 0.5, "high": 0.99}, 0.985, ""),
        ("momentum", {"low": 0.0, "high": 0.9}, 0.01, ""),
        ("schedule_factor", [0.1, 0.5, 1.0], 1.0, ""),
        ("schedule_factor", [0.1, 0.3, 0.5], 0.5, "search higher (towards 1)"),
        ("width", {"low": 1, "high": 64, "log": True}, 1, ""),
        ("width", {"low": 4, "high": 64, "log": True}, 4, "search lower (towards 1)"),
        ("width", {"low": 4, "high": 64, "log": True}, 64, "search higher"),
        ("l2", {"low": 1e-5, "high": 0.1, "log": True}, 1e-5, "search lower (towards 0)"),
    ],
)
def test_no_advice_leads_beyond_what_has_a_meaning(name, allowed, best, advice):
    record = a_record(scientific={}, combinations=({},), trials=3, nuisance={name: allowed})
    ends = allowed[::2] if isinstance(allowed, list) else (allowed["low"], allowed["high"])
    tried = [best, sum(ends) / 2, max(ends, key=lambda end: abs(end - best))]
    runs = [
        a_run(
            record,
            slot=slot,
            nuisance={"depth": 1, "widths": [value]} if name == "width" else {name: value},
            errors=[0.1 if value == best else 0.3] * 5,
        )
        for slot, value in enumerate(tried)
    ]
    (edge,) = doubts.edges(read_tables(a_study(record, runs)))
    assert edge.advice == advice


@pytest.mark.parametrize(
    ("allowed", "trials", "thin"),
    [([0.1, 1.0], 2, False), ([0.1, 1.0, 10.0], 2, True), ({"low": 0.1, "high": 1.0}, 3, True),
     ({"low": 0.1, "high": 1.0}, 4, False)],
)  # fmt: skip
def test_a_choice_with_hardly_a_trial_was_not_tuned(allowed, trials, thin):
    sizes = (len(allowed) if isinstance(allowed, list) else None,)
    nuisance = {"learning_rate": allowed}
    record = a_record(scientific={}, combinations=({},), trials=trials, nuisance=nuisance, sizes=sizes)
    runs = [a_run(record, slot=slot, nuisance={"learning_rate": 0.1 * (slot + 1)}) for slot in range(trials)]
    assert bool(doubts.thin_search(read_tables(a_study(record, runs)))) == thin


def test_one_seed_says_nothing_about_spread_and_few_bear_no_interval():
    record = a_record(scientific={}, combinations=({},), trials=1)
    said = {
        seeds: doubts.few_seeds(read_tables(a_study(record, [a_run(record, slot=0, errors=[0.1] * seeds)])))
        for seeds in (1, 4, 5)
    }
    assert "nothing about spread" in said[1][0]
    assert "no interval" in said[4][0]
    assert said[5] == []


def test_a_neighbour_hardly_further_out_does_not_take_the_edge_away():
    tables = searched([(0.1, [0.3] * 5), (9.3, GOOD), (9.8, [0.11] * 5)], nuisance={
        "learning_rate": {"low": 0.01, "high": 10.0, "log": True}})  # fmt: skip
    assert [edge.side for edge in doubts.edges(tables)] == ["upper"]


def test_a_neighbour_hardly_further_out_that_fails_does():
    tables = searched([(0.1, [0.3] * 5), (9.3, GOOD), (9.8, STUCK)], nuisance={
        "learning_rate": {"low": 0.01, "high": 10.0, "log": True}})  # fmt: skip
    assert [edge.side for edge in doubts.edges(tables)] == [""]


def test_values_of_a_list_lie_at_equal_distances_however_far_apart_they_are():
    rates = [0.02, 0.5, 1.5, 5.0, 50.0]
    tables = searched(
        [(rate, GOOD if rate == 1.5 else [0.3] * 5) for rate in rates], nuisance={"learning_rate": rates}
    )
    (edge,) = doubts.edges(tables)
    assert (edge.side, edge.position) == ("", 0.5)
    assert tables.design.axis.log


def test_a_choice_that_learnt_nothing_has_no_best_value():
    tables = searched([(0.1, [0.89] * 5), (1.0, STUCK), (10.0, STUCK)])
    assert doubts.edges(tables) == []
    assert doubts.at_a_cliff(tables) == []


def test_a_failing_rate_beyond_the_best_is_a_cliff_and_no_edge():
    tables = searched([(0.1, [0.3] * 5), (1.0, GOOD), (3.0, STUCK)])
    assert doubts.at_the_edge(tables) == []
    (text,) = doubts.at_a_cliff(tables)
    assert "failing at 3" in text


def test_there_is_no_cliff_where_a_minority_fails_or_the_failing_rate_is_far_away():
    assert not doubts.at_a_cliff(
        searched([(0.1, [0.3] * 5), (1.0, GOOD), (3.0, [0.2, 0.2, 0.2, 0.9, np.nan])])
    )
    assert not doubts.at_a_cliff(searched([(0.1, [0.3] * 5), (1.0, GOOD), (30.0, STUCK)]))


@pytest.mark.parametrize("ending", [0.9, np.nan])
def test_more_than_a_fifth_of_failed_seeds_is_said(ending):
    few = [(1.0, GOOD), (2.0, [0.1, 0.1, 0.1, ending, ending])]
    assert doubts.many_failed(searched(few)) == []
    (text,) = doubts.many_failed(searched([*few, (3.0, [ending] * 5)]))
    assert "Of 15 networks trained in the search, 7" in text


def test_an_error_that_still_falls_in_the_last_quarter_needs_more_epochs():
    assert doubts.budget_too_small(searched([(1.0, [0.1, 0.11, 0.12, 0.1, 0.11])])) != []


def test_a_curve_that_has_levelled_off_does_not():
    record = a_record()
    made = a_run(record, slot=0)
    made.curves["validation_error"][:, 4:] = 0.1 + 0.001 * np.arange(4) % 2
    assert doubts.budget_too_small(read_tables(a_study(record, [made]))) == []


def test_failed_fresh_seeds_and_flattered_winners_are_named():
    record = a_record(scientific={}, combinations=({},))
    runs = [
        a_run(record, slot=0, errors=0.1 + 0.001 * np.arange(-2, 3)),
        a_run(record, slot=1, errors=[0.2] * 5),
        a_run(record, slot=0, errors=[*(0.13 + 0.001 * np.arange(9)), 0.9], phase="confirm", first_seed=100),
    ]
    tables = read_tables(a_study(record, runs))
    alone = read_tables(a_study(record, [runs[0], runs[2]]))
    assert doubts.flattered(alone, 0.005) == []  # nothing was chosen
    assert "1 of 10" in doubts.failed_when_confirmed(tables)[0]
    assert "10.0 %, then 13.4 %" in doubts.flattered(tables, 0.005)[0]
    assert doubts.flattered(tables, 0.5) == []


def test_choices_that_were_searched_less_are_named():
    record = a_record(scientific={"cost": ["quadratic", "cross_entropy"]})
    runs = [a_run(record, slot=slot, combination=int(slot > 2)) for slot in range(5)]
    assert "2 trials for cross-entropy, 3 for quadratic" in doubts.unequal_budget(
        read_tables(a_study(record, runs))
    )[0]  # fmt: skip
    assert doubts.unequal_budget(read_tables(a_study(record, runs[1:]))) == []


def test_a_numeric_list_of_choices_has_edges_and_a_list_of_words_has_none():
    record = a_record(
        scientific={},
        combinations=({},),
        nuisance={"batch_size": [8, 16, 32], "schedule": ["constant", "cosine"]},
    )
    runs = [
        a_run(
            record,
            slot=slot,
            nuisance={"batch_size": size, "schedule": "cosine"},
            errors=[0.1 * (slot + 1)] * 5,
        )
        for slot, size in enumerate((8, 16, 32))
    ]
    (edge,) = doubts.edges(read_tables(a_study(record, runs)))
    assert (edge.parameter.name, edge.side, edge.allowed) == ("batch_size", "lower", "[8, 16, 32]")


def test_a_study_of_two_versions_says_so():
    record = a_record(changes=("numpy 2.3 before, 2.4 now",))
    (told,) = doubts.changed(read_tables(a_study(record, [a_run(record, slot=0)])))
    assert told.startswith("This study was resumed after a change (numpy 2.3 before, 2.4 now)")
    assert doubts.changed(read_tables(a_study(a_record(), []))) == []


def test_a_best_rate_at_the_edge_that_one_further_in_may_match_is_no_edge():
    inner, outer = [0.1, 0.104, 0.098, 0.102, 0.096], [0.101, 0.1, 0.103, 0.097, 0.094]
    near = searched([(0.1, [0.3] * 5), (1.0, inner), (90.0, outer)])
    assert [edge.side for edge in doubts.edges(near)] == [""]
    apart = searched([(0.1, [0.3] * 5), (1.0, [0.1 + each for each in inner]), (90.0, outer)])
    assert [edge.side for edge in doubts.edges(apart)] == ["upper"]


def test_too_few_seeds_raise_no_doubt_that_needs_a_test():
    few = searched([(0.1, [0.3] * 3), (1.0, [0.1] * 3), (3.0, [0.9] * 3)])
    assert doubts.at_a_cliff(few) == []
    assert doubts.budget_too_small(few) == []
    assert doubts.at_the_edge(searched([(0.1, [0.3] * 3), (1.0, [0.2] * 3), (50.0, [0.1] * 3)])) == []


@pytest.mark.parametrize(
    ("changes", "doubted"),
    [
        ({}, False),
        ({"fixed": {"class_weights": "balanced"}}, True),
        ({"fixed": {"class_weights": {"7": 2.0}}}, True),
        ({"nuisance": {"class_weights": ["none", "balanced"]}}, True),
        ({"nuisance": {"class_weights": ["none"]}}, False),
        ({"scientific": {"class_weights": ["none", "balanced"]}, "combinations": ()}, True),
    ],
)
def test_class_weights_that_the_error_does_not_have_are_doubted(changes, doubted):
    found = doubts.weighed_otherwise(searched([], **changes))
    assert [text[:22] for text in found] == ["Class weights make exa"] * doubted
    balanced = {**a_record().data, "error": "balanced_error"}
    assert doubts.weighed_otherwise(searched([], **changes, data=balanced)) == []


def test_a_doubt_is_told_of_those_that_holms_correction_over_all_tested_leaves():
    assert doubts._told_of([("a", 0.01), ("b", 0.03), ("", 0.9)], "Of {}.") == ["Of a."]
    assert doubts._told_of([("a", 0.02), ("b", 0.9), ("c", 0.9)], "Of {}.") == []
    assert doubts._told_of([("", 0.01)], "Of {}.") == []
