"""Optuna's dashboard, and other tools of Optuna's, on a study's trials; nothing here writes to the study."""
