"""MLflow's own pages, served by `chainrule ui`."""

import json
import signal
import subprocess
from urllib.request import Request, urlopen

import pytest

from tests.commands import command

pytestmark = pytest.mark.xdist_group("digits")


def test_ui_serves_the_records_on_this_machine_until_ctrl_c(digits) -> None:
    process = subprocess.Popen(
        command("ui", "--home", str(digits.home)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with urlopen(f"{address}/", timeout=30) as page:
            assert b"MLflow" in page.read()
        asked = Request(
            f"{address}/api/2.0/mlflow/experiments/search",
            data=json.dumps({"max_results": 10}).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urlopen(asked, timeout=30) as answer:
            names = [one["name"] for one in json.load(answer)["experiments"]]
        assert "digits" in names
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
