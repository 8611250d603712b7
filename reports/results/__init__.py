"""What was recorded, as tidy tables: a row a run, a row a seed, a row an epoch."""
