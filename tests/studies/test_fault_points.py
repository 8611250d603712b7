"""A study that grows or checks a rule may be killed at any of its durable steps."""

import re
import subprocess
import sys

import pytest

from tests.commands import CHECKOUT, environment
from tests.faults.points import CASES


def killed(*arguments: str) -> dict[str, int]:
    """How often each case was killed, with nothing found."""
    words = [sys.executable, "-m", "tests.faults.points", *arguments]
    alone = {**environment(), "OPENBLAS_NUM_THREADS": "1"}  # a process that forks has one thread
    done = subprocess.run(words, cwd=CHECKOUT, env=alone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {case: int(kills) for case, kills in re.findall(r"(\w+): (\d+) kills: none lost", done.stdout)}


@pytest.mark.slow
def test_a_study_that_grows_goes_on_from_some_of_its_steps() -> None:
    assert killed("value", "--every", "40")["value"] >= 4


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_it_goes_on_from_every_step_to_the_same_end(case: str) -> None:
    assert killed(case)[case] > 100
