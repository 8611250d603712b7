"""Reading numbers from a command line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import options
from experiments.control_characters import visible
from experiments.mistakes import UserError
from tests.chainrule.conftest import Run


@given(st.integers(-5, 10**18))
def test_a_whole_number_from_its_least_is_read(number: int) -> None:
    assert options.whole("--x", -5)(str(number)) == number


@given(st.floats(min_value=0, exclude_min=True, allow_infinity=False))
def test_a_number_above_0_is_read(number: float) -> None:
    assert options.above_0("--x")(str(number)) == number


@given(st.text())
def test_any_text_is_a_number_or_a_mistake_in_one_line(text: str) -> None:
    for read in (options.whole("--x", 1), options.above_0("--x")):
        try:
            assert read(text) > 0
        except UserError as mistake:
            line = str(mistake)
        else:
            continue
        assert line.startswith("error: --x: a ")
        assert visible(line) == line


@pytest.mark.parametrize("text", ["inf", "1e999", "nan", "0", "-1", "", "soon"])
def test_what_is_no_number_above_0_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=f'--x: a number above 0 was expected, not "{text}"'):
        options.above_0("--x")(text)


@pytest.mark.parametrize("text", ["1e-400", "1e400", "0.1e-399"])
def test_a_number_that_only_looks_like_0_or_infinity_is_refused_for_what_it_is(text: str) -> None:
    reason = (
        f"--x: a number above 0 was expected, not .{text}.: {text}: float64 holds 0 and numbers from 2.2e-308"
    )
    with pytest.raises(UserError, match=reason):
        options.above_0("--x")(text)


@pytest.mark.parametrize("least", [0, 1])
def test_the_least_is_taken_and_what_is_below_is_not(least: int) -> None:
    assert options.whole("--x", least)(str(least)) == least
    with pytest.raises(UserError, match=f'--x: a whole number from {least} was expected, not "{least - 1}"'):
        options.whole("--x", least)(str(least - 1))


def test_above_the_most_nothing_is_taken() -> None:
    read = options.whole("--port", 1, 65535)
    assert read("65535") == 65535
    with pytest.raises(UserError, match='--port: a whole number from 1 to 65535 was expected, not "65536"'):
        read("65536")


def test_a_number_of_a_million_digits_is_a_mistake_like_another() -> None:
    with pytest.raises(UserError, match="--x: a whole number from 1 was expected"):
        options.whole("--x", 1)("9" * 10**6)


def test_the_home_folder_may_be_named_by_the_environment_and_the_option_goes_before_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CHAINRULE_HOME", str(tmp_path / "from-environment"))
    assert "from-environment" in run("ui").err
    assert "from-option" in run("ui", "--home", "from-option").err


def test_without_either_it_is_output(run: Run) -> None:
    assert "nothing has been recorded in output yet" in run("ui").err
