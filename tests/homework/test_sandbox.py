"""The restrictions, tested by homework that tries to break them; and that it ends, with all its descendants."""

import ctypes
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from experiments.mistakes import UserError
from homework import process, sandbox
from homework.file_settings import Settings
from homework.marking import mark
from homework.process import RaisedError, loaded
from tests.homework.planted import RIGHT

EVERYTHING = [measure.keeps_from for measure in sandbox.MEASURES]

TRIES = """
import os, signal, socket, subprocess, sys
from pathlib import Path
import friend
from house import room

here = Path(__file__).parent
environment, working = " ".join(sorted(os.environ)), os.getcwd()
read = sys.stdin.read()
(Path(working) / "made").write_text("mine")


def ends(what):
    try:
        what()
    except OSError as reason:
        return type(reason).__name__
    return "done"


def writes_next_to_itself(_): return ends((here / "made").touch)
def writes_elsewhere(_): return ends(Path(ELSEWHERE, "made").touch)
def reads_elsewhere(_): return ends(Path(ELSEWHERE, "secret").read_text)
def reads_what_is_hidden(_): return ends((here / ".secret").read_text)
def reads_what_is_next_to_it(_): return ends((here / "data.csv").read_text)
def opens_a_connection(_): return ends(lambda: socket.create_connection(("127.0.0.1", PORT)))
def opens_a_socket(_): return ends(lambda: socket.socket(socket.AF_UNIX))
def signals_its_caller(_): return ends(lambda: os.kill(CALLER, 0))
def takes_memory(_): return [bytearray(1 << 26) for _ in range(100)]
def writes_a_large_file(_):
    with open("large", "wb") as file:
        return ends(lambda: [file.write(bytes(1 << 24)) for _ in range(20)])
def runs_a_program(_): return subprocess.run(["sh", "-c", "echo $$"], capture_output=True, text=True).stdout
"""

KEPT = {
    "writes_next_to_itself": ("your files", "PermissionError"),
    "writes_elsewhere": ("your files", "PermissionError"),
    "reads_elsewhere": ("your files", "PermissionError"),
    "reads_what_is_hidden": ("your files", "PermissionError"),
    "reads_what_is_next_to_it": ("", "done"),
    "opens_a_connection": ("the network", "PermissionError"),
    "opens_a_socket": ("the network", "PermissionError"),
    "signals_its_caller": ("other processes", "ProcessLookupError"),
    "writes_a_large_file": ("more memory, time and open files than it needs", "OSError"),
}
"""What is tried: the restriction that prevents it, and how it ends then."""


def without(*measures: str, world: bool = True) -> tuple[str, ...]:
    """The runner on a system that lacks some of the measures."""
    code = (
        "from homework import runner, sandbox\n"
        "def fails(*_): raise OSError\n"
        f"if not {world}: sandbox._new_namespaces = fails\n"
        "sandbox.MEASURES = [sandbox.Measure(each.keeps_from, fails, each.holds) "
        f"if each.keeps_from in {measures} else each for each in sandbox.MEASURES]\n"
        "runner.main()"
    )
    return ("-P", "-c", code)


def written(folder: Path, text: str) -> Path:
    (folder / "homework.py").write_text(text, "utf-8")
    return folder / "homework.py"


def slipped_in(code: str) -> str:
    """A right homework whose gradient does something else first."""
    body = "    m = x.shape[1]\n"
    assert body in RIGHT
    return RIGHT.replace(body, body + "".join(f"    {line}\n" for line in code.splitlines()))


def alive(folder: Path) -> list[str]:
    """Processes that were started for homework in a folder."""
    listed = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    return [line for line in listed.splitlines() if str(folder) in line]


@pytest.fixture
def tries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The homework of `TRIES` in a folder of its own, and a secret in another and in the environment."""
    home, elsewhere = tmp_path / "homework", tmp_path / "elsewhere"
    for folder in (home / "house", elsewhere):
        folder.mkdir(parents=True)
    (home / "friend.py").write_text("", "utf-8")
    (home / "house" / "__init__.py").write_text("", "utf-8")
    (home / "house" / "room.py").write_text("", "utf-8")
    for secret in (elsewhere / "secret", home / ".secret", home / "data.csv"):
        secret.write_text("1", "utf-8")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@localhost")
    monkeypatch.setenv("A_TOKEN", "secret")
    return written(home, f"ELSEWHERE, PORT, CALLER = {str(elsewhere)!r}, 1, {os.getpid()}\n{TRIES}")


def test_each_thing_is_taken_away_or_the_mark_says_that_it_is_not(tries: Path) -> None:
    with loaded(tries, 20) as file:
        told = " ".join(file.notes)
        for name, (measure, ends) in KEPT.items():
            found, _ = file.call(name, [None])
            assert found == ends or (measure and measure in told), (name, found, told)
        assert file.call("runs_a_program", [None])[0].strip().isdigit()
        environment, working = set(file.values["environment"].split()), Path(file.values["working"])
        assert file.values["read"] == ""
        assert (working / "made").read_text() == "mine"
    assert not environment & {"MLFLOW_TRACKING_URI", "A_TOKEN", "PYTHONPATH"}
    assert environment <= {*process.ENVIRONMENT, *environment_of_its_own()}
    assert not working.exists()
    if sys.platform != "linux":
        assert "runs as you" in told


@pytest.mark.skipif(
    sys.platform != "linux", reason="nothing of this can be taken away here, and the mark says so"
)
def test_nothing_is_left_that_this_machine_could_take_away(tmp_path: Path) -> None:
    with loaded(written(tmp_path, ""), 20) as file:
        told = " ".join(file.notes)
    could = {"administrator rights", "more memory, time and open files than it needs"}
    if ctypes.CDLL(None).syscall(444, None, 0, 1) > 0:  # Landlock's version
        could.add("your files")
    if (
        "Seccomp_filters" in Path("/proc/self/status").read_text("ascii")
        and platform.machine() in sandbox.REFUSED
    ):
        could.add("the network")
    if (
        subprocess.run(["unshare", "-Urnip", "--fork", "true"], capture_output=True, check=False).returncode
        == 0
    ):
        could.add("other processes")
    assert not {each for each in could if each in told}
    assert {each for each in EVERYTHING if each in told} == set(EVERYTHING) - could


def environment_of_its_own() -> set[str]:
    names = {"HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE", "USER", "PYTHONDONTWRITEBYTECODE"}
    return names | {f"{name}_NUM_THREADS" for name in ("OMP", "OPENBLAS", "MKL")}


def test_what_a_system_lacks_is_told_in_the_mark_and_the_rest_still_holds(
    tries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "RUNNER", without("your files", world=False))
    with loaded(tries, 20) as file:
        (told,) = file.notes
        assert told.startswith(
            "A homework is a program that runs as you, and on this system it could not be kept from"
        )
        assert {"other processes", "your files"} <= {each for each in EVERYTHING if each in told}
        assert file.call("writes_elsewhere", [None])[0] == "done"
        assert file.call("opens_a_socket", [None])[0] == "PermissionError" or "the network" in told
    given = mark(written(tries.parent, RIGHT), Settings())
    assert given.right
    assert given.notes == (told,)
    for wrong, raised in (
        ("raise RuntimeError('no data')", "RuntimeError: no data"),
        (RIGHT.replace("return dW, db", "return 1.0"), "gradient returned a number"),
        (RIGHT.replace("dW, db = [], []", "dW = db = undefined"), "gradient raised NameError"),
    ):
        with pytest.raises(UserError, match=raised) as error:
            mark(written(tries.parent, wrong), Settings())
        assert error.value.advice == told


@pytest.mark.parametrize("world", [True, False], ids=["in a world of its own", "among others"])
@pytest.mark.parametrize(
    "child", ["", "os.setsid()\n    if os.fork(): os._exit(0)\n    "], ids=["child", "daemon"]
)
def test_what_a_homework_leaves_running_ends_with_it(
    child: str, world: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "RUNNER", without(world=world))
    forks = f"import os, time\nif os.fork() == 0:\n    {child}time.sleep(1000)\n"
    file = written(tmp_path, slipped_in(forks.rstrip()))
    assert mark(file, Settings()).right
    assert alive(tmp_path) == []
    with pytest.raises(UserError, match="loading the file ended the process, with exit status 3"):
        mark(written(tmp_path, forks + "os._exit(3)\n"), Settings())
    assert alive(tmp_path) == []


def test_when_its_caller_is_killed_nothing_of_a_homework_is_left(tmp_path: Path) -> None:
    file = written(tmp_path, "import os, time\nos.fork()\nopen('ready', 'w').close()\ntime.sleep(1000)\n")
    code = (
        "from pathlib import Path\nfrom homework.process import loaded\n"
        f"with loaded(Path({str(file)!r}), 100): ..."
    )
    with subprocess.Popen([sys.executable, "-c", code], env=os.environ | {"TMPDIR": str(tmp_path)}) as caller:
        while not list(tmp_path.glob("chainrule-homework-*/ready")):
            assert caller.poll() is None
        assert alive(file)
        caller.kill()
    assert any(not alive(file) for _ in range(1000))
    assert not list(tmp_path.glob("chainrule-homework-*"))


END = "\nos._exit(4)"
WRITES = "import os\nfor each in range(3, 4096):\n    try: os.write(each, {})\n    except OSError: pass"
LIAR = """
class Liar:
    def __array__(self, *_, **__): raise SystemExit(3)
    def __len__(self): return -5
    def __repr__(self): raise KeyboardInterrupt
    def __getattr__(self, name): raise RuntimeError(name)
    def detach(self): return 5

class Endless(list):
    def __getitem__(self, index): raise SystemExit

liar, endless, file, ring = Liar(), Endless([1.0]), open(__file__), []
ring.append(ring)
"""


def test_right_homework_may_define_print_and_send_what_it_likes(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\nfor _ in range(20): print('x' * 10_000_000)\nsys.stdout = sys.stderr = None\n"
        "os.kill(os.getpid(), signal.SIGCONT)\nassert file.read(1)"
    )
    assert mark(written(tmp_path, slipped_in(code) + LIAR), Settings()).right


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (WRITES.format("b'\\xff' * 64"), "gradient gave an answer that cannot be read"),
        (WRITES.format("bytes(7) + b'\\5hello'"), "gradient gave an answer that cannot be read"),
        (WRITES.format("bytes(3) + b'\\x09hello'") + END, "gradient ended the process, with exit status 4"),
        ("import os\nos.closerange(3, 4096)\nwhile True: pass", "gradient closed the connection for its answers"),
        ("import ctypes\nctypes.string_at(0)", "gradient ended the process, by SIGSEGV"),
        ("raise SystemExit('bye')", "gradient raised SystemExit: bye"),
        ("raise KeyboardInterrupt", "gradient raised KeyboardInterrupt: no message"),
        ("raise SyntaxError('x', (__file__, 'no line', 1, ''))", "gradient raised SyntaxError: no message"),
        ("raise type('Odd', (Exception,), {'__str__': lambda _: 1 / 0})", "gradient raised Odd: no message"),
        ("raise ValueError('x' * 10**7)", "gradient raised ValueError: " + 300 * "x" + "\n"),
        ("return liar", "gradient raised NotNumbersError: Liar is not an array"),
        ("return file", "gradient raised NotNumbersError: TextIOWrapper is not an array"),
        ("return ring", "gradient raised RecursionError: "),
        ("return np.broadcast_to(1.0, (10**6, 10**6))", "an array (1000000, 1000000) is more than 256 MB"),
        ("return np.ones(5 << 30, np.uint8)", "gradient used more than 4 GB of memory"),
    ],
)  # fmt: skip
def test_whatever_a_homework_does_is_one_line(code: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError) as told:
        mark(written(tmp_path, slipped_in(code) + LIAR), Settings())
    (one,) = told.value.mistakes
    assert said in f"{one.message}\n"
    assert alive(tmp_path) == []


def test_too_many_processes_are_ended_and_told(tmp_path: Path) -> None:
    code = "import os, time\nwhile True:\n    if os.fork() == 0: time.sleep(1000)"
    with pytest.raises(UserError, match="gradient started more than 128 processes"):
        mark(written(tmp_path, slipped_in(code)), Settings())
    assert alive(tmp_path) == []


def test_all_calls_together_have_a_limit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, "def waits(_):\n    import time\n    time.sleep(1000)\n")
    monkeypatch.setattr(process, "IN_ALL", 0.5)
    with (
        pytest.raises(UserError, match=r"waits did not finish within 0\.5 seconds"),
        loaded(file, 20) as homework,
    ):
        homework.call("waits", [None])


def test_what_a_function_raises_keeps_its_line(tmp_path: Path) -> None:
    raised: Any
    with (
        pytest.raises(RaisedError) as raised,
        loaded(written(tmp_path, "def f(_):\n    return 1 / 0\n"), 20) as homework,
    ):
        homework.call("f", [None])
    assert (raised.value.line, raised.value.code) == (2, "return 1 / 0")
