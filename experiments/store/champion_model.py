"""The champion as MLflow serves it. MLflow copies this file into the model and runs it there, with `core` beside it.

model = mlflow.pyfunc.load_model("models:/NAME@champion")    # or @ensemble
model.predict(inputs)    # one example a row, in the units of the data: a table of classes and probabilities, or numbers
model.predict(inputs, params={"predict_method": "predict"})    # an array of the classes or numbers alone
model.predict(inputs, params={"predict_method": "predict_proba"})    # an array of the probabilities alone
"""

import inspect
import sys
from functools import wraps
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException

from experiments.trained.network_file import load_networks
from experiments.trained.trained_network import TrainedNetwork
from experiments.wording import enumerated


class ChampionModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc] # MLflow ships no types
    """Standardises the inputs, goes forward through the networks, and names the class or the number."""

    def load_context(self, context: Any) -> None:
        """Read the weights from the model's one artifact."""
        self._trained = load_networks(Path(context.artifacts["network"]).read_bytes())
        _have_csv_read(self._trained)

    def predict(self, model_input: np.ndarray, params: dict[str, Any] | None = None) -> Any:
        """A data frame of classes and their probabilities, or of numbers, a row for each example; see `params`.

        Args:
            model_input: one example a row, (m, N_in); also lists or a data frame, see `TrainedNetwork.predict`.
            params: `predict_method`: "table"; or for an array alone "predict", (m,), or "predict_proba", (m, classes).

        Raises:
            MlflowException: of INVALID_PARAMETER_VALUE, which a server answers with status 400, if the inputs or the
                method are refused.
        """
        methods = {
            "table": lambda inputs: pd.DataFrame(self._trained.table(self._trained.read(inputs))),
            "predict": self._trained.predict,
            "predict_proba": self._trained.predict_proba,
        }
        method = (params or {}).get("predict_method", "table")
        if method not in methods:
            wanted = enumerated((f'"{name}"' for name in methods), "or")
            raise MlflowException.invalid_parameter_value(f'predict_method is {wanted}, not "{method}"')
        try:
            return methods[method](model_input)
        except ValueError as reason:
            raise MlflowException.invalid_parameter_value(str(reason)) from reason


def _have_csv_read(trained: TrainedNetwork) -> None:
    """Where MLflow serves the model, or predicts from a file, have it read CSV by the columns of the data.

    The signature says "any" of each named column, since of any other type MLflow would refuse numbers without need.
    But to read CSV MLflow wants to know pandas' types, and refuses all of it where there is none. Without types, a
    category such as 01 would become the number 1.
    """
    server: Any = sys.modules.get("mlflow.pyfunc.scoring_server")
    if server is None or not trained.named or not hasattr(server, "parse_csv_input"):
        return
    texts = {one.name for one in trained.encoding.columns if one.kind != "number"}
    columns = mlflow.types.Schema(
        [mlflow.types.ColSpec("string" if name in texts else "double", name) for name in trained.features]
    )
    read = inspect.unwrap(server.parse_csv_input)  # of a model that was loaded before, MLflow's own

    @wraps(read)
    def by_columns(csv_input: Any, **_schema: Any) -> Any:
        return read(csv_input, columns)

    server.parse_csv_input = by_columns


mlflow.models.set_model(ChampionModel())
