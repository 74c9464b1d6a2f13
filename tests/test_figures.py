"""Figures show the data they are given, with labels, legends and small files."""

import inspect
import pkgutil
import re
from importlib import import_module
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.text import Text

from evophys_lib import figures
from evophys_lib.evaluate.results import MODELS
from evophys_lib.figures.alt import BARS, CURVES, alt_text
from evophys_lib.figures.equations import DIFFUSIVITY, GAMMA, SPEED
from evophys_lib.figures.style import OTHER_CURVES, WIDTH, style, styles
from evophys_lib.models import registry
from evophys_lib.models.model import Group
from evophys_lib.profiles import LAPTOP
from rendering import drawing
from rendering.drawing.ablations import effects
from rendering.drawing.cost import cost_growth
from rendering.drawing.counts import error_against_count
from rendering.drawing.front import fields_above_errors
from rendering.drawing.horizons import (
    differences_against_peclet,
    errors_against_peclet,
    gaps_against_peclet,
)
from rendering.drawing.paths import heat_share
from rendering.drawing.search_quality import search_quality
from rendering.paired import Ratio

PECLET = (0.1, 1.0, 10.0, 100.0)
LAYERS = [f"{name}:{i}" for name in ("heat", "burgers") for i in range(4)]
PATH = ("heat:0", "heat:1", "burgers:0", "burgers:2", "heat:3")
TRIED, EXCHANGED = (0.5, 0.9, 2.0, 1.5, 1.2, 4.0), (0, 0, 1, 1, 1, 2)


def field(seed):
    x, t = np.linspace(0, 1, 128), np.linspace(0, 0.2, 100)
    return np.sin(2 * np.pi * (x - (1 + seed) * t[:, None])) * np.exp(-4 * t)[:, None]


def curves(names=MODELS, points=4):
    rng = np.random.default_rng(0)
    return {name: rng.uniform(0.01, 1.0, points) for name in names}


def falling(rng, evaluations):
    """Quartiles (3, E) of best-so-far curves."""
    runs = np.minimum.accumulate(rng.exponential(size=(5, evaluations)), axis=1)
    return np.quantile(runs, (0.25, 0.5, 0.75), axis=0)


def make_all():
    rng = np.random.default_rng(1)
    t = np.linspace(0, 0.2, 100)
    steps = np.arange(0, 3000, 25)
    loss = np.exp(-steps / 800) + 0.1
    return {
        "space_time": figures.space_time({"heat": field(0), "Burgers": field(1)}, t=t),
        "profiles": figures.profiles(
            {"truth": field(0)[9], "probe": field(1)[9]},
            x=np.linspace(0, 1, 128),
            differences=True,
        ),
        "peclet_path": figures.peclet_path(
            PECLET,
            speed=np.sqrt(PECLET) / 10,
            diffusivity=0.1 / np.sqrt(PECLET),
            speeds=(0.0, 1.0),
            diffusivities=(0.01, 0.5),
        ),
        "coverage": figures.coverage(
            {"α": 10.0 ** rng.uniform(-2, 0, 64), "m": rng.uniform(-1, 1, 64)},
            logarithmic={"α"},
        ),
        "latent_map": figures.latent_map(
            {"heat": rng.normal(size=(64, 2))},
            colours={"heat": {"ln α": rng.normal(size=64)}},
        ),
        "triptych": figures.triptych(field(0), field(0.2), t=t),
        "error_against_horizon": figures.error_against_horizon(
            curves(("heat", "burgers", "persistence", "floor"), 10),
            frames=np.arange(5, 55, 5),
        ),
        "spectra": figures.spectra(
            {n: 10.0 ** -np.arange(64) for n in ("truth", "ps", "heat")}
        ),
        "training_curves": figures.training_curves(
            {"JEPA": (steps, loss), "heat": (steps, loss / 2)}
        ),
        "spectra_of_vectors": figures.spectra_of_vectors(
            {e: 10.0 ** -np.arange(12).reshape(2, 6) for e in ("heat", "burgers")},
            rank=2,
        ),
        "coefficients_of_peclet": figures.coefficients_of_peclet(
            {f"heat up {i}": rng.normal(size=len(PECLET)) for i in range(3)},
            peclet=PECLET,
        ),
        "against_peclet": figures.against_peclet(
            {n: rng.uniform(0.1, 1, (3, len(PECLET))) for n in ("heat", "burgers")},
            peclet=PECLET,
            seen=PECLET[:2],
        ),
        "errors_against_peclet": errors_against_peclet(
            {
                when: {"ps": {pe: (0.1 * pe, (0.05 * pe, 0.2 * pe)) for pe in PECLET}}
                for when in ("t + 5", "t + 50")
            }
        ),
        "differences_against_peclet": differences_against_peclet(
            {"t + 50": {"ps": {0.1: (-5.0, (-9.0, 2.0)), 1.0: (-20.0, None)}}}
        ),
        "gaps_against_peclet": gaps_against_peclet(
            {when: {"ps": {pe: (0.3, (0.1, 0.5)) for pe in PECLET}} for when in "ab"}
        ),
        "ladder": figures.ladder(
            {pe: [[2, 0.1, 0.0, 0.2], [200, 0.8, 0.7, 0.9]] for pe in (0.1, 10.0)},
            beside={"random": {10.0: [[200, 0.6, 0.5, 0.7]]}},
        ),
        "against_peclet_by_count": figures.against_peclet_by_count(
            {k: {"heat": rng.uniform(0.1, 1, (3, len(PECLET)))} for k in (16, 1)},
            peclet=PECLET,
            seen=PECLET[:2],
        ),
        "singular_values": figures.singular_values(
            {"encoder": rng.uniform(1, 9, 64)}, rankme={"encoder": 57.12}
        ),
        "cost_growth": cost_growth(
            {
                name: {
                    "values": [2, 4, 8, 16],
                    "seconds": [0.02, 0.03, 0.05, 0.1],
                    "exponent": 1.0,
                    "factor": 0.00625,
                    "from": 8,
                }
                for name in ("trajectories", "cells")
            },
            at={"trajectories": 4, "cells": 8},
        ),
        "peclet_curves": figures.peclet_curves(curves(), peclet=PECLET),
        "lambda_against_peclet": figures.lambda_against_peclet(
            {"heat": rng.normal(size=(4, 5)), "burgers": rng.normal(size=(4, 5))},
            peclet=PECLET,
        ),
        "lambda_by_layer": figures.lambda_by_layer(
            {"heat": rng.normal(size=3), "burgers": rng.normal(size=3)},
            layers=["0", "1", "head"],
        ),
        "task_vectors": figures.task_vectors(
            [0.1, -0.2, 0.3],
            {"heat": [0.1, 0.2, 0.3], "burgers": [0.2, 0.2, 0.1]},
            layers=["0", "1", "head"],
        ),
        "loss_barrier": figures.loss_barrier(
            curves(("heat", "burgers"), 11), position=np.linspace(0, 1, 11)
        ),
        "search_history": figures.search_history(
            {"ps": rng.uniform(1, 2, (6, 16)), "random_search": rng.uniform(1, 2, 96)},
            references={"heat": 1.5},
        ),
        "search_quality": search_quality(
            {
                "PS": {name: falling(rng, 480) for name in ("CMA-ES", "gradient")},
                "DFS": {"CMA-ES": falling(rng, 768)},
            }
        ),
        "effects": effects(
            {
                "t + 50": {
                    "heat": {"no EMA": Ratio(1.2, 1.1, 1.3), "SIGReg": Ratio(4.0)},
                    "burgers": {"no EMA": Ratio(0.9, 0.7, 1.1)},
                }
            }
        ),
        "gap_closed": figures.gap_closed(
            {"ps": {0.1: (0.5, (0.3, 0.7)), 1.0: (0.2, None)}}
        ),
        "effective_peclet": figures.effective_peclet(
            {"truth": {0.1: (0.1, None), 1.0: (1.0, (0.9, 1.1))}},
            {"truth": {0.1: (0.0, None), 1.0: (0.5, (0.4, 0.6))}},
        ),
        "error_against_count": error_against_count(
            {
                when: {
                    pe: {
                        "ps": {1: (0.3, (0.2, 0.4)), 16: (0.2, None)},
                        "few_shot": {1: (0.4, None), 16: (0.1, (0.05, 0.15))},
                    }
                    for pe in (1.0, 10.0)
                }
                for when in ("t + 50", "t + 5")
            }
        ),
        "term_stability": figures.term_stability(
            {n: {pe: np.eye(3, 4) for pe in PECLET} for n in ("heat", "ps")},
            terms=("v", "v_x", "v_xx"),
            thresholds=(0.01, 0.02, 0.04, 0.08),
            chosen=0.02,
        ),
        "places": figures.places(
            {
                pe: {
                    n: {c: (rng.uniform(), reach) for c in (SPEED, DIFFUSIVITY, GAMMA)}
                    for n, reach in (("heat", 0.1), ("ps", None))
                }
                for pe in PECLET
            },
            invented={
                pe: {"heat": {"v": 1.0, "v²": 0.0}, "ps": {"v": 0.2, "v²": 0.4}}
                for pe in PECLET
            },
        ),
        "learning_to_write": figures.learning_to_write(
            {"step": [1, 2, 3], "loss": [5.0, 3.0, 2.0]},
            {"step": [1, 2], "loss": [0.1, 0.0], "match": [0.0, 0.1], "format": [0, 1]},
            rewards=("match", "format"),
        ),
        "heat_share": heat_share({"from heat": np.eye(10)[:6]}),
        "fields_above_errors": fields_above_errors(
            {"truth": field(0), "heat": field(1)},
            {
                "heat": {pe: (0.5, (0.0, 0.6)) for pe in PECLET},
                "ps": {pe: (0.2, None) for pe in PECLET},
            },
            t=np.linspace(0, 0.2, 100),
            titles=("One trajectory", "Errors"),
            labels={"ps": "the merge"},
        ),
        "hard_paths": figures.hard_paths(
            TRIED,
            exchanged=EXCHANGED,
            parents={"heat": 0.5, "burgers": 0.9},
            references={"soft_paths": 0.1},
        ),
        "dfs_route": figures.dfs_route(
            PATH, layers=LAYERS, scales=[1.0, 0.9, 1.1, 1.0, 1.25]
        ),
    }


@pytest.fixture(scope="module")
def made():
    return make_all()


def line(figure, label):
    """The one labelled line of a figure's first axes."""
    (found,) = [x for x in figure.axes[0].lines if x.get_label() == label]
    return np.asarray(found.get_xdata()), np.asarray(found.get_ydata())


def drawings():
    """Names of the figures that only the book's pages show."""
    modules = [
        import_module(f"{drawing.__name__}.{found.name}")
        for found in pkgutil.iter_modules(drawing.__path__)
    ]
    return {
        name
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }


def test_every_public_figure_is_made_here(made):
    assert set(made) == set(figures.__all__) | drawings()
    assert len(made) == len(figures.__all__) + len(drawings())


def test_every_axis_is_labelled_and_says_its_unit(made):
    for name, figure in made.items():
        assert isinstance(figure, Figure)
        labels = [
            text for ax in figure.axes for text in (ax.get_xlabel(), ax.get_ylabel())
        ]
        assert sum(map(bool, labels)) >= 2, name
        titles = [ax.get_title() for ax in figure.axes] + [figure.get_suptitle()]
        assert any(titles), name


def test_curves_have_one_legend(made):
    without = {"space_time", "triptych", "peclet_path", "coverage", "latent_map"}
    without |= {"term_stability"}
    by_row, in_parts = {"against_peclet_by_count"}, {"fields_above_errors"}
    others = set(made) - without - by_row - in_parts
    legends = [(name, made[name].legends) for name in others]
    legends += [(name, made[name].subfigs[-1].legends) for name in in_parts]
    legends += [(n, [ax.get_legend()]) for n in by_row for ax in made[n].axes]
    for name, (legend,) in legends:
        texts = [text.get_text() for text in legend.get_texts()]
        assert texts and len(set(texts)) == len(texts), name


def test_pictures_fit_the_book(made):
    for name, figure in made.items():
        png = figure.png()
        assert (png, {"alt": alt_text(figure)}) == figure._repr_png_()
        assert png[:4] == b"\x89PNG" and len(png) < 100_000, (name, len(png))
        assert 7.0 <= figure.get_size_inches()[0] <= 8.0


def test_equal_data_give_equal_bytes(made):
    again = make_all()
    for name in ("peclet_curves", "triptych", "dfs_route"):
        assert again[name].png() == made[name].png()


def test_no_global_state(made):
    before = dict(matplotlib.rcParams)
    make_all()["peclet_curves"].png()
    assert pyplot.get_fignums() == []
    assert dict(matplotlib.rcParams) == before


def test_lines_carry_their_data():
    data = curves()
    data["dfs"][1] = np.inf
    figure = figures.peclet_curves(data, peclet=PECLET)
    x, y = line(figure, "PS")
    np.testing.assert_array_equal(x, PECLET)
    np.testing.assert_array_equal(y, data["ps"])
    assert np.isnan(line(figure, "DFS")[1]).tolist() == [False, True, False, False]
    null = figures.peclet_curves({"ps": [0.1, None]}, peclet=(1.0, 10.0))
    assert np.isnan(line(null, "PS")[1]).tolist() == [False, True]


def test_search_history_is_the_running_minimum():
    fitness = np.array([[3.0, np.inf], [2.0, 4.0], [5.0, 1.0]])
    x, y = line(figures.search_history({"ps": fitness}), "PS")
    np.testing.assert_array_equal(x, np.arange(1, 7))
    np.testing.assert_array_equal(y, [3.0, 3.0, 2.0, 2.0, 2.0, 1.0])


def test_search_quality_draws_medians_in_bands_and_gaps_before_them():
    best = np.array([[np.inf, 2.0, 1.0], [np.inf, 3.0, 2.0], [np.inf, np.inf, 4.0]])
    figure = search_quality({"PS": {"a": best}, "DFS": {"a": 2 * best}})
    for scale, ax in enumerate(figure.axes, 1):
        (median,) = ax.lines
        y = np.asarray(median.get_ydata())
        np.testing.assert_array_equal(y, scale * np.array([np.nan, 3.0, 2.0]))
        (band,) = ax.collections
        reached = band.get_paths()[0].vertices[:, 1]
        assert set(reached) <= {scale * 1.0, scale * 4.0}
    assert len({ax.lines[0].get_color() for ax in figure.axes}) == 1


def test_lines_that_hide_each_other_are_counted_in_the_title():
    falls = np.array([[4.0, 1.0], [5.0, 2.0], [6.0, 3.0]])
    alone, alike = {"a": falls, "b": 2 * falls}, {"a": falls, "b": 1.001 * falls}
    titles = [ax.get_title() for ax in search_quality({"PS": alone, "DFS": alike}).axes]
    assert titles == ["PS", "DFS: all 2 alike"]


def test_lambda_shows_every_layer_and_the_mean():
    values = np.arange(20.0).reshape(4, 5)
    figure = figures.lambda_against_peclet({"heat": values}, peclet=PECLET)
    (dots,) = figure.axes[0].collections
    np.testing.assert_array_equal(dots.get_offsets()[:, 1], values.ravel())
    np.testing.assert_array_equal(dots.get_offsets()[:, 0], np.repeat(PECLET, 5))
    _, y = line(figure, "heat expert:\nmean and layers")
    np.testing.assert_array_equal(y, values.mean(axis=1))


def test_route_is_the_path(made):
    rows = [LAYERS.index(layer) for layer in PATH]
    route = made["dfs_route"].axes[0].lines[0]
    np.testing.assert_array_equal(route.get_ydata(), rows)
    texts = [text.get_text() for text in made["dfs_route"].axes[0].texts]
    assert texts == ["×0.90", "×1.10", "×1.25"]


def test_every_path_is_a_dot(made):
    dots = made["hard_paths"].axes[0].lines[:2]
    for number, group in enumerate(dots, start=1):
        expected = np.sort(np.array(TRIED)[np.array(EXCHANGED) == number])
        np.testing.assert_array_equal(group.get_ydata(), expected)
        assert (np.abs(group.get_xdata() - number) < 0.5).all()
    assert line(made["hard_paths"], "heat expert")[1] == TRIED[0]
    assert (line(made["hard_paths"], "soft paths")[1] == 0.1).all()


def test_images_carry_their_fields(made):
    truth, rollout = field(0), field(0.2)
    images = [ax.images[0] for ax in made["triptych"].axes if ax.images]
    expected = (truth, rollout, rollout - truth)
    for image, array in zip(images, expected, strict=True):
        np.testing.assert_allclose(np.asarray(image.get_array()), array, atol=1e-15)
    low, high = images[2].get_clim()
    assert low == -high  # the error's colours are centred on zero
    assert images[0].get_clim() == images[1].get_clim()


def test_singular_values_fall_from_one(made):
    _, y = line(made["singular_values"], "encoder\n(RankMe 57.1)")
    assert y[0] == 1.0 and (np.diff(y) <= 0).all()


def test_every_model_has_its_own_look():
    every = registry.of(LAPTOP)
    own = registry.in_groups(LAPTOP, (Group.MODELS,))
    looks = [model.look for model in own.values()]
    assert set(MODELS) <= set(own) and None not in looks
    assert len({(k.color, k.linestyle, k.marker) for k in looks}) == len(looks)
    labels = [model.label for model in every.values()]
    labels += [other.label for other in OTHER_CURVES.values()]
    assert len(set(labels)) == len(labels) and not every.keys() & OTHER_CURVES.keys()
    drawn = [model.look for model in every.values() if model.look]
    drawn += [other.look for other in OTHER_CURVES.values()]
    assert all(re.fullmatch("#[0-9a-f]{6}", look.color) for look in drawn)


def test_a_style_is_what_the_registry_says_of_a_model():
    for name, model in registry.of(LAPTOP).items():
        own = styles([name])[name]
        assert own.label == model.label
        assert (own == style(name)) == (model.look is not None)
        assert model.look in (None, own.look)


def test_coverage_counts_every_trajectory_once(made):
    for ax in made["coverage"].axes:
        assert sum(bar.get_height() for bar in ax.patches) == 64


def test_profiles_show_what_differs(made):
    (shown,) = made["profiles"].axes[1].lines
    np.testing.assert_array_equal(shown.get_ydata(), field(1)[9] - field(0)[9])


def test_fitted_peclet_numbers_are_drawn_over_the_true_ones():
    found = {"ps": {0.1: (0.2, (0.1, 0.4)), 10.0: (8.0, None)}}
    figure = figures.effective_peclet(
        found, {"ps": {0.1: (0.5, None), 10.0: (0, None)}}
    )
    ratio, gamma = (ax.containers[0] for ax in figure.axes)
    np.testing.assert_allclose(ratio.lines[0].get_ydata(), [2.0, 0.8])
    (bars,) = ratio.lines[2]
    np.testing.assert_allclose(bars.get_segments()[0][:, 1], [1.0, 4.0])
    np.testing.assert_allclose(gamma.lines[0].get_ydata(), [0.5, 0.0])


def test_labels_are_legible_on_a_phone(made):
    """Nine pixels at least, where the style sheet lets a figure scroll."""
    sheet = (Path(drawing.__file__).parents[2] / "_static/book.css").read_text()
    (width,) = re.findall(r"> img { min-width: (\d+)rem", sheet)
    pixels = 16 * float(width) / WIDTH / 72  # of a point
    for name, figure in made.items():
        sizes = [t.get_fontsize() for t in figure.findobj(Text) if t.get_text()]
        assert min(sizes) * pixels >= 9, name


def test_unknown_names_get_distinct_looks():
    made = styles(["ps", *(f"run {i}" for i in range(12))])
    looks = {(s.color, s.look.linestyle) for s in made.values()}
    assert made["ps"] == style("ps") and len(looks) >= 12


def test_coefficients_by_layer_are_bars_of_their_values():
    lam = {"heat": [0.9, 0.8, 1.1], "burgers": [0.1, 0.3, -0.2]}
    figure = figures.lambda_by_layer(lam, layers=["block 0", "block 1", "head"])
    (ax,) = figure.axes
    heights = [bar.get_height() for bars in ax.containers for bar in bars]
    assert heights == [*lam["heat"], *lam["burgers"]]
    assert [t.get_text() for t in ax.get_xticklabels()] == [
        "block 0",
        "block 1",
        "head",
    ]


def test_effects_are_drawn_at_their_ratios_between_their_ends():
    ratios = {"no EMA": Ratio(1.2, 1.1, 1.3), "SIGReg": Ratio(4.0)}
    figure = effects({"t + 50": {"heat": ratios}})
    (bars,) = figure.axes[0].containers
    points, _, (segments,) = bars
    np.testing.assert_allclose(points.get_xdata(), [1.2, 4.0])
    ends = [segment[:, 0] for segment in segments.get_segments()]
    np.testing.assert_allclose(ends, [[1.1, 1.3], [4.0, 4.0]])
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["no EMA", "SIGReg"]


# --- in words -----------------------------------------------------------------------


def test_every_figure_says_what_it_shows_with_numbers():
    for name, figure in make_all().items():
        told = alt_text(figure)
        assert re.search(r"\d", told), name
        assert 60 < len(told) < 1000, name
        assert "\n" not in told and "_child" not in told, name


def test_a_curve_is_told_by_its_ends_and_its_lowest_point():
    told = alt_text(
        figures.peclet_curves(
            {"heat": [0.5, 0.25, 0.125, 2.0], "burgers": [0.75, None, 0.5, 0.0625]},
            peclet=PECLET,
            title="Errors",
        )
    )
    assert told == (
        "Errors; nRMSE (initial standard deviations) against Péclet number Pe = UL/α; "
        "heat expert from 0.5 at 0.1 to 2 at 100, lowest 0.125 at 10; "
        "Burgers expert from 0.75 at 0.1 to 0.0625 at 100."
    )


def test_maps_bars_and_intervals_are_told_by_their_numbers():
    t = np.linspace(0, 0.2, 3)
    plane = np.array([[0.5, -2.0], [1.5, 0.0], [0.0, 0.0]])
    assert "values from -2 to 1.5" in alt_text(figures.space_time({"a": plane}, t=t))
    bars = figures.lambda_by_layer({"heat": [1.25, -0.5]}, layers=["0", "head"])
    assert "heat expert: 0 1.2, head -0.5" in alt_text(bars)
    many = figures.coverage({"m": np.arange(64.0)}, bins=2 * BARS)
    assert f"{2 * BARS} bars, from 4 to 4" in alt_text(many)
    gap = figures.gap_closed({"ps": {1.0: (0.5, (0.4, 0.6)), 10.0: (0.25, None)}})
    assert "PS from 0.5 at 1 to 0.25 at 10" in alt_text(gap)


def test_more_curves_than_can_be_listened_to_are_counted():
    names = [f"curve {i}" for i in range(CURVES + 3)]
    told = alt_text(figures.peclet_curves(curves(names), peclet=PECLET))
    assert names[CURVES - 1] in told and names[CURVES] not in told
    assert "and 3 more" in told
