from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from experiments.outcome.failure_rule import PROBES, Condition, Rule
from experiments.outcome.pareto_front import front
from experiments.recording.records import RunRecord, StudyRecord
from reports import words
from reports.conclusions.observed import observed
from reports.conclusions.verdict import reach_verdict
from reports.drawing.panels import error_scale
from reports.drawing.style import (
    LOOKS,
    ONE_COLUMN,
    PAGE,
    TWO_COLUMNS,
    Frame,
    Picture,
    as_svg,
    house_style,
)
from reports.drawing.ticks import settle
from reports.figures.confusion import confusion, confusion_counts
from reports.figures.convergence import draw_validation_curves
from reports.figures.figure_table import FIGURES, Figures
from reports.figures.quality import draw_front_of_choices
from reports.figures.wrong_examples import wrongest
from reports.results.tables import read_tables
from studies.others.as_study import as_study
from studies.others.guessing import guess
from studies.others.mapping_file import fitting, from_text
from tests.factories import STARTED, a_probe, a_record, a_run, a_study
from tests.other_programs import two_optimizers
from tests.reports.conftest import odd


def figures_of(study) -> Figures:
    tables = read_tables(study)
    return Figures(tables, reach_verdict(tables))


def pictures(study) -> Iterator[Picture]:
    return filter(None, map(figures_of(study).picture, FIGURES))


def basins_of(study) -> Picture:
    return figures_of(study).picture("learning-rate")


def texts(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that is drawn, and its place on the canvas; ticks beyond an axis's limits are not drawn."""
    with house_style():
        figure.draw_without_rendering()
        hidden: set[Text] = set()
        for panel in figure.findobj(Axes):
            for axis in (panel.xaxis, panel.yaxis):
                low, high = sorted(axis.get_view_interval())
                for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                    if not panel.get_visible() or not low <= tick.get_loc() <= high:
                        hidden |= {tick.label1, tick.label2}
        shown = [
            text
            for text in figure.findobj(Text)
            if text not in hidden and text.get_visible() and text.get_text().strip()
        ]
        return [
            (text.get_text(), text.get_window_extent())
            for text in shown
            if text.axes is None or text.axes.get_visible()
        ]


def assert_legible(name: str, figure: Figure) -> None:
    canvas = figure.bbox
    drawn = texts(figure)
    heads = {
        text.get_text(): float((text.get_gid() or "").rpartition("-")[2])
        for text in figure.texts
        if text.get_gid()
    }
    top = canvas.y1 - max(heads.values(), default=0.0) * figure.dpi / 72  # the page shows only what is below
    for text, box in drawn:
        assert text in heads or box.y1 <= top + 1, f"{name}: {text!r} stands between the lines of the finding"
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= canvas.x1 + 1 and box.y1 <= canvas.y1 + 1
        assert inside, f"{name}: {text!r} leaves the canvas"
    for (one, a), (other, b) in combinations(drawn, 2):
        apart = a.x1 <= b.x0 + 1 or b.x1 <= a.x0 + 1 or a.y1 <= b.y0 + 2 or b.y1 <= a.y0 + 2
        assert apart, f"{name}: {one!r} covers {other!r}"


def test_no_text_leaves_its_canvas_or_covers_another_in_odd_studies(odd_study):
    for picture in pictures(odd_study):
        assert_legible(picture.name, picture.figure)


def others() -> Figures:
    """Other people's runs, with a curve of a metric that has both signs."""
    found = two_optimizers()
    for run in found.runs:
        loss = run.metrics["val_loss"]
        run.metrics.update(signed=replace(loss, values=loss.values - 1.0), train_loss=loss)
    text = guess(found)
    mapping = from_text(text, "guess")
    study = as_study(mapping, found, fitting(mapping, found, text, "guess"), text, "chainrule report")
    tables = read_tables(study)
    return Figures(tables, observed(tables))


def test_no_text_leaves_its_canvas_or_covers_another_in_other_peoples_runs():
    figures = others()
    with words.told_in(words.own_unit(0.7)):
        drawn = list(filter(None, map(figures.picture, FIGURES)))
    assert {picture.name for picture in drawn} == {
        "learning-rate", "fair-comparison", "choices", "convergence", "other-metrics", "slices", "search"
    }  # fmt: skip
    for picture in drawn:
        assert_legible(picture.name, picture.figure)
        assert not any(text.endswith(" %") for text, _ in texts(picture.figure))


@pytest.fixture(scope="module")
def whole(digits) -> list[Figures]:
    """Studies that have data for every figure between them."""
    planes = odd("planes")
    crossed = 0.1 + 0.02 * np.random.default_rng(0).normal(size=(4, 4, 4))
    runs = [replace(run, spread=crossed) if run.task.phase == "champion" else run for run in planes.runs]
    several = replace(planes, objectives=("validation_error", "seconds", "weights"), runs=tuple(runs))
    ours = (digits, several, two_ranges(), odd("regression"), odd("own trainer"))
    return [*map(figures_of, ours), others()]


def two_ranges() -> StudyRecord:
    """Two costs, each at twelve points of the plane of learning rate and momentum, the best in its middle."""
    record = a_record(
        scientific={"cost": ["quadratic", "cross_entropy"]},
        nuisance={
            "learning_rate": {"low": 0.01, "high": 10.0, "log": True},
            "momentum": {"low": 0.0, "high": 0.9},
        },
        trials=24,
    )
    runs = []
    for slot, (x, y) in enumerate(product((0.0, 0.35, 0.65, 1.0), (0.1, 0.5, 0.9))):
        for cost in range(2):
            error = 0.05 + 0.2 * ((x - 0.35) ** 2 + (y - 0.5) ** 2) + 0.001 * cost
            chosen = {"learning_rate": 0.01 * 1000**x, "momentum": 0.9 * y}
            runs.append(
                a_run(record, slot=2 * slot + cost, combination=cost, nuisance=chosen, errors=[error] * 5,
                      started=STARTED + 1000 * slot, seconds=np.linspace(0.5, 2.5, 8))
            )  # fmt: skip
    return a_study(record, [*runs, *probes(record, ABOVE_ONE, lambda place: place % 10 != 0)])


ABOVE_ONE = Condition("learning_rate", "above", 1.0), Condition("momentum", "up to", 0.5)


def probes(
    record: StudyRecord, conditions: Sequence[Condition], right: Callable[[int], bool]
) -> Iterator[RunRecord]:
    """Fresh settings on both sides of a rule, which is right for some of them."""
    rule = Rule(conditions=tuple(conditions), epoch=3, trials=record.trials)
    rng, sides = np.random.default_rng(0), Counter[bool]()
    while sides.total() < PROBES:
        combination = int(rng.integers(len(record.combinations)))
        nuisance = {"learning_rate": float(10 ** rng.uniform(-2, 1)), "momentum": float(rng.uniform(0, 0.9))}
        said = rule.fails({**record.fixed, **record.combinations[combination], **nuisance})
        if sides[said] < PROBES // 2:
            failed = said == right(sides.total())
            yield a_probe(
                record, rule, sides.total(), failed=failed, nuisance=nuisance, combination=combination
            )
            sides[said] += 1


@pytest.mark.parametrize("width", [ONE_COLUMN, TWO_COLUMNS, PAGE])
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_as_wide_as_it_should_be_legible_and_says_what_it_shows(whole, name, width):
    study = next(study for study in whole if study.has(name))
    picture = study.picture(name, width)
    assert picture.figure.get_figwidth() == width
    assert_legible(picture.name, picture.figure)
    cut = [text for text, _ in texts(picture.figure) if "…" in text]
    assert width == TWO_COLUMNS or not cut, "the page, which has the other two widths, cuts no name"
    assert picture.title in picture.alt
    assert not picture.numbers.empty
    assert "look" not in picture.numbers, "how a curve is drawn is no finding"
    sizes = [text.get_fontsize() for text in picture.figure.findobj(Text) if text.get_text()]
    assert min(sizes) >= (8 if width == PAGE else 6)


@pytest.mark.parametrize("width", [ONE_COLUMN, PAGE])
@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_with_settled_ticks_is_drawn_the_same(whole, name, width):
    study = next(study for study in whole if study.has(name))
    figure, settled = (study.picture(name, width).figure for _ in range(2))
    settle(settled)
    assert as_svg(settled) == as_svg(figure)


def test_settled_ticks_keep_what_is_written_of_all_of_them_together():
    figure, settled = Figure(), Figure()
    for each in (figure, settled):
        each.add_subplot().plot([0, 3e9], [0, 1])
    settle(settled)
    assert b"1e9" in as_svg(figure) == as_svg(settled)


def test_each_drawing_of_a_section_is_begun_once_it_is_made(digits):
    begun, tables = [], read_tables(digits)
    figures = Figures(tables, reach_verdict(tables), lambda figure, screen: begun.append((figure, screen)))
    assert not begun
    pictures = figures.of("convergence")
    assert len(pictures) > 1
    assert begun == [
        drawing for each in pictures for drawing in ((each.figure, "wide"), (each.narrow, "narrow"))
    ]


def test_the_particular_figures_are_drawn_where_the_study_has_what_they_show(whole):
    digits, planes, plane, *_ = whole
    titles = {name: planes.picture(name).title for name in ("sharpness", "importance", "surface")}
    titles |= {name: plane.picture(name).title for name in ("contour", "slices", "timeline")}
    assert titles["sharpness"] == (
        "Of 5 trials that began above the limit, 4 failed; of 27 trials that began below the limit, none failed"
    )
    assert titles["importance"].startswith("Learning rate explains")
    assert titles["surface"] == "Nine in ten seeds of every choice agree on 100 % of the plane"
    assert titles["contour"] == "The best trials of 2 choices lie at learning rate 0.11 and momentum 0.45"
    assert titles["slices"].startswith(
        "The lowest error of the search lies at cost quadratic, learning rate 0.112"
    )
    assert titles["timeline"] == "The search took 14 s, its 24 trials trained up to 6 at the same time"
    assert {name for name in FIGURES if not digits.has(name)} == {
        "contour",
        "sharpness",
        "surface",
        "pareto-front",
        "spread",
        "yielded",
        "every-pair",
        "other-metrics",
        "where-it-fails",
    }


@pytest.mark.parametrize(
    ("conditions", "title", "axes"),
    [
        (ABOVE_ONE, "above learning rate 1 up to momentum 0.5", ("learning rate (log)", "momentum")),
        (ABOVE_ONE[:1], "above learning rate 1", ("learning rate (log)", "")),
        (
            (Condition("cost", "is", "quadratic"), ABOVE_ONE[0]),
            "with quadratic above learning rate 1",
            ("learning rate (log)", ""),
        ),
        ((Condition("cost", "is", "quadratic"),), "with quadratic", ("cost", "")),
    ],
)
@pytest.mark.parametrize("width", [ONE_COLUMN, PAGE])
def test_where_networks_fail_is_drawn_for_every_kind_of_rule(conditions, title, axes, width):
    study = two_ranges()
    runs = [run for run in study.runs if run.task.phase != "probe"]
    figures = figures_of(replace(study, runs=(*runs, *probes(study, conditions, lambda place: place < 45))))
    picture = figures.picture("where-it-fails", width)
    assert picture.title == f"Networks fail {title}: right for 45 of 50 fresh settings"
    assert_legible(picture.name, picture.figure)
    assert (picture.numbers["part"] == "fresh").sum() == PROBES
    assert (picture.numbers["part"] == "search").sum() == 24
    panels = [panel for panel in picture.figure.axes if panel.get_visible()]
    assert (panels[0].get_xlabel(), panels[0].get_ylabel()) == axes
    for panel, part in zip(panels, ("search", "fresh"), strict=True):
        drawn = picture.numbers[picture.numbers["part"] == part]
        (box,) = panel.patches
        inside = sum(
            box.get_path().transformed(box.get_patch_transform()).contains_points(line.get_xydata()).sum()
            for line in panel.get_lines()
        )
        assert inside == drawn["said"].sum()


def test_every_picture_of_the_champion_that_is_shown_was_got_wrong(digits):
    tables = read_tables(digits)
    shown = wrongest(tables)
    record = tables.record(tables.champion())
    for each in shown.to_dict("records"):
        assert (record.test_prediction[:, each["example"]] != int(each["true"])).sum() == each["wrong"] > 0
    assert shown["wrong"].is_monotonic_decreasing


def test_the_hardest_picture_is_not_said_to_be_taken_for_one_class_by_seeds_that_gave_it_others(digits):
    champion = digits.of_phase("champion")[0]
    answers, shown = champion.test_prediction.copy(), champion.test_shown
    true = int(champion.test_target[shown[0]])
    answers[:, shown] = champion.test_target[shown]
    answers[:6, shown[0]] = [(true + step) % 10 for step in (1, 1, 1, 2, 3, 4)]
    study = a_study(
        digits,
        [*(run for run in digits.runs if run is not champion), replace(champion, test_prediction=answers)],
    )
    assert titles_of(study, "examples") == [
        f"6 of 10 seeds get the hardest example wrong; it is of class {true} and mostly taken for {(true + 1) % 10}"
    ]


def test_a_pruned_trial_beyond_the_axis_stands_at_its_edge():
    study = odd("regression")
    pruned = a_run(study, slot=60, errors=[7.0] * 5, state="pruned", nuisance={"learning_rate": 2.0})
    picture = basins_of(a_study(study, [*study.of_phase("search"), pruned]))
    arrows = (line for line in picture.figure.findobj(Line2D) if line.get_marker() == "^")
    beyond = [line for line in arrows if line.get_gid() and np.all(np.equal(line.get_ydata(), 0.975))]
    assert sum(len(line.get_xdata()) for line in beyond) == 1
    assert "beyond the axis" in picture.subtitle


def test_a_diverged_run_changes_its_count_but_no_limit_of_an_axis():
    study = odd("everything at once")
    more = a_run(study, slot=60, errors=[np.nan] * 5, nuisance={"learning_rate": 60.0})
    larger = a_study(study, [*study.of_phase("search"), more, *study.of_phase("confirm")])

    def limits(which):
        picture = basins_of(which)
        panels = [(panel.get_xlim(), panel.get_ylim()) for panel in picture.figure.axes]
        return panels, int(picture.numbers["failed"].sum())

    before, failed = limits(study)
    after, failed_now = limits(larger)
    assert after == before
    assert failed_now == failed + 5


def test_a_stuck_run_with_a_huge_error_changes_no_limit_either():
    study = odd("regression")

    def limits(*more):
        runs = [*study.of_phase("search"), *more, *study.of_phase("confirm")]
        picture = basins_of(a_study(study, runs))
        return [(panel.get_xlim(), panel.get_ylim()) for panel in picture.figure.axes]

    all_seeds = a_run(study, slot=60, errors=[5000.0] * 5, nuisance={"learning_rate": 60.0})
    assert limits(all_seeds) == limits()
    one_seed = a_run(study, slot=60, errors=[0.3, 0.3, 0.3, 0.3, 5000.0], nuisance={"learning_rate": 60.0})
    assert max(high for _, (_, high) in limits(one_seed)) < 5


def test_a_dollar_is_drawn_as_a_dollar():
    record = a_record(scientific={"cost": ["$\\frac{$", "plain"]})
    study = a_study(record, [a_run(record, slot=each, combination=each) for each in range(2)])
    picture = basins_of(study)
    assert b">$\\frac{$<" in as_svg(picture.figure)


def test_a_figure_is_the_same_whatever_the_readers_configuration(digits):
    plain = basins_of(digits)
    with mpl.rc_context(
        {"font.size": 22, "axes.facecolor": "red", "svg.hashsalt": "other", "svg.fonttype": "path"}
    ):
        odd = basins_of(digits)
        assert as_svg(odd.figure) == as_svg(plain.figure)


def contrast(colour: str) -> float:
    """WCAG's contrast ratio against white."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(colour)]
    return 1.05 / (float(np.dot([0.2126, 0.7152, 0.0722], linear)) + 0.05)


def test_text_colours_have_contrast_and_series_differ_in_more_than_colour():
    assert min(contrast(look.text) for look in LOOKS) >= 5.9
    assert len({look.marker for look in LOOKS}) == len({str(look.dash) for look in LOOKS}) == len(LOOKS)


@pytest.mark.parametrize("count", [1, 4, 30])
def test_any_number_of_choices_is_drawn_legibly(count):
    record = a_record(
        scientific={"cost": [f"cost_{each}" for each in range(count)], "widths": [[8], [64, 32]]}
    )
    runs = [
        a_run(
            record,
            slot=slot,
            combination=slot % (2 * count),
            nuisance={"learning_rate": 0.1 * 10 ** (slot // (2 * count))},
            errors=0.1 + 0.01 * (slot % 7) + 0.001 * np.arange(5),
        )
        for slot in range(4 * count)
    ]
    for picture in pictures(a_study(record, runs)):
        assert_legible(picture.name, picture.figure)
        assert len(picture.figure.axes) <= 24


@settings(max_examples=25)
@given(
    points=st.lists(
        st.tuples(st.floats(0.001, 0.9), st.floats(1e2, 1e6)),
        min_size=2,
        max_size=7,
    ),
    close=st.booleans(),
    width=st.sampled_from([ONE_COLUMN, TWO_COLUMNS, PAGE]),
)
def test_quality_is_legible_whatever_was_measured(points, close, width):
    errors, weights = np.array(points).T
    if close:  # weights that differ by a few per cent, whose ticks have as many digits as they need
        weights = weights[0] * (1 + 0.02 * np.log(weights) / np.log(1e4))
    names = [f"{cost} [{units}]" for units in (8, 16, 32, 64) for cost in ("quadratic", "cross-entropy")]
    data = pd.DataFrame({"short": names[: len(points)], "error": errors, "weights": weights})
    data["run"] = data.index
    data["front_weights"] = data.index.isin(front(data[["weights", "error"]].T.to_dict("list")))
    assert_legible("quality", draw_front_of_choices(data, Frame("A finding", width=width)))


@pytest.mark.parametrize(
    "objectives", [("validation_error", "seconds"), ("validation_error", "seconds", "weights")]
)
def test_the_front_of_several_objectives_is_that_of_all_of_them_together(objectives):
    record = a_record(objectives=objectives)
    costs = [(0.10, 1.0, 50), (0.05, 2.0, 50), (0.20, 2.0, 40), (0.20, 3.0, 60)]
    runs = [
        a_run(record, slot=slot, errors=[error] * 5, parameters=weights, seconds=np.linspace(0.1, s, 8))
        for slot, (error, s, weights) in enumerate(costs)
    ]
    picture = figures_of(a_study(record, runs)).picture("pareto-front")
    on = picture.numbers.loc[picture.numbers["front"], "slot"].tolist()
    assert on == ([0, 1] if len(objectives) == 2 else [0, 1, 2])
    assert picture.title.startswith(f"{len(on)} trials of 4 are on the Pareto front of validation error")
    assert_legible(picture.name, picture.figure)


def test_the_title_names_the_series_that_needs_the_highest_rate_only_if_it_does_everywhere():
    record = a_record()
    best = {0: 9.0, 1: 3.0, 2: 1.0, 3: 0.5}

    def title(rates):
        runs = [
            a_run(
                record,
                slot=4 * step + each,
                combination=each,
                nuisance={"learning_rate": factor * rate},
                errors=error + 0.001 * np.arange(5)[:: 1 if step else -1],
            )
            for each, rate in rates.items()
            for step, (factor, error) in enumerate(((1.0, 0.1), (1.3, 0.3), (0.8, 0.3)))
        ]
        picture = basins_of(a_study(record, runs))
        return picture.title

    assert title(best) == "Quadratic needs the highest rate in every panel: 6 to 9 times the next one"
    assert (
        title({**best, 3: 4.0})
        == "The best learning rate tried lies between 1 and 9; it is not the same for every choice"
    )
    assert title(dict.fromkeys(best, 2.0)) == "One learning rate, 2, is the best tried for every choice"


def test_a_diverged_seed_of_the_champion_confuses_no_classes():
    study = odd("planes")
    champion = study.of_phase("champion")[0]
    before = confusion_counts(read_tables(study))
    champion.test_prediction[3] = -1
    after = confusion_counts(read_tables(study))
    assert after.to_numpy().sum() == before.to_numpy().sum() * 9 // 10


def test_the_commonest_mistake_is_told_with_the_whole_names_of_the_classes():
    study = odd("planes")
    champion = study.of_phase("champion")[0]
    champion.test_prediction[0] = 1 - champion.test_target
    tables = read_tables(replace(study, data={**study.data, "classes": ["class_0", "the_other_class"]}))
    title = confusion(confusion_counts(tables), tables, None).title
    assert "mistake: class_0 taken for the_other_class, 10.0 % of that class" in title


def test_a_highest_rate_is_needed_only_where_lower_ones_do_not_work_as_well():
    record = a_record(scientific={"cost": ["quadratic", "cross_entropy"]}, trials=4)

    def title(error_at_the_lower_rate):
        errors = {(0, 9.0): 0.1, (0, 3.0): error_at_the_lower_rate, (1, 1.0): 0.1, (1, 3.0): 0.3}
        runs = [
            a_run(
                record,
                slot=slot,
                combination=cost,
                nuisance={"learning_rate": rate},
                errors=error + 0.01 * np.sin(np.arange(5) + slot),
            )
            for slot, ((cost, rate), error) in enumerate(errors.items())
        ]
        return basins_of(a_study(record, runs)).title

    assert title(0.3) == "Quadratic needs the highest rate: 9 times the next one"
    assert title(0.11).startswith(
        "Of the best rates tried, that of quadratic is the highest, 9 times the next one, but"
    )


@given(
    st.lists(st.sampled_from([0.0, 1e-9, 0.25, 0.5, 1.0, np.nan]), min_size=1, max_size=6),
    st.sampled_from([0.0, 0.05]),
)
def test_errors_however_alike_have_a_scale_with_a_width_that_holds_them(errors, room):
    scale = error_scale(np.array(errors), room_below=room, room_above=room)
    assert scale.low < scale.high
    shown = [at for at in scale.at(np.array(errors)) if not np.isnan(at)]
    assert all(scale.low <= at or at == pytest.approx(scale.low) for at in shown)
    assert all(at <= scale.high or at == pytest.approx(scale.high) for at in shown)


@pytest.mark.parametrize(
    "errors",
    [[0.25] * 8, [0.0] * 8, [0.25, *[np.nan] * 7], [0.0, 0.25, *[np.nan] * 6], [0.25, *[0.0] * 7]],
    ids=["equal", "zero", "all diverged but one", "all diverged but two", "all zero but one"],
)
def test_every_figure_is_drawn_of_errors_that_are_alike(errors):
    record = a_record(
        scientific={"cost": ["quadratic", "cross_entropy"]},
        nuisance={
            "momentum": {"low": 0.1, "high": 0.9},
            "learning_rate": {"low": 0.01, "high": 10.0, "log": True},
        },
    )
    runs = [
        a_run(record, slot=slot, combination=slot % 2, errors=[error] * 5,
              nuisance={"momentum": 0.1 * (slot + 1), "learning_rate": 0.1})
        for slot, error in enumerate(errors)
    ]  # fmt: skip
    drawn = {picture.name: picture for picture in pictures(a_study(record, runs))}
    assert ("parallel" in drawn) == (np.count_nonzero(~np.isnan(errors)) > 1)
    for picture in drawn.values():
        assert "nan" not in f"{picture.title} {picture.alt} {picture.caption}".lower().split()
        as_svg(picture.figure)


@pytest.mark.parametrize(
    ("error", "named", "width"),
    [("log_loss", "guessing's log loss", ONE_COLUMN), ("auc_error", "1 − AUC", PAGE)],
)
def test_every_axis_of_errors_names_a_measure_that_is_not_the_share_misclassified(
    digits, error, named, width
):
    planes = replace(odd("planes"), objective=error, objectives=(error, "seconds", "weights"))
    labelled = set()
    for study in (digits, planes):
        data = {**study.data, "error": error, "chance_errors": {error: 0.5}}
        figures = figures_of(replace(study, data=data))
        for name in FIGURES:
            if not figures.has(name):
                continue
            picture = figures.picture(name, width)
            assert_legible(name, picture.figure)
            for panel in picture.figure.findobj(Axes):
                labels = f"{panel.get_xlabel()} {panel.get_ylabel()} {panel.get_title(loc='left')}"
                assert named in labels or "error" not in labels, f"{name}: {labels}"
                labelled |= {name} if named in labels else set()
    assert labelled >= {
        "learning-rate", "fair-comparison", "choices", "convergence", "search", "training-and-validation", "slow-start",
        "quality", "pareto-front",
    }  # fmt: skip


def test_a_median_is_marked_on_its_curve_also_where_the_epochs_of_other_people_have_gaps() -> None:
    curve = pd.DataFrame(
        {
            "panel": "",
            "series": "adam",
            "look": 0,
            "choice": 0,
            "epoch": [1, 244, 500],
            "centre": [0.5, 0.3, 0.1],
        }
    )
    data = curve.assign(low=curve["centre"] - 0.05, high=curve["centre"] + 0.05)
    seeds = pd.DataFrame({"panel": "", "series": "adam", "value": [0.52, 0.31, 0.11, 0.48, 0.29, 0.09]})
    reached = pd.DataFrame({"choice": [0], "median_epochs": [300.0]})
    figure = draw_validation_curves(data, seeds, reached, 0.3)
    lines = figure.axes[0].lines
    (mark,) = (line for line in lines if line.get_markersize() == 8 and len(line.get_xdata()) == 1)
    (drawn,) = (line for line in lines if len(line.get_xdata()) == 3)
    assert (mark.get_xdata().item(), mark.get_ydata().item()) == (300.0, drawn.get_ydata()[1])


def titles_of(study: StudyRecord, *names: str) -> list[str]:
    figures = figures_of(study)
    return [picture.title for name in names if (picture := figures.picture(name))]


def test_titles_of_a_single_trial_say_no_more_than_it_does() -> None:
    assert titles_of(odd("one trial"), "learning-rate", "convergence", "search") == [
        "Only one learning rate was tried, 1",
        "Half of the seeds reach 12.5 % within 8 epochs",
        "The only trial reaches 10.0 %; more trials may find a better one",
    ]


def test_where_nothing_was_learnt_no_target_is_worse_than_guessing() -> None:
    figures = figures_of(odd("all stuck"))
    convergence, cost = figures.picture("convergence"), figures.picture("training-cost")
    assert convergence is not None
    assert cost is not None
    assert convergence.title == "With no choice do half of the seeds reach 72.0 %"
    assert "Dashed: 72.0 %, 80 % of the error of guessing;" in convergence.subtitle
    assert cost.title == "From the first epoch to the last, no training cost changes"


def test_the_fastest_and_the_slowest_choice_are_named() -> None:
    record = a_record(scientific={"widths": [[8], [16], [64]]})
    runs = [
        a_run(record, slot=each, combination=each, errors=[0.1] * 5, start=start)
        for each, start in enumerate((0.15, 0.3, 0.9))
    ]
    (title,) = titles_of(a_study(record, runs), "convergence")
    assert title == (
        "Half of the seeds reach 12.5 % after 5 epochs with [8] and after 8 with [64], the first and the last to do so"
    )


def test_a_single_value_of_a_parameter_keeps_its_axis_on_its_side_of_0() -> None:
    record = a_record(
        scientific={"widths": [[8], [16]]}, nuisance={"learning_rate": [0.1], "momentum": [0.0, 0.9]}
    )
    runs = [
        a_run(
            record,
            slot=slot,
            combination=slot % 2,
            nuisance={"learning_rate": 0.1, "momentum": 0.9 * (slot > 1)},
        )
        for slot in range(4)
    ]
    picture = basins_of(a_study(record, runs))
    assert picture.figure.axes[0].get_xlim() == pytest.approx((0.05, 0.15))
    assert picture.title == "Only one learning rate was tried, 0.1"


@pytest.mark.parametrize(
    ("own", "shared", "said"),
    [
        (
            (1, 1), (1, 0),
            (
                "both comparisons show differences of up to 2.0 points; at the shared rate {rate}, one of them shows a "
                "difference of 2.0 points"
            ),
        ),
        (
            (1, 0), (1, 1),
            (
                "1 of 2 comparisons shows a difference of 2.0 points; at the shared rate {rate}, both show differences "
                "of up to 2.0 points"
            ),
        ),
        (
            (0, 0), (0, 0),
            "neither comparison shows a difference; at the shared rate {rate}, no difference is shown either",
        ),
        (
            (1, 0), (0, 0),
            "1 of 2 comparisons shows a difference of 2.0 points; at the shared rate {rate}, no difference is shown",
        ),
    ],
)  # fmt: skip
def test_the_title_of_the_paired_differences_counts_both_sides_alike(digits, own, shared, said) -> None:
    tables = read_tables(digits)
    verdict = reach_verdict(tables)
    compared = verdict.findings.comparisons["cost"]

    def shown(kinds):
        sizes = [replace(each.difference, centre=0.02) for each in compared]
        return [
            replace(each, difference=size, outcome="second" if kind else "undecided")
            for each, size, kind in zip(compared, sizes, kinds, strict=True)
        ]

    found = replace(
        verdict.findings,
        comparisons={**verdict.findings.comparisons, "cost": shown(own)},
        at_shared_rate=shown(shared),
    )
    picture = Figures(tables, replace(verdict, findings=found)).picture("fair-comparison")
    assert picture is not None
    assert picture.title == f"Each at its own best, {said.format(rate=found.shared.rate)}"


@pytest.mark.parametrize("margin", [0.005, 0.0])
def test_the_subtitle_of_the_paired_differences_names_the_band_where_one_is_drawn(digits, margin) -> None:
    tables = read_tables(replace(digits, equivalence_margin=margin))
    picture = Figures(tables, reach_verdict(tables)).picture("fair-comparison")
    assert picture is not None
    assert ("Grey band" in picture.subtitle) == bool(margin)
