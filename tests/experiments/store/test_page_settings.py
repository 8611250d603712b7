"""What MLflow's page is told before it starts."""

from importlib.util import find_spec
from pathlib import Path

from experiments.store.page_settings import ALWAYS, AT_FIRST, SCRIPT, with_settings


def page_of_mlflow() -> str:
    spec = find_spec("mlflow")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent.joinpath("server", "js", "build", "index.html").read_text("utf-8")


def test_the_script_stands_before_all_others_and_the_page_is_the_same_otherwise() -> None:
    page = page_of_mlflow()
    told = with_settings(page)
    assert told.index("<script") == told.index(SCRIPT)
    assert told.replace(SCRIPT, "") == page


def test_a_page_without_a_head_stays() -> None:
    assert with_settings("nothing") == "nothing"


def test_the_settings_are_those_that_mlflows_page_reads() -> None:
    spec = find_spec("mlflow")
    assert spec is not None
    assert spec.origin is not None
    scripts = Path(spec.origin).parent.joinpath("server", "js", "build", "static", "js").glob("main*.js")
    read = "".join(path.read_text("utf-8") for path in scripts)
    for key in (*ALWAYS, *AT_FIRST):
        assert f'"{key.removesuffix("_v1")}"' in read
