"""Colours of models are legible on both backgrounds, and to readers of any eyes.

Contrast is that of WCAG 2.2, which asks for 3 of what carries meaning in graphics. How
colours look to those who lack a cone is after Machado, Oliveira and Fernandes (2009),
doi:10.1109/TVCG.2009.113, their matrices for severity 1 on linear sRGB; distances are
CIE 1976 in L*a*b* under D65 (IEC 61966-2-1), of which 2.3 are just noticed.
"""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from evophys_lib.figures.style import OTHER_CURVES
from evophys_lib.models import look, registry
from evophys_lib.profiles import LAPTOP

WHITE, DARK = "#ffffff", "#121212"
"""Pages of the book, and the paper of its figures."""
LEGIBLE, APART = 3.0, 10.0
SEEN_BY = {
    "anybody": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}
XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
EVERY = [*registry.of(LAPTOP).values(), *OTHER_CURVES.values()]
LOOKS = {model.look for model in EVERY if model.look is not None}
MAIN = ("heat", "burgers", "ps", "dfs", "ps_dfs", "directions", "soup")
HUES = sorted({one.color for one in LOOKS} - {look.BLACK})


def linear(color):
    c = np.array(to_rgb(color))
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    low, high = sorted(float(XYZ[1] @ linear(c)) for c in (one, other))
    return (high + 0.05) / (low + 0.05)


def lab(rgb):
    t = XYZ @ rgb / XYZ.sum(axis=1)
    bent = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = bent
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one, other, eyes):
    seen = [lab(np.clip(np.array(eyes) @ linear(c), 0, 1)) for c in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def test_the_measures_are_those_of_the_standards():
    assert contrast("#000000", WHITE) == pytest.approx(21.0, rel=1e-6)
    np.testing.assert_allclose(lab(linear(WHITE)), [100, 0, 0], atol=1e-4)
    np.testing.assert_allclose(lab(linear("#ff0000")), [53.24, 80.09, 67.20], atol=0.02)
    for matrix in SEEN_BY.values():  # grey stays grey
        np.testing.assert_allclose(np.sum(matrix, axis=1), 1.0, atol=2e-6)


def test_red_and_green_of_a_lamp_are_not_apart_for_all():
    lamp = "#c04000", "#608000"
    far, *near = (distance(*lamp, eyes) for eyes in SEEN_BY.values())
    assert far > 50 and max(near) < far / 2


@pytest.mark.parametrize("color", HUES)
@pytest.mark.parametrize("page", [WHITE, DARK])
def test_every_colour_is_legible_on_both_pages(color, page):
    assert contrast(color, page) >= LEGIBLE


@pytest.mark.parametrize("eyes", SEEN_BY)
def test_main_models_are_told_apart_by_colour(eyes):
    known = registry.of(LAPTOP)
    colors = {known[name].look.color for name in MAIN}
    assert len(colors) == len(MAIN) - 1  # directions come after PS + DFS in the book
    for one, other in combinations(sorted(colors), 2):
        assert distance(one, other, SEEN_BY[eyes]) >= APART, (one, other)


@pytest.mark.parametrize("eyes", SEEN_BY)
def test_what_is_alike_in_colour_differs_in_line_or_marker(eyes):
    for one, other in combinations(LOOKS, 2):
        if distance(one.color, other.color, SEEN_BY[eyes]) < APART:
            drawn = [(k.linestyle, k.marker) for k in (one, other)]
            assert drawn[0] != drawn[1], (one, other)
