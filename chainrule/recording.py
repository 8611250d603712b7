"""Connects a command to the publisher: reports its problems and waits for it at the end."""

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from experiments.mistakes import Fault
from experiments.recording.study_state import Status
from experiments.store.store_check import check_store
from experiments.wording import count

if TYPE_CHECKING:
    from experiments.publisher.client import Publisher

INTERRUPTED_WAIT: Final = 0.5
"""Seconds that Ctrl-C waits for the recorder; it then ends the parent run alone, and the rest waits in the spool."""

TELLING_WAIT: Final = 10.0
"""Seconds after which the user is told what the command is waiting for; importing MLflow may take half of them."""

RECORDING_WAIT: Final = 120.0
"""Seconds that the recorder has after the last training, and after each record that a slow store then takes."""

UNTIL: Final = "records wait until it answers"


def ask_store(home: Path, tracking_uri: str | None, warn: Callable[[str], None]) -> str:
    """Refuse a store that can never take records, and tell the user of a server that does not answer now.

    Gives that, in words, for `Publisher.start`, which then does not say so again; otherwise nothing.
    """
    silence = check_store(home, tracking_uri)
    if silence:
        warn(f"{silence}; {UNTIL}")
    return silence


def pass_on(publisher: "Publisher", warn: Callable[[str], None]) -> None:
    """Tell the user of the recorder's troubles, each once."""
    for notice in publisher.notices():
        if notice.kind == "waiting":
            warn(f"{notice.text}; {UNTIL}")
        elif notice.kind in ("recovered", "set_aside", "restarted", "failed"):
            warn(notice.text)


def finish(
    publisher: "Publisher",
    warn: Callable[[str], None],
    interrupted: Callable[[], bool],
    status: Status,
    tags: Mapping[str, str],
) -> int:
    """Have the recorder deliver what is left, and end the study's run; gives how many records wait for the next time.

    `warn` is told what keeps it, and what is waited for; `interrupted` says whether the user wants to wait no longer.
    """
    began = monotonic()
    told = False

    def enough() -> bool:
        nonlocal told
        pass_on(publisher, warn)
        if not told and monotonic() - began > TELLING_WAIT:
            told = True
            warn(
                "Waiting for the tracking store to take the last records; Ctrl-C keeps them for the next time."
            )
        hurried = interrupted() or status != "FINISHED"
        return hurried and monotonic() - began > INTERRUPTED_WAIT

    left = publisher.finish(status=status, timeout=RECORDING_WAIT, tags=tags, enough=enough)
    pass_on(publisher, warn)
    return left


def left_behind(left: int, spool: Path, trouble: str, command: str) -> Fault:
    """The fault of a command that has trained everything but could not deliver all records to the store."""
    return Fault(
        f"{count(left, 'record')} could not be recorded yet (kept in {spool}): {trouble or 'too slow a store'}",
        f"Nothing is lost: once this is fixed, this command records them: {command}",
    )
