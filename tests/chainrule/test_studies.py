"""The list of what there is."""

import json
from pathlib import Path

import pytest

from tests.chainrule.conftest import Run

pytestmark = pytest.mark.xdist_group("recorded")


def test_it_lists_each_study_with_its_state_and_its_best(recorded: Path, run: Run) -> None:
    said = run("studies", "--home", recorded)
    assert (said.status, said.err) == (0, "")
    heading, row = said.out.splitlines()[:2]
    assert heading.split() == [
        "study",
        "state",
        "begun",
        "trials",
        "diverged",
        "best",
        "objective",
        "question",
    ]
    assert row.split()[:2] == ["tiny", "complete"]
    assert "2/2" in row


def test_in_json_it_is_data(recorded: Path, run: Run) -> None:
    said = run("studies", "--home", recorded, "--json")
    (study,) = json.loads(said.out)
    assert (study["study"], study["state"], study["trials"]) == ("tiny", "complete", 2)
    assert study["recorded"]["complete"] == 2


@pytest.mark.parametrize("arguments", [("studies",), ("report", "tiny"), ("export", "tiny"), ("ui",)])
def test_where_nothing_has_been_recorded_it_says_so_and_makes_nothing(
    arguments: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    said = run(*arguments, "--home", "home")
    assert (said.status, said.out) == (2, "")
    assert (
        said.err
        == "error: nothing has been recorded in home yet\nRun a study first: chainrule study FILE --home home\n"
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["report", "export"])
def test_a_study_that_there_is_not_is_told_the_nearest(command: str, recorded: Path, run: Run) -> None:
    said = run(command, "tinny", "--home", recorded)
    assert (said.status, said.out) == (2, "")
    assert len(said.mistakes) == 1
    assert "tinny" in said.err
    assert 'did you mean "tiny"?' in said.err
