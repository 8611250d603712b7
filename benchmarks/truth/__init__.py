"""How often the report's sentences are false, where the truth is known: `python -m benchmarks.truth`."""
