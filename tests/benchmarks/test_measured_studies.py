import ast
import tomllib
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages import InMemoryStorage

from benchmarks.studies import growth, peers
from benchmarks.studies.by_part import Training, training_of
from benchmarks.studies.our_study import Study, ran
from benchmarks.studies.stopwatch import Watch
from studies.running.storage import open_journal
from tests.iris_study import RATES, iris_study


def constants(script: Path) -> dict[str, Any]:
    """What a script's capital letters stand for, where they are literals; of a table of functions, its keys."""
    found: dict[str, Any] = {}
    for statement in ast.parse(script.read_text("utf-8")).body:
        if isinstance(statement, ast.Assign):
            names = [name.id for name in ast.walk(statement.targets[0]) if isinstance(name, ast.Name)]
            values = statement.value.elts if isinstance(statement.value, ast.Tuple) else [statement.value]
            for name, value in zip(names, values, strict=False):
                if isinstance(value, ast.Dict):
                    found[name] = {
                        ast.literal_eval(key): ast.unparse(one)
                        for key, one in zip(value.keys, value.values, strict=True)
                        if key
                    }
                elif isinstance(value, ast.Constant):
                    found[name] = value.value
    return found


@pytest.mark.parametrize("name", peers.SCRIPTS)
def test_a_plain_study_asks_for_what_ours_asks_for(name: str) -> None:
    ours = tomllib.loads(peers.FILE.read_text("utf-8"))
    script = peers.SCRIPTS[name]
    plain = constants(script)
    assert plain["EPOCHS"] == ours["training"]["epochs"]
    assert plain["BATCH"] == ours["training"]["batch_size"]
    assert plain["SEEDS"] == ours["study"]["seeds"]
    rate = ours["search"]["nuisance"]["learning_rate"]
    assert f"{rate['low']}, {rate['high']}" in script.read_text("utf-8")
    widths = [list(ast.literal_eval(one)) for one in ours_widths(plain)]
    assert widths == ours["search"]["scientific"]["widths"]
    if "LOSSES" in plain:
        assert list(plain["LOSSES"]) == ours["search"]["scientific"]["cost"]


def ours_widths(plain: dict[str, Any]) -> list[str]:
    if "WIDTHS" in plain:
        return list(plain["WIDTHS"].values())
    return [ast.unparse(one) for one in ast.parse(plain["SPACE"]["hidden_layer_sizes"]).body[0].value.elts]  # type: ignore[attr-defined]


def test_a_call_within_a_timed_call_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    storage, watch = InMemoryStorage(), Watch()
    ticks = iter(range(100))
    monkeypatch.setattr("benchmarks.studies.stopwatch.process_time", lambda: float(next(ticks)))
    with watch.on_optuna(storage):
        study = optuna.create_study(storage=storage, sampler=optuna.samplers.RandomSampler(0))
        watch.apart(0)
        study.ask({"x": optuna.distributions.FloatDistribution(0, 1)})
        outside, within = watch.apart(10)
        assert within == pytest.approx(1, abs=1e-3)  # from one tick to the next, whatever it calls
        assert outside == pytest.approx(9, abs=1e-3)
    study.ask()
    assert watch.apart(1) == (1, 0)


def test_growth_is_measured_on_a_study_of_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "TIMED", 3)
    found = growth._measured("tpe", 12, tmp_path)
    (study,) = open_journal(tmp_path).get_all_studies()
    assert found.trials == 12
    assert open_journal(tmp_path).get_n_trials(study._study_id) == 12 + 3
    assert found.ask_optuna > 0


TINY = iris_study(
    confirm_seeds=0, training="widths = [4]\nepochs = 2", rest=f'{RATES}[sampler]\nname = "random"\n'
)


def test_a_study_without_recording_is_run_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(TINY, "utf-8")
    study = Study.of(tmp_path / "tiny.toml")
    found = ran(study, workers=1, tracked=False)
    assert found.trials == study.plan.trials
    assert 0 < found.searching <= found.whole


def test_the_training_of_a_trial_is_steps_measurements_and_a_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tiny.toml").write_text(TINY, "utf-8")
    ticks = iter(range(100))
    monkeypatch.setattr("benchmarks.studies.by_part.process_time", lambda: float(next(ticks)))
    # two trials in one population, both epochs measured on both parts: a tick a call, and one between two calls
    assert training_of(tmp_path / "tiny.toml", 2) == Training(steps=2 / 2, measuring=4 / 2, rest=7 / 2)
