"""chainrule best: the settings of a study's champion, to paste into a study file."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chainrule import options
from chainrule.terminal import waiting
from experiments.control_characters import visible
from experiments.mistakes import UserError, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.recording.records import RunRecord, StudyRecord


def best(
    name: options.Study,
    choice: Annotated[
        str | None,
        typer.Option(
            help="Print another choice's winner: give its number or its words; a wrong one lists them all.",
            metavar="CHOICE",
        ),
    ] = None,
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    as_json: options.Json = False,
) -> None:
    """Print the settings of a study's champion as TOML to paste into a study file.

    A study of these settings alone, with the study's data and seed, gives the champion's numbers again, bit for bit.
    """
    with waiting("Reading the records"):
        from chainrule.json_output import print_json
        from experiments.choices import DIGITS, told_apart
        from experiments.outcome.winners import that_stand
        from experiments.settings_line import settings
        from experiments.store.reading import Records
        from studies.file.training_table import toml, training

        records = Records.open(home, tracking_uri)
        study = records.load_study(name)
        labels = told_apart(study.combinations, lambda one, digits: settings(one, digits or DIGITS[-1]))
        found, champion = that_stand(study)
        place = champion if choice is None else _place(choice, labels, found)
        run = found[place]
    own = {name: value for name, value in run.task.settings.items() if name != "epochs"}
    table = own if study.trainer else training(run.task.settings)
    where = "trainer.settings" if study.trainer else "training"
    fresh = run.task.phase != "search"
    told = {
        "study": study.name,
        "choice": labels[place],
        "champion": run.task.phase == "champion",
        "run": run.run_id,
        "seeds": list(run.task.seeds),
        "fresh_seeds": fresh,
        "objective": study.objective,
        "value": run.objective,
        **({"test_error": float(run.test_error.mean())} if run.test_error.size else {}),
    }
    if as_json:
        print_json({**told, "sampler_seed": study.study_seed, where: table})
    else:
        sys.stdout.write(
            "".join(f"# {visible(line)}\n" for line in _told(study, told, len(run.task.seeds), fresh))
        )
        sys.stdout.write(f"[{where}]\n{toml(table)}")
    records.complain()


def _told(study: "StudyRecord", told: "Mapping[str, Any]", seeds: int, fresh: bool) -> list[str]:
    """What these settings are, how good, and what else the same numbers need."""
    if told["champion"]:
        what = "the champion"
    else:
        what = "a winner" if fresh else "the best trial so far; it has not been confirmed on fresh seeds"
    measured = [f"{study.objective} {told['value']:.4g} over {seeds} {'fresh ' * fresh}seeds"]
    if "test_error" in told:
        measured.append(f"test error {told['test_error']:.4g}")
    choice = f", {told['choice']}" if told["choice"] else ""
    return [
        f"{study.name}{choice}: {what}",
        ", ".join(measured),
        f"To get the same numbers, keep that study's [data] and set seed = {study.study_seed} under [sampler].",
    ]


def _place(choice: str, labels: "Sequence[str]", found: "Mapping[int, RunRecord]") -> int:
    """The combination that `--choice` names by its number, counted from 1, or its words."""
    if choice in labels:
        place = labels.index(choice)
    elif choice.isascii() and choice.isdecimal() and 0 < int(choice[:9]) <= len(labels):
        place = int(choice[:9]) - 1
    else:
        every = "; ".join(f"{number} {label}" for number, label in enumerate(labels, start=1))
        close = nearest(choice, labels) if nearest(choice, labels).startswith("; did") else ""
        raise UserError(f'--choice: there is no choice "{choice}"{close}', advice=f"The choices are {every}")
    if place not in found:
        raise UserError(f'--choice: "{labels[place]}" has no finished run')
    return place
