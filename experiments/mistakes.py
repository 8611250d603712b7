"""The two kinds of error that end a command, the user's mistakes and faults, and one that ends only a trial.

Those that end a command are printed in one place.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import partial
from pathlib import Path
from typing import Final

from experiments.control_characters import visible

ELSEWHERE: Final = {
    "asha": "successive_halving",
    "bayes": "tpe",
    "bce": "cross_entropy",
    "compare": "report",
    "error": "validation_error",
    "fit": "train",
    "gd": "gradient_descent",
    "hinge": "squared_hinge",
    "list": "studies",
    "log_loss": "cross_entropy",
    "logistic": "sigmoid",
    "lr": "learning_rate",
    "mae": "absolute",
    "mse": "quadratic",
    "nll": "log_likelihood",
    "remove": "delete",
    "resume": "study",
    "run": "study",
    "sgd": "gradient_descent",
    "sobol": "qmc",
    "swish": "silu",
    "val_error": "validation_error",
}
"""Our names of what others call so: no likeness leads from one to the other."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake that the user has to correct.

    Attributes:
        message: what is wrong and what was expected, in one line.
        where: file, line and key; empty for the command line.
        excerpt: the lines concerned, marked; may be empty.
    """

    message: str
    where: str = ""
    excerpt: str = ""

    def __str__(self) -> str:
        line = f"error: {self.where}: {self.message}" if self.where else f"error: {self.message}"
        return "\n".join(map(visible, [line, *self.excerpt.split("\n")])) if self.excerpt else visible(line)


class UserError(Exception):
    """The user's mistake or mistakes; nothing was written. As text it has a line for each, and then what to do.

    A command ends with exit status 2.

    Attributes:
        mistakes: each with its message, its place and, of a file, the lines concerned.
        advice: what to do; may be empty.
    """

    def __init__(self, *mistakes: Mistake | str, advice: str = "") -> None:
        """Take all mistakes that were found, and what to do about them."""
        self.mistakes = tuple(Mistake(one) if isinstance(one, str) else one for one in mistakes)
        self.advice = advice
        super().__init__(_lines(*map(str, self.mistakes), advice))

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the mistakes, and not where in this program they were found."""
        return str(self).splitlines()


class Fault(Exception):
    """Something broke that is not the user's mistake. As text it says what happened, and then how to continue.

    A command ends with exit status 1.

    Attributes:
        message: what happened.
        advice: how to continue; may be empty.
    """

    def __init__(self, message: str, advice: str = "") -> None:
        """Take what happened and what the user can do."""
        self.message, self.advice = message, advice
        super().__init__(_lines(visible(f"error: {message}"), advice))


class TrialFailed(Exception):  # as a run's state has it
    """A trial that cannot be trained to its end, which is its outcome; the text is the reason in its record."""


def _lines(*parts: str) -> str:
    return "\n".join(visible(part, keep="\n") for part in parts if part)


def nearest(name: str, names: Iterable[str]) -> str:
    """`; did you mean "…"?` with the valid name nearest to a wrong one, or the list of them if none is near."""
    names = list(names)
    if found := meant(name, names):
        return f'; did you mean "{found}"?'
    return f"; known are {', '.join(names)}" if names else ""


def meant(name: str, names: Iterable[str]) -> str:
    """The valid name that a wrong one means: by what others call it, by its letters or as a part; else empty.

    Capitals, hyphens instead of underscores and the hyphens before an option make no difference.
    """
    folded = {_folded(each): each for each in names}
    wrong = _folded(name)
    if (ours := ELSEWHERE.get(wrong, "")) in folded:
        return folded[ours]
    close = get_close_matches(wrong, folded) or [each for each in folded if len(wrong) > 2 and wrong in each]
    return folded[max(close, key=partial(_likeness, wrong))] if close else ""


def _folded(name: str) -> str:
    return name.casefold().lstrip("-").replace("-", "_")


def neighbour(path: Path) -> str:
    """The same of a file that is not there: the nearest name in its folder, or that there is no such folder."""
    folder = path.parent
    if not folder.is_dir():
        return f"; there is no folder {folder.name}"
    try:
        there = {
            one.stem: one.name for one in sorted(folder.iterdir(), key=lambda one: one.suffix == path.suffix)
        }
    except OSError:  # it may be entered, and not be listed
        return ""
    close = get_close_matches(path.stem, there, n=1)  # that both end in .csv says nothing
    return f'; did you mean "{there[close[0]]}"?' if close else ""


def _likeness(name: str, other: str) -> float:
    """The similarity of two names, with and without the order of letters, since swapped letters are common."""
    ordered = SequenceMatcher(None, name, other).ratio()
    return ordered + SequenceMatcher(None, sorted(name), sorted(other)).ratio()
