"""What the documents say: their examples run, their links lead somewhere."""

import doctest
import importlib
import re
import runpy
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pandas as pd
import pytest
import typer

import chainrule
from chainrule.cli import app
from core.parameters import PARAMETERS
from core.stopping import STOPPING
from experiments.datasets import load
from experiments.preparing.preparation import prepare
from experiments.recording.objectives import OF_A_RUN
from experiments.recording.study_state import STATES
from reports.results.states import MEANING
from studies.file import study_file, trainer_section
from studies.others import mapping_file as mapping
from studies.running import lane
from studies.running.plan import plan
from studies.space import trial_parameters as parameters

CHECKOUT: Final = Path(__file__).parents[1]
ROOMS: Final = (
    "core",
    "derivation",
    "estimators",
    "experiments",
    "homework",
    "studies",
    "reports",
    "chainrule",
)
DOCUMENTS: Final = sorted([*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md")])
MODULES: Final = sorted(
    path.relative_to(CHECKOUT)
    for room in ROOMS
    for path in (CHECKOUT / room).rglob("*.py")
    if ">>> " in path.read_text("utf-8")
)
LINK: Final = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?[^)]*\)|<(?:img|a)[^>]+(?:src|href)=\"([^\"]+)\"")


def blocks(document: Path, language: str) -> list[str]:
    """The fenced blocks of a Markdown file in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def outside_code(document: Path) -> str:
    """The text of a Markdown file without its fenced and inline code."""
    return re.sub(r"^```.*?^```|`[^`\n]+`", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(document: Path) -> set[str]:
    """The fragments that GitHub makes from a file's headings."""
    headings = re.findall(r"^#{1,6} +(.+?)\s*$", outside_blocks(document.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def dead_links(document: Path) -> list[str]:
    """The links within the checkout that name no file or no heading; the network is left alone."""
    dead = []
    for markdown, html in LINK.findall(outside_code(document)):
        link = markdown or html
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = unquote(link).partition("#")
        target = document.parent / path if path else document
        if not target.exists() or (fragment and fragment not in anchors(target)):
            dead.append(link)
    return dead


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_the_examples_in_a_module_give_what_they_show(path: Path) -> None:
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    result = doctest.testmod(importlib.import_module(name))

    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_examples_in_a_document_give_what_they_show(
    document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    session = "\n".join(blocks(document, "python"))
    example = doctest.DocTestParser().get_doctest(session, {}, document.name, str(document), 0)

    assert not doctest.DocTestRunner().run(example).failed


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_study_files_and_mappings_in_a_document_are_valid(document: Path, tmp_path: Path) -> None:
    for index, text in enumerate(blocks(document, "toml")):
        path = tmp_path / f"{index}.toml"
        path.write_text(text, "utf-8")
        (mapping if "[objective]" in text else study_file).read(path)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_in_a_document_leads_somewhere(document: Path) -> None:
    assert dead_links(document) == []


def test_links_to_missing_files_and_headings_are_found(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(
        "# One heading\n[a](page.md) [b](#one-heading) [c](page.md#no) [d](gone.md) `[e](code.md)`\n"
        '[f](https://example.org)\n\n<img src="gone.png" alt="">\n',
        "utf-8",
    )

    assert dead_links(document) == ["page.md#no", "gone.md", "gone.png"]


def commands(document: Path) -> Iterator[str]:
    """What a document tells its reader to type at `chainrule`, `make` and `python`, in blocks and in sentences."""
    text = document.read_text("utf-8")
    lines = "".join(
        block for block in re.findall(r"^```(?:sh|console)?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    )
    said = [*lines.replace("\\\n", " ").splitlines(), *re.findall(r"`([^`\n]+)`", outside_blocks(text))]
    for line in said:
        if command := re.match(r"(?:\$ )?(?:\.venv/bin/)?((?:chainrule|make|python) [^#]+)", line):
            yield command[1].strip()


def outside_blocks(text: str) -> str:
    """Markdown without its fenced blocks."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def wrong_with(command: str) -> str:
    """Why a command cannot be typed as it is written; empty if it can."""
    program, *words = shlex.split(command)
    if program == "make":
        targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text("utf-8"), re.MULTILINE))
        return "" if {word for word in words if "=" not in word} <= targets | {"TARGET"} else "no such target"
    if program == "python":
        path = Path(*words[1].split(".")) if words[0] == "-m" else Path(words[0])
        there = any((CHECKOUT / place).exists() for place in (path, path.with_suffix(".py")))
        return "" if there else "no such program"
    known: dict[str, typer.core.TyperCommand] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    if words[0] in ("--help", "--version", "--install-completion", "--show-completion", "COMMAND"):
        return ""
    if words[0] not in known:
        return "no such command"
    options = {name for option in known[words[0]].params for name in (*option.opts, *option.secondary_opts)}
    given = {word.partition("=")[0] for word in words[1:] if re.match("--?[a-z]", word)}
    return " ".join(sorted(given - options - {"--help", "-h"}))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_commands_in_a_document_can_be_typed_as_they_are_written(document: Path) -> None:
    assert {command: wrong for command in commands(document) if (wrong := wrong_with(command))} == {}


def test_commands_that_are_not_there_are_found(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(
        "Say `chainrule studdy x` or `make that` or\n\n```sh\nchainrule study x.toml \\\n    --wrokers 2\n"
        "python -m benchmarks.gone  # not there\nchainrule study x.toml --workers 2 -q\n```\n"
    )
    assert [wrong_with(command) for command in commands(document)] == [
        "--wrokers",
        "no such program",
        "",
        "no such command",
        "no such target",
    ]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_list_in_a_document_reads_alike_on_github_and_on_the_site(document: Path) -> None:
    """Python-Markdown wants a blank line, or a comment, before a list, and four blanks before one within another."""
    mark = r"(?:[-*]|\d+\.) "
    text = outside_blocks(document.read_text("utf-8"))
    assert re.findall(rf"^(?:(?!{mark})[^\s<|#>].*\n{mark}| {{1,3}}{mark}).*", text, re.MULTILINE) == []


ROLES: Final = ("scientific", "nuisance")
"""Tables of [search] whose keys are parameters."""


def test_the_page_on_study_files_names_every_key_that_one_may_give() -> None:
    page = (CHECKOUT / "docs" / "study_file.md").read_text("utf-8")
    keys = {
        *parameters.Parameters.model_fields,
        *(f"study.{key}" for key in study_file.StudySection.model_fields),
        *(f"data.{key}" for key in study_file.DataSection.model_fields),
        *(f"trainer.{key}" for key in trainer_section.TrainerSection.model_fields),
        *trainer_section.ObjectiveSection.model_fields,
        *(f"search.{key}" for key in study_file.Search.model_fields if key not in ROLES),
        *study_file.SamplerSection.model_fields,
        *study_file.PrunerSection.model_fields,
    }
    assert keys - {"name"} <= set(re.findall(r"`\"?([\w.-]+)\"?`", page))


def test_the_page_on_other_runs_names_every_key_of_a_mapping() -> None:
    page = (CHECKOUT / "docs" / "other_runs.md").read_text("utf-8")
    keys = {
        f"{table}.{key}"
        for table, field in mapping.MappingFile.model_fields.items()
        if table != "question"
        for key in field.annotation.model_fields  # type: ignore[union-attr]
    }
    assert set(re.findall(r"^\| `([\w.]+)` \|", page, re.MULTILINE)) == keys


@pytest.mark.parametrize("file", ["docs/study_file.md", "studies/digits.toml"])
def test_the_names_that_a_study_file_may_say_are_those_of_the_tables(file: str) -> None:
    text = (CHECKOUT / file).read_text("utf-8")
    written = runpy.run_path(str(CHECKOUT / "docs" / "names.py"))["WRITTEN"][file]
    assert written(text) == text, "run: python docs/names.py"


def test_the_reference_of_python_is_that_of_every_public_name() -> None:
    page = (CHECKOUT / "docs" / "python.md").read_text("utf-8")
    written = runpy.run_path(str(CHECKOUT / "docs" / "python_reference.py"))["written"]
    assert written(page) == page, "run: python docs/python_reference.py"
    for name in chainrule.__all__:
        assert f"### `{name}`" in page
    for member in (one for one in vars(chainrule.Study) if not one.startswith("_")):
        assert f"| `{member}` |" in page or f"#### `Study.{member}`" in page


def test_the_page_on_study_files_says_what_the_table_of_parameters_says() -> None:
    page = (CHECKOUT / "docs" / "study_file.md").read_text("utf-8")
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| (.+?) \| (.*?) \|$", page, re.MULTILINE)
    told = {name: (takes, default) for names, takes, default in rows for name in re.findall(r"\w+", names)}
    file = parameters.Parameters()
    for name, one in PARAMETERS.items():
        if name in (*parameters.SHAPE, *STOPPING):
            continue
        takes, default = told[name]
        assert one.takes in takes, name
        users = set(re.findall(r"`(\w+)`", takes.partition("; for ")[2])) - {"constant"}
        assert users == (one.users if one.needs == "optimiser" else set()), name
        assert f"{getattr(file, name):g}" in default.replace("1e-8", "1e-08").split(", "), name
    assert "for any schedule but `constant`" in told["schedule_factor"][0]


def test_the_states_of_a_study_are_those_that_there_are() -> None:
    document = (CHECKOUT / "docs" / "study_file.md").read_text("utf-8")
    _, _, section = document.partition("## The state of a study\n")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", section.partition("\n## ")[0], re.MULTILINE)
    assert dict(rows) == dict(STATES)


def test_the_states_of_a_trial_are_those_that_the_report_and_optuna_have() -> None:
    document = (CHECKOUT / "docs" / "study_file.md").read_text("utf-8")
    _, _, section = document.partition("## How a trial ends\n")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (\w+) \| (\w+) \|$", section, re.MULTILINE)
    assert {name: meaning for name, meaning, *_ in rows} == MEANING
    for name, _, mlflow, optuna in rows:
        state = name if name in lane.STATES else "complete"
        assert (mlflow, optuna) == ("FAILED" if state == "failed" else "FINISHED", lane.STATES[state].name)


def test_the_numbers_of_a_run_are_told_in_the_document_as_everywhere() -> None:
    document = (CHECKOUT / "docs" / "statistics.md").read_text("utf-8")
    for name, meaning in OF_A_RUN.items():
        assert f"| {name} | {meaning} |" in document


TRIALS: Final = pd.read_csv(CHECKOUT / "docs" / "digits" / "trials.csv")
CONFIRMED: Final = pd.read_csv(CHECKOUT / "docs" / "digits" / "confirmed.csv")


@pytest.mark.parametrize("file", sorted((CHECKOUT / "studies").glob("*.toml")), ids=lambda path: path.stem)
def test_a_bundled_study_gives_each_choice_sixteen_trials_or_all_that_there_are(file: Path) -> None:
    """Fewer would be a start that all share and next to nothing of each choice's own."""
    study, _ = study_file.read(file)
    data = prepare(load(study.data.source)).description
    laid_out = plan(study, data)
    budgets = zip(laid_out.budgets, laid_out.sizes, strict=True)
    assert all(budget >= 16 or budget == size for budget, size in budgets)


def test_in_the_default_studys_report_each_choice_has_rates_of_its_own_beside_those_that_all_share() -> None:
    rates = [set(mine["setting.learning_rate"]) for _, mine in TRIALS.groupby("choice")]
    shared = set.intersection(*rates)
    assert len(rates) == 9
    assert all(len(one) >= 16 for one in rates)
    assert len(shared) >= 5
    assert all(len(one - shared - other) >= 4 for one in rates for other in rates if one is not other)


def test_the_readme_quotes_the_default_studys_report() -> None:
    """Its numbers are those of the run in docs/digits, whichever processor made that."""
    said = " ".join((CHECKOUT / "README.md").read_text("utf-8").split())
    report = " ".join((CHECKOUT / "docs" / "digits" / "report.md").read_text("utf-8").split())
    networks = int(TRIALS["seeds"].sum() + CONFIRMED.loc[CONFIRMED["phase"] != "champion", "seeds"].sum())
    answer = re.search(r"\*\*(On digits, [^*]*)\*\*", report)
    span = re.search(r"The best learning rate tried lies between (\d[\d.]*\d) and (\d[\d.]*\d)", report)
    assert answer
    assert span
    assert f"Here {networks:,} networks read" in said
    assert f'"{answer[1].replace(chr(92), "")}"' in said
    assert "so which is better there is not known" in report
    assert f"The best learning rate tried lies between {float(span[1]):.2g} and {float(span[2]):.2g}" in said
