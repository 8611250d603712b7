"""Both published figures are made again here from small tables of the same form, whose answers are known."""

import csv
import json

import numpy as np
import pytest
from scipy.stats import binom, mannwhitneyu

from benchmarks.published_figures import PROCGEN, SST, Search, compared, leaders, main, read_searches


def scores(seed, runs=6, better=0.0):
    rng = np.random.default_rng(seed)
    return {game: (rng.normal(size=runs) + better).round(1).tolist() for game in ("maze", "heist", "miner")}


def test_the_probability_is_the_mean_over_games_of_mann_and_whitneys_share_of_all_pairs():
    x, y = scores(0, better=0.5), scores(1, runs=4)
    peer = np.mean([mannwhitneyu(x[game], y[game]).statistic / 24 for game in x])
    centre, low, high = compared(x, y, 400)
    assert centre == pytest.approx(peer)
    assert low < centre < high
    assert centre + compared(y, x, 400)[0] == pytest.approx(1)


def test_the_interval_is_that_of_runs_drawn_again_one_by_one():
    """Against one run of the other, the resampled share is a binomial number of the runs that beat it."""
    _, low, high = compared({"maze": [0, 0, 0, 2, 2, 2, 2, 2, 2, 2]}, {"maze": [1]}, 20_000)
    assert (low, high) == pytest.approx(binom.ppf([0.025, 0.975], 10, 0.7) / 10)


def search(accuracies, hours):
    return Search(np.array(accuracies), np.full(len(accuracies), 3600.0 * hours))


def test_by_hand_the_expected_best_of_two_trials_stands_after_twice_their_mean_length():
    found = Search(np.array([0.5, 0.9]), np.array([1800.0, 5400.0])).expected([0.9, 1.0, 2.0, 50.0])
    np.testing.assert_allclose(
        found, [np.nan, 0.7, 0.8, 0.8]
    )  # of two draws with replacement 3 in 4 have 0.9


def test_a_search_of_long_trials_is_ahead_only_from_where_it_has_caught_up():
    quick, slow = search([0.7] * 4, 1), search([0.6, 0.9], 8)
    found = leaders({"quick": quick, "slow": slow})
    assert [name for _, name in found] == ["quick", "slow"]
    # one trial of the slow one is expected to have 0.75
    np.testing.assert_allclose([hours for hours, _ in found], [1, 8], rtol=0.01)


def test_the_command_reads_files_of_the_authors_forms_and_prints_what_they_have(
    tmp_path, monkeypatch, capsys
):
    runs = {
        name: scores(seed) for seed, name in enumerate(sorted({name for pair in PROCGEN for name in pair}))
    }
    (tmp_path / "scores.json").write_text(json.dumps(runs))
    with (tmp_path / "searches.csv").open("w", newline="") as file:
        rows = csv.writer(file, delimiter="\t")
        rows.writerow(["training_duration", "embedding", "best_validation_accuracy"])
        rows.writerows((3600 * (place + 1), name, 0.8 + place / 20) for place, name in enumerate(SST))
        rows.writerow([7200, next(iter(SST)), 0.5])
    assert {name: len(each.seconds) for name, each in read_searches(tmp_path / "searches.csv").items()} == {
        name: 1 + (not place) for place, name in enumerate(SST)
    }
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["", "scores.json", "searches.csv", "--resamples", "50"])
    main()
    printed = capsys.readouterr().out
    centre, *_ = compared(runs["PLR"], runs["MixReg"], 50)
    assert f"| PLR over MixReg | 0.630 [0.575, 0.681] | {centre:.3f} [" in printed
    assert "| glove | 2 | 87.6 %, 1624 s | 80.0 %, 3600 s |" in printed
    assert {each.name for each in (tmp_path / "output").iterdir()} == {
        "published_figures.svg",
        "published_figures.png",
    }
