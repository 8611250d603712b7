"""The keys `constraint` and `same` of a study file, and their mistakes."""

from typing import Any

import pytest

from experiments.mistakes import UserError
from studies.file.study_file import StudyFile, from_content
from tests.studies.plans import CONTENT, content

WIDTH = {"low": 8, "high": 64}


def search(nuisance: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"scientific": {}, "nuisance": nuisance or {"learning_rate": {"low": 0.1, "high": 1.0}}, **more}


def read(training: dict[str, Any] | None = None, **searched: Any) -> StudyFile:
    return from_content(content(training=training or {}, search=search(**searched)), "a.toml")


def trained_by_another(**more: Any) -> dict[str, Any]:
    trainer = {"python": "mine:train", "settings": {"k": 3, "name": "a", "list": [1]}}
    tables = {name: table for name, table in CONTENT.items() if name != "training"}
    nuisance = {"rate": {"low": 0.1, "high": 1.0}, "flag": [True, False], "odd": [1, "a"]}
    return {**tables, "trainer": trainer, "search": search(nuisance, **more)}


def test_one_constraint_or_several_are_read() -> None:
    assert [one.text for one in read(constraint="weights <= 5000").constraints] == ["weights <= 5000"]
    both = ["layers < 3", "learning_rate * batch_size <= 32"]
    assert [one.text for one in read(constraint=both).constraints] == both
    assert read().constraints == ()
    without = read().model_dump(exclude_none=True)["search"]
    assert not {"constraint", "same"} & without.keys(), "a study from before keeps its design"


@pytest.mark.parametrize(
    "constraint",
    [
        "optimiser == 'gradient_descent'",
        "biases or units < 3",
        "output_activation == 'softmax' or cost != 'log_likelihood'",
        "updates < 1000 and epochs < 10",
        "width_1 < 3 and inputs < 3 and outputs < 3 and examples < 3",
        "momentum < 0.5",
    ],
)
def test_every_parameter_and_quantity_may_be_named(constraint: str) -> None:
    assert read({"cost": "log_likelihood"}, constraint=constraint).constraints


@pytest.mark.parametrize(
    ("constraint", "nuisance", "message"),
    [
        (
            "wieghts < 3",
            None,
            'error: a.toml: search.constraint: "wieghts < 3": unknown name "wieghts"; did you mean',
        ),
        (
            ["units < 3", "laiers < 3"],
            None,
            'error: a.toml: search.constraint.1: "laiers < 3": unknown name "laiers"',
        ),
        ("widths == 3", None, "name layers, units, widest, narrowest or a layer such as width_1"),
        ("width_2 < 3", None, 'unknown name "width_2"; did you mean "width_1"?'),
        ("width < 3", {"width": WIDTH, "depth": [1, 2]}, "each layer has its own"),
        ("depth < 3", None, 'unknown name "depth"'),
        ("width_4 < 3", {"width": WIDTH, "depth": {"low": 1, "high": 3}}, 'unknown name "width_4"'),
        ("cost == 'huber'", None, 'cost is never "huber" in this study; known are cross_entropy'),
        ("sharpness_every < 3", None, 'unknown name "sharpness_every"'),
        ([], None, "the list is empty"),
        (3, None, "a list"),
        ([3], None, "a text in quotation marks"),
        (["units < 3"] * 21, None, "at most 20 items"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_nearest_name(
    constraint: Any, nuisance: dict[str, Any] | None, message: str
) -> None:
    with pytest.raises(UserError) as refused:
        read(nuisance=nuisance, constraint=constraint)
    assert message in str(refused.value)


@pytest.mark.parametrize("wrong", [{"depth": 3}, {"depth": "x"}, {"widths": 5}, {"width": {"low": "a"}}])
def test_other_mistakes_are_told_beside_it(wrong: dict[str, Any]) -> None:
    with pytest.raises(UserError) as refused:
        read(nuisance=wrong, constraint="wieghts < 3")
    assert len(refused.value.mistakes) > 1
    assert any("wieghts" in str(one) for one in refused.value.mistakes)


def test_a_trainer_of_ones_own_has_its_own_names() -> None:
    texts = ["rate * k <= 2", "epochs < 99 or flag", "name == 'a'", "examples > 1"]
    file = from_content(trained_by_another(constraint=texts), "a")
    assert [one.text for one in file.constraints] == texts
    for text, message in {
        "weights < 3": 'unknown name "weights"',
        "list == 3": '"list" cannot be compared',
        "odd < 3": '"odd" cannot be compared',
    }.items():
        with pytest.raises(UserError, match=message):
            from_content(trained_by_another(constraint=text), "a")


@pytest.mark.parametrize(
    ("scientific", "nuisance", "training", "message"),
    [
        ({"width": [8, 16], "depth": [1, 2]}, {}, {}, "width: is worked out where same"),
        ({"depth": [1, 2]}, {"width": WIDTH}, {}, "width: is worked out where same"),
        ({}, {"depth": [1, 2]}, {"width": 8}, "depth: is re-tuned, and same"),
        ({}, {"widths": [[8], [4, 4]]}, {}, "widths: is re-tuned, and same"),
        (
            {"depth": [1, 2], "biases": [True, False]},
            {},
            {"width": 8},
            "biases: changes the number of weights",
        ),
        ({"cost": ["quadratic", "huber"]}, {}, {}, "same: nothing that is compared changes the number"),
    ],
)
def test_what_does_not_go_together_with_equal_weights_is_refused(
    scientific: Any, nuisance: Any, training: Any, message: str
) -> None:
    with pytest.raises(UserError) as refused:
        read(training, scientific=scientific, nuisance=nuisance, same="weights")
    assert message in str(refused.value)


def test_equal_weights_are_of_networks_and_their_tolerance_needs_them() -> None:
    with pytest.raises(
        UserError, match=r"search\.same: only chainrule's own networks tell how many .weights. a model has"
    ):
        from_content(trained_by_another(same="weights"), "a")
    with pytest.raises(UserError, match=r"search\.same_within: is for same"):
        read(same_within=0.1)
    with pytest.raises(UserError, match=r"search\.same: .units. is not known; known are weights"):
        read(same="units")
