"""How the combinations of a study stand while it runs."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from experiments.outcome.standings import Leaders, standings_of
from experiments.outcome.winners import winners
from experiments.recording.look_schedule import named
from experiments.recording.merging_seeds import overlaid
from experiments.recording.records import RunRecord, in_order
from tests.factories import a_record, a_run

STUDY = a_record(scientific={"cost": ["quadratic", "cross_entropy"]}, trials=8, seeds=4, confirm_seeds=5)

ERRORS = st.lists(st.sampled_from([0.1, 0.2, 0.3, float("nan")]), min_size=4, max_size=4)


def trial(slot: int, errors: list[float], first: int = 0) -> RunRecord:
    return a_run(STUDY, slot=slot, combination=slot % 2, errors=errors, first_seed=first)


def fresh(slot: int, errors: list[float], first: int = 1000) -> RunRecord:
    return a_run(STUDY, slot=slot, combination=slot % 2, errors=errors, phase="confirm", first_seed=first)


def leader_of(runs: list[RunRecord], combination: int) -> RunRecord | None:
    places = winners(runs, lambda run: run.task.combination)
    return runs[places[combination]] if combination in places else None


@given(st.lists(ERRORS, min_size=1, max_size=8), st.booleans())
def test_of_a_study_that_goes_on_the_runs_that_lead_are_kept(every: list[list[float]], race: bool) -> None:
    """Whatever order the trials end in, all at once or, in a race, with further seeds afterwards."""
    leaders, whole = Leaders(STUDY), [trial(slot, errors) for slot, errors in enumerate(every)]
    ended: dict[str, RunRecord] = {}
    parts = [(trial(slot, errors[:2]), trial(slot, errors[2:], 2)) for slot, errors in enumerate(every)]
    told = [*(first for first, _ in parts), *(more for _, more in parts)] if race else whole
    for record in told:
        leaders.add(record)
        ended = overlaid(ended, [record], STUDY)
        leading = [leader_of(list(ended.values()), place) for place in range(2)]
        leaders.forget_others({run.task.run_key for run in leading if run})
        for place, run in enumerate(leading):
            found, confirmed = leaders.of(place, run.task.run_key if run else "")
            assert confirmed is None
            assert (found is None) == (run is None)
            if run and found:
                assert found.task.seeds == run.task.seeds
                assert found.objective == run.objective
                assert np.array_equal(
                    found.curves["validation_error"], run.curves["validation_error"], equal_nan=True
                )


def test_nothing_is_kept_of_trials_that_do_not_lead() -> None:
    leaders = Leaders(STUDY)
    for slot in range(6):
        leaders.add(trial(slot, [0.1 * (slot + 1)] * 4))
        leaders.forget_others({trial(min(slot, 1), []).task.run_key, trial(0, []).task.run_key})
    assert leaders.of(0, trial(0, []).task.run_key)[0] is not None
    assert leaders.of(0, trial(4, []).task.run_key)[0] is None


def test_fresh_seeds_are_added_look_by_look_and_those_made_again_replace_them() -> None:
    leaders = Leaders(STUDY)
    leaders.add(fresh(3, [0.1, 0.2]))
    leaders.add(fresh(3, [0.3], 1002))
    _, confirmed = leaders.of(1, "")
    assert confirmed is not None
    assert confirmed.task.seeds == (1000, 1001, 1002)
    again = fresh(3, [0.4] * 5)
    leaders.add(replace(again, task=replace(again.task, run_key="made again")))
    assert leaders.of(1, "")[1].task.run_key == "made again"  # type: ignore[union-attr]


def test_further_seeds_of_a_trial_that_is_not_known_are_no_trial() -> None:
    leaders = Leaders(STUDY)
    leaders.add(trial(0, [0.1, 0.2], 2))
    leaders.add(fresh(0, [0.1], 1003))
    assert leaders.of(0, trial(0, []).task.run_key) == (None, None)


def test_further_seeds_of_winners_of_another_design_are_not_added_to_those_of_this_one() -> None:
    leaders = Leaders(STUDY)
    leaders.add(fresh(0, [0.1, 0.2]))
    other = fresh(0, [0.9], 1002)
    leaders.add(replace(other, task=replace(other.task, run_key="another")))
    assert leaders.of(0, "")[1].task.seeds == (1000, 1001)  # type: ignore[union-attr]


def test_of_winners_trained_again_with_more_fresh_seeds_the_latter_are_shown() -> None:
    asked = fresh(0, [0.2] * 5)
    asked = replace(asked, task=replace(asked.task, run_key=f"a-confirm-0{named(5, None)}"))
    before = fresh(0, [0.4] * 3)
    before = replace(before, task=replace(before.task, run_key=f"a-confirm-0{named(3, None)}"))
    for runs in ([trial(0, [0.1] * 4), asked, before], [trial(0, [0.1] * 4), before, asked]):
        (first, _) = standings_of(replace(STUDY, runs=tuple(runs)), [(0, False)])
        assert first.confirmed is not None
        assert len(first.confirmed.task.seeds) == 5


def test_what_is_recalled_gives_way_to_what_has_ended_since() -> None:
    leaders = Leaders(STUDY)
    leaders.add(fresh(0, [0.5] * 5))
    leaders.recall([trial(0, [0.1] * 4), fresh(0, [0.2] * 5), fresh(1, [0.3] * 5)])
    assert leaders.of(0, trial(0, []).task.run_key)[0] is not None
    assert [leaders.of(place, "")[1].objective for place in range(2)] == [0.5, 0.3]  # type: ignore[union-attr]


def test_a_combination_is_shown_by_its_fresh_seeds_once_there_are_any_that_learnt() -> None:
    lost = [float("nan")] * 5
    runs = [
        trial(0, [0.1] * 4),
        trial(1, [0.2] * 4),
        trial(2, [0.3] * 4),
        fresh(0, [0.15] * 5),
        fresh(1, lost),
    ]
    first, second = standings_of(replace(STUDY, runs=in_order(runs)), [(0, False), (1, True), (0, True)])
    assert (first.ended, first.diverged, second.ended, second.diverged) == (2, 1, 1, 1)
    assert first.shown is not None
    assert (first.shown.task.phase, first.shown.task.slot) == ("confirm", 0)
    assert second.shown is not None
    assert second.shown.task.phase == "search", "of fresh seeds that all diverged there is nothing to show"


def test_a_combination_without_a_result_has_nothing_to_show() -> None:
    runs = [trial(0, [float("nan")] * 4)]
    standings = standings_of(replace(STUDY, runs=in_order(runs)), [(0, True)])
    assert [one.shown for one in standings] == [None, None]
