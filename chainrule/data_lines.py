"""What a study's data are, in lines for the terminal: the columns of a table, and what was found out about them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from experiments.control_characters import visible
from experiments.wording import count, number

LISTED: Final = 20
"""Columns of a kind that are named."""

KINDS: Final = {
    "number": "numbers, standardised",
    "boolean": "booleans, 0 or 1",
    "category": "categories, with an input for each text",
}
"""What becomes of the columns of each kind."""


def column_lines(data: Mapping[str, Any]) -> list[str]:
    """What each column of a table was taken for, a line a kind; none for other data (see `StudyRecord.data`)."""
    lines = []
    for kind, words in KINDS.items():
        names = [
            visible(f"{name} ({texts})" if texts else name)
            for name, one, texts in data.get("columns", ())
            if one == kind
        ]
        if names:
            lines.append(f"{words}: {_listed(names)}")
    if lines:
        what = "classes" if data["classes"] else "numbers"
        named = [visible(str(one)) for one in data["classes"] or data.get("targets", ())]
        lines.append(f"to predict: {what}" + f" ({_listed(named)})" * bool(named))
    return lines


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + f" and {len(names) - LISTED:,} more" * (len(names) > LISTED)


def data_notes(data: Mapping[str, Any]) -> list[str]:
    """What the user should know about the data, a sentence a line."""
    name = data["name"]
    notes = [f"{name}: {one}" for one in data.get("notes", ())]
    texts = {column: many for column, _, many in data.get("columns", ())}
    for column, unseen in data.get("never_seen", {}).items():
        if texts[column] >= sum(data["examples"].values()):
            notes.append(
                f'{name}: "{column}" has another text in every row, so nothing can be learnt from it; to leave it out: '
                f'id = "{column}" or drop = ["{column}"]'
            )
            continue
        examples = count(unseen, "validation or test example")
        notes.append(
            f'{name}: {examples} of the first split have a text in "{column}" that no training example has; it counts '
            "as none of the others"
        )
    return [visible(one) for one in notes]


def class_weight_lines(asked: object, weights: Mapping[str, float]) -> list[str]:
    """The weight of each class in one line; none where there are no class weights."""
    if not weights:
        return []
    how = "balanced, in the first split " if asked == "balanced" else ""
    named = [f"{visible(str(name))} {number(weight)}" for name, weight in weights.items()]
    more = f" and {len(named) - LISTED:,} more" * (len(named) > LISTED)
    return [f"class weights: {how}{', '.join(named[:LISTED])}{more}"]
