"""The champion as MLflow serves it. MLflow copies this file into the model and runs it there, with `core` beside it.

model = mlflow.pyfunc.load_model("models:/NAME@champion")    # or @ensemble
model.predict(inputs)    # one example a row, in the units of the data: a table of classes and probabilities, or numbers
model.predict(inputs, params={"predict_method": "predict"})    # an array of the classes or numbers alone
model.predict(inputs, params={"predict_method": "predict_proba"})    # an array of the probabilities alone
"""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException

from experiments.network_file import load_networks
from experiments.wording import enumerated


class ChampionModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc] # MLflow ships no types
    """Standardises the inputs, goes forward through the networks, and names the class or the number."""

    def load_context(self, context: Any) -> None:
        """Read the weights from the model's one artifact."""
        self._trained = load_networks(Path(context.artifacts["network"]).read_bytes())

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


mlflow.models.set_model(ChampionModel())
