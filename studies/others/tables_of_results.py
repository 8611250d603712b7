"""The runs of a table of results, once a mapping says what its columns mean."""

from experiments.mistakes import UserError, nearest
from experiments.recording.foreign_runs import ForeignRuns
from experiments.recording.results_table import ResultsTable
from studies.others.mapping_file import MappingFile


def runs_of(table: ResultsTable, mapping: MappingFile) -> ForeignRuns:
    """The runs of a table.

    Raises:
        UserError: if the column that names the run of a row is not there, or a cell of a metric is no number.
    """
    run, x = mapping.runs.column, mapping.curves.x
    if run is not None and run not in table.columns:
        raise UserError(
            f'runs.column: there is no column "{run}" in {table.path}{nearest(run, table.columns)}'
        )
    metrics = [name for name in mapping.metrics if name in table.columns]
    return table.runs(run, x if run and x in table.columns else None, metrics)
