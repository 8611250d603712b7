"""Widths as depth and width, where a study compares networks of several depths whose layers are all alike.

A study file may say `depth = [1, 2]` and `width = [16, 32]`, and the records then hold the widths that they make. The
question is about depth and about width, so the report is too.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from experiments.records import RecordedStudy


def told_apart(study: RecordedStudy) -> RecordedStudy:
    """The study with depth and width in the place of widths, wherever they are compared.

    Unchanged unless every depth was combined with every width, and there is more than one depth: of widths that differ
    in both at once nobody can say which of the two made the difference. A width that is the same for all is fixed.
    """
    compared = study.record.scientific.get("widths", [])
    if not all(isinstance(each, list) and len(set(each)) == 1 for each in compared):
        return study
    values = {
        "depth": sorted({len(layers) for layers in compared}),
        "width": sorted({layers[0] for layers in compared}),
    }
    if len(values["depth"]) < 2 or len(compared) < len(values["depth"]) * len(values["width"]):
        return study
    varied = {name: each for name, each in values.items() if len(each) > 1}
    fixed = {name: each[0] for name, each in values.items() if len(each) == 1}

    def shaped(scientific: Mapping[str, Any]) -> dict[str, Any]:
        layers = scientific["widths"]
        shape = {"depth": len(layers), "width": layers[0]}
        return _in_the_place_of_widths(scientific, {name: shape[name] for name in varied})

    record = replace(
        study.record,
        scientific=_in_the_place_of_widths(study.record.scientific, varied),
        combinations=tuple(shaped(each) for each in study.record.combinations),
        fixed={**study.record.fixed, **fixed},
    )
    runs = tuple(
        replace(
            run,
            record=replace(
                run.record, scientific=shaped(run.record.scientific), fixed={**run.record.fixed, **fixed}
            ),
        )
        for run in study.runs
    )
    return replace(study, record=record, runs=runs)


def _in_the_place_of_widths(each: Mapping[str, Any], shape: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping by parameter with other entries where widths were, everything else in its order."""
    parts = (shape if name == "widths" else {name: value} for name, value in each.items())
    return {name: value for part in parts for name, value in part.items()}
