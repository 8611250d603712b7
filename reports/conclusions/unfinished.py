"""A report of a study that is not complete: how far the study has come, and what that means for the answer."""

from collections.abc import Mapping
from typing import Final

from experiments.recording.study_state import StudyState
from experiments.wording import are
from reports import words
from reports.results.tables import Tables

HOW: Final[Mapping[StudyState, str]] = {
    "running": "This study is still running",
    "stopped": "This study was stopped before its end",
    "failed": "This study was ended by an error",
    "complete": "This study is not finished",
}
"""How a study stands that lacks something. One that is complete may lack trials since it asks for more of them."""


def is_whole(tables: Tables) -> bool:
    """Whether the study has ended with all that it asks for."""
    return tables.study.state == "complete" and _trials(tables) >= tables.study.trials


def unfinished(tables: Tables, tests: int) -> list[str]:
    """What the reader of the answer must know first; nothing if the study is whole.

    Args:
        tables: the study.
        tests: how many tests of a difference the report makes; 0 if it compares nothing on fresh seeds.
    """
    if is_whole(tables):
        return []
    study = tables.study
    planned = max(study.trials, _trials(tables))
    recorded = _trials(tables)
    come = [f"{recorded or 'none'} of {words.count(planned, 'trial')} {are(recorded or planned)} recorded"]
    combinations = len(study.combinations)
    confirmed = tables.of_phase("confirm")["combination"].nunique()
    if study.confirm_seeds:
        winners = f"{confirmed} of {words.count(combinations, 'winner')}" if confirmed else "no winner"
        come.append(f"{winners} {'has' if confirmed < 2 else 'have'} been trained on fresh seeds")
        if confirmed >= combinations and tables.champion() is None:
            come.append("the champion has not been tested")
    sentences = [f"{HOW[study.state]}: {words.enumerated(come)}. What is said here may still change."]
    if tests and confirmed < combinations:
        sentences.append(
            f"Differences are corrected for {words.count(tests, 'test')}, those that can be made now. The finished "
            "study makes more, and what is called shown here may not be shown then."
        )
    return [" ".join(sentences)]


def _trials(tables: Tables) -> int:
    return int(tables.of_phase("search")["slot"].nunique())
