"""What a command prints of a report that it has written."""

from pathlib import Path

import pytest

from chainrule.reporting import tell
from reports.page.writing import Report


@pytest.mark.parametrize("champion", ["digits-champion-000001", ""])
def test_the_lines_name_the_home_that_was_read_wherever_the_study_was_begun(
    champion: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report((), (), Path("report.html"), Path("report.md"), (), champion=champion)
    tell(report, "digits", {"home": Path("moved"), "tracking_uri": None})
    _, _, runs, *model = capsys.readouterr().out.splitlines()
    assert runs == "Runs:   chainrule ui --home moved"
    assert [one.partition(" (")[0] for one in model] == [
        "Model:  chainrule predict digits FILE --home moved"
    ] * bool(champion)
