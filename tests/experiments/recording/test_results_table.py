import pytest

from experiments.mistakes import UserError
from experiments.recording.results_table import read_results
from tests.other_programs import a_table


def test_a_row_is_a_run(tmp_path):
    runs = read_results(a_table(tmp_path / "results.csv")).runs(None, None, ["val_accuracy"])
    assert (runs.name, runs.source, len(runs.runs)) == ("results", "results.csv", 36)
    first = runs.runs[0]
    assert first.parameters == {"optimizer": "sgd", "lr": 0.001, "seed": 0}
    assert first.metrics["val_accuracy"].values.tolist() == [pytest.approx(0.83, abs=0.02)]


def test_rows_of_one_run_are_its_curve_whatever_their_order(tmp_path):
    path = tmp_path / "curves.csv"
    path.write_text("run;epoch;lr;loss\na;2;0.1;0.5\nb;1;0.2;nan\na;1;0.1;0.9\na;3;0.1;\n")
    one, other = read_results(path).runs("run", "epoch", ["loss"]).runs
    assert (one.metrics["loss"].steps.tolist(), one.metrics["loss"].values.tolist()) == ([1, 2], [0.9, 0.5])
    assert (one.parameters, other.parameters) == ({"lr": 0.1}, {"lr": 0.2})
    assert str(other.metrics["loss"].values.tolist()) == "[nan]"


def test_between_semicolons_numbers_may_have_a_decimal_comma(tmp_path):
    path = tmp_path / "results.csv"
    path.write_text("lr;widths;loss;note\n0,1;64.32;1,5e-1;1,2,3\n1;64,32;2;c\n")
    table = read_results(path)
    assert [table.values(name) for name in table.columns] == [
        [0.1, 1],
        [64.32, "64,32"],  # a column that has points has no decimal commas
        [0.15, 2],
        ["1,2,3", "c"],
    ]
    path.write_text("lr|loss\n0,1|2\n")
    assert read_results(path).values("lr") == ["0,1"]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "a row with the names of the columns was expected, and rows of results below it"),
        ("a,b\n", "a row with the names of the columns was expected, and rows of results below it"),
        ("a,a\n1,2\n", 'two columns are called "a"'),
        ("a,b\n1\n", "row 2 has 1 cells, not 2 as the first"),
    ],
)
def test_what_is_no_table_of_results_is_told(tmp_path, text, mistake):
    path = tmp_path / "results.csv"
    path.write_text(text)
    with pytest.raises(UserError) as told:
        read_results(path)
    assert str(told.value) == f"error: --csv: {path}: {mistake}"


def test_a_cell_that_is_no_number_is_told_with_its_row(tmp_path):
    path = tmp_path / "results.csv"
    path.write_text("lr,loss\n0.1,0.5\n0.2,good\n")
    with pytest.raises(UserError, match='row 3: loss: a number was expected, not "good"'):
        read_results(path).runs(None, None, ["loss"])


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path):
    with pytest.raises(UserError, match="there is no such file"):
        read_results(tmp_path / "gone.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not text in UTF-8"):
        read_results(tmp_path / "binary.csv")
