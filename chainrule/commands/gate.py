"""chainrule verdict: a study's answer for a machine, with an exit status to gate on."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from chainrule import completion, options
from chainrule.terminal import waiting
from experiments.control_characters import visible
from experiments.mistakes import UserError, nearest

if TYPE_CHECKING:
    from experiments.recording.records import StudyRecord
    from experiments.store.reading import Records
    from reports.conclusions.fresh_errors import FreshErrors
    from reports.conclusions.judgement import Gate

SCHEMA: Final = 1
"""Version of the JSON that `verdict.schema.json` describes. A further key leaves it; any other change raises it."""


def _answer(text: str) -> str:
    """An answer that a gate may fail on."""
    from reports.conclusions.judgement import ANSWERS

    if text not in ANSWERS:
        raise UserError(f'--fail-if: there is no answer "{text}"{nearest(text, ANSWERS)}')
    return text


def verdict(
    name: options.Study,
    against: Annotated[
        str | None,
        typer.Option(
            help="Compare this study's champion with another study's, or with an earlier verdict in a .json file. "
            "Without it, the study's own choices are compared.",
            metavar="OTHER",
            autocompletion=completion.studies,
        ),
    ] = None,
    choice: Annotated[
        str | None,
        typer.Option(
            help="With --against: compare the winners of this choice, given in words, instead of the champions.",
            metavar="CHOICE",
        ),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(
            parser=options.above_0("--margin"),
            help="Differences below this do not matter, in points of error; by default the study's own margin.",
            metavar="POINTS",
        ),
    ] = None,
    fail_if: Annotated[
        list[str],
        typer.Option(
            parser=_answer,
            metavar="ANSWER",
            help="Fail on this answer; may be given several times. Exit status: 0 if the gate passes, 3 if it fails on "
            "worse, 4 on undecided, 5 on equivalent, 6 on better; 1 is a fault and 2 a mistake in the command.",
        ),
    ] = [],  # noqa: B006 # Typer's way to say that there may be none
    home: options.Home = options.HOME,
    tracking_uri: options.TrackingUri = None,
    as_json: options.Json = False,
) -> None:
    """Say whether a study is better, equivalent, worse or undecided, and fail on the answers you name.

    Without --against, each of the study's values is compared with those that its file names before it. With several
    comparisons the answer is the most alarming one: worse, then undecided, equivalent, better.
    """
    if choice is not None and against is None:
        raise UserError("--choice: only --against uses it")
    with waiting("Reading the records"):
        from chainrule.json_output import print_json
        from experiments.store.reading import Records
        from reports.conclusions.fresh_errors import FreshErrors
        from reports.conclusions.judgement import EXIT_STATUS, judge_choices, judge_studies
        from reports.results.tables import read_tables

        earlier = _earlier(Path(against)) if against and against.endswith(".json") else None
        records = Records.open(home, tracking_uri)
        tables = read_tables(records.load_study(name))
        share = tables.study.equivalence_margin if margin is None else margin / 100
        mine = FreshErrors.of(tables)
        if against is None:
            gate = judge_choices(tables, share)
        else:
            gate = judge_studies(mine, earlier or _recorded(records, name, against), share, choice)
    if fail_if and gate.answer is None:
        raise UserError(
            f'the study "{name}" compares nothing, so no gate can fail',
            advice="--against OTHER compares it with another study.",
        )
    failed = gate.failed_by(fail_if)
    if as_json:
        print_json(_document(gate, fail_if, failed, mine) | {"sealed": _sealed(tables.study)})
    else:
        sys.stdout.write(
            "".join(f"{visible(sentence)}\n" for sentence in [*gate.sentences, *_end(gate, fail_if)])
        )
    records.complain()
    if failed:
        sys.exit(EXIT_STATUS[failed[0]])


def _recorded(records: "Records", name: str, against: str) -> "FreshErrors":
    """What the winners of another study reached."""
    from reports.conclusions.fresh_errors import FreshErrors
    from reports.results.tables import read_tables

    if name == against:
        raise UserError(f"--against: {name} cannot be compared with itself")
    return FreshErrors.of(read_tables(records.load_study(against)))


def _earlier(path: Path) -> "FreshErrors":
    """The same from an earlier verdict that was written as JSON.

    Raises:
        UserError: if the file cannot be read, or has something else in it.
    """
    from reports.conclusions.fresh_errors import FreshErrors

    try:
        content = json.loads(path.read_bytes())
        if content["schema"] == SCHEMA:
            return FreshErrors.from_json(content["fresh_errors"])
    except OSError as reason:
        raise UserError(f"--against {path}: {reason.strerror}") from reason
    except (ValueError, TypeError, KeyError) as reason:
        expected = "what chainrule verdict STUDY --json prints was expected"
        raise UserError(f"--against {path}: {expected}") from reason
    raise UserError(f"--against {path}: schema {SCHEMA} was expected, not {content['schema']}")


def _end(gate: "Gate", fail_if: "list[Any]") -> list[str]:
    """What comes of it, as the last line."""
    if gate.answer is None:
        return ["The study compares nothing; --against OTHER compares it with another study."]
    answer = f"Answer: {gate.answer}."
    if not fail_if:
        return [answer]
    on = " or ".join(fail_if)
    return [f"{answer} The gate {'fails' if gate.failed_by(fail_if) else 'passes'} (it fails on {on})."]


def _sealed(study: "StudyRecord") -> dict[str, Any] | None:
    """What became of the study's seal, as JSON has it; nothing if it never had one."""
    from reports.conclusions.sealing import deviations

    found = [str(each) for each in deviations(study)] if study.seals else []
    return {"confirmatory": not found, "deviations": found} if study.seals else None


def _document(gate: "Gate", fail_if: "list[Any]", failed: "list[Any]", mine: "FreshErrors") -> dict[str, Any]:
    """All of it as JSON; `verdict.schema.json` says what is what."""
    return {
        "schema": SCHEMA,
        "study": gate.study,
        "against": gate.against or None,
        "answer": gate.answer,
        "passed": not failed if fail_if else None,
        "fail_if": list(fail_if),
        "failed_by": failed,
        "measure": gate.measure,
        "margin": 100 * gate.margin,
        "margin_too_fine": gate.too_fine,
        "comparisons": [each.as_json() for each in gate.judgements],
        "unconfirmed": list(gate.unconfirmed),
        "sentences": gate.sentences,
        "fresh_errors": mine.as_json(),
    }
