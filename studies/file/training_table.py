"""The settings of a run as the table [training] of a study file."""

import json
import re
from collections.abc import Mapping
from typing import Any

from core.parameters import PARAMETERS
from studies.space.trial_parameters import SHAPE, Parameters


def training(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What [training] says to train with these settings, whatever was searched: the keys in their usual order.

    Settings without effect are left out, since a study file that gives them is refused, and so are empty ones. `widths`
    replaces depth and width, and a patience that was searched is written into `early_stopping`.

    Args:
        settings: every parameter of a run by name, with nothing left open (`Task.settings`).
    """
    given = dict(settings)
    if patience := given.pop("patience", None):
        given["early_stopping"] = {**(given.get("early_stopping") or {}), "patience": patience}
    return {
        name: given[name]
        for name in Parameters.model_fields
        if name not in SHAPE
        and (given.get(name) or given.get(name) is False or name == "widths")
        and (name not in PARAMETERS or PARAMETERS[name].has_effect(given))
    }


def toml(table: Mapping[str, Any]) -> str:
    """The keys of a table, a line each; TOML reads back the same values to the last bit."""
    return "".join(f"{_key(name)} = {_value(value)}\n" for name, value in table.items())


def _key(name: str) -> str:
    """A key, in quotation marks where it needs them: the name of a class may be any text."""
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(name)} = {_value(one)}' for name, one in value.items())} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
