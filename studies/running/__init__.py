"""A running study: its plan, its lanes, and its trials in Optuna's storage."""
