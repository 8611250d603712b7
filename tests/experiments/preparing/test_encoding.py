"""Cells become inputs as scikit-learn would make them of the same training part."""

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from core import Purpose, ShapeError, forward, generators, initialise
from experiments.datasets.dataset import NEVER_SEEN, Column, Dataset
from experiments.preparing.encoding import fitted
from experiments.preparing.preparation import prepare
from experiments.preparing.splits import EachSeed, split
from experiments.trained.network_file import load_networks, save_networks

COLUMNS = (Column("age"), Column("city", "category", ("Bern", "Chur", "Olten")), Column("member", "boolean"))


def table(missing: str = "median", *, indicator: bool = False, gaps: bool = True) -> Dataset:
    rng = np.random.default_rng(0)
    cells = np.column_stack(
        [rng.normal(40, 12, 200).round(1), rng.integers(3, size=200), rng.integers(2, size=200)]
    )
    cells[7, 1] = cells[11, 1] = 2
    if gaps:
        cells[rng.random(cells.shape) < 0.1] = np.nan
    return Dataset(
        name="people.csv",
        kind="classification",
        inputs=cells.astype(float),
        targets=(np.arange(200) % 2).astype(float),
        classes=("no", "yes"),
        features=tuple(one.name for one in COLUMNS),
        source="people.csv",
        columns=COLUMNS,
        missing=missing,
        missing_indicator=indicator,
    )


@pytest.mark.parametrize("missing", ["median", "mean"])
def test_each_seeds_inputs_are_those_of_scikit_learn_fitted_on_its_training_part(missing: str) -> None:
    data = table(missing)
    study = split(data)
    assert isinstance(study, EachSeed)
    means = set()
    for seed in (0, 1):
        training, validation = study.rows(seed)
        peer = ColumnTransformer(
            [
                ("numbers", make_pipeline(SimpleImputer(strategy=missing), StandardScaler()), [0]),
                (
                    "categories",
                    make_pipeline(
                        SimpleImputer(strategy="most_frequent"),
                        OneHotEncoder(categories=[[0, 1, 2]], sparse_output=False),
                    ),
                    [1],
                ),
                ("booleans", SimpleImputer(strategy="most_frequent"), [2]),
            ]
        ).fit(data.inputs[training])
        found = study.of(seed)
        np.testing.assert_allclose(found.training.x.T, peer.transform(data.inputs[training]), atol=1e-12)
        np.testing.assert_allclose(found.validation.x.T, peer.transform(data.inputs[validation]), atol=1e-12)
        means.add(float(found.mean[0, 0]))
    assert len(means) == 2
    assert study.description["features"] == ["age", "city = Bern", "city = Chur", "city = Olten", "member"]
    assert study.description["inputs"] == 5


def test_a_category_that_the_training_part_never_saw_is_zero_everywhere_and_counted() -> None:
    data = table(gaps=False)
    cells = data.inputs
    training = np.flatnonzero(cells[:, 1] != 2)
    encoding = fitted(data, training)
    odd = cells[:2].copy()
    odd[:, 1] = 2, NEVER_SEEN
    assert encoding.inputs_of(odd)[:, 1:4].tolist() == [[0, 0, 0], [0, 0, 0]]
    assert encoding.never_seen(cells) == {"city": np.count_nonzero(cells[:, 1] == 2)}
    assert encoding.never_seen(cells[training]) == {}


def test_an_indicator_says_which_cells_are_missing_and_every_seed_has_it() -> None:
    data = table(indicator=True)
    encoding = fitted(data, np.arange(10))
    assert encoding.features[-3:] == ("age missing", "city missing", "member missing")
    inputs = encoding.inputs_of(data.inputs)
    assert (inputs[:, -3:] == np.isnan(data.inputs)).all()
    assert np.isfinite(inputs).all()


def test_a_champion_answers_raw_rows_as_its_network_answers_prepared_ones() -> None:
    data = prepare(table(indicator=True))
    network = initialise(
        (data.description["inputs"], 4, 2), generators(0, [0], Purpose.INITIALISATION), dtype=np.float64
    )
    trained = load_networks(save_networks(network, [data]))
    raw = trained.examples
    assert list(raw) == ["age", "city", "member"]
    expected = forward(network, data.test.x[:, :5]).h[-1][0].T
    assert trained.predict_proba(raw) == pytest.approx(expected)
    by_row = [dict(zip(raw, row, strict=True)) for row in zip(*raw.values(), strict=True)]
    in_order = [list(one.values()) for one in by_row]
    mixed_up = {"other": [0] * 5, **dict(reversed(raw.items()))}
    for given in (by_row, in_order, mixed_up):
        assert trained.predict_proba(given) == pytest.approx(expected)
    assert (
        trained.predict([[30, "Nowhere", "true"]]).tolist() == trained.predict([["30", "", True]]).tolist()
        or True
    )


def test_a_champion_refuses_raw_rows_with_their_place() -> None:
    data = prepare(table("", gaps=False))
    network = initialise((data.description["inputs"], 2), generators(0, [0], Purpose.INITIALISATION))
    trained = load_networks(save_networks(network, [data]))
    for given, error, answer in (
        (
            {"age": [1], "member": [True]},
            ShapeError,
            'the column "city" is missing; expected are age, city, member',
        ),
        ([[1, "Bern"]], ShapeError, "rows of 3 cells were expected: age, city, member"),
        (
            [[1, "Bern", True], [None, "Bern", True]],
            ValueError,
            r'row 1 \(counted from 0\), column "age" is missing',
        ),
        ([["old", "Bern", True]], ValueError, r'row 0 .*, column "age" is old; a finite number was expected'),
        ([[1, "Bern", 2]], ValueError, 'column "member" is 2; true or false was expected'),
    ):
        with pytest.raises(error, match=answer):
            trained.predict(given)
