"""A real study learns where its networks fail, checks it on fresh settings, and says so."""

from typing import Any

import numpy as np
import pytest

import chainrule
from experiments.datasets import load
from experiments.experiment import Experiments
from experiments.outcome.failure_rule import ACCURACY, PROBES, Rule
from experiments.preparing.splits import split
from reports.conclusions.failing import checked, sentences
from reports.conclusions.verdict import reach_verdict
from reports.figures.figure_table import Figures
from reports.page.background import search_section

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("failing-networks")]

FILE: dict[str, Any] = {
    "study": {
        "name": "fails", "trials": 32, "seeds": 1, "confirm_seeds": 0, "default_setting": False,
        "question": "Where do networks with relu units diverge?",
    },
    "data": {"source": "two-moons"},
    "training": {"epochs": 4, "batch_size": 32, "activation": "relu", "cost": "cross_entropy"},
    "search": {
        "scientific": {"widths": [[4], [8]]},
        "nuisance": {"learning_rate": {"low": 0.01, "high": 10_000.0, "log": True}, "l2": [0.0, 1e-4]},
    },
    "sampler": {"name": "random"},
}  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> chainrule.Study:
    return chainrule.study(FILE, home=tmp_path_factory.mktemp("fails"), workers=1, quiet=True)


def test_the_rule_is_learnt_from_the_trials_and_stated_in_one_sentence(study: chainrule.Study) -> None:
    found = checked(study.tables)
    (condition,) = found.rule.conditions
    assert (condition.parameter, condition.how) == ("learning_rate", "above")
    assert found.rule.trials == 32
    assert found.accuracy.centre >= ACCURACY
    (text,) = sentences(found)
    assert text in study.verdict
    assert text.startswith("Above learning rate ")
    assert "where-it-fails" in study.figures


def test_each_fresh_setting_is_one_network_that_ends_with_the_rules_epoch(study: chainrule.Study) -> None:
    probes = study.record.of_phase("probe")
    assert len(probes) == PROBES
    for run in probes:
        rule = Rule.from_json(run.task.rule)
        assert len(run.task.seeds) == 1
        assert run.epochs == rule.epoch or run.diverged
        assert run.epochs <= rule.epoch <= 4
        assert run.objective is None
    assert set(study.trials["phase"]) == {"search"}


def test_a_fresh_setting_trained_alone_has_the_same_numbers(study: chainrule.Study) -> None:
    data = split(load("two-moons"), validation=0.2, test=0.2)
    for run in study.record.of_phase("probe")[:4]:
        alone = Experiments([run.task], data)
        for _ in alone.epochs():
            pass
        (again,) = alone.finish(lambda _name, _content: None, "complete")
        for name, curve in run.curves.items():
            np.testing.assert_array_equal(curve, again.curves[name], err_msg=name)


def test_the_section_on_the_search_says_how_the_rule_did(study: chainrule.Study) -> None:
    verdict = reach_verdict(study.tables)
    section = search_section(study.tables, verdict, Figures(study.tables, verdict))
    assert any(
        grid.caption.startswith("A rule of where networks fail, learnt from 32") for grid in section.grids
    )
    assert "Where do networks fail?" in {picture.question for picture in section.pictures}
