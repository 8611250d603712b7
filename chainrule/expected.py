"""What a study can be expected to show, for its dry run."""

from pathlib import Path
from typing import TYPE_CHECKING

from experiments.mistakes import UserError
from experiments.recording.records import StudyRecord

if TYPE_CHECKING:  # it brings pandas
    from reports.conclusions.planning import Prospect


def expected(
    study: StudyRecord, spread: float | None, pilot: str | None, home: Path, tracking_uri: str | None
) -> "Prospect | None":
    """The difference that a planned study can be expected to show; None where neither spread nor pilot is given.

    The spread is the standard deviation of paired differences, in points; the pilot, a recorded study, is where it is
    measured otherwise.

    Raises:
        UserError: if there is no such pilot, or too little in it.
    """
    if not (spread or pilot):
        return None
    from reports.conclusions.planning import measured_spread, prospect
    from reports.statistics.power import spread_of_normal

    if spread:
        return prospect(study, spread_of_normal(spread / 100))
    from experiments.store.reading import Records, check_there

    check_there(home, tracking_uri)
    found = measured_spread(Records.open(home, tracking_uri).load_study(str(pilot)))
    if found is None:
        raise UserError(
            f"--pilot {pilot}: it has no two choices with 5 seeds in common, and a spread needs them"
        )
    return prospect(study, found)
