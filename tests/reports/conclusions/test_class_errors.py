"""How often the champion errs on each class, and how few examples of a rare class say so."""

from typing import Any

import numpy as np
import pytest

from reports.conclusions.class_errors import class_errors, classes_grid, few_examples, sentences
from reports.conclusions.measured_errors import measures_grid
from reports.conclusions.verdict import reach_verdict
from reports.figures.confusion import confusion, confusion_counts
from reports.page.model_card import model_cards
from reports.results.tables import Tables, read_tables
from reports.statistics.over_examples import error_over_examples
from tests.factories import DATA, a_record, a_run, a_study

NAMES = ("rare", "common", "other")
TARGET = np.repeat([0, 1, 2], [6, 50, 24])
RNG = np.random.default_rng(0)
ANSWERS = np.where(RNG.random((5, 80)) < 0.8, TARGET, (TARGET + 1) % 3)


def tables(answers: Any = ANSWERS, target: Any = TARGET, names: Any = NAMES, **data: Any) -> Tables:
    """A study whose champion gave these answers."""
    examples = {"train": 90, "validation": 30, "test": len(target)}
    record = a_record(
        scientific={"widths": [[8]]}, data={**DATA, "classes": list(names), "examples": examples, **data}
    )
    errors = (0.2,) * len(answers)
    known = {
        "test_prediction": answers,
        "test_target": target,
        "test_error": (answers != target).mean(axis=1),
        "champion_seed": 1000,
        "measures": {"test_balanced_error": (answers != target).mean(axis=1)},
    }
    return read_tables(
        a_study(
            record,
            [
                a_run(record, slot=0, errors=errors),
                a_run(record, slot=0, errors=errors, phase="confirm", first_seed=1000),
                a_run(record, slot=0, errors=errors, phase="champion", first_seed=1000, **known),
            ],
        )
    )


def test_each_class_has_its_examples_and_its_error_with_the_doubt_of_so_few() -> None:
    found = class_errors(tables())
    assert [(each.name, each.examples) for each in found] == [("rare", 6), ("common", 50), ("other", 24)]
    for place, each in enumerate(found):
        wrong = (ANSWERS != TARGET)[:, place == TARGET]
        assert each.error == error_over_examples(wrong)
        assert each.error.centre == pytest.approx(wrong.mean())
    rare, common, _ = (each.error.high - each.error.low for each in found)
    assert rare > 2 * common


def test_a_diverged_network_has_no_part_in_it() -> None:
    lost = ANSWERS.copy()
    lost[3] = -1
    assert class_errors(tables(lost)) == class_errors(tables(np.delete(ANSWERS, 3, axis=0)))
    assert class_errors(tables(np.full_like(ANSWERS, -1))) == []


def test_rare_classes_are_named_where_their_errors_are_given() -> None:
    (said,) = sentences(tables())
    assert said.startswith(
        "Only 6 of the 80 test examples are of the class rare, too few to tell closely how often "
    )
    (measures,) = filter(None, [measures_grid(tables(chance_errors={"balanced_error": 0.5}))])
    assert "of the class rare, so the balanced error on the test part, in which every class " in measures.note
    (grid,) = filter(None, [classes_grid(tables())])
    assert [row[:2] for row in grid.rows] == [("rare", "6"), ("common", "50"), ("other", "24")]
    card = model_cards(tables())["champion"]
    assert said in card
    assert "| rare | 6 |" in card
    assert "of the class \\<b\\>r\\*" in model_cards(tables(names=("<b>r*", "b", "c")))["champion"]
    told = confusion(confusion_counts(tables()), tables(), None)  # type: ignore[arg-type]
    assert told.caption == "5 networks, 80 examples, 6 to 50 examples of each class."


def test_the_answer_does_not_rest_on_a_balanced_error_of_few_examples_without_saying_so() -> None:
    def answer(**data: Any) -> str:
        return " ".join(reach_verdict(tables(**data)).sentences)

    told = "; only 6 of them are of the class rare, so on other examples it may be much higher or lower."
    assert told in answer(error="balanced_error")
    assert "of them" not in answer(error="misclassified")
    target = np.repeat([0, 1], 40)
    assert "of them" not in answer(
        error="balanced_error", answers=np.tile(target, (5, 1)), target=target, names=("a", "b")
    )


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ((20, 30, 40), ""),
        ((1, 30, 40), "only 1 of the 71 test examples is of the class a"),
        ((2, 30, 1), "only 2 and 1 of the 33 test examples are of the classes a and c"),
        ((2, 3, 4, 19), "fewer than 20 of the 28 test examples are of each of 4 classes"),
    ],
)
def test_few_rare_classes_are_named_and_many_counted(sizes: tuple[int, ...], said: str) -> None:
    target = np.repeat(np.arange(len(sizes)), sizes)
    made = tables(np.tile(target, (5, 1)), target, "abcd"[: len(sizes)])
    assert few_examples(made) == said
    assert bool(sentences(made)) == bool(said)


def test_examples_that_depend_on_each_other_give_no_interval() -> None:
    found = class_errors(tables(drawn="groups"))
    assert not any(each.error.has_interval for each in found)
    wrong = ANSWERS != TARGET
    assert [each.error.centre for each in found] == [wrong[:, place == TARGET].mean() for place in range(3)]
    assert "interval" not in classes_grid(tables(drawn="groups")).caption


def test_numbers_to_predict_have_no_classes_and_very_many_no_table() -> None:
    assert (class_errors(tables(names=())), sentences(tables(names=()))) == ([], [])
    assert classes_grid(tables(names=())) is None
    target = np.arange(21)
    many = tables(np.tile(target, (5, 1)), target, [f"class {each}" for each in target])
    assert classes_grid(many) is None
    assert len(sentences(many)) == 1
