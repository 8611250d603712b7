"""A paper's table, methods and checklist say what the records and the tables for programs say, and nothing else."""

import csv
import re
from dataclasses import replace
from io import StringIO

import numpy as np
import pytest

from experiments.recording.records import StudyRecord
from reports.conclusions.verdict import reach_verdict
from reports.paper import references
from reports.paper.kit import paper_kit
from reports.paper.references import OPTIMISERS, PRUNERS, REFERENCES, SAMPLERS, bibliography, cite
from reports.results.exported_tables import as_csv, run_table
from reports.results.tables import read_tables
from studies.space import pruners, samplers
from tests.factories import a_record, a_run, a_study
from tests.reports.conftest import ODD, odd


def kit_of(study: StudyRecord) -> dict[str, str]:
    tables = read_tables(study)
    files = paper_kit(tables, reach_verdict(tables), "0123456789abcdef" * 4)
    return {name.removeprefix("paper/"): content.decode() for name, content in files.items()}


def rows_of(content: str | bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content if isinstance(content, str) else content.decode())))


def cells_of(table: str) -> list[list[str]]:
    body = table.partition("\\midrule\n")[2].partition("\n\\bottomrule")[0]
    return [line.removesuffix(" \\\\").split(" & ") for line in body.splitlines()]


def shown(cell: str) -> list[str]:
    """The numbers in a cell as they are written."""
    return re.findall(r"-?\d+(?:\.\d+)?", cell.replace("$-$", "-"))


def is_rounded(text: str, share: str) -> bool:
    """Whether a number is a share of a CSV file in percent, rounded to the decimals that it has."""
    half = 0.5 * 10.0 ** -len(text.partition(".")[2])
    return abs(float(text) - 100 * float(share)) <= half + 1e-7


@pytest.mark.parametrize("name", ["planes", "regression", "everything at once", "interrupted", "one trial"])
def test_every_number_of_the_table_is_that_of_the_csv(name: str) -> None:
    study = odd(name)
    kit = kit_of(study)
    mine = rows_of(kit["table.csv"])
    cells = cells_of(kit["table.tex"])
    assert mine
    for row, line in zip(mine, cells, strict=True):
        seeds = next(cell for cell in line if cell.isdigit() and cell == row["seeds"])
        error = line[line.index(seeds) + 1]
        written = {"error": error, "behind": line[-1].partition("$^")[0] if row["behind"] else ""}
        for name_of, cell in written.items():
            found = shown(cell)
            shares = [row[column] for column in (name_of, f"{name_of}_low", f"{name_of}_high")][: len(found)]
            assert len(found) in ((0,) if not cell else (1, 3))
            assert all(map(is_rounded, found, shares))
        assert ("\\textbf" in error) == (row["tied"] == "True")
        assert ("dagger" in line[-1]) == (row["equivalent"] == "True")


def test_the_numbers_of_the_table_are_those_of_the_runs() -> None:
    study = odd("planes")
    runs = {row["run_key"]: row for row in rows_of(as_csv(run_table(read_tables(study))))}
    for row in rows_of(kit_of(study)["table.csv"]):
        run = runs[row["run_key"]]
        assert run["phase"] == "confirm"
        for column in ("choice", "error", "error_low", "error_high", "seeds"):
            assert row[column] == run[column]
        assert row["learning_rate"] == run["setting.learning_rate"]


def test_how_far_a_choice_is_behind_is_the_mean_over_pairs_of_its_error_minus_the_best_one() -> None:
    study = odd("planes")
    best, worse = rows_of(kit_of(study)["table.csv"])
    errors = {
        run.task.run_key: run.curves["validation_error"][:, -1]
        for run in study.runs
        if run.task.phase == "confirm"
    }
    pairs = errors[worse["run_key"]] - errors[best["run_key"]]
    assert best["behind"] == ""
    assert float(worse["behind"]) == pytest.approx(float(pairs.mean()), rel=1e-9)
    assert float(worse["behind"]) > 0


def test_ties_are_in_bold_and_what_is_shown_to_be_worse_is_not() -> None:
    worse = cells_of(kit_of(odd("planes"))["table.tex"])
    assert ["\\textbf" in " ".join(line) for line in worse] == [True, False]
    assert worse[0][0] == "{cross-entropy}"
    assert not any("dagger" in " ".join(line) for line in worse)
    alike = cells_of(kit_of(odd("regression"))["table.tex"])
    assert all("\\textbf" in " ".join(line) for line in alike)
    assert [("dagger" in line[-1]) for line in alike] == [False, True, True, True, True]


def test_a_width_that_was_tuned_for_each_layer_stands_as_the_widths() -> None:
    record = a_record(nuisance={"width": {"low": 2, "high": 12, "log": False}}, trials=1)
    kit = kit_of(a_study(record, [a_run(record, slot=0, nuisance={"widths": [12]})]))
    assert "& Widths &" in kit["table.tex"]
    (line,) = cells_of(kit["table.tex"])
    assert line[1] == "[12]"


def test_without_a_finished_run_the_numbers_are_a_head_alone() -> None:
    record = a_record(trials=1)
    kit = kit_of(a_study(record, [a_run(record, slot=0, errors=[np.nan] * 5)]))
    assert "No choice has a finished run yet." in kit["table.tex"]
    assert kit["table.csv"].startswith("choice,")
    assert rows_of(kit["table.csv"]) == []


def test_errors_of_the_seeds_that_chose_are_called_optimistic() -> None:
    assert "optimistic" in kit_of(odd("interrupted"))["table.tex"]
    assert "optimistic" not in kit_of(odd("planes"))["table.tex"]
    assert "errors are those of the seeds that chose" in kit_of(odd("interrupted"))["methods.tex"]


def test_the_methods_say_what_was_done_and_cite_what_was_used() -> None:
    text = kit_of(odd("planes"))["methods.tex"]
    for said in (
        "360 for validation and 360 for the test",
        "cost (quadratic, cross-entropy)",
        "Learning rate from 0.01 to 10 (log scale) and l2 among 0 or 0.001 were tuned",
        "32 trials in all, of 5 seeds each",
        "trained again on 10 seeds that had no part",
        "less than 0.5 points",
        "190 networks",
        "Python 3.11.2 and NumPy 2.4.6",
    ):
        assert said in text
    assert "until every comparison" not in text
    looked = a_record(until="answered", sampler="tpe", pruner="hyperband", fixed={"optimiser": "adam"})
    runs = [a_run(looked, slot=slot, combination=slot) for slot in range(4)]
    fresh = [
        a_run(looked, slot=slot, combination=slot, phase="confirm", first_seed=1000) for slot in range(4)
    ]
    text = kit_of(a_study(looked, [*runs, *fresh]))["methods.tex"]
    for key in ("bergstra2011", "akiba2019", "li2018", "kingma2015", "lan1983"):
        assert key in text


def test_parameters_without_effect_are_not_told() -> None:
    told = {"optimiser": "adam", "beta1": 0.9, "momentum": 0.5, "l2": 0.0, "output_activation": "auto", "epochs": 8,
            "sharpness_every": 2, "l1": 0.1}  # fmt: skip
    record = a_record(scientific={"cost": ["quadratic", "huber"]}, fixed=told)
    text = kit_of(a_study(record, [a_run(record, slot=0)]))["methods.tex"]
    assert "with optimiser adam, beta1 0.9, epochs 8, l1 0.1." in text
    record = a_record(scientific={"optimiser": ["adam", "momentum"]}, fixed={"momentum": 0.5, "rho": 0.9})
    assert "with momentum 0.5." in kit_of(a_study(record, [a_run(record, slot=0)]))["methods.tex"]


def test_the_networks_of_the_methods_are_those_of_the_records() -> None:
    study = odd("planes")
    assert sum(len(run.task.seeds) for run in study.runs) == 190


@pytest.mark.parametrize("name", ODD)
def test_every_kit_is_plain_latex_whose_parts_close_and_cites_what_it_brings(name: str) -> None:
    kit = kit_of(odd(name))
    for file in ("table.tex", "methods.tex", "checklist.tex", "paper.tex"):
        assert wrong_with(kit[file]) == "", file
    text = "".join(content for file, content in kit.items() if file.endswith(".tex"))
    cited = {key for keys in re.findall(r"\\cite\{([^}]*)\}", text) for key in keys.split(",")}
    assert cited == set(re.findall(r"^@\w+\{(\w+),", kit["references.bib"], re.MULTILINE))
    assert set(re.findall(r"\\input\{(\w+)\}", text)) == {"methods", "table", "checklist"}
    assert "nan" not in re.findall(r"[a-z]+", text)


def wrong_with(text: str) -> str:
    """Why a text is no LaTeX of ours; empty if it is: letters, braces, environments, columns."""
    if strange := re.sub(r"[\n -~]", "", text):
        return f"letters {strange}"
    plain = re.sub(r"\\[\\{}$&#%_,]", "", text)
    depth = 0
    for brace in re.findall(r"[{}]", plain):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return "a brace closes nothing"
    if depth or plain.count("$") % 2:
        return "a brace or a formula stays open"
    open_ones: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", plain):
        if kind == "begin":
            open_ones.append(name)
        elif not open_ones or open_ones.pop() != name:
            return f"{name} ends where it did not begin"
    if open_ones:
        return f"{open_ones[-1]} does not end"
    if "\\begin{tabular}" in text:
        columns = re.search(r"\\begin\{tabular\}\{((?:\{[^}]*\}|[^{}])*)\}", text)[1]  # type: ignore[index]
        if {len(line) for line in cells_of(text)} != {len(re.sub(r"\{[^}]*\}", "", columns))}:
            return "a row has too many or too few cells"
    return ""


@pytest.mark.parametrize(
    "text", ["{", "a}", "$", "\\begin{table}", "\\end{table}", "é", "\\begin{a}\\begin{b}\\end{a}\\end{b}"]
)
def test_what_is_no_latex_is_found(text: str) -> None:
    assert wrong_with(text)


def test_what_the_records_do_not_say_is_not_known() -> None:
    study = odd("planes")
    full = kit_of(study)["checklist.tex"]
    bare = kit_of(replace(study, environment={}, data={**study.data, "examples": study.data["examples"]}))
    assert "\\item \\textbf{Dependencies.} Python 3.11.2, numpy 2.4.6" in full
    assert "\\item \\textbf{Dependencies.} Not known" in bare["checklist.tex"]
    assert "\\item \\textbf{Training code.} Not known" in bare["checklist.tex"]
    assert "\\item \\textbf{Explanation of assumptions.} Not known" in full
    assert "\\item \\textbf{Computing infrastructure.} Not known" in full
    ran = replace(study, environment={"processor": "A&B", "threads": "1"})
    assert "\\item \\textbf{Computing infrastructure.} A\\&B; threads: 1" in kit_of(ran)["checklist.tex"]


def test_the_checklist_is_whole_for_every_study() -> None:
    items = [
        re.findall(r"\\item \\textbf\{(.*?)\}", kit_of(odd(name))["checklist.tex"])
        for name in ("empty", "planes")
    ]
    assert items[0] == items[1]
    assert len(items[0]) == 19


def test_every_sampler_pruner_and_optimiser_has_its_words_and_its_source() -> None:
    assert set(SAMPLERS) == set(samplers.SAMPLERS)
    assert set(PRUNERS) == set(pruners.PRUNERS) - {"none"}
    keys = [key for _, key in (*SAMPLERS.values(), *PRUNERS.values()) if key]
    for key in (*keys, *OPTIMISERS.values(), *references.INITIALISATIONS.values()):
        assert key in REFERENCES
    assert list(REFERENCES) == sorted(REFERENCES)
    for key, entry in REFERENCES.items():
        assert re.match(rf"@\w+\{{{key},\n", entry)
        assert re.search(r"year += \{\d{4}\}", entry)
        assert wrong_with(entry.replace("\\&", "")) == ""
        assert key.rstrip("0123456789")[:4] in entry.partition("\n")[2].lower().replace(" ", "").replace(
            "demets", ""
        )
    with pytest.raises(KeyError, match="nobody2000"):
        cite("nobody2000")
    assert bibliography(["he2015", "holm1979"]).count("@") == 2


def test_models_of_a_trainer_of_the_users_own_are_not_called_networks() -> None:
    kit = kit_of(odd("own trainer"))
    for name in ("methods.tex", "checklist.tex"):
        assert "my\\_training:train" in kit[name].replace("\\allowbreak{}", "")
        assert not re.search("network|backpropagation|registered in MLflow", kit[name])
