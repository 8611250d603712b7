"""What a report says of other people's runs."""

import re

import numpy as np
import pytest

from reports.conclusions.strength import CONFIRMED, OBSERVED, strength
from reports.page.sections import head, sections
from reports.page.writing import judged
from reports.results.recorded import recorded
from reports.results.tables import read_tables
from studies.others.as_study import as_study
from studies.others.mapping_file import fitting, from_text
from tests.factories import a_record, a_run, a_study
from tests.other_programs import a_foreign_run, foreign_runs, two_optimizers

LOSS = """
[objective]
metric = "val_loss"
goal = "minimize"
margin = 0.02
[parameters]
scientific = ["optimizer"]
nuisance = ["lr"]
seed = "seed"
"""


def tables_of(found, text=LOSS):
    mapping = from_text(text, "map.toml")
    return read_tables(
        as_study(mapping, found, fitting(mapping, found, text, "map.toml"), text, "chainrule report")
    )


def verdict_of(found, text=LOSS):
    tables = tables_of(found, text)
    with judged(tables) as verdict:
        return verdict


def test_one_side_is_ahead_by_as_much_as_the_runs_say():
    found = two_optimizers()
    verdict = verdict_of(found)
    last = {
        (run.parameters["optimizer"], run.parameters["seed"]): run.metrics["val_loss"].values[-1]
        for run in found.runs
        if run.parameters["lr"] == 0.01
    }
    pairs = np.array([last["sgd", seed] - last["adam", seed] for seed in range(6)])
    (comparison,) = verdict.findings.comparisons["optimizer"]
    assert comparison.pairs == pytest.approx(pairs)
    assert comparison.difference.centre == pytest.approx(np.sort(pairs)[1:-1].mean())
    assert verdict.sentences[0].startswith(
        "In these 24 runs of MLflow's experiment “loops”, adam at lr 0.01 has the lowest error (val_loss): 0.7"
    )
    assert "ahead of sgd by 0.0" in verdict.sentences[0] or "ahead of sgd by 0.1" in verdict.sentences[0]
    assert verdict.sentences[0].endswith("The same runs chose this setting, so nothing is confirmed.")
    assert re.fullmatch(
        r"Optimizer: adam is ahead of sgd by 0\.\d+ \[0\.\d+, 0\.\d+\], paired over 6 seeds\.",
        verdict.sentences[1],
    )
    assert verdict.sentences[2].startswith(
        "To confirm this, train the setting of each choice again with seeds that none"
    )
    assert verdict.sure["It holds for"] == "These 24 runs of MLflow's experiment “loops”, and no others."


def test_choices_that_do_not_differ_are_undecided_and_not_called_ahead():
    verdict = verdict_of(two_optimizers(gap=0.0), LOSS.replace("margin = 0.02", ""))
    assert verdict.sentences[1].startswith("Optimizer: these runs do not decide between sgd and adam (")
    assert " may be as good. " in verdict.sentences[0]


def test_an_interval_that_excludes_0_only_before_the_correction_is_told():
    losses = {
        "sgd": [0.60, 0.64, 0.61, 0.63, 0.62, 0.66],
        "adam": [0.58, 0.61, 0.597, 0.60, 0.61, 0.62],
        "lion": [0.62, 0.60, 0.59, 0.64, 0.60, 0.63],
    }
    found = foreign_runs(
        *(
            a_foreign_run(10 * place + seed, [loss], optimizer=kind, lr=0.1, seed=seed)
            for place, (kind, mine) in enumerate(losses.items())
            for seed, loss in enumerate(mine)
        )
    )
    told, alone = "an interval excludes 0, but not after correction", foreign_runs(*found.runs[:12])
    assert told in verdict_of(found).sentences[1]
    assert "adam is ahead of sgd" in verdict_of(alone).sentences[1]
    assert told not in verdict_of(alone).sentences[1]


def test_choices_within_the_margin_are_told_so():
    verdict = verdict_of(two_optimizers(gap=0.0), LOSS.replace("0.02", "0.2"))
    assert verdict.sentences[1].startswith("Optimizer: sgd and adam lie within 0.200 (")


def more(*runs):
    """Two optimisers and these runs."""
    return foreign_runs(*two_optimizers().runs, *runs)


def at_one_rate(*runs, less=0):
    """Two optimisers at one rate, but for the last so many runs, and these runs."""
    some = two_optimizers(rates=(0.1,)).runs
    return foreign_runs(*some[: len(some) - less], *runs)


LOST = a_foreign_run(99, [np.nan], optimizer="sgd", lr=0.01, seed=9)
LONG = [a_foreign_run(90 + n, [0.9] * 9, optimizer="lion", lr=0.1, seed=n) for n in range(6)]
LUCKY = [a_foreign_run(90 + n, [0.001], optimizer="sgd", lr=0.01 + n, seed=0) for n in (1, 2)]
FITTED = [a_foreign_run(n, [0.1], metric="train_loss", optimizer="sgd", lr=0.1, seed=n) for n in (1, 2)]
TOLD = {
    "Settings were chosen and judged by the same runs: the best of up to 2 settings": (more(), LOSS),
    "Nothing was tuned in these runs, as the mapping has it.": (at_one_rate(), LOSS),
    "It is not recorded whether all runs had the same data, the same split and the same code": (more(), LOSS),
    "Each setting was run once, all with the same seed: one run says nothing": (
        two_optimizers(seeds=1),
        LOSS,
    ),
    "Fewer than 5 runs give no interval, so even large differences may be chance": (
        two_optimizers(seeds=3),
        LOSS,
    ),
    "No parameter is known to be the seed.": (more(), LOSS.replace('seed = "seed"', 'ignore = ["seed"]')),
    "The choices were not searched equally: 1 setting for adam, 2 for sgd.": (
        foreign_runs(*two_optimizers().runs[:-6]),
        LOSS,
    ),
    "The choices are not judged by equally many runs: 4 runs for adam, 6 for sgd.": (
        at_one_rate(less=2),
        LOSS,
    ),
    "The choices were not trained equally long: 4 steps for sgd, 9 for lion.": (at_one_rate(*LONG), LOSS),
    "1 run ended without a finite val_loss, and is left out of every mean.": (more(LOST), LOSS),
    "1 run ended without a finite val_loss, and counts as guessing.": (
        more(LOST),
        LOSS.replace("margin", "guessing = 3.0\nmargin"),
    ),
    "2 other settings had a lower error, down to 0.001 in 1 run.": (more(*LUCKY), LOSS),
    "By its name, train_loss is measured on the examples that were trained on": (
        foreign_runs(*FITTED),
        LOSS.replace("val_loss", "train_loss"),
    ),
}


@pytest.mark.parametrize("said", TOLD)
def test_what_cannot_be_known_is_told_where_it_is_so_and_only_there(said):
    told = " ".join(verdict_of(*TOLD[said]).warnings)
    assert said in told
    sound = " ".join(verdict_of(two_optimizers()).warnings)
    unless = ("Settings were chosen", "It is not recorded")
    assert said.startswith(unless) or said[:40] not in sound


ALONE = LOSS.replace('["optimizer"]', "[]").replace('["lr"]', "[]")


@pytest.mark.parametrize(
    ("runs", "answer", "doubts"),
    [
        (
            1,
            "The one run of MLflow's experiment “loops” has an error (val_loss) of 0.500.",
            ["One run says nothing about spread: with another seed it may end far away."],
        ),
        (
            3,
            "The 3 runs of MLflow's experiment “loops” have one setting, with an error (val_loss) of 0.500.",
            [
                "Fewer than 5 runs give no interval.",
                (
                    "It is not recorded whether all runs had the same data, the same split and the same code; a "
                    "difference may come from those."
                ),
            ],
        ),
    ],
)
def test_runs_with_nothing_to_compare_are_not_told_as_a_comparison(runs, answer, doubts):
    verdict = verdict_of(foreign_runs(*(a_foreign_run(n, [0.5], lr=0.1, seed=n) for n in range(runs))), ALONE)
    assert verdict.sentences == (f"{answer} There is no other setting to compare it with.",)
    assert list(verdict.warnings) == doubts


def test_one_choice_with_several_settings_is_to_be_confirmed_at_its_best_one():
    runs = [a_foreign_run(n, [0.5 + lr], lr=lr, seed=n % 2) for n, lr in enumerate([0.1, 0.1, 0.2, 0.2])]
    sentences = verdict_of(foreign_runs(*runs), ALONE.replace("nuisance = []", 'nuisance = ["lr"]')).sentences
    assert "lr 0.1 has the lowest error" in sentences[0]
    assert sentences[-1].startswith("To confirm this, train this setting again with seeds that none")


def test_choices_of_which_few_settings_were_complete_are_told_so():
    pruned = [a_foreign_run(90 + n, [0.9], ended="pruned", optimizer="sgd", lr=n, seed=0) for n in (1, 2)]
    told = " ".join(verdict_of(foreign_runs(*two_optimizers().runs[6:], *pruned)).warnings)
    assert "The choices were not searched equally: 1 complete setting for sgd, 2 for adam." in told
    assert "2 runs were pruned before their end; they are shown, but not compared." in told


def test_runs_without_common_seeds_are_compared_unpaired():
    shifted = [
        a_foreign_run(n, one.metrics["val_loss"].values, optimizer="adam", lr=one.parameters["lr"], seed=50 + n)
        if one.parameters["optimizer"] == "adam" else one
        for n, one in enumerate(two_optimizers().runs)
    ]  # fmt: skip
    verdict = verdict_of(foreign_runs(*shifted))
    (comparison,) = verdict.findings.comparisons["optimizer"]
    assert (comparison.pairs, comparison.difference.n) == ((), 12)
    assert "not paired, over 6 and 6 runs" in verdict.sentences[1]
    assert comparison.outcome == "second"


def test_many_comparisons_are_counted():
    rng = np.random.default_rng(0)
    runs = [
        a_foreign_run(
            number, 0.5 + 0.1 * (kind == "sgd") + 0.01 * rng.normal(), optimizer=kind, width=width, seed=seed
        )
        for number, (kind, width, seed) in enumerate(
            (kind, width, seed) for kind in ("sgd", "adam") for width in range(6) for seed in range(6)
        )
    ]
    text = LOSS.replace('["optimizer"]', '["optimizer", "width"]').replace('["lr"]', "[]")
    sentences = verdict_of(foreign_runs(*runs), text).sentences
    assert re.search(
        r"Optimizer: adam is ahead of sgd in 6 of 6 comparisons, by 0\.\d+ to 0\.\d+\.", sentences[1]
    )
    assert len(sentences) == 4


@pytest.mark.parametrize("kind", ["nothing finite", "one run", "all", "share"])
def test_every_page_is_made_and_says_nothing_that_such_runs_cannot_show(kind):
    text, found = LOSS, two_optimizers()
    if kind == "nothing finite":
        found = foreign_runs(*(a_foreign_run(n, [np.nan], optimizer="sgd", lr=0.1, seed=n) for n in range(3)))
    elif kind == "one run":
        found = foreign_runs(a_foreign_run(0, [0.5], optimizer="sgd", lr=0.1, seed=0))
    elif kind == "share":
        text = LOSS.replace("margin", "share = true\nguessing = 1.0\nmargin").replace("val_loss", "val_error")
        losses = [(run.metrics["val_loss"].values / 4, run.parameters) for run in found.runs]
        found = foreign_runs(
            *(a_foreign_run(n, one, metric="val_error", **given) for n, (one, given) in enumerate(losses))
        )
    tables = tables_of(found, text)
    with judged(tables) as verdict:
        made = list(sections(tables, verdict))
        said = [*head(tables), *verdict.sentences, *verdict.warnings, *verdict.sure.values()]
    for section in made:
        said += [*section.sentences, section.heading, *(grid.caption for grid in section.grids)]
        said += [text for grid in section.grids for text in grid.heads]
        for picture in section.pictures:
            said += [picture.title, picture.subtitle, picture.caption, picture.alt, picture.question]
    for sentence in said:
        assert not re.search(
            r"\bnetworks?\b|is better than|\bbetter than\b|\bworse\b|\bwins?\b|validation", sentence
        ), sentence
        assert "fresh seeds" not in sentence or "confirm" in sentence, sentence
        assert "nan" not in sentence.lower().split(), sentence
    assert ("%" in verdict.sentences[0]) == (kind == "share")
    keys = [section.key for section in made]
    assert not {"inside", "champion", "quality", "how-to-repeat"} & set(keys)
    assert ("convergence" in keys) == (kind in ("all", "share"))


def test_only_runs_of_ours_may_be_told_with_strong_words():
    ours = a_record(scientific={"cost": ["quadratic"]})
    assert strength(read_tables(a_study(ours, [a_run(ours, slot=0)]))) == CONFIRMED
    theirs = tables_of(two_optimizers())
    assert strength(theirs) == OBSERVED
    assert recorded(theirs) == {"curves"}
    assert recorded(read_tables(a_study(ours, [a_run(ours, slot=0)]))) == {
        "networks",
        "times",
        "search",
        "fresh seeds",
        "curves",
        "weights",
    }
