from reports.conclusions.trust import trust_grid
from reports.results.tables import read_tables
from tests.factories import a_record, a_run, a_study


def test_every_trial_is_of_one_kind(odd_study):
    tables = read_tables(odd_study)
    grid = trust_grid(tables)
    search = tables.of_phase("search")
    if grid is None:
        assert search.empty
        return
    assert sum(int(row[1]) for row in grid.rows if row[0] != "trained again on fresh seeds") == len(search)


def test_trials_that_the_seeds_cannot_tell_from_the_best_are_counted_apart():
    record = a_record(scientific={}, combinations=({},))
    luck = [0.10, 0.12, 0.11, 0.13, 0.10]
    errors = [
        [0.1, 0.11, 0.12, 0.12, 0.1],
        luck,
        [0.5, 0.52, 0.51, 0.53, 0.5],
        [0.9] * 5,
        [0.2, 0.2, 0.2, 0.9, 0.9],
    ]
    runs = [a_run(record, slot=slot, errors=each) for slot, each in enumerate(errors)]
    kinds = {row[0]: int(row[1]) for row in trust_grid(read_tables(a_study(record, runs))).rows}
    assert kinds == {
        "the best of each choice in the search": 1,
        "not distinguishable from their choice's best": 2,
        "worse than their choice's best": 1,
        "diverged, stuck or slow": 1,
    }
