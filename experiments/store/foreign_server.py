"""Runs of other programs on a tracking server: a thousand runs a question, then each metric of a hundred runs."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from mlflow.utils.rest_utils import http_request, verify_rest_response

from experiments.mistakes import UserError, nearest
from experiments.recording.foreign_runs import ForeignRun, ForeignRuns, Series, series, typed
from experiments.store.mlflow_names import PARENT, ended, told
from experiments.store.mlflow_reading import all_pages
from experiments.store.store_errors import StoreError, in_one_line, without_password

AT_ONCE: Final = 100
"""Runs that a server tells a metric of in one answer."""

VALUES: Final = 2500
"""Values of a metric of a run that it tells at most; of more it tells so many at equal distances."""

HISTORIES: Final = "/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval"


def read_server(uri: str, experiment: str) -> ForeignRuns:
    """All runs of an experiment that have not been deleted.

    Raises:
        UserError: if there is no such experiment.
        StoreError: if the server does not answer as it should.
    """
    try:
        client = MlflowClient(uri)
        pages = all_pages(lambda token: client.search_experiments(max_results=1000, page_token=token))
        named = {one.name: one.experiment_id for one in pages}
        if experiment not in named:
            raise UserError(
                f'--experiment: there is no experiment "{experiment}"{nearest(experiment, named)}'
            )
        found = all_pages(
            lambda token: client.search_runs(
                [named[experiment]],
                max_results=1000,
                order_by=["attributes.start_time ASC"],
                page_token=token,
            )
        )
        histories = _histories(client, found)
    except MlflowException as reason:
        raise StoreError(
            f"the tracking server {without_password(uri)} does not do its work: {in_one_line(reason)}"
        ) from reason
    runs = tuple(_run(one, histories) for one in found)
    return ForeignRuns(name=experiment, source=f"MLflow's experiment “{experiment}”", runs=runs)


def _histories(client: Any, runs: Iterable[Any]) -> dict[tuple[str, str], Series]:
    """Every value of every metric, by run and metric."""
    having: dict[str, list[str]] = {}
    for run in runs:
        for key in run.data.metrics:
            having.setdefault(key, []).append(run.info.run_id)
    found = {}
    for key, ids in having.items():
        for some in (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE)):
            rows: dict[str, list[tuple[float, float, float]]] = {}
            for one in _asked(client, key, some):
                row = (float(one.get("step", 0)), float(one["timestamp"]), float(one["value"]))
                rows.setdefault(one["run_id"], []).append(row)
            for run, values in rows.items():
                values.sort(key=lambda row: row[:2])
                found[run, key] = series([step for step, _, _ in values], [value for _, _, value in values])
    return found


def _asked(client: Any, key: str, runs: list[str]) -> Iterator[dict[str, Any]]:
    host = client._tracking_client.store.get_host_creds()  # noqa: SLF001, the client has no question for many runs
    given = {"run_ids": runs, "metric_key": key, "max_results": VALUES}
    answer = verify_rest_response(http_request(host, HISTORIES, "GET", params=given), HISTORIES)
    yield from answer.json().get("metrics", [])


def _run(one: Any, histories: dict[tuple[str, str], Series]) -> ForeignRun:
    info, data = one.info, one.data
    return ForeignRun(
        name=info.run_id,
        ended=ended(info.status, data.tags),
        parameters=told(data.tags) | {name: typed(text) for name, text in data.params.items()},
        metrics={
            name: histories.get((info.run_id, name), series([0.0], [value]))
            for name, value in data.metrics.items()
        },
        parent=data.tags.get(PARENT, ""),
        started=info.start_time or 0,
        seconds=(info.end_time - info.start_time) / 1000 if info.end_time and info.start_time else 0.0,
    )
