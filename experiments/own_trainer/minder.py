"""The process in which the user's code trains one network. It imports nothing of ours, and is run by its path.

    python -P minder.py

Standard input has one line of JSON that says what to train (see `Asked`), the examples as an `.npz` file, and then a
line with the epoch up to which training may continue, each time this is asked. When standard input ends, the process
that started it is gone: the whole group of processes ends at once. Standard output has a line of JSON for each message,
`[what, …]`:

| what | follows |
|---|---|
| `begun` | nothing: the code is imported, and training begins |
| `epoch` | the numbers of one epoch, by name |
| `ended` | nothing: the code has no more epochs, or needs no more |
| `failed` | why, in one line |
| `found` | in place of training: files and versions of the code (see `trainer.Found`) |
| `mistake` | in place of training: why the code cannot be called |

Whatever the code prints goes to standard error.
"""

import contextlib
import faulthandler
import importlib
import inspect
import json
import linecache
import os
import shutil
import signal
import subprocess
import sys
import threading
import traceback
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np

Asked = Mapping[str, Any]
"""What to do: `python` ("module:function"), perhaps with `source`, the module's text, or `command` (words); `folder`
(of the study file); `only_look` (whether to look at the code and train nothing), else `settings`, `seed`, `epochs`,
`size` (bytes of examples that follow), and for a command `scratch` (an empty folder)."""


@dataclass(frozen=True, slots=True)
class Data:
    """The examples of one seed, one a row, as the user's function is given them.

    Attributes:
        x_train: inputs to train on, (m, N), standardised over this part.
        y_train: their targets, (m,): numbers of classes, or numbers in their own units, (m, T) of several.
        x_validation: inputs to measure on.
        y_validation: their targets.
        x_test: inputs of the test part; None for all runs but the champion's.
        y_test: their targets; likewise.
        kind: "classification" or "regression".
        classes: names of the classes, in the order of their numbers; empty for regression.
        features: names of the inputs; empty where they have none.
        image_shape: rows and columns, if the inputs are pixels; else None.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray
    x_test: np.ndarray | None
    y_test: np.ndarray | None
    kind: str
    classes: tuple[str, ...]
    features: tuple[str, ...]
    image_shape: tuple[int, ...] | None


class MistakeError(Exception):
    """The code cannot be called as it is declared; the text says why."""


class Allowance:
    """Up to which epoch training may continue, and whether the process that started this one is still there."""

    def __init__(self, lines: IO[bytes]) -> None:
        """Listen to standard input from now on."""
        self._until, self._changed = 0, threading.Condition()
        threading.Thread(target=self._listen, args=(lines,), daemon=True).start()

    def _listen(self, lines: IO[bytes]) -> None:
        for line in lines:
            with self._changed:
                self._until = int(line)
                self._changed.notify_all()
        end_all()

    def has(self, epoch: int) -> bool:
        """Whether an epoch may be trained now."""
        return self._until >= epoch

    def wait_for(self, epoch: int) -> None:
        """Wait until an epoch may be trained."""
        with self._changed:
            self._changed.wait_for(lambda: self._until >= epoch)


def end_all() -> None:
    """End this process and all that it has started."""
    if os.name == "posix":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def hear_signals() -> None:
    """Undo what a worker does to signals: the user's code may send them to processes of its own."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"):
        if number := getattr(signal, name, None):
            signal.signal(number, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, ())


def main() -> None:
    """Do what standard input asks for."""
    asked_of_us = os.fdopen(os.dup(0), "rb")
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    faulthandler.enable(all_threads=False)
    hear_signals()
    with contextlib.suppress(OSError):  # if memory runs out, this process is to go before the study
        Path("/proc/self/oom_score_adj").write_text("500")

    def tell(*what: object) -> None:
        out.write(f"{json.dumps(what)}\n")
        out.flush()

    asked = json.loads(asked_of_us.readline())
    examples = asked_of_us.read(asked.get("size", 0))
    allowance = Allowance(asked_of_us)
    os.chdir(asked["folder"])
    sys.path.insert(0, asked["folder"])
    try:
        if asked.get("only_look"):
            tell("found", *look(asked))
        elif asked.get("python"):
            call(asked, examples, allowance, tell)
        else:
            run(asked, examples, allowance, tell)
    except MistakeError as reason:
        tell("mistake", str(reason))
    except Exception as reason:
        traceback.print_exc()
        tell("failed", in_one_line(reason))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads of the user's may go on for ever


def in_one_line(reason: BaseException) -> str:
    """An exception as the last line of a traceback has it."""
    return " ".join("".join(traceback.format_exception_only(reason)).split())


def function_of(asked: Asked) -> Callable[..., Any]:
    """The user's function.

    Raises:
        MistakeError: if it cannot be had, or cannot be called with settings, data and a seed.
    """
    name, _, wanted = asked["python"].partition(":")
    try:
        module = module_of(name, asked["source"]) if "source" in asked else importlib.import_module(name)
    except ModuleNotFoundError as reason:
        if reason.name != name.partition(".")[0]:
            raise MistakeError(f"importing {name} fails: {in_one_line(reason)}") from reason
        raise MistakeError(
            f'there is no module "{name}" next to the study file, and none of that name is installed'
        ) from reason
    except BaseException as reason:
        traceback.print_exc()
        raise MistakeError(f"importing {name} fails: {in_one_line(reason)}") from reason
    function = getattr(module, wanted, None)
    if function is None:
        others = [one for one, value in vars(module).items() if inspect.isfunction(value)]
        known = f"; its functions are {', '.join(others)}" if others else ""
        near = get_close_matches(wanted, others, n=1)
        raise MistakeError(
            f'{name} has no function "{wanted}"' + (f'; did you mean "{near[0]}"?' if near else known)
        )
    if not callable(function):
        raise MistakeError(f"{name}:{wanted} is {type(function).__name__}, and a function was expected")
    try:
        inspect.signature(function).bind({}, None, 0)
    except (TypeError, ValueError) as reason:
        how = "it is called as train(settings, data, seed)"
        raise MistakeError(f"{name}:{wanted} cannot be called: {reason}; {how}") from reason
    return function  # type: ignore[no-any-return]


def module_of(name: str, source: str) -> types.ModuleType:
    """A module with this text, whose lines a traceback shows."""
    file = f"<{name}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, file, "exec"), vars(module))
    return module


def look(asked: Asked) -> tuple[list[str], dict[str, str]]:
    """The files that the user's code is in, and the versions of the packages that it uses, by name."""
    folder = Path(asked["folder"]).resolve()
    if asked.get("command"):
        program = asked["command"][0]
        if shutil.which(program) is None:
            raise MistakeError(f'there is no program "{program}" that can be run')
        files = [folder / word for word in asked["command"]]
        return [str(path) for path in files if path.is_file()], {}
    function_of(asked)
    loaded = [module for module in list(sys.modules.values()) if _is_in(module, folder)]
    own = {sys.modules[asked["python"].partition(":")[0]], *loaded}
    places = [Path(place) for module in own if (place := getattr(module, "__file__", None))]
    files = [place for place in places if place.is_file()]
    versions = {}
    for root in {root for module in own for value in vars(module).values() for root in _roots(value)}:
        version = getattr(sys.modules.get(root), "__version__", None)
        if isinstance(version, str):
            versions[root] = version
    return sorted(map(str, files)), dict(sorted(versions.items()))


def _is_in(module: Any, folder: Path) -> bool:
    """Whether a module's file lies in a folder, and not in an environment there."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or module.__name__ == "__main__":
        return False
    path = Path(file).resolve()
    if not path.is_file():  # some say a name only, as modules of PyTorch do
        return False
    return path.is_relative_to(folder) and "site-packages" not in path.parts


def _roots(value: Any) -> Iterator[str]:
    """The package that a value of a module's namespace comes from."""
    name = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", None)
    if isinstance(name, str):
        yield name.partition(".")[0]


def data_of(examples: bytes) -> Data:
    """The examples, from an `.npz` file."""
    with np.load(BytesIO(examples), allow_pickle=False) as arrays:
        found: dict[str, Any] = {name: arrays[name] for name in arrays.files}
    about = json.loads(str(found.pop("about")))
    about = {name: tuple(value) if isinstance(value, list) else value for name, value in about.items()}
    return Data(**{"x_test": None, "y_test": None} | found | about)


def call(asked: Asked, examples: bytes, allowance: Allowance, tell: Callable[..., None]) -> None:
    """Train with the user's function, one epoch after the other, and tell each."""
    function = function_of(asked)
    data = data_of(examples)
    allowance.wait_for(1)
    tell("begun")
    epochs = function(asked["settings"], data, asked["seed"])
    if not isinstance(epochs, Iterator):
        if epochs is None or not hasattr(epochs, "__iter__") or isinstance(epochs, Mapping | str):
            given = type(epochs).__name__
            raise TypeError(f"train gave {given}; it is to yield a mapping from names to numbers each epoch")
        epochs = iter(epochs)
    for epoch in range(1, asked["epochs"] + 1):
        allowance.wait_for(epoch)
        try:
            told = next(epochs)
        except StopIteration:
            break
        tell("epoch", numbers(told, epoch))
    tell("ended")
    if hasattr(epochs, "close"):
        epochs.close()


def numbers(told: Any, epoch: int) -> dict[str, float]:
    """What an epoch has yielded, as numbers of Python by name.

    Raises:
        TypeError: if it is something else.
    """
    if not isinstance(told, Mapping):
        raise TypeError(
            f"epoch {epoch} yielded {type(told).__name__}; a mapping from names to numbers was expected"
        )
    found = {}
    for name, value in told.items():
        try:
            found[str(name)] = float("nan") if value is None else float(value)
        except (TypeError, ValueError) as reason:
            said = f"{type(value).__name__} {str(value)[:40]}"
            raise TypeError(f"epoch {epoch} yielded {name} = {said}; a number was expected") from reason
    return found


def run(asked: Asked, examples: bytes, allowance: Allowance, tell: Callable[..., None]) -> None:
    """Train with the user's command, whose lines of JSON are the epochs; halt it where it may not go on."""
    file = Path(asked["scratch"]) / "data.npz"
    file.write_bytes(examples)
    allowance.wait_for(1)
    tell("begun")
    training = subprocess.Popen(asked["command"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert training.stdin
    assert training.stdout
    told = {"settings": asked["settings"], "data": str(file), "seed": asked["seed"]}
    with contextlib.suppress(BrokenPipeError):  # it need not read them
        training.stdin.write(f"{json.dumps(told)}\n".encode())
        training.stdin.close()
    epoch = 0
    for line in training.stdout:
        found = _epoch_in(line)
        if found is None:
            sys.stderr.buffer.write(line)
            sys.stderr.flush()
            continue
        epoch += 1
        tell("epoch", numbers(found, epoch))
        _halt_until(training, epoch + 1, allowance)
    status = training.wait()
    if status:
        tell("failed", ended(status))
    else:
        tell("ended")


def _epoch_in(line: bytes) -> Any:
    """The object of a line of JSON; None of any other line, which is meant for people."""
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        return json.loads(line)
    except ValueError:
        return None


def _halt_until(training: "subprocess.Popen[bytes]", epoch: int, allowance: Allowance) -> None:
    """Halt a command until its next epoch may be trained."""
    if allowance.has(epoch):
        return
    if os.name == "posix":
        training.send_signal(signal.SIGSTOP)
    allowance.wait_for(epoch)
    if os.name == "posix":
        training.send_signal(signal.SIGCONT)


def ended(status: int) -> str:
    """How a process has ended, from its exit status, in words."""
    if status >= 0:
        return f"it ended with exit status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"it was killed by {name}"


if __name__ == "__main__":
    main()
