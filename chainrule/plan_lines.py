"""What a dry run prints: the plan of a study on each of its data sets, and what it costs."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any

from chainrule.constraint_lines import constraint_facts, constraint_lines
from chainrule.data_lines import class_weight_lines, column_lines, data_notes
from chainrule.growing import Ahead, growth_facts, growth_lines
from chainrule.own_trainer import seconds_of
from chainrule.progress import plan_line
from chainrule.ready_study import Asked, Ready
from experiments.control_characters import visible
from experiments.error_wording import sentence
from experiments.preparing.population import class_weights
from experiments.recording.records import StudyRecord
from experiments.settings_line import combinations
from experiments.wording import count, duration, splits
from studies.file.mistake_lines import shown
from studies.running.plan import Plan

if TYPE_CHECKING:  # it brings pandas
    from reports.conclusions.planning import Prospect


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a study will cost, and what it can be expected to show.

    Attributes:
        study: the study.
        ahead: how it has grown.
        class_weights: by class; empty without.
        seconds: of training, with `at_once` in parallel.
        at_once: processes that train in parallel.
        prospect: the difference that it can be expected to show; None where that is not asked for.
    """

    study: Ready
    ahead: Ahead
    class_weights: Mapping[str, float]
    seconds: float
    at_once: int
    prospect: "Prospect | None"


def print_plans(
    studies: Sequence[Ready],
    asked: Asked,
    ahead: Callable[[Plan], Ahead],
    expected: Callable[[StudyRecord], "Prospect | None"],
    *,
    as_json: bool,
) -> None:
    """Print the plan of a study on each of its data sets.

    Args:
        studies: the study on each of them.
        asked: what the user asked for.
        ahead: gives the plan of a study that may have grown, and what is recorded of it.
        expected: gives the difference that a study can be expected to show.
        as_json: whether JSON is asked for: an object, or of several data sets a list of them under `studies`.
    """
    each = [_outlook(study, asked, ahead, expected) for study in studies]
    if as_json:
        contents = [_content(one) for one in each]
        content = contents[0] if len(contents) == 1 else {"studies": contents}
        sys.stdout.write(json.dumps(content, indent=2) + "\n")
        return
    text = "\n\n".join("\n".join(_lines(one)) for one in each)
    if len(each) > 1:
        seconds = duration(ceil(sum(one.seconds for one in each)))
        text += f"\n\nabout {seconds} of training on {count(len(each), 'data set')}, one after the other"
    sys.stdout.write(f"{text}\n")


def _outlook(
    study: Ready,
    asked: Asked,
    ahead: Callable[[Plan], Ahead],
    expected: Callable[[StudyRecord], "Prospect | None"],
) -> Outlook:
    found, data = ahead(study.plan), study.data
    plan = found.plan
    study = replace(study, plan=plan)
    weights = class_weights(plan.file.training.class_weights, data, 0)
    with asked.told(data_set=study.data_set):
        seconds = seconds_of(plan, data, asked.path.parent)
    return Outlook(
        study=study,
        ahead=found,
        class_weights=dict(zip(data.description["classes"], weights, strict=False)),
        seconds=seconds / asked.at_once,
        at_once=asked.at_once,
        prospect=expected(study.recorded(asked.text, "", {})),
    )


def _content(outlook: Outlook) -> dict[str, Any]:
    plan, data = outlook.study.plan, outlook.study.data.description
    return {
        "name": plan.file.study.name,
        "trials": plan.trials,
        "trials_asked": plan.file.study.trials,
        "trials_each": plan.trials_each,
        "networks": plan.networks,
        "networks_of_default_settings": plan.networks_of_defaults,
        "networks_of_crossed_designs": plan.networks_crossed,
        "networks_of_failure_rule": plan.probes,
        "combinations": plan.combinations,
        "fixed": plan.file.fixed,
        **constraint_facts(plan),
        **growth_facts(outlook.ahead),
        "splits": data["splits"],
        "error": data["error"],
        "error_of_guessing": data["chance_errors"][data["error"]],
        **{key: data[key] for key in ("columns", "notes") if key in data},
        **({"class_weights": outlook.class_weights} if outlook.class_weights else {}),
        **({"trainer": plan.file.trainer.name} if plan.file.trainer else {}),
        "seconds": round(outlook.seconds, 1),
        "workers": outlook.at_once,
        **(asdict(outlook.prospect) if outlook.prospect else {}),
    }


def _lines(outlook: Outlook) -> list[str]:
    plan, data = outlook.study.plan, outlook.study.data.description
    parts = ", ".join(f"{count} {part}" for part, count in data["examples"].items())
    lines = [
        f"{plan.file.study.name}: {plan_line(plan)}",
        f"data: {visible(data['name'])}, {parts}; {splits(data)}",
        f"error: {sentence(data)}",
        *([f"trained by: {plan.file.trainer.name}"] if plan.file.trainer else []),
        *column_lines(data),
        *data_notes(data),
        *class_weight_lines(plan.file.training.class_weights, outlook.class_weights),
    ]
    if plan.file.search.scientific:
        lines.append("compared: " + "; ".join(combinations(plan.combinations)))
    for name, values in plan.file.search.nuisance.items():
        lines.append(f"re-tuned for each: {name} {shown(values)} ({plan.file.sampler.name})")
    lines += constraint_lines(plan)
    lines += growth_lines(outlook.ahead)
    if outlook.prospect:
        lines.append(outlook.prospect.sentence)
    taking = f"about {duration(ceil(outlook.seconds))} of training"
    return [*lines, f"{taking} with {outlook.at_once} in parallel, plus recording"]
