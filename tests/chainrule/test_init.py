"""A study file to start from."""

import re
from pathlib import Path

import pytest

from studies.file.study_file import read
from tests.chainrule.conftest import Run


def test_it_writes_the_default_study_with_its_comments_under_the_files_name(run: Run, tmp_path: Path) -> None:
    said = run("init", "mine.toml")
    assert (said.status, said.err) == (0, "")
    assert said.out == "Wrote mine.toml. Check it: chainrule study mine.toml --dry-run\n"
    ours, text = read(tmp_path / "mine.toml")
    default, _ = read(Path(__file__).parents[2] / "studies" / "digits.toml")
    assert ours.study.name == "mine"
    assert ours == default.model_copy(update={"study": default.study.model_copy(update={"name": "mine"})})
    assert text.startswith("# ")
    assert "make study" not in text
    assert text.count("#") > 10


def test_what_it_writes_shows_how_to_ask_about_a_file_of_ones_own(run: Run, tmp_path: Path) -> None:
    assert run("init", "mine.toml").status == 0
    (tmp_path / "mine.csv").write_text("a,b\n" + "".join(f"{row},{'uv'[row % 2]}\n" for row in range(40)))
    text = (tmp_path / "mine.toml").read_text("utf-8")
    text = re.sub(r'^source = "digits".*\n', "", text, flags=re.MULTILINE)
    text = text.replace('# source = "csv:FILE.csv"', 'source = "csv:mine.csv"').replace(
        "# target = ", "target = "
    )
    (tmp_path / "mine.toml").write_text(text.replace("COLUMN", "b"), "utf-8")
    data = read(tmp_path / "mine.toml")[0].data
    assert (data.source, data.target) == ("csv:mine.csv", ("b",))


def test_without_a_name_it_is_study_toml(run: Run, tmp_path: Path) -> None:
    assert run("init").status == 0
    assert read(tmp_path / "study.toml")[0].study.name == "study"


@pytest.mark.parametrize(
    "name", ["My study (2).toml", "con.toml", "größe.toml", "-.toml", f"{'x' * 200}.toml", "no-ending"]
)
def test_whatever_the_files_name_what_it_writes_is_a_sound_study_file(
    name: str, run: Run, tmp_path: Path
) -> None:
    assert run("init", "--", name).status == 0
    read(tmp_path / name)


def test_it_overwrites_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("precious")
    said = run("init", "mine.toml")
    assert (said.status, said.err) == (2, "error: mine.toml exists already; nothing was written\n")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("mine.toml", "precious")]


def test_where_it_cannot_write_it_says_so(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place, reason in (
        ("none/mine.toml", "No such file or directory"),
        ("file/mine.toml", "Not a directory"),
    ):
        said = run("init", place)
        assert (said.status, said.err) == (2, f"error: {place} cannot be written: {reason}\n")


def test_a_folder_is_not_overwritten(run: Run, tmp_path: Path) -> None:
    said = run("init", tmp_path)
    assert said.status == 2
    assert len(said.err.splitlines()) == 1
