"""What commands print with `--json`: how a study stands, and what its report says."""

import json
import sys
from typing import TYPE_CHECKING, Any

from experiments.store.study_summary import StudySummary

if TYPE_CHECKING:  # it brings pandas and matplotlib
    from reports.page.writing import Report


def document(standing: StudySummary) -> dict[str, Any]:
    """How a study stands, as JSON has it.

    Returns:
        `study`, `question`, `state` (see `experiments.recording.study_state`), `trials` that there are to be,
        `recorded` of them by how they ended, `diverged`, `best` and `best_run`, `waiting` and `left_out` in the spool,
        and `continue`, the command that continues the study; null if there is nothing to continue.
    """
    over = standing.state in ("complete", "running")
    return {
        "study": standing.name,
        "question": standing.question,
        "state": standing.state,
        "trials": standing.trials,
        "recorded": dict(standing.recorded),
        "diverged": standing.diverged,
        "best": standing.best,
        "best_run": standing.best_run,
        "waiting": standing.waiting,
        "left_out": list(standing.left_out),
        "continue": None if over else standing.command,
    }


def findings(report: "Report | None", pages: tuple[str, ...] = ("html", "md")) -> dict[str, Any]:
    """What a report says and where it is, printed with `document`."""
    if report is None:
        return {"verdict": [], "warnings": [], "report": None}
    where = {"html": report.html, "md": report.markdown}
    return {
        "verdict": report.verdict,
        "warnings": report.warnings,
        "report": {page: str(where[page]) for page in pages},
    }


def print_json(content: Any) -> None:
    """Print JSON on standard output."""
    sys.stdout.write(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
