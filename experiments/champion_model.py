"""The champion as MLflow serves it. MLflow copies this file into the model and runs it there, with `core` beside it.

model = mlflow.pyfunc.load_model("models:/NAME@champion")
model.predict(inputs)    # one example a row, in the units of the data
"""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np

from experiments.network_file import TrainedNetwork, load_network


class ChampionModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc] # MLflow ships no types
    """Standardises the inputs, goes forward through the network, and names the class or the number."""

    def load_context(self, context: Any) -> None:
        """Read the weights from the model's one artifact."""
        self._trained: TrainedNetwork = load_network(Path(context.artifacts["network"]).read_bytes())

    def predict(self, model_input: np.ndarray, params: dict[str, Any] | None = None) -> np.ndarray:  # noqa: ARG002 # MLflow's signature
        """Names of the classes, or numbers, (m,), for one example a row, (m, N_in)."""
        return self._trained.predict(model_input)


mlflow.models.set_model(ChampionModel())
