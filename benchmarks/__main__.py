"""python -m benchmarks: measure, print, and keep the tables in output/benchmarks.md."""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported

from pathlib import Path

from benchmarks.steps import table
from experiments.environment import describe


def main() -> None:
    """Every table, in Markdown; medians of seven interleaved rounds with their range."""
    where = describe()
    lines = [
        "# Benchmarks",
        "",
        f"{where['processor']}; Python {where['python']}, NumPy {where['numpy']}, {where['blas']}, one thread.",
        "Medians of 7 interleaved rounds [lowest, highest].",
        "",
    ]
    print("\n".join(lines))
    for dtype in ("float32", "float64"):
        for line in (*table(dtype), ""):
            print(line, flush=True)
            lines.append(line)
    output = Path("output")
    output.mkdir(exist_ok=True)
    (output / "benchmarks.md").write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
