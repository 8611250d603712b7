from dataclasses import replace

from experiments.store.study_summary import sentences, summary_of
from tests.factories import a_record, a_run_record


def test_a_summary_counts_the_trials_and_names_the_best_that_has_a_result() -> None:
    study = a_record(
        "s",
        trials=3,
        runs=(
            a_run_record("s", 0, objective=0.2),
            a_run_record("s", 1, objective=0.0, state="pruned"),
            a_run_record("s", 2, objective=0.1),
            a_run_record("s", 3, objective=0.3),
            a_run_record("s", 2, objective=0.0, phase="confirm"),
        ),
    )
    found = summary_of(study)
    assert (found.trials, found.best) == (4, 0.1)
    assert found.recorded == {"complete": 3, "pruned": 1, "failed": 0}


def test_what_a_reader_is_told_of_a_spool() -> None:
    study = a_record(command="chainrule study a.toml", status="FINISHED")
    assert sentences(study) == []
    assert sentences(replace(study, waiting=8, running=True)) == []
    (sentence,) = sentences(replace(study, waiting=8))
    assert sentence == (
        "8 records wait to be delivered to MLflow. "
        "This command delivers what waits and continues the study: chainrule study a.toml"
    )
    one, left_out = sentences(replace(study, waiting=1, left_out=("a.npz", "b.npz.bad")))
    assert one.startswith("1 record waits ")
    assert "a.npz, b.npz.bad" in left_out
