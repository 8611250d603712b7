"""The view of a study that MLflow's pages open with: its columns, its order and its charts.

MLflow's button "Save view" writes a tag of the experiment, `mlflow.sharedViewState.KEY`: JSON with a name and a page's
state, deflated. The same is written here. No interface of MLflow promises the form of that state, so a view is written
and linked only for versions with which it was tested.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import quote

from experiments.recording.records import StudyRecord

TESTED: Final = ("3.17",)
"""Versions of MLflow whose pages were seen to show the view (`tests/end_to_end/test_mlflow_pages.py`)."""

KEY: Final = "chainrule"

TAG: Final = f"mlflow.sharedViewState.{KEY}"

ORDER: Final = "chainrule.order"
"""The tag by which the view sorts: phase, then objective."""

WINNERS: Final = "winners/"
"""What the names of the curves of winners and champion begin with, so that a chart can show these alone."""

LOG: Final = "log10 "
"""What the names of the logarithms of parameters begin with: MLflow's scatter plots have no log axes."""

COLOURS: Final = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9",
    "#6A51A3", "#7F7F7F", "#8C564B", "#1A1A1A", "#9ACD32", "#C2185B",
)  # fmt: skip
"""Of the scientific combinations, in their order and over again; first those of Okabe and Ito that show on white."""

MOST_SCATTERS: Final = 4

BEST_FIRST: Final = "workflowType=machine_learning&orderByKey=metrics.%60objective%60&orderByAsc=true"
"""The page of MLflow on training runs, the best run first; sorted like this it shows all runs, not only the parent."""


def supported() -> bool:
    """Whether the MLflow that is installed is one whose pages were tested."""
    return ".".join(version("mlflow").split(".")[:2]) in TESTED


def pages(address: str, experiment_id: str, tags: Iterable[str]) -> dict[str, str]:
    """The addresses of MLflow's pages on a study's runs, by what they show.

    Args:
        address: of MLflow's server, without a slash at its end.
        experiment_id: of the study's experiment.
        tags: names of that experiment's tags.

    Returns:
        The charts and the table of the study's view; if it has none, or none that this version shows, all its runs.
    """
    runs = f"{address}/#/experiments/{quote(experiment_id)}/runs?"
    if not (supported() and TAG in tags):
        return {"runs": f"{runs}{BEST_FIRST}"}
    view = f"{runs}viewStateShareKey={KEY}&compareRunsMode="
    return {"charts": f"{view}CHART", "runs": f"{view}TABLE"}


def tags(study: StudyRecord, now: int) -> dict[str, str]:
    """The tags of a study's experiment that hold its view; none where MLflow's version is not tested.

    Args:
        study: what was asked.
        now: milliseconds since 1970.

    Returns:
        Values by name.
    """
    if not supported():
        return {}
    state = base64.b64encode(zlib.compress(json.dumps(_state(study)).encode())).decode()
    view = {
        "name": "The study",
        "createdAt": study.started or now,
        "updatedAt": now,
        "state": f"deflate;{state}",
    }
    return {TAG: json.dumps(view)}


def logarithmic(study: StudyRecord) -> list[str]:
    """The nuisance parameters that are searched on a log scale."""
    return [
        name for name, range_ in study.nuisance.items() if isinstance(range_, Mapping) and range_.get("log")
    ]


def _state(study: StudyRecord) -> dict[str, Any]:
    """The state of the page of runs, as `ExperimentPageUIState` and the search facets of MLflow's pages have it."""
    searched = [*study.scientific, *study.nuisance]
    columns = [
        *(f"params.`{name}`" for name in searched),
        "metrics.`objective`",
        "params.`epochs`",
        "tags.`chainrule.state`",
        "tags.`chainrule.phase`",
    ]
    on_log_axes = logarithmic(study)
    scatters = [
        _scatter(f"{LOG}{name}" if name in on_log_axes else name)
        for name in [*study.nuisance][:MOST_SCATTERS]
    ]
    return {
        "searchFilter": "",
        "orderByKey": f"tags.`{ORDER}`",
        "orderByAsc": True,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": columns,
        "columnOrder": columns,
        "columnWidths": {},
        "runsHiddenMode": "SHOW_ALL",
        "isAccordionReordered": True,
        "compareRunSections": [
            _section("winners", "Convergence of the winners and the champion"),
            _section("search", "All trials: objective against what was tuned"),
        ],
        "compareRunCharts": [
            _line("validation_error"),
            _line("validation_cost"),
            *scatters,
            *([_parallel(searched)] if searched else []),
        ],
    }


def _section(uuid: str, name: str) -> dict[str, Any]:
    return {
        "uuid": uuid,
        "name": name,
        "display": True,
        "isReordered": True,
        "deleted": False,
        "isGenerated": False,
    }


def _card(kind: str, section: str, name: str) -> dict[str, Any]:
    """What all charts have."""
    return {
        "uuid": f"{section} {name}",
        "type": kind,
        "metricSectionId": section,
        "deleted": False,
        "isGenerated": False,
        "runsCountToCompare": 100,
    }


def _line(curve: str) -> dict[str, Any]:
    """A curve of the winners against the epoch, on a log axis as in the report."""
    return {
        **_card("LINE", "winners", curve),
        "metricKey": f"{WINNERS}{curve}",
        "selectedMetricKeys": [f"{WINNERS}{curve}"],
        "lineSmoothness": 0,
        "xAxisScaleType": "linear",
        "scaleType": "log",
        "xAxisKey": "step",
        "selectedXAxisMetricKey": "",
        "yAxisKey": "metric",
        "yAxisExpressions": [],
        "range": {},
        "ignoreOutliers": False,
        "useGlobalXaxisKey": False,
        "useGlobalLineSmoothing": True,
    }


def _scatter(parameter: str) -> dict[str, Any]:
    return {
        **_card("SCATTER", "search", parameter),
        "xaxis": {"key": parameter, "type": "PARAM"},
        "yaxis": {"key": "objective", "type": "METRIC"},
    }


def _parallel(parameters: list[str]) -> dict[str, Any]:
    return {
        **_card("PARALLEL", "search", "all settings"),
        "selectedParams": parameters,
        "selectedMetrics": ["objective"],
        "showAllRuns": False,
    }
