"""The champion as MLflow serves it. MLflow copies this file into the model and runs it there, with `core` beside it.

model = mlflow.pyfunc.load_model("models:/NAME@champion")
model.predict(inputs)    # one example a row, in the units of the data
model.predict(inputs, params={"predict_method": "predict_proba"})    # the probability of each class
"""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.exceptions import MlflowException

from experiments.network_file import TrainedNetwork, load_network
from experiments.wording import enumerated


class ChampionModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc] # MLflow ships no types
    """Standardises the inputs, goes forward through the network, and names the class or the number."""

    def load_context(self, context: Any) -> None:
        """Read the weights from the model's one artifact."""
        self._trained: TrainedNetwork = load_network(Path(context.artifacts["network"]).read_bytes())

    def predict(self, model_input: np.ndarray, params: dict[str, Any] | None = None) -> np.ndarray:
        """Names of the classes, or numbers, (m,); with `predict_method` "predict_proba" probabilities, (m, classes).

        Args:
            model_input: one example a row, (m, N_in); also lists or a data frame, see `TrainedNetwork.predict`.
            params: `predict_method`, "predict" or "predict_proba".

        Raises:
            MlflowException: of INVALID_PARAMETER_VALUE, which a server answers with status 400, if the inputs or the
                method are refused.
        """
        methods = {"predict": self._trained.predict, "predict_proba": self._trained.predict_proba}
        method = (params or {}).get("predict_method", "predict")
        if method not in methods:
            wanted = enumerated((f'"{name}"' for name in methods), "or")
            raise MlflowException.invalid_parameter_value(f'predict_method is {wanted}, not "{method}"')
        try:
            return methods[method](model_input)
        except ValueError as reason:
            raise MlflowException.invalid_parameter_value(str(reason)) from reason


mlflow.models.set_model(ChampionModel())
