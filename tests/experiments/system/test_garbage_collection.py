"""A process that searches for garbage seldom still runs what is registered to run at its end."""

import subprocess
import sys


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


def test_nothing_is_looked_through_when_the_process_ends() -> None:
    program = """
import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 0))
from experiments.system.garbage_collection import search_seldom
search_seldom()
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "True\n"
