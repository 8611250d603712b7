"""tests/kernels.py: its environments really change what OpenBLAS and NumPy compute with."""

import subprocess
import sys

import pytest

from tests import kernels


@pytest.mark.parametrize("kernel", kernels.runnable())
def test_a_process_uses_the_kernel_and_has_no_instructions_beyond_it(kernel: str) -> None:
    variables = kernels.environment(kernel)
    shared = {
        "Zen": "Haswell",
        "Prescott": "Katmai",
    }  # where OpenBLAS was built without a kernel of their own
    assert kernels.name(variables) in (kernel, shared.get(kernel))
    script = "import numpy as np; print(*np.show_config(mode='dicts')['SIMD Extensions'].get('found', []))"
    seen = subprocess.run(
        [sys.executable, "-P", "-c", script], env=variables, capture_output=True, text=True, check=True
    )
    assert not [one for one in seen.stdout.split() if kernels.BEYOND.get(one, 0) > kernels.LEVELS[kernel]]


def test_an_unknown_kernel_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        kernels.main(["Pentium"])
    assert "no kernel is called Pentium" in capsys.readouterr().err
