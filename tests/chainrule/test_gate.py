"""A study's answer for a machine: exit status and JSON."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
import yaml

from tests.chainrule.conftest import Run
from tests.commands import CHECKOUT, command, environment
from tests.test_documents import blocks

PAGE = CHECKOUT / "docs" / "continuous_integration.md"
GITHUB, GITLAB = map(yaml.safe_load, blocks(PAGE, "yaml"))
STEPS = {step["name"]: step["run"] for step in GITHUB["jobs"]["gate"]["steps"] if "name" in step}
BASELINE = blocks(PAGE, "sh")[1].splitlines()
(STUDY,) = blocks(PAGE, "toml")

valid = fastjsonschema.compile(json.loads((CHECKOUT / "chainrule" / "verdict.schema.json").read_bytes()))


def typed(line: str, folder: Path) -> int:
    """A line of a job as a shell runs it, with this checkout's command; its exit status."""
    (folder / "bin").mkdir(exist_ok=True)
    program = folder / "bin" / "chainrule"
    program.write_text(f'#!/bin/sh\nexec {" ".join(command())} "$@"\n')
    program.chmod(0o755)
    path = {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env=environment() | path,
        timeout=300,
        check=False,
        capture_output=True,
    )
    return done.returncode


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a job whose baseline has been made as the page says."""
    folder = tmp_path_factory.mktemp("before")
    (folder / "gate.toml").write_text(STUDY)
    assert [typed(line, folder) for line in BASELINE] == [0, 0]
    return folder


@pytest.mark.xdist_group("gate")
def test_the_job_of_the_page_passes_what_is_as_it_was(before: Path) -> None:
    assert typed(STEPS["judge"], before) == 0
    told = json.loads((before / "verdict.json").read_bytes())
    valid(told)
    assert (told["answer"], told["passed"], told["margin"]) == ("equivalent", True, 0.5)


@pytest.mark.xdist_group("gate")
def test_it_stops_a_planted_regression(before: Path, tmp_path: Path) -> None:
    (tmp_path / "baseline.json").write_bytes((before / "baseline.json").read_bytes())
    (tmp_path / "gate.toml").write_text(STUDY.replace("epochs = 8", "epochs = 1"))
    assert typed(STEPS["train"], tmp_path) == 0
    assert typed(STEPS["judge"], tmp_path) == 3
    told = json.loads((tmp_path / "verdict.json").read_bytes())
    valid(told)
    assert (told["answer"], told["passed"], told["failed_by"]) == ("worse", False, ["worse"])
    (comparison,) = told["comparisons"]
    assert comparison["paired"]
    assert comparison["interval"][0] > 0.5


def test_both_jobs_of_the_page_do_the_same() -> None:
    install, train, judge = STEPS["install"].splitlines(), STEPS["train"], STEPS["judge"]
    assert GITLAB["gate"]["before_script"] == install
    assert GITLAB["gate"]["script"] == [
        train,
        judge.replace("--fail-if worse", "--fail-if worse --fail-if undecided"),
    ]
    assert GITLAB["gate"]["allow_failure"]["exit_codes"] == [4]


def answered(run: Run, *arguments: object, status: int = 0) -> dict[str, Any]:
    said = run("verdict", *arguments, "--json")
    assert (said.status, said.err) == (status, "")
    told: dict[str, Any] = json.loads(said.out)
    valid(told)
    return told


@pytest.mark.xdist_group("recorded")
@pytest.mark.slow
class TestTiny:
    """A study of one choice with two fresh seeds."""

    def test_it_compares_nothing_by_itself_and_so_fails_no_gate(self, recorded: Path, run: Run) -> None:
        told = answered(run, "tiny", "--home", recorded)
        assert (told["answer"], told["passed"], told["comparisons"]) == (None, None, [])
        assert told["sealed"] is None
        said = run("verdict", "tiny", "--home", recorded, "--fail-if", "worse")
        assert said.status == 2
        assert said.mistakes == ['error: the study "tiny" compares nothing, so no gate can fail']

    def test_undecided_passes_unless_it_is_asked_otherwise(
        self, recorded: Path, run: Run, tmp_path: Path
    ) -> None:
        told = answered(run, "tiny", "--home", recorded)
        (tmp_path / "old.json").write_text(json.dumps(told))
        against = ("tiny", "--home", recorded, "--against", "old.json")
        assert answered(run, *against, "--fail-if", "worse")["passed"] is True
        both = answered(run, *against, "--fail-if", "worse", "--fail-if", "undecided", status=4)
        assert (both["answer"], both["failed_by"]) == ("undecided", ["undecided"])
        said = run("verdict", *against, "--fail-if", "undecided")
        assert said.status == 4
        assert said.out.splitlines()[-1] == "Answer: undecided. The gate fails (it fails on undecided)."

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (None, "No such file or directory"),
            ("no JSON", "what chainrule verdict STUDY --json prints was expected"),
            ("[]", "what chainrule verdict STUDY --json prints was expected"),
            ('{"schema": 2}', "schema 1 was expected, not 2"),
            ('{"schema": 1, "fresh_errors": {}}', "what chainrule verdict STUDY --json prints was expected"),
        ],
    )
    def test_a_baseline_that_is_none_is_told_in_one_line(
        self, recorded: Path, run: Run, tmp_path: Path, content: str | None, expected: str
    ) -> None:
        if content is not None:
            (tmp_path / "old.json").write_text(content)
        said = run("verdict", "tiny", "--home", recorded, "--against", "old.json")
        assert (said.status, said.err) == (2, f"error: --against old.json: {expected}\n")

    @pytest.mark.parametrize(
        ("arguments", "mistake"),
        [
            (("--choice", "x"), "--choice: only --against uses it"),
            (("--against", "tiny"), "--against: tiny cannot be compared with itself"),
            (("--fail-if", "wors"), '--fail-if: there is no answer "wors"; did you mean "worse"?'),
            (("--margin", "0"), '--margin: a number above 0 was expected, not "0"'),
        ],
    )
    def test_a_mistake_is_told_in_one_line(
        self, recorded: Path, run: Run, arguments: tuple[str, ...], mistake: str
    ) -> None:
        said = run("verdict", "tiny", "--home", recorded, *arguments)
        assert (said.status, said.mistakes) == (2, [f"error: {mistake}"])
