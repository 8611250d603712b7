"""The command line as a user meets it, in this process or in one of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chainrule.cli import main
from experiments.publisher.protocol import Notice
from tests.commands import Said, apart
from tests.iris_study import iris_study

TINY = iris_study()


Run = Callable[..., Said]


class Recorder:
    """Stands in for a publisher: has something to say, takes so many looks to finish, and leaves so many records."""

    def __init__(self, *said: Notice, looks: int = 0, left: int = 0, trouble: str = "") -> None:
        self._said, self._looks = list(said), looks
        self.left, self.trouble = left, trouble
        self.statuses: list[str] = []

    def notices(self) -> list[Notice]:
        said, self._said = self._said, []
        return said

    def finish(self, *, status: str, enough: Callable[[], bool], **_options: object) -> int:
        self.statuses.append(status)
        return 1 if any(enough() for _ in range(self._looks)) else self.left


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Said]:
    """Run a command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("CHAINRULE_HOME", "MLFLOW_TRACKING_URI", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def command(*arguments: object) -> Said:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return command


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A small sound study file in the current folder."""
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder with the records of a small study, without its report."""
    folder = tmp_path_factory.mktemp("recorded")
    (folder / "tiny.toml").write_text(TINY)
    said = apart("study", "tiny.toml", "--home", "home", "--workers", 1, "--no-report", folder=folder)
    assert said.status == 0, said.err
    return folder / "home"
