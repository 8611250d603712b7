"""docs/champion.md: its commands and lines, run as they stand there, on the default study."""

import json
import os
import re
import runpy
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import numpy as np
import pytest

from core import forward
from experiments.store.champion import Alias
from experiments.store.reading import Records
from tests.commands import CHECKOUT, apart, environment

pytestmark = [
    pytest.mark.xdist_group("digits"),
    pytest.mark.skipif(
        "%" in sys.prefix, reason="MLflow by itself finds no migrations in a folder with % in its name"
    ),
]

PAGE = (CHECKOUT / "docs" / "champion.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture
def new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the page's three digits."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "make.py").write_text(blocks("py")[0])
    runpy.run_path("make.py")
    return tmp_path


def of_core(home: Path, rows: np.ndarray, alias: Alias = "champion") -> tuple[list[str], list[list[float]]]:
    """The classes and probabilities that `core` gives, network by network, and their mean."""
    _, trained = Records.open(home, None).champion("digits", alias)
    outputs = []
    for member in range(trained.network.members):
        x = (rows.T - trained.mean[member]) / trained.scale[member]
        network = trained.network.take([member])
        h = forward(network, x.astype(network.layers[0].W.dtype)).h[-1][0]
        outputs.append(h.astype(np.float64))
    h = np.sum(outputs, axis=0) / len(outputs)
    return [trained.classes[index] for index in h.argmax(axis=0)], h.T.tolist()


def test_chainrule_predicts_as_the_page_says(digits, new: Path) -> None:
    first, second = [line for line in blocks("sh")[0].splitlines() if line]
    rows = np.load("new.npz")["x"]
    done = apart(*shlex.split(first)[1:], "--home", digits.home, folder=new)
    assert (done.status, done.err) == (0, "")
    names, shares = of_core(digits.home, rows)
    head, *lines = [line.split(",") for line in done.out.splitlines()]
    assert head == ["class", *(f"P({digit})" for digit in range(10))]
    assert [line[0] for line in lines] == names
    assert [[float(cell) for cell in line[1:]] for line in lines] == shares
    done = apart(*shlex.split(second)[1:], "--home", digits.home, folder=new)
    assert (done.status, done.out, done.err) == (0, "", "")
    import pandas as pd

    table = pd.read_parquet("answers.parquet")
    names, shares = of_core(digits.home, rows, "ensemble")
    assert (table.pop("class").tolist(), table.to_numpy().tolist()) == (names, shares)


@contextmanager
def served(command: str, store: str) -> Iterator[str]:
    """The address of a server that the page's command starts, at a port of ours; its process group ends with it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, "-m", *shlex.split(command.replace("5001", str(port)))]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    settings = {"MLFLOW_TRACKING_URI": store, "MLFLOW_DISABLE_TELEMETRY": "true", "PATH": path}
    with Path("served.log").open("wb") as log:
        server = subprocess.Popen(
            words, env={**environment(), **settings}, stdout=log, stderr=log, start_new_session=True
        )
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(1200):
            assert server.poll() is None, Path("served.log").read_text()
            try:
                urlopen(f"{address}/ping", timeout=5).close()
                break
            except (URLError, TimeoutError):
                threading.Event().wait(0.1)
        else:
            raise AssertionError("the server does not answer")
        yield address
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def test_mlflow_serves_the_numbers_of_core_to_the_last_bit(digits, new: Path) -> None:
    (command,) = [block.strip() for block in blocks("sh") if "models serve" in block]
    rows = np.load("new.npz")["x"]
    names, shares = of_core(digits.home, rows)
    expected = [
        {"class": name, **{f"P({digit})": p for digit, p in enumerate(each)}}
        for name, each in zip(names, shares, strict=True)
    ]
    with served(command, f"sqlite:///{digits.home / 'mlflow.db'}") as address:
        client = blocks("py")[2].replace("http://127.0.0.1:5001", address)
        (new / "client.py").write_text(client)
        assert runpy.run_path("client.py")["answers"] == expected
        columns = {"data": rows.tolist()}
        assert asked(address, dataframe_split=columns) == expected
        assert asked(address, inputs=rows.tolist(), params={"predict_method": "predict"}) == names
        for reason, payload in (
            ("row 0, column 1 (pixel_0_1) is nan", '{"inputs": [[0, NaN' + ", 0" * 62 + "]]}"),
            ("(1, 2), one example a row, (m, 64)", '{"inputs": [[0, 1]]}'),
        ):
            with pytest.raises(HTTPError) as refused:
                post(address, payload)
            with refused.value as answer:
                assert answer.code == 400
                assert reason in json.load(answer)["message"]


def asked(address: str, **payload: Any) -> Any:
    return post(address, json.dumps(payload))


def post(address: str, payload: str) -> Any:
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{address}/invocations", payload.encode(), headers), timeout=60) as answer:
        return json.load(answer)["predictions"]


@pytest.mark.slow
def test_mlflow_predicts_from_a_file_and_in_python_as_the_page_says(digits, new: Path) -> None:
    rows = np.load("new.npz")["x"]
    (new / "rows.json").write_text(json.dumps({"inputs": rows.tolist()}))
    (command,) = [block.strip() for block in blocks("sh") if "models predict" in block]
    shown = "print(json.dumps([table.to_dict('list'), names.tolist(), shares.tolist()]), flush=True)"
    program = (  # one process for both, since importing MLflow takes most of the time
        "import json, runpy, sys",
        blocks("py")[1],
        shown,
        f"sys.argv = {shlex.split(command)}",
        "runpy.run_module('mlflow', run_name='__main__')",
    )
    (new / "ask.py").write_text("\n".join(program))
    settings = {
        "MLFLOW_TRACKING_URI": f"sqlite:///{digits.home / 'mlflow.db'}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    done = subprocess.run(
        [sys.executable, "-P", "ask.py"],
        env={**environment(), **settings},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    in_python, from_file = [
        json.loads(line) for line in done.stdout.splitlines() if line.startswith(("[", "{"))
    ]
    names, shares = of_core(digits.home, rows)
    table, *alone = in_python
    assert alone == [names, shares]
    assert table.pop("class") == names
    assert np.array(list(table.values())).T.tolist() == shares
    assert [one.pop("class") for one in from_file["predictions"]] == names
    assert [list(one.values()) for one in from_file["predictions"]] == shares


def test_the_models_of_the_study_have_their_cards(digits) -> None:
    from experiments.store.mlflow_store import Store

    client = Store.open(digits.home)._client
    for alias in ("champion", "ensemble"):
        version = client.get_model_version_by_alias("digits", alias)
        for head in (
            "What it is",
            "Data",
            "How good it is",
            "What it must not be used for",
            "How to repeat it",
        ):
            assert f"**{head}" in version.description
        assert f"models:/digits@{alias}" in version.description
        assert 0 < float(version.tags[f"chainrule.{alias}_test_error"]) < 0.1
    assert "Model:  chainrule predict digits FILE" in digits.run.out
