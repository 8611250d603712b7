"""The value that a parameter had before it was searched, in the tables of a study file that has grown.

    momentum   = { low = 0.0, high = 0.99, was = 0.9 }
    activation = { choices = ["sigmoid", "relu"], was = "sigmoid" }

`was` decides no number. It says which of the values earlier trials had, so that they are trials of the grown study.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from studies.file.mistake_lines import Finding, shown

ROLES: Final = ("scientific", "nuisance")


def told_apart(content: Mapping[str, Any]) -> dict[str, Any]:
    """The tables of a study file with each `was` by its parameter's name in [search.was], and choices as lists."""
    search = content.get("search")
    if not isinstance(search, Mapping):
        return dict(content)
    was = dict(search["was"]) if isinstance(search.get("was"), Mapping) else {}
    found = dict(search)
    for role in ROLES:
        table = search.get(role)
        if not isinstance(table, Mapping):
            continue
        found[role] = {}
        for name, values in table.items():
            if isinstance(values, Mapping) and values.keys() & {"was", "choices"}:
                was |= {name: values["was"]} if "was" in values else {}
                rest = {key: value for key, value in values.items() if key != "was"}
                values = rest["choices"] if rest.keys() == {"choices"} else rest
            found[role][name] = values
    return {**content, "search": {**found, **({"was": was} if was else {})}}


def was_mistakes(content: Mapping[str, Any]) -> Iterator[Finding]:
    """What is wrong with earlier values, given the tables that `told_apart` made."""
    search = content.get("search")
    if not isinstance(search, Mapping) or not isinstance(was := search.get("was"), Mapping):
        return
    tables = {role: table for role in ROLES if isinstance(table := search.get(role), Mapping)}
    for name, value in was.items():
        role = next((one for one, table in tables.items() if name in table), "")
        if not role:
            yield ("search", "was", name), "is not searched, so it needs no earlier value"
            continue
        values = tables[role][name]
        if isinstance(values, list) and value not in values:
            yield ("search", role, name), f"was {shown(value)}, which is not among its values; add it"
        elif isinstance(values, Mapping) and not _within(value, values):
            ends = f"{shown(values.get('low'))} to {shown(values.get('high'))}"
            yield (
                ("search", role, name),
                f"was {shown(value)}, which lies outside {ends}; make the range wider",
            )


def _within(value: Any, values: Mapping[str, Any]) -> bool:
    try:
        return bool(values["low"] <= value <= values["high"])
    except (KeyError, TypeError):  # told elsewhere
        return True
