from pathlib import Path

import pytest

from experiments.mistakes import UserError
from experiments.recording.results_table import ResultsTable
from studies.others.mapping_file import MappingFile, fitting, from_text, read
from studies.others.tables_of_results import runs_of
from tests.other_programs import a_foreign_run, foreign_runs, two_optimizers

SOUND = """
[objective]
metric = "val_loss"
goal = "minimize"
[parameters]
scientific = ["optimizer"]
nuisance = ["lr"]
seed = "seed"
"""


def mistakes(text, runs=None):
    with pytest.raises(UserError) as told:
        fitting(from_text(text, "map.toml"), two_optimizers() if runs is None else runs, text, "map.toml")
    return [str(one).splitlines()[0].removeprefix("error: map.toml:") for one in told.value.mistakes]


def test_a_sound_mapping_fits():
    chosen = fitting(from_text(SOUND, "map.toml"), two_optimizers(), SOUND, "map.toml")
    assert len(chosen.runs) == 24


GOAL = 'goal = "minimize"'
TABLE = "[parameters]"
VARIES = 'parameters: "lr" varies (2 values: 0.01 and 0.1) and plays no part; name it under one of the keys'
WRONG = {
    'objective.metric: unknown metric "val_los"; did you mean "val_loss"?': ('"val_loss"', '"val_los"'),
    'objective.goal: "minimise" is not known; did you mean "minimize"?': ('"minimize"', '"minimise"'),
    'objective: the key "goal" is missing': (GOAL, ""),
    'objective.gaol: unknown key "gaol" in [objective]; did you mean "goal"?': ("goal", "gaol"),
    'objectiv: unknown table [objectiv]; did you mean "objective"?': ("[objective]", "[objectiv]"),
    'parameters.scientific.0: unknown parameter "optimiser"; did you mean "optimizer"?': (
        '"optimizer"',
        '"optimiser"',
    ),
    'parameters.seed: unknown parameter "sed"; did you mean "seed"?': ('"seed"', '"sed"'),
    "objective.guessing: guessing should be worse than the best value, 0": (GOAL, f"{GOAL}\nguessing = 0"),
    "objective.best: a run has 0.727, and less than 0.9 was not expected: best is a value that no run can surpass": (
        GOAL,
        f"{GOAL}\nbest = 0.9",
    ),
    'parameters.nuisence: unknown key "nuisence" in [parameters]; did you mean "nuisance"?': (
        "nuisance",
        "nuisence",
    ),
    'parameters.nuisance.1: "optimizer" is scientific already': ('["lr"]', '["lr", "optimizer"]'),
    'parameters.nuisance.1: unknown parameter "sed"; did you mean "seed"?': ('["lr"]', '["lr", "sed"]'),
    'parameters.fixed.0: "lr" is not fixed: it has 2 values (0.01 and 0.1)': ("nuisance", "fixed"),
    VARIES: ('["lr"]', "[]"),
    'curves.x: "stp" is not an x axis of the curves; did you mean "step"?': (
        TABLE,
        f'[curves]\nx = "stp"\n{TABLE}',
    ),
    'curves.metrics.0: unknown metric "loss"; did you mean "val_loss"?': (
        TABLE,
        f'[curves]\nmetrics = ["loss"]\n{TABLE}',
    ),
    'runs.nested: "both" is not known; known are inner, outer, all': (
        TABLE,
        f'[runs]\nnested = "both"\n{TABLE}',
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mapping_that_does_not_fit_is_told_with_its_line_and_the_nearest_name(mistake):
    (said,) = mistakes(SOUND.replace(*WRONG[mistake], 1))
    line, _, what = said.partition(": ")
    assert int(line) > 1
    assert what == mistake


def test_any_column_of_a_table_may_be_the_metric_that_was_meant():
    rows = tuple({"lr": str(lr), "val_loss": str(lr + 1)} for lr in (0.1, 0.2, 0.3))
    table = ResultsTable(path=Path("r.csv"), columns=("lr", "val_loss"), rows=rows)
    text = '[objective]\nmetric = "val_los"\ngoal = "minimize"\n[parameters]\nscientific = ["lr"]\n'
    said = mistakes(text, runs_of(table, from_text(text, "map.toml")))
    assert said == ['2: objective.metric: unknown metric "val_los"; did you mean "val_loss"?']


def test_a_metric_beyond_the_best_value_that_is_assumed_is_told():
    runs = foreign_runs(a_foreign_run(0, 93.0, seed=0, optimizer="sgd", lr=0.1))
    (said,) = mistakes(SOUND.replace("minimize", "maximize"), runs)
    assert said.startswith(
        "3: objective.metric: a run has 93, and more than 1 was not expected, which best is if it is"
    )


def test_a_tag_may_be_named_and_need_not_be():
    tagged = foreign_runs(*(a_foreign_run(n, 0.5, **{"tags.host": f"h{n}", "lr": 0.1}) for n in range(3)))
    text = SOUND.partition("[parameters]")[0]
    assert len(fitting(from_text(text, "m"), tagged, text, "m").runs) == 3
    named = text + '[parameters]\nscientific = ["tags.host"]\n'
    assert fitting(from_text(named, "m"), tagged, named, "m").values("tags.host") == ["h0", "h1", "h2"]


def test_a_value_of_none_is_a_value():
    text = SOUND.replace('["lr"]', '["depth"]').replace('seed = "seed"', "").replace('["optimizer"]', "[]")
    runs = foreign_runs(a_foreign_run(0, 0.5, depth=None), a_foreign_run(1, 0.4, depth=3))
    assert fitting(from_text(text, "m"), runs, text, "m").values("depth") == [None, 3]
    assert mistakes(text.replace("nuisance", "fixed"), runs)[0].endswith("it has 2 values (None and 3)")


def test_no_runs_and_no_file_are_told(tmp_path):
    with pytest.raises(UserError, match="has no runs"):
        fitting(from_text(SOUND, "m"), foreign_runs(), SOUND, "m")
    with pytest.raises(UserError, match="no such mapping file"):
        read(tmp_path / "gone.toml")


def test_the_best_value_is_that_of_the_goal_unless_it_is_given():
    assert [
        from_text(SOUND.replace("minimize", goal), "m").objective.perfect for goal in ("minimize", "maximize")
    ] == [0, 1]
    assert isinstance(
        from_text(SOUND.replace('goal = "minimize"', 'goal = "minimize"\nbest = -3'), "m"), MappingFile
    )
