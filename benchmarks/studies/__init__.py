"""Benchmarks of whole studies: `make bench-studies`.

`peers` compares a study of ours with the same one written plainly; `recording` the default study with its recording and
without, on one worker and on two; `overhead` asks what the suite itself costs a trial, `growth` whether 10,000 trials
cost each what 100 do; `headline` times the ten thousand networks of `benchmarks/headline.toml`. `ours` runs a study,
`watch` tells Optuna's and MLflow's time from ours.
"""
