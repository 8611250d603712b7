"""What the documents say: their examples run, their links lead somewhere."""

import doctest
import importlib
import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pandas as pd
import pytest

from core import ACTIVATIONS, COSTS, INITIALISATIONS, OPTIMISERS, SCHEDULES
from experiments.datasets import DATASETS, load
from experiments.preparation import prepare
from experiments.study_state import STATES
from studies import parameters, study_file
from studies.plan import plan
from studies.pruners import PRUNERS
from studies.samplers import SAMPLERS

CHECKOUT: Final = Path(__file__).parents[1]
ROOMS: Final = ("core", "derivation", "experiments", "studies", "reports", "chainrule")
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
    text = re.sub(r"^```.*?^```", "", document.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#{1,6} +(.+?)\s*$", text, re.MULTILINE)
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
def test_the_examples_in_a_document_give_what_they_show(document: Path) -> None:
    session = "\n".join(blocks(document, "python"))
    example = doctest.DocTestParser().get_doctest(session, {}, document.name, str(document), 0)

    assert not doctest.DocTestRunner().run(example).failed


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_study_files_in_a_document_are_valid(document: Path, tmp_path: Path) -> None:
    for index, text in enumerate(blocks(document, "toml")):
        path = tmp_path / f"{index}.toml"
        path.write_text(text, "utf-8")
        study_file.read(path)


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


def test_the_page_on_study_files_names_every_key_and_every_name_that_one_may_say() -> None:
    page = (CHECKOUT / "docs" / "study_file.md").read_text("utf-8")
    keys = {
        *parameters.Parameters.model_fields,
        *(f"study.{key}" for key in study_file.StudySection.model_fields),
        *(f"data.{key}" for key in study_file.DataSection.model_fields),
        *study_file.SamplerSection.model_fields,
        *study_file.PrunerSection.model_fields,
    }
    names = {*SAMPLERS, *PRUNERS, *COSTS, *ACTIVATIONS, *INITIALISATIONS, *OPTIMISERS, *SCHEDULES, *DATASETS}
    said = set(re.findall(r"`\"?([\w.-]+)\"?`", page))
    assert (keys | names) - {"name"} <= said


def test_the_states_of_a_study_are_those_that_there_are() -> None:
    document = (CHECKOUT / "docs" / "study_file.md").read_text("utf-8")
    _, _, section = document.partition("## The state of a study\n")
    rows = re.findall(r"^\| `(\w+)` \| (.+) \|$", section.partition("\n## ")[0], re.MULTILINE)
    assert dict(rows) == dict(STATES)


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
    report = (CHECKOUT / "docs" / "digits" / "report.md").read_text("utf-8")
    networks = int((TRIALS["seeds"]).sum() + CONFIRMED.loc[CONFIRMED["phase"] == "confirm", "seeds"].sum())
    misled = re.search(
        r"at ([\d.]+) (\S+) leads (\S+) by ([\d.]+) points with widths \\\[64, 32\\\], "
        r"with each at its own best rate by (−?[\d.]+)",
        report,
    )
    span = re.search(
        r"The best learning rate tried is not the same for every choice: from (\d[\d.]*\d) to (\d[\d.]*\d)",
        report,
    )
    assert misled
    assert span
    rate, better, worse, lead, left = misled.groups()
    assert f"Here {networks} networks read" in said
    assert (
        f"At one shared learning rate, {float(rate):.2f}, {better} leads the {worse} cost by {float(lead):.0f} points"
        in said
    )
    assert f"{float(left):.2f} points of that lead are left" in said
    assert f"it lies between {float(span[1]):.2g} and {float(span[2]):.2g}" in said
