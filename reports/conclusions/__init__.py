"""Conclusions from the tables: comparisons, verdict and doubts."""
