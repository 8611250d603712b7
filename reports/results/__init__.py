"""The records as tidy tables: one row for each run, for each seed, or for each epoch."""
