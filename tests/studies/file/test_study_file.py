"""Study files: what is read from them, and every way in which one can be wrong."""

import pickle
import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.datasets import Reading
from experiments.mistakes import Mistake, UserError
from studies.file.study_file import StudyFile, beside_its_data, from_content, of_python, read
from studies.space.ranges import Range
from studies.space.trial_parameters import Parameters
from tests.studies.plans import content

GOOD = '[study]\nname = "a"\ntrials = 3\n[data]\nsource = "digits"\n'


def refused(path: Path, **overrides: Any) -> str:
    with pytest.raises(UserError) as mistake:
        read(path, overrides)
    return str(mistake.value)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str | bytes], Path]:
    def to_file(text: str | bytes) -> Path:
        path = tmp_path / "study.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return to_file


Write = Callable[[str | bytes], Path]


def test_the_least_file_says_what_is_asked_of_which_data_and_how_often(write: Write) -> None:
    file, text = read(write(GOOD))
    assert text == GOOD
    assert (file.study.name, file.study.trials, file.data.source) == ("a", 3, "digits")
    assert file.training == Parameters()
    assert file.combinations == [{}]


def test_tuples_ranges_and_numbers_of_numpy_are_what_a_file_has_in_python_too() -> None:
    def told(widths: Any, rates: Any, epochs: Any) -> tuple[StudyFile, str]:
        return of_python(
            {
                "study": {"name": "a", "trials": 3},
                "training": {"epochs": epochs},
                "search": {
                    "scientific": {"widths": widths},
                    "nuisance": {"learning_rate": rates, "batch_size": [1, 2]},
                },
            }
        )

    plain = told([[4], [5, 6]], [0.25, 0.5], 7)
    assert told(((4,), range(5, 7)), np.array([0.25, 0.5]), np.int64(7)) == plain
    assert told([np.array([4]), (5, np.int32(6))], (np.float64(0.25), 0.5), 7) == plain


def test_the_default_study_is_sound() -> None:
    file, _ = read(Path(__file__).parents[3] / "studies" / "digits.toml")
    assert len(file.combinations) == 9
    rates = file.search.nuisance["learning_rate"]
    assert isinstance(rates, Range)
    assert rates.log


@pytest.mark.parametrize("name", ["optimisers", "depth"])
def test_the_studies_of_conditional_spaces_are_sound(name: str) -> None:
    file, _ = read(Path(__file__).parents[3] / "studies" / f"{name}.toml")
    assert len(file.combinations) == 3


def test_the_last_scientific_parameter_varies_fastest() -> None:
    file = from_content(
        content(search={"scientific": {"cost": ["quadratic", "absolute"], "widths": [[1], [2]]}}), "a"
    )
    assert [tuple(one.values()) for one in file.combinations] == [
        ("quadratic", [1]),
        ("quadratic", [2]),
        ("absolute", [1]),
        ("absolute", [2]),
    ]


def test_what_is_varied_is_not_fixed() -> None:
    file = from_content(content(), "a")
    varied = {"cost", "learning_rate", "initialisation"}
    unset = {"depth", "width", "early_stopping", "patience", "class_weights"}
    assert set(file.fixed) == set(Parameters.model_fields) - varied - unset
    assert file.fixed["epochs"] == 9


def combinations(training: dict[str, Any] | None = None, **scientific: Any) -> Any:
    search = {"scientific": scientific, "nuisance": {"learning_rate": [0.1]}}
    return from_content(content(training=training or {}, search=search), "a").combinations


def test_what_has_no_effect_in_a_combination_is_no_part_of_it() -> None:
    found = combinations(optimiser=["momentum", "gradient_descent"], momentum=[0.5, 0.9])
    assert found == [
        {"optimiser": "momentum", "momentum": 0.5},
        {"optimiser": "momentum", "momentum": 0.9},
        {"optimiser": "gradient_descent"},
    ]


@pytest.mark.parametrize(
    ("training", "scientific"),
    [
        ({}, {"depth": [1, 2], "width": [4, 8]}),
        ({"width": 5}, {"depth": [1, 2]}),
        ({"depth": 2}, {"width": [4, 8]}),
        ({"depth": 2, "width": 7}, {"biases": [True, False]}),
    ],
)
def test_depth_and_width_stay_as_they_were_asked(
    training: dict[str, Any], scientific: dict[str, Any]
) -> None:
    found = combinations(training, **scientific)
    assert [tuple(one.values()) for one in found] == list(product(*scientific.values()))
    fixed = from_content(content(training=training, search={"scientific": scientific}), "a").fixed
    assert {name: fixed[name] for name in training} == training
    assert "widths" not in fixed


def test_a_depth_that_is_compared_at_its_best_widths_stays_a_depth() -> None:
    search = {"scientific": {"depth": [1, 2]}, "nuisance": {"width": {"low": 4, "high": 8}}}
    file = from_content(content(search=search), "a")
    assert file.combinations == [{"depth": 1}, {"depth": 2}]
    assert not {"depth", "width", "widths"} & file.fixed.keys()


def test_an_option_takes_the_place_of_the_files_key(write: Write) -> None:
    file, _ = read(write(GOOD), {"trials": 5, "name": "b"})
    assert (file.study.trials, file.study.name) == (5, "b")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"trials": 0}, "error: --trials: 0 should be at least 1"),
        ({"trials": -1}, "error: --trials: -1 should be at least 1"),
        ({"name": "../x"}, "error: --name: only letters"),
        ({"name": ""}, "error: --name: "),
    ],
)
def test_a_mistake_in_an_option_is_the_options(write: Write, overrides: dict[str, Any], message: str) -> None:
    assert refused(write(GOOD), **overrides).startswith(message)
    assert "study.toml:" not in refused(write(GOOD), **overrides)


def test_a_mistake_that_shows_beside_the_data_has_the_place_of_its_key(write: Write) -> None:
    def told(where: str, **overrides: Any) -> str:
        with pytest.raises(UserError) as refused, beside_its_data(write(GOOD), GOOD, overrides, table="data"):
            raise UserError(Mistake("too few", where=where))
        return str(refused.value)

    assert re.match(r"error: \S*study\.toml:\d+: study\.trials: too few\n.*trials = ", told("study.trials"))
    assert told("study.trials", trials=2).startswith("error: --trials: too few\nNothing was run.")
    assert re.match(r"error: \S*study\.toml:\d+: data: too few\n.*\[data\]", told(""))


def test_windows_line_ends_and_byte_order_mark_change_nothing(write: Write) -> None:
    plain = read(write(GOOD))
    assert read(write(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())) == plain


TEN = """\
[study]
name = "../../x"
trials = 0
seds = 3

[data]
source = "digitz"

[training]
batch_size = "ful"
activation = "sigmiod"

[search.scientific]
widths = [[16], [-3]]

[search.nuisance]
lerning_rate = { low = 1e-3, high = 100.0 }
l2 = { low = 1.0, high = 0.5, log = true }

[sampler]
name = "tep"
"""
TEN_MISTAKES = [
    (2, "study.name", "only letters, digits", None),
    (3, "study.trials", "0 should be at least 1", None),
    (4, "study.seds", 'unknown key "seds" in [study]', "seeds"),
    (7, "data.source", 'unknown data set "digitz"', "digits"),
    (10, "training.batch_size", '"ful" should be a whole number, at least 1, or "full"', None),
    (11, "training.activation", 'unknown activation "sigmiod"', "sigmoid"),
    (14, "search.scientific.widths", "-3 should be at least 1", None),
    (17, "search.nuisance.lerning_rate", 'unknown key "lerning_rate" in [search.nuisance]', "learning_rate"),
    (18, "search.nuisance.l2.low", "low must be below high", None),
    (21, "sampler.name", 'unknown sampler "tep"', "tpe"),
]


def test_ten_mistakes_are_ten_lines_at_once_each_with_its_place_and_the_nearest_name(write: Write) -> None:
    path = write(TEN)
    lines = refused(path).splitlines()
    heads = [line for line in lines if line.startswith("error: ")]
    assert len(heads) == len(TEN_MISTAKES)
    for head, (number, key, message, near) in zip(heads, TEN_MISTAKES, strict=True):
        assert head.startswith(f"error: {path}:{number}: {key}: {message}")
        assert near is None or head.endswith(f'did you mean "{near}"?')
    assert lines[-1] == "Nothing was run."


def test_every_mistake_shows_its_line_with_the_key_underlined(write: Write) -> None:
    lines = refused(write(TEN)).splitlines()
    for (number, key, _, _), line, mark in zip(TEN_MISTAKES, lines[1::3], lines[2::3], strict=False):
        assert line == f"{number:>5} | {TEN.splitlines()[number - 1]}"
        assert line[mark.index("^") : mark.rindex("^") + 1] == key.split(".")[-1]


IN_TABLES = [
    # a table, a line in it, the key that is wrong, and what is said
    # unknown keys and tables
    ("search.nuisance", "l2 = { low=0, high=1, lgo=true }", "l2.lgo", 'did you mean "log"?'),
    ("pruner", "name = 'medina'", "name", 'unknown pruner "medina"; did you mean "median"?'),
    ("sampler", "name = 'gird'", "name", 'unknown sampler "gird"; did you mean "grid"?'),
    ("training", "optimiser = 'adm'", "optimiser", 'unknown optimiser "adm"; did you mean "adam"?'),
    ("training", "output_units = 12", "output_units", "unknown key"),
    # types
    ("training", "epochs = '3'", "epochs", '"3" should be a whole number'),
    ("training", "biases = 1", "biases", "1 should be true or false"),
    ("training", "precision = 'float16'", "precision", 'did you mean "float'),
    ("search", "scientific = 3", "scientific", "3 should be a table"),
    ("search.scientific", "cost = 'quadratic'", "cost", '"quadratic" should be a list'),
    (
        "search.nuisance",
        "l2 = 3",
        "l2",
        "3 should be a list of choices, or a range of low and high; what is fixed belongs under [training]",
    ),
    # ranges and lists
    ("search.nuisance", "l2 = {low=1, high=1}", "l2.low", "low must be below high"),
    ("search.nuisance", "l2 = {low=0, high=1, log=true}", "l2.low", "above 0 where log"),
    ("search.nuisance", "l2 = {low=0}", "l2", 'the key "high" is missing'),
    ("search.nuisance", "l2 = {low=nan, high=1}", "l2.low", "nan should be a finite"),
    ("search.nuisance", "l2 = {low=0, high=inf}", "l2.high", "inf should be a finite"),
    ("search.nuisance", "l2 = {low=0, high='a'}", "l2.high", '"a" should be a finite'),
    ("search.scientific", "cost = []", "cost", "the list is empty"),
    ("search.nuisance", "l2 = []", "l2", "the list is empty"),
    (
        "search.scientific",
        "l2 = {low=0, high=1}",
        "l2",
        "{ low = 0, high = 1 } should be a list; a range belongs under [search.nuisance]",
    ),
    ("search.nuisance", "l2 = {low=0, high=1, step=0.3}", "l2.step", "make high 0.9 or 1.2"),
    ("search.nuisance", "l2 = {low=0, high=1, stpe=0.5}", "l2.stpe", 'did you mean "step"?'),
    ("sampler", "name = 'cma-es'", "name", 'did you mean "cma_es"?'),
    ("sampler", "at_once = 0", "at_once", "0 should be at least 1"),
    # numbers
    (
        "training",
        "learning_rate = 1e-400",
        "learning_rate",
        "1e-400: float64 holds 0 and numbers from 2.2e-308",
    ),
    ("training", "learning_rate = -1e400", "learning_rate", "-1e400: float64 holds 0 and numbers"),
    ("search.nuisance", "l2 = {low=0, high=1e400}", "l2.high", "1e400: float64 holds 0"),
    ("search.nuisance", "l2 = [0,\n0.1e-399]", "l2.1", "0.1e-399: float64 holds 0"),
    ("training", "learning_rate = 1e-46", "learning_rate", "1e-46: float32 holds 0"),
    ("training", "learning_rate = nan", "learning_rate", "nan should be a finite number"),
    ("training", "learning_rate = 0", "learning_rate", "0 should be above 0"),
    ("training", "widths = [1.5]", "widths.0", "1.5 should be a whole number"),
    ("training", "widths = [99999999]", "widths.0", "99999999 should be at most 65536"),
]
ELSEWHERE = [
    ('seds = 1\n[study]\nname="a"\ntrials=1', ":1: seds: ", 'unknown key "seds"'),
    ("[studdy]", ":6: studdy: ", 'unknown table [studdy]; did you mean "study"?'),
    ("[search.cientific]", ":6: search.cientific: ", 'did you mean "scientific"?'),
    ("sampler = 3", ":6: data.sampler: ", "unknown key"),
    ("validation = 0.5\ntest = 0.5", ":6: data.validation: ", "must leave 5 % to train on"),
    ("target = false", ":6: data.target: ", "false should be a text in quotation marks, or a list of them"),
    ("parameters = {points = [1]}", ":6: data.parameters.points: ", "[1] should be a finite number"),
]


@pytest.mark.parametrize(
    ("lines", "place", "message"),
    ELSEWHERE
    + [(f"[{table}]\n{line}", f":7: {table}.{key}: ", said) for table, line, key, said in IN_TABLES],
)
def test_one_mistake_is_one_line(write: Write, lines: str, place: str, message: str) -> None:
    text = f"{lines}\n[data]\nsource = 'digits'\n" if lines.startswith("seds") else f"{GOOD}{lines}\n"
    path = write(text)
    said = refused(path).splitlines()
    assert len([line for line in said if line.startswith("error: ")]) == 1, said
    assert said[0].startswith(f"error: {path}{place}")
    assert message in said[0]


@pytest.mark.parametrize(
    ("changed", "key", "message"),
    [
        ({"seeds": 0}, ".seeds", "0 should be at least 1"),
        ({"seeds": 10**6}, ".seeds", "1000000 should be at most 1000"),
        ({"trials": 1.0}, ".trials", "1.0 should be a whole number"),
        ({"name": ""}, ".name", "at least 1 character"),
        ({"name": "x" * 300}, ".name", "at most 60 characters"),
        ({"name": "con"}, ".name", "device"),
        (
            {"objective": "cost"},
            ".objective",
            'unknown objective "cost"; known are auc_error, balanced_error, epochs_to_target, log_loss, mae,',
        ),
        (
            {"objective": "AUC"},
            ".objective",
            'unknown objective "AUC"; did you mean "auc_error" (1 − AUC)? Of every objective less is better',
        ),
        (
            {"objective": "r2"},
            ".objective",
            'unknown objective "r2"; did you mean "unexplained" (1 − R²)?',
        ),
        (
            {"objective": "accuracy"},
            ".objective",
            'did you mean "misclassified"? Of every objective less is',
        ),
        (
            {"objectives": ["validation_error", "roc-auc"]},
            ".objectives.1",
            'unknown objective "roc-auc"; did you mean "auc_error" (1 − AUC)?',
        ),
        ({"objective": "epochs_to_target"}, "", "give both or neither"),
        ({"target_error": 0.1}, "", "give both or neither"),
        ({"first_seeds": 2}, ".first_seeds", "2 to begin with leave none of 2 seeds to race for"),
        ({"objectives": ["validation_error"]}, ".objectives", "two or more different objectives"),
        ({"objectives": ["validation_error"] * 2}, ".objectives", "two or more different objectives"),
        (
            {"objectives": ["weights", "mae"]},
            ".objectives",
            "weights cannot come first: the first of them decides",
        ),
        (
            {"objectives": ["mae", "cost"]},
            ".objectives.1",
            'unknown objective "cost"; known are ',
        ),
        (
            {"objectives": ["mea", "seconds"]},
            ".objectives.0",
            'unknown objective "mea"; did you mean "mae"?',
        ),
        (
            {"objectives": ["mae", "weights"], "first_seeds": 2},
            ".objectives",
            "leave out first_seeds",
        ),
        (
            {"objective": "epochs_to_target", "target_error": 1.0},
            ".target_error",
            "1.0 should be below 1",
        ),
        (
            {"also_report": ["bayes"]},
            ".also_report.0",
            '"bayes" is not known; did you mean "bayesian"?',
        ),
        ({"question": 3}, ".question", "3 should be a text in quotation marks"),
        ({"equivalence_margin": -0.1}, ".equivalence_margin", "-0.1 should be at least 0"),
    ],
)
def test_a_mistake_in_the_study_itself(changed: dict[str, Any], key: str, message: str) -> None:
    with pytest.raises(UserError) as mistake:
        from_content(content(study=changed), "a.toml")
    (line,) = str(mistake.value).splitlines()
    assert line.startswith(f"error: a.toml: study{key}: ")
    assert message in line


def test_a_sampler_that_lacks_a_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studies.space.samplers.find_spec", lambda _name: None)
    with pytest.raises(UserError) as mistake:
        from_content(content(sampler={"name": "gp"}), "a.toml")
    assert str(mistake.value) == (
        'error: a.toml: sampler.name: "gp" needs torch, which is not installed: pip install torch'
    )


@pytest.mark.parametrize("table", ["study", "data"])
def test_a_table_that_must_be_there_is_missed(table: str) -> None:
    tables = content()
    del tables[table]
    with pytest.raises(UserError, match=rf"^error: a.toml: the table \[{table}\] is missing$"):
        from_content(tables, "a.toml")


def test_nothing_asks_for_a_number_of_outputs() -> None:
    """They follow the data, so there cannot be too many of them."""
    keys = {*Parameters.model_fields, *StudyFile.model_fields["data"].annotation.model_fields}
    assert not [key for key in keys if re.search("output(?!_activation)|classes|units", key)]


HOSTILE = ["\x1b[2J", "\n", "\r", "\u202e", "🙂", "<script>", "$x_", "=cmd()", "[a](javascript:1)", "a\x00b"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_terminal_would_obey_is_never_printed(text: str) -> None:
    tables = content(study={"name": text}, data={"source": text}, training={text: 1}, **{text: {}})
    with pytest.raises(UserError) as mistake:
        from_content(tables, "a.toml")
    lines = str(mistake.value).split("\n")
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)


def test_a_question_may_be_any_text() -> None:
    question = "Größe? <b>$x$</b> 🙂\n\x1b[2J"
    assert from_content(content(study={"question": question}), "a").study.question == question


# files


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("none.toml", "no such study file\nMake one: chainrule init"),
        ("studdy.toml", 'no such study file; did you mean "study.toml"?'),
        ("none/study.toml", "no such study file; there is no folder none"),
        ("", "this is a folder, a study file was expected"),
        ("study.toml/more.toml", "cannot be read: Not a directory"),
    ],
)
def test_what_cannot_be_read_says_why(write: Write, tmp_path: Path, name: str, message: str) -> None:
    write(GOOD)
    assert refused(tmp_path / name) == f"error: {tmp_path / name}: {message}"


@pytest.mark.parametrize(("name", "kind"), [("a.csv", "csv"), ("a.TSV", "csv"), ("a.parquet", "parquet")])
def test_data_in_place_of_a_study_file_are_told_apart_from_it(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"age,city\n3,Bern\n")
    assert refused(path) == (
        f'error: {path}: these are data; a study file was expected, with source = "{kind}:{name}" under [data]\n'
        "Make one: chainrule init"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        *(
            (content, ": the file is empty\nMake one: chainrule init")
            for content in (b"", b"  \n\n", b"\xef\xbb\xbf")
        ),
        *(
            (content, ": not text in UTF-8")
            for content in (b"[study]\nname = '\xff'", pickle.dumps({"study": 1}), b"\xff\xfe[\0s\0")
        ),
        (pickle.dumps({"study": 1}, protocol=0), ":1:1: a key or a [table] was expected\n"),
    ],
)
def test_what_is_no_study_file_says_why(write: Write, content: bytes, message: str) -> None:
    path = write(content)
    assert refused(path).startswith(f"error: {path}{message}")


def test_a_file_of_comments_misses_its_tables(write: Write) -> None:
    said = refused(write("# nothing\n"))
    assert "the table [study] is missing" in said
    assert "the table [data] is missing" in said


def test_a_huge_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "huge.toml"
    with path.open("wb") as file:
        file.write(GOOD.encode())
        file.truncate(100_000_000)
    monkeypatch.setattr("studies.file.toml_text.tomllib.loads", pytest.fail)
    assert refused(path) == f"error: {path}: too large for a study file"


def test_a_file_without_end_is_refused() -> None:
    assert refused(Path("/dev/zero")) == "error: /dev/zero: too large for a study file"


def test_a_large_file_of_mistakes_is_answered(write: Write) -> None:
    path = write(GOOD + "".join(f"k{i} = 1\n" for i in range(3_000)))
    assert refused(path).count("error: ") == 3_000


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("[study]\nname = \n", ":2:8", "a value was expected"),
        ("[study\n", ":1:7", "ends with ]"),
        ("[study]\nname = 'a'\nname = 'b'\n", ":3:11", "a key is given twice"),
        ("a = { b = 1, b = 2 }", ":1:19", "a key is given twice"),
        ("[study]\n[study]\n", ":2:7", "this table is in the file already"),
        ("a = 1e\n", ":1:6", ""),
        ('a = "\x01"\n', ":1:6", "cannot stand here"),
        ("a = [1,", "", "here the file ends"),
        (f"a = {'[' * 5000}", "", "nested too deeply"),
        (f"a = {'9' * 5000}", "", "digits"),
    ],
)
def test_what_is_no_toml_is_one_mistake_with_line_and_column(
    write: Write, text: str, place: str, message: str
) -> None:
    path = write(text)
    said = refused(path)
    assert said.startswith(f"error: {path}{place}: ")
    assert message in said.splitlines()[0]
    assert said.count("error: ") == 1
    assert said.endswith("\nNothing was run.")


NAMES = "study data training search scientific nuisance sampler pruner name cost trials source widths low high log x"
atoms = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
anything = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES.split()), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["data", "training", "search", "sampler", "pruner", "x"]), anything))
def test_whatever_the_tables_hold_they_are_refused_with_words(tables: dict[str, Any]) -> None:
    with pytest.raises(UserError) as mistake:
        from_content({"study": {}, **tables}, "a.toml")
    for line in str(mistake.value).splitlines():
        assert line.startswith("error: a.toml")
        assert not re.search(r"pydantic|StudyFile|instance of|dictionary|validation error", line)


def test_the_name_of_single_experiments_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "train.toml"
    file.write_text('[study]\nname = "train"\ntrials = 1\n[data]\nsource = "iris"\n', encoding="utf-8")
    with pytest.raises(UserError, match="chainrule train keeps its experiments"):
        read(file)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            {"source": "wines.csv"},
            'data.source: unknown data set "wines.csv"; for a file: source = "csv:wines.csv"',
        ),
        ({"source": "cvs:wines.csv"}, 'data.source: unknown format "cvs" of data; did you mean "csv"?'),
        ({"target": []}, "data.target: "),
        ({"target": 3}, "data.target: "),
        ({"kind": "classes"}, 'data.kind: "classes" is not known'),
        (
            {"missing": "meen"},
            'data.missing: unknown way to treat missing cells "meen"; did you mean "mean"?',
        ),
        ({"delimiter": ";;"}, "data.delimiter: "),
        ({"test": 1.5}, "data.test: 1.5 should be below 1"),
        ({"test": "a.csv"}, "data.test: "),
        ({"test": "cvs:a.csv"}, 'data.test: unknown format "cvs" of data'),
        ({"split": "orderd"}, 'data.split: unknown way to split "orderd"; did you mean "ordered"?'),
        (
            {"split": "ordered", "group": "who"},
            "data: groups are drawn at random, and rows in their order are not",
        ),
    ],
)
def test_what_is_wrong_with_what_is_said_of_a_file_is_told_with_its_key(
    data: dict[str, Any], message: str
) -> None:
    tables = content(data={"source": "csv:a.csv", "target": "y", **data})
    with pytest.raises(UserError) as told:
        from_content(tables, "a.toml")
    assert [str(one) for one in told.value.mistakes if str(one).startswith(f"error: a.toml: {message}")], str(
        told.value
    )


def test_what_is_said_of_a_file_is_how_it_is_read_and_split() -> None:
    said = {
        "source": "csv:a.csv",
        "target": "y",
        "drop": ["a"],
        "missing": "mean",
        "test": "csv:b.csv",
        "validation": 0.9,
    }
    data = from_content(content(data=said), "a.toml").data
    assert data.reading == Reading(target=("y",), drop=("a",), missing="mean", test="csv:b.csv")
    assert data.shares["validation"] == 0.9
    assert data.model_dump(mode="json", exclude_none=True)["test"] == "csv:b.csv"
    assert from_content(content(), "a.toml").data.reading == Reading()


def test_system_metrics_need_psutil(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = content(study={"system_metrics": True})
    assert from_content(asked, "a.toml").study.system_metrics
    monkeypatch.setattr("studies.file.study_file.find_spec", lambda _name: None)
    assert not from_content(content(), "a.toml").study.system_metrics
    with pytest.raises(UserError, match="psutil is needed for it and is not installed"):
        from_content(asked, "a.toml")


def further(*entries: object, **data: object) -> dict[str, object]:
    return content(data={"source": "iris", "further": list(entries), **data})


def test_a_further_data_set_has_a_study_of_its_own_that_is_split_alike() -> None:
    houses = {"source": "csv:a/houses.csv", "target": "price", "test": 0.3}
    file = from_content(further("wine", houses, validation=0.1, target="kind"), "study")
    first, wine, third = file.on_each_data_set.values()
    assert list(file.on_each_data_set) == ["", "wine", "houses"]
    name = file.study.name
    assert [one.study.name for one in (first, wine, third)] == [name, f"{name}-wine", f"{name}-houses"]
    assert (wine.data.source, wine.data.target, wine.data.validation) == ("wine", None, 0.1)
    assert (third.data.target, third.data.validation, third.data.test) == (("price",), 0.1, 0.3)
    assert not wine.data.further
    assert wine.search == file.search


def test_a_further_data_set_is_called_as_its_file_is() -> None:
    file = from_content(further("csv:data/train.csv"), "study")
    assert file.on_each_data_set["train"].study.name == f"{file.study.name}-train"


def test_a_test_set_of_its_own_is_not_that_of_further_data_sets() -> None:
    file = from_content(further("wine", source="csv:a.csv", test="csv:b.csv"), "study")
    assert file.on_each_data_set["wine"].data.test == 0.2


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (["wine", "wine"], 'data.further: two are called "wine"; give one of them a name = "…"'),
        (["wein"], 'data.further.0.source: unknown data set "wein"; did you mean "wine"?'),
        (
            [{"source": "wine", "nam": "a"}],
            'unknown key "nam" in [data.further.0]; did you mean "name"?',
        ),
        ([{"name": "a"}], 'data.further.0: the key "source" is missing'),
        ([3], "data.further.0: 3 should be a table"),
        (["python"], "only the first data set may be handed over by Python"),
        ([{"source": "wine", "name": "a b"}], "only letters, digits, - _ and . may stand in a name"),
        ([{"source": "wine", "name": "a" * 60}], "give the data set a shorter name"),
    ],
)
def test_mistakes_in_further_data_sets_are_told(entries: list[object], message: str) -> None:
    with pytest.raises(UserError) as mistake:
        from_content(further(*entries), "study")
    assert message in str(mistake.value)
