"""The tutorial says of its study file and of a report what is so."""

import re
from pathlib import Path

from tests.chainrule.conftest import Run

DOCUMENTS = Path(__file__).parents[2] / "docs"
TEXT = (DOCUMENTS / "first_study.md").read_text("utf-8")


def test_the_plan_of_the_tutorials_study_is_the_one_that_it_tells(run: Run) -> None:
    (study,) = re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    Path("units.toml").write_text(study)
    said = run("study", "units.toml", "--dry-run")
    assert said.status == 0, said.err
    plan = r"(\d+ trials) of 5 seeds, (16 for each of 3 combinations); .* on 20 fresh seeds; .*(509 networks at most)"
    found = re.search(plan, said.out)
    assert ", ".join(found.groups()) in " ".join(TEXT.split())


def test_a_report_has_the_parts_that_the_tutorial_reads_and_in_that_order() -> None:
    report = (DOCUMENTS / "digits" / "report.md").read_text("utf-8")
    order = ["How sure?", *re.findall(r"^- \*\*(.+?)\*\* (?:has|shows) ", TEXT, re.MULTILINE)]
    headings = re.findall(r"^#+ (.+)$", report, re.MULTILINE)
    assert len(order) == 4
    assert [heading for heading in headings if heading in order] == order
