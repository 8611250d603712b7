"""A study as it runs: its plan, its lanes, what Optuna keeps of it."""
