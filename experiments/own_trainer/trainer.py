"""A trainer of the user's own: a function or a command, where it is, and what it is held to."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from experiments.environment import code_hash, meaning
from experiments.mistakes import Mistake, TrialFailed, UserError
from experiments.outcome.objective_metric import ObjectiveMetric
from experiments.own_trainer.network_process import NetworkProcess


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainer:
    """What [trainer] in a study file says.

    Attributes:
        folder: of the study file; modules are found there, and it is the working folder.
        python: "module:function"; empty if it is a command.
        source: the text of that module; empty if it is in a file.
        command: the words of a command; empty likewise.
        epochs: how many a network may have.
        time_limit: seconds that a network may take.
        objective: the metric that decides, among those that it yields.
    """

    folder: Path
    python: str = ""
    source: str = ""
    command: Sequence[str] = ()
    epochs: int = 1
    time_limit: float = 3600.0
    objective: ObjectiveMetric = field(default_factory=ObjectiveMetric)

    @property
    def name(self) -> str:
        """What reports call it."""
        return self.python or shlex.join(self.command)

    @property
    def asked(self) -> dict[str, Any]:
        """What its process is told before it is told what to train (see `minder.Asked`)."""
        how = {"python": self.python} if self.python else {"command": list(self.command)}
        text = {"source": self.source} if self.source else {}
        return {**how, **text, "folder": str(self.folder.absolute()), "epochs": self.epochs}

    def look(self) -> dict[str, str]:
        """Make sure that it can be called, in a process of its own, and give what decides its numbers, by name.

        That is a hash of its code, `trainer`, and the versions of the packages that its modules use.

        Raises:
            UserError: if it cannot be called.
        """
        process = NetworkProcess({**self.asked, "only_look": True}, b"", self.time_limit)
        where = "trainer.python" if self.python else "trainer.command"
        try:
            what, *told = process.found()
        except TrialFailed as reason:
            first = str(reason).partition("\n")[0]
            raise UserError(Mistake(f"{self.name} cannot be looked at: {first}", where)) from reason
        finally:
            process.close()
        if what != "found":
            raise UserError(Mistake(str(told[0]), where))
        files, versions = told
        return {"trainer": _hash_of([Path(file) for file in files], self.source), **versions}


def _hash_of(files: Sequence[Path], source: str) -> str:
    """A hash of the files and of a module's text: of Python's the code, as for our own; of others their content."""
    python = [path for path in files if path.suffix == ".py"]
    others = [sha256(path.read_bytes()).hexdigest() for path in files if path.suffix != ".py"]
    others += [meaning(source)] if source else []
    return sha256("".join([code_hash(python), *sorted(others)]).encode()).hexdigest()[:12]
