"""The record's one file format, and that a file is there whole or not at all."""

from dataclasses import fields
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from experiments.recording.records import CURVES, RunRecord, from_bytes, to_bytes
from experiments.task import Task
from tests.factories import a_run_record

floats = st.floats(width=64)  # NaN and infinities too: a record loses nothing
settings = st.dictionaries(
    st.text(max_size=20),
    st.one_of(
        st.booleans(),
        st.integers(-(2**53), 2**53),
        st.floats(allow_nan=False),
        st.text(),
        st.lists(st.integers(), max_size=3),
    ),
    max_size=4,
)


@st.composite
def records(draw: st.DrawFn) -> RunRecord:
    S, E, L = draw(st.integers(1, 3)), draw(st.integers(0, 4)), draw(st.integers(1, 3))
    curves: dict[str, Any] = {}
    if E:
        curves = {name: draw(arrays(np.float64, (S, E), elements=floats)) for name in CURVES}
        curves |= {
            name: draw(arrays(np.float64, (S, E, L), elements=floats))
            for name in ("gradient_norm", "saturated")
        }
    task = Task(
        study=draw(st.text()),
        run_key=draw(st.text()),
        phase=draw(st.sampled_from(["search", "confirm", "champion"])),
        slot=draw(st.integers(0, 10**6)),
        combination=draw(st.integers(0, 999)),
        scientific=draw(settings),
        nuisance=draw(settings),
        fixed=draw(settings),
        seeds=tuple(range(S)),
        decided=draw(settings),
        study_seed=draw(st.integers(0, 2**32)),
        objective=draw(st.text()),
        target_error=draw(st.none() | st.floats(0, 1)),
        beside=tuple(draw(st.lists(st.text(), max_size=2))),
    )
    return RunRecord(
        task=task,
        state=draw(st.sampled_from(["complete", "pruned", "failed"])),
        reason=draw(st.text()),
        objective=draw(st.none() | st.floats(allow_nan=False, allow_infinity=False)),
        started=draw(st.integers(0, 2**50)),
        parameters=draw(st.integers(0, 2**40)),
        curves=curves,
        seconds=draw(arrays(np.float64, E, elements=floats)),
        diverged_at=draw(arrays(np.int64, S, elements=st.integers(0, 100))),
        test_error=draw(arrays(np.float64, S, elements=floats)),
        test_prediction=draw(arrays(np.int64, (S, 5), elements=st.integers(-1, 9))),
        test_target=draw(arrays(np.int64, 5, elements=st.integers(0, 9))),
        test_shown=draw(arrays(np.int64, 3, elements=st.integers(0, 4))),
        test_inputs=draw(arrays(np.float64, (3, 4))),
        surface=draw(arrays(np.int64, (2, 3, 3), elements=st.integers(0, 9))),
        surface_range=draw(arrays(np.float64, (2, 2))),
    )


def assert_same(one: RunRecord, other: RunRecord) -> None:
    for field in fields(RunRecord):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name == "curves":
            assert set(a) == set(b)
            for name, values in a.items():
                np.testing.assert_array_equal(values, b[name], strict=True)
        elif isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b, strict=True)
        else:
            assert a == b
            assert type(a) is type(b)


@given(records())
def test_a_record_comes_back_as_it_was(record: RunRecord) -> None:
    assert_same(from_bytes(to_bytes(record)), record)


def test_settings_are_those_of_every_role() -> None:
    record = a_run_record("digits", 0)
    assert record.task.settings == {
        **record.task.fixed,
        "cost": "cross_entropy",
        "widths": [64, 32],
        "learning_rate": 0.35,
    }
    assert record.epochs == 4


def test_no_pickle_is_in_the_file_and_none_is_read() -> None:
    with np.load(BytesIO(to_bytes(a_run_record("digits", 0))), allow_pickle=False) as archive:
        assert all(archive[name].dtype != object for name in archive.files)
    planted = BytesIO()
    np.savez(planted, record=np.array([{"study": "a"}], dtype=object))
    with pytest.raises(ValueError, match="pickle"):
        from_bytes(planted.getvalue())


def test_a_torn_record_is_not_read() -> None:
    content = to_bytes(a_run_record("digits", 0))
    with pytest.raises(Exception, match=r"zip|Bad|truncat|EOF"):
        from_bytes(content[: len(content) // 2])
