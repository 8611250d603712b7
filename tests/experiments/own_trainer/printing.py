"""A trainer of a user's own as a command: it reads a line of JSON and prints others."""

import json
import sys

import numpy as np

asked = json.loads(sys.stdin.readline())
with np.load(asked["data"]) as arrays:
    rows = len(arrays["x_train"])
    tested = "x_test" in arrays
print("it begins")
for epoch in range(1, 1_000):
    if asked["settings"].get("fails") == epoch:
        print("it cannot go on", file=sys.stderr)
        sys.exit(4)
    numbers = {"loss": asked["settings"]["rate"] / epoch, "rows": rows, "seed": asked["seed"], "none": None}
    if tested:
        numbers["test_loss"] = 0.5
    print(json.dumps(numbers), flush=True)
