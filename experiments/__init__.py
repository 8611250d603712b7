"""Data sets, their preparation, experiments, and the records of their results."""
