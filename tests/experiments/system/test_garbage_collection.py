"""A process that searches for garbage seldom still runs what is registered to run at its end."""

import subprocess
import sys

import pytest


def test_what_is_registered_before_and_after_still_runs_at_the_end() -> None:
    program = """
import atexit, gc
from experiments.system.garbage_collection import search_seldom
atexit.register(print, "before")
search_seldom()
atexit.register(print, "after")
print(gc.get_threshold()[0])
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["100000", "after", "before"]


@pytest.mark.parametrize("search", ["search_seldom", "search_never"])
def test_nothing_is_looked_through_when_the_process_ends(search: str) -> None:
    program = f"""
import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 0))
from experiments.system.garbage_collection import {search}
{search}()
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "True\n"


@pytest.mark.parametrize(("command", "searches"), [("report", False), ("studies", True)])
def test_a_process_that_only_writes_a_report_never_searches(command: str, searches: bool) -> None:
    program = f"""
import atexit, gc, sys
atexit.register(lambda: print("searches:", gc.isenabled()))
from chainrule.__main__ import main
sys.argv = ["chainrule", "{command}", "--help"]
main()
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout.endswith(f"searches: {searches}\n")
