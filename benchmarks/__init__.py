"""Benchmarks of training: time and memory compared with other libraries (`make bench-steps`).

`workloads` says what is trained; each file of `contenders` trains it in one way; `agreement` makes sure that they do
the same; `rounds` times them side by side; `goals` says what is wanted; `report` and `figure` show what was found.
`processes` and `memory` measure two things of our own. `studies` is about whole studies.
"""
