"""The cards of a champion's models and the lines that use them."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from reports.page.blocks import markdown
from reports.page.model_card import model_cards
from reports.page.using import champion_section, python_lines, shell_lines
from reports.page.writing import write_report
from reports.results.tables import Tables, read_tables
from tests.factories import a_record
from tests.reports.conclusions.test_model_errors import tables

HEADS = (
    "What it is.",
    "Data.",
    "How it was chosen.",
    "How good it is.",
    "What it must not be used for",
    "How to use it",
    "How to repeat it.",
)


def changed(**changes: Any) -> Tables:
    return read_tables(replace(tables().study, **changes))


def test_each_model_has_a_card_that_says_all_that_a_card_says() -> None:
    cards = model_cards(tables())
    assert list(cards) == ["champion", "ensemble"]
    for card in cards.values():
        assert re.findall(r"^\*\*(.+?)\*\*", card, re.MULTILINE) == list(HEADS)
        assert len(card) < 5000
        assert "90 train, 30 validation, 200 test examples" in card
        assert "fingerprint `sha256:0123456789abcdef`" in card
        assert re.search(r"^\| a single network, mean of 5 \| .+\\\[.+ \| .+\\\[.+ \|$", card, re.MULTILINE)
        assert "averaging gains" in card
        assert "`chainrule study studies/digits.toml` with the code of revision `0f0f" in card
    assert "This is one network" not in cards["champion"]
    assert "5 networks, whose answers are averaged" in cards["ensemble"]
    assert "models:/digits@ensemble" in cards["ensemble"]
    assert "chainrule predict digits FILE --ensemble" in cards["ensemble"]
    assert "--ensemble" not in cards["champion"]


def test_a_card_says_what_the_split_forbids() -> None:
    study = tables().study
    found = {
        drawn: model_cards(changed(data={**study.data, "splits": "each_seed", **drawn_}))["champion"]
        for drawn, drawn_ in (
            ("random", {}),
            ("groups", {"drawn": "groups"}),
            ("ordered", {"drawn": "ordered"}),
        )
    }
    assert "the parts were drawn at random" in found["random"]
    assert "whole groups were set apart" in found["groups"]
    assert "Times long after the last row" in found["ordered"]


@pytest.mark.parametrize(
    ("known", "named"),
    [
        ({"features": ["x", "y"]}, "the columns x and y"),
        (
            {"columns": [["age", "number", 0], ["city*", "category", 4]], "features": ["age", "city = a"]},
            "the columns age and city*",
        ),
        ({"features": list("abcde")}, "the columns a, b and 3 more"),
        ({"features": ["x"]}, "the column x"),
    ],
)
def test_card_and_report_say_what_files_and_rows_hold(known: dict[str, Any], named: str) -> None:
    made = changed(data={**tables().study.data, **known})
    said = f"FILE and FILE.csv are tables with {named}; rows is a data frame with the same."
    assert f"**How to use it** {markdown(said)}\n" in model_cards(made)["champion"]
    assert champion_section(made).sentences[-1].endswith(f" {said}")


def test_a_card_of_numbers_says_nothing_of_classes() -> None:
    study = tables().study
    data = {**study.data, "kind": "regression", "classes": [], "error": "unexplained"}
    card = model_cards(changed(data=data))["champion"]
    assert "class" not in card
    assert "Numbers beyond those that it was trained on." in card


def test_an_earlier_champion_has_a_card_without_its_ensemble() -> None:
    old = tables(champion_seed=-1, ensemble_error=None, ensemble_loss=np.zeros(0))
    assert list(model_cards(old)) == ["champion"]
    bare = read_tables(replace(old.study, environment={}, data={**old.study.data, "image_shape": None}))
    assert "versions were not recorded" in model_cards(bare)["champion"]


def test_there_is_no_card_without_a_champion() -> None:
    assert model_cards(read_tables(a_record())) == {}
    assert champion_section(read_tables(a_record())).sentences == ("There is no champion yet.",)


def test_hostile_texts_stay_texts_in_a_card() -> None:
    study = tables().study
    data = {**study.data, "source": "<script>|x|\x1b[31m", "classes": ["[a](b)"] * 30}
    card = model_cards(changed(question="# <b>why</b>\n\n- no", data=data))["champion"]
    assert "<script>" not in card
    assert "<b>" not in card
    assert "\x1b" not in card
    assert "[a](b)" not in card
    assert "and 18 more" in card
    assert not re.search(r"^# ", card, re.MULTILINE)


@pytest.mark.parametrize(
    ("command", "predict", "uri"),
    [
        ("chainrule study a.toml", "chainrule predict digits FILE", "sqlite:///output/mlflow.db"),
        (
            "chainrule study a.toml --home 'my home' --workers 2",
            "chainrule predict digits FILE --home 'my home'",
            "sqlite:///my%20home/mlflow.db",
        ),
        (
            "chainrule study a.toml --tracking-uri http://127.0.0.1:5000",
            "chainrule predict digits FILE --tracking-uri http://127.0.0.1:5000",
            "http://127.0.0.1:5000",
        ),
        ("the user's own call", "chainrule predict digits FILE", "sqlite:///output/mlflow.db"),
    ],
)
def test_the_lines_name_the_records_as_the_studys_command_does(command: str, predict: str, uri: str) -> None:
    study = a_record(command=command)
    first, export, *mlflow = shell_lines(study).splitlines()
    assert first == predict
    assert export == f"export MLFLOW_TRACKING_URI={uri} MLFLOW_DISABLE_TELEMETRY=true"
    assert all("--env-manager local -m models:/digits@champion" in line for line in mlflow)
    assert f'set_tracking_uri("{uri}")' in python_lines(study)
    compile(python_lines(study), "lines", "exec")


def test_a_name_with_quotation_marks_makes_lines_that_still_are_python_and_shell() -> None:
    study = a_record(name='it\'s "a" study', command='chainrule study a.toml --home "o\'x"')
    compile(python_lines(study), "lines", "exec")
    assert shell_lines(study).startswith("chainrule predict 'it'\"'\"'s \"a\" study' FILE")


def test_a_study_without_a_question_is_only_named() -> None:
    first = tables()
    told = {
        question: model_cards(read_tables(replace(first.study, question=question)))["champion"]
        for question in ("", "Why?")
    }
    assert told[""].splitlines()[0].endswith("From the study digits.")
    assert told["Why?"].splitlines()[0].endswith("From the study digits, which asked: Why?")


def test_an_ampersand_has_a_backslash_only_where_the_name_of_a_character_would_follow() -> None:
    assert markdown("Alpaydin & Kaynak, R&D, &amp;, a_b") == r"Alpaydin & Kaynak, R&D, \&amp;, a\_b"


def test_a_report_has_the_section_and_hands_the_cards_over(tmp_path: Any) -> None:
    report = write_report(tables().study, tmp_path)
    page = report.markdown.read_text()
    assert "## Use the champion" in page
    assert "averaging gains" in page
    assert "mlflow models serve --env-manager local -m models:/digits@champion" in page
    assert "mlflow models serve" in report.html.read_text()
    assert report.cards == model_cards(tables())
    assert report.champion == "digits-champion-0"
