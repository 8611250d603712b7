"""A study that the version before this one recorded can still be reported on.

`tests/reports/earlier` is the spool of such a study, as `chainrule study` of c13a797 left it.
"""

from pathlib import Path
from shutil import copytree

from experiments.store.reading import Records
from reports.page.writing import write_report
from reports.results.tables import read_tables

EARLIER = Path(__file__).with_name("earlier")


def test_a_study_of_an_earlier_version_is_reported_on(tmp_path: Path) -> None:
    copytree(EARLIER, tmp_path / "studies" / "older" / "spool")
    study = Records.open(tmp_path, None).load_study("older")
    assert (study.study_seed, len(study.runs)) == (3, 13)
    record = study.runs[0]
    assert (record.task.seeds, record.task.chosen, record.task.decided) == ((0, 1), "beforehand", {})
    assert not study.own_splits
    tables = read_tables(study)
    assert tables.design.shorts == ("[2]", "[3]", "[2, 2]", "[3, 3]")
    assert [tables.record(run).task.slot for _, run in tables.in_order(tables.winners)] == [4, 5, 2, 3]
    assert set(tables.confirmed) == {0, 1, 2, 3}
    champion = tables.champion()
    assert tables.record(champion).task.slot == 5
    report = write_report(study, tmp_path / "report")
    assert report.html.exists()
    assert any("on fresh seeds" in sentence for sentence in report.verdict)
    assert report.verdict[-1].endswith("All seeds have the same split, so nothing is known about others.")
