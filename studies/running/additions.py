"""How the design of a study has grown: what was added, and what else has changed and so keeps it from going on.

A study may grow where every earlier trial is still a trial of the grown study: by a value of a scientific parameter, by
a choice or a wider range of a nuisance parameter, by a parameter whose earlier value is known, by a looser constraint,
by epochs where a curve only goes on, by settings of the user's own. Anything else makes earlier and later trials
incomparable.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from studies.file.constraint_mistakes import parsed
from studies.file.mistake_lines import shown
from studies.file.study_file import StudyFile
from studies.running.plan import differences
from studies.space.expression import ExpressionError
from studies.space.implied import implied

FOLLOWS: Final = {"grid", "sampler.at_once"}
"""Parts of a design that follow from the rest where the study file does not name them."""


@dataclass(frozen=True, slots=True)
class Additions:
    """How a design differs from what it was.

    Attributes:
        added: what has been added, one line each: `search.scientific.widths: [128]`.
        refused: what else has changed and may not, with the reason.
        longer: whether there are more epochs.
    """

    added: tuple[str, ...]
    refused: tuple[str, ...]
    longer: bool = False


def additions(before: Mapping[str, Any], now: Mapping[str, Any], file: StudyFile) -> Additions:
    """Compare the design of a study with the one that its file, which may say `was`, describes now."""
    old, new = (json.loads(json.dumps(design)) for design in (before, now))
    if not differences(old, new):
        return Additions((), ())
    added: list[str] = []
    refused = list(_other_sizes(old, new))
    for room in ("scientific", "nuisance"):
        for name, values in new["search"][room].items():
            where = f"search.{room}.{name}"
            if name in old["search"][room]:
                said = _wider(where, old["search"][room][name], values)
            else:
                said = _further(where, name, values, old, file)
            for line, reason in said:
                (refused if reason else added).append(f"{line}: {reason}" if reason else line)
            old["search"][room][name] = values
    varied = file.varied
    for design in (old, new):
        for table in (design.get("training", {}), design.get("trainer", {}).get("settings", {})):
            for name in varied & table.keys():
                del table[name]
    longer, reason = _longer(old, new, file)
    if reason:
        refused.append(reason)
    elif longer:
        added.append(longer)
    for line, reason in _looser(old, new, file):
        (refused if reason else added).append(f"{line}: {reason}" if reason else line)
    added += _given(old, new)
    left = differences(old, new)
    finer = [line for line in left if line.startswith("grid:")]
    if finer and not added and old["grid"] < new["grid"]:
        added.append(f"a finer grid: {new['grid']} trials")
    refused += [line for line in left if line.partition(":")[0] not in FOLLOWS or not added]
    if added and not refused and "budget" in new["study"]:
        rounds = "successive rejects dropped combinations by the earlier choices and trials"
        refused += [f"{line}: {rounds}" for line in added]
    return Additions(tuple(added), tuple(dict.fromkeys(refused)), bool(longer))


def _other_sizes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """That all choices would have another size, where they have that of the first depth or the first widths."""
    for name in ("depth", "widths") if new["search"].get("same") else ():
        before, now = (design["search"]["scientific"].get(name) for design in (old, new))
        if before and now and before[0] != now[0]:
            reason = (
                f'with same = "weights" all have the size of the first {name}; a further one stands after it'
            )
            yield f"search.scientific.{name}: {shown(before)} before, {shown(now)} now: {reason}"


def _wider(where: str, old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """What was added to a parameter's values, and why it may not be where there is a reason."""
    if old == new:
        return
    if isinstance(old, list) != isinstance(new, list):
        yield (
            f"{where}: {shown(old)} before, {shown(new)} now",
            "choices and a range are searched differently",
        )
    elif isinstance(old, list):
        if gone := [value for value in old if value not in new]:
            yield where, f"{shown(gone)} was removed; a study that continues keeps every choice"
        elif further := [value for value in new if value not in old]:
            yield f"{where}: {shown(further)}", ""
        else:
            yield where, "the choices are in another order"
    else:
        yield from _wider_range(where, old, new)


def _wider_range(where: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    changed = f"{where}: {shown(old)} before, {shown(new)} now"
    if (old.get("log"), old.get("step")) != (new.get("log"), new.get("step")):
        yield changed, "log and step stay as they were"
    elif new["low"] > old["low"] or new["high"] < old["high"]:
        yield changed, "a range may only become wider: earlier trials lie outside this one"
    elif (step := old.get("step")) and (Fraction(str(old["low"])) - Fraction(str(new["low"]))) % Fraction(
        str(step)
    ):
        yield changed, f"from {new['low']} no steps of {step} lead to {old['low']}"
    else:
        yield f"{where}: {new['low']} to {new['high']}, {old['low']} to {old['high']} before", ""


def _further(
    where: str, name: str, values: Any, old: Mapping[str, Any], file: StudyFile
) -> Iterator[tuple[str, str]]:
    """A parameter that was not searched before."""
    if name in {**old["search"]["scientific"], **old["search"]["nuisance"]}:
        yield where, "it was searched before in another role"
        return
    fixed = old["trainer"]["settings"] if file.trainer else old["training"]
    known, said = fixed.get(name), file.search.was.get(name)
    if name in ("depth", "width", "widths", "patience", "early_stopping"):
        yield where, "earlier trials had other parameters in its place"
    elif known is None and said is None:
        yield where, f"say what it was in the trials so far: was = …, in the table of {name}"
    elif known is not None and said is not None and known != said:
        yield where, f"it was {shown(known)} in the trials so far, and not {shown(said)}"
    else:
        was = said if known is None else known
        within = was in values if isinstance(values, list) else values["low"] <= was <= values["high"]
        reason = "" if within else f"{shown(was)}, which it was in the trials so far, is not among its values"
        yield f"{where}: {shown(values)}, {shown(was)} before", reason


def _looser(old: dict[str, Any], new: Mapping[str, Any], file: StudyFile) -> Iterator[tuple[str, str]]:
    """How the constraints have changed, and why they may not; the old design gets the new ones."""
    before, now = (design["search"].get("constraint", []) for design in (old, new))
    if before == now:
        return
    old["search"].pop("constraint", None)
    if now:
        old["search"]["constraint"] = now
    line = f"search.constraint: {' and '.join(map(shown, before)) or 'none'} before, "
    line += f"{' and '.join(map(shown, now)) or 'none'} now"
    tables = file.model_dump()
    try:
        known = parsed({**tables, "search": {**tables["search"], "constraint": before}})
    except ExpressionError as wrong:
        yield line, f"the one before cannot be read now: {wrong}"
        return
    harder = [shown(one.text) for one in file.constraints if not implied(one, known)]
    keeps = "a constraint may be removed or get a looser number; earlier trials may break"
    yield line, f"{keeps} {' and '.join(harder)}" if harder else ""


def was_of(file: StudyFile, design: Mapping[str, Any]) -> dict[str, Any]:
    """The value that each parameter had which a study's design fixed and its file now searches."""
    fixed = design["trainer"]["settings"] if file.trainer else design["training"]
    searched = {**design["search"]["scientific"], **design["search"]["nuisance"]}
    return {name: fixed.get(name, file.search.was.get(name)) for name in file.varied if name not in searched}


def _longer(old: dict[str, Any], new: dict[str, Any], file: StudyFile) -> tuple[str, str]:
    """That there are more epochs, and why that may not be; where it may, the old design gets the new number."""
    table = "trainer" if file.trainer else "training"
    before, now = (design[table].get("epochs") for design in (old, new))
    if before == now or "epochs" in file.varied:
        return "", ""
    line = f"{table}.epochs: {before} before, {now} now"
    old[table]["epochs"] = now
    schedules = file.search.scientific.get(
        "schedule", file.search.nuisance.get("schedule", [file.training.schedule])
    )
    stops = {"patience", "early_stopping"} & file.varied or file.training.early_stopping
    for reason, true in (
        ("epochs may only be added", now < before),
        (
            "how your own trainer spends its epochs is not known, so its curves cannot be continued",
            file.trainer,
        ),
        ("a pruner stops trials at shares of the epochs", file.pruner.name != "none"),
        (
            "only with a constant schedule do longer curves begin as shorter ones do",
            list(schedules) != ["constant"],
        ),
        ("networks that stop early are kept as they were at their best epoch", stops),
    ):
        if true:
            return "", f"{line}: {reason}"
    return line, ""


def _given(old: dict[str, Any], new: dict[str, Any]) -> Sequence[str]:
    """Settings of the user's own that were added; where none was taken away the old design gets them, too."""
    added = []
    if "warm_start" in new["search"] and "warm_start" not in old["search"]:
        old["search"]["warm_start"] = new["search"]["warm_start"]
        added.append(f"search.warm_start: {shown(new['search']['warm_start'])}")
    before, now = (design["search"].get("enqueue", []) for design in (old, new))
    if any(one not in now for one in before):
        return added
    if now:
        old["search"]["enqueue"] = now
    return [*added, *(f"search.enqueue: {shown(one)}" for one in now if one not in before)]
