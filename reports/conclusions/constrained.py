"""What a report says of the constraints of a study: every answer holds for settings that meet them, and no others."""

from collections.abc import Mapping

from experiments.recording.records import StudyRecord
from reports import words
from reports.results.tables import Tables


def conditions(study: StudyRecord) -> list[str]:
    """What the answer holds for, as parts of a sentence: "settings with weights <= 5000"."""
    found = [f"settings with {words.enumerated(study.constraints)}"] if study.constraints else []
    return [*found, *(["equal numbers of weights"] if study.same else [])]


def sentences(tables: Tables) -> list[str]:
    """The constraints with the share of the settings that meets them, and the numbers of weights that are the same."""
    study = tables.study
    found = []
    if study.constraints:
        found.append(f"Every setting met {quoted(study)}{_share(study)}.")
    if study.same and (weights := weights_of_choices(tables)):
        least, most = min(weights.values()), max(weights.values())
        listed = words.enumerated(f"{count:,} ({label})" for label, count in weights.items())
        nearly, apart = ("nearly ", f"; they differ by {words.percent((most - least) / most)} at most")
        if most == least:
            nearly = apart = ""
        found.append(f"All choices have {nearly}the same number of weights and biases: {listed}{apart}.")
    return found


def weights_of_choices(tables: Tables) -> Mapping[str, int]:
    """How many weights and biases the networks of each choice have, where all of a choice have the same."""
    search = tables.of_phase("search")
    counts = search[search["weights"] > 0].groupby("choice")["weights"].agg(["min", "max"])
    return {
        tables.label(int(str(choice))): int(row["min"])
        for choice, row in counts.iterrows()
        if row["min"] == row["max"]
    }


def quoted(study: StudyRecord) -> str:
    """The constraints, as the study file has them: “weights <= 5000” and “width_2 <= width_1”."""
    return words.enumerated(f"“{one}”" for one in study.constraints)


def _share(study: StudyRecord) -> str:
    """`, as 12 % to 48 % of the settings of a choice do`: among those that the ranges allow."""
    if not study.feasible:
        return ""
    least, most = words.percent(min(study.feasible)), words.percent(max(study.feasible))
    return f", as {least if least == most else f'{least} to {most}'} of the settings in the ranges do"
