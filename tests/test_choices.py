"""Choices of a merge over Pe, made again: what differs, what is read, what is told."""

from dataclasses import replace

import choices
import numpy as np
import pytest
from choices import CHOICES, USUAL
from plain import plain
from tiny import PECLET, study_in

from evophys_lib.models import directions
from evophys_lib.models.bases import LINEAR
from evophys_lib.profiles import LAPTOP
from evophys_lib.store import artifacts as store
from evophys_lib.study import data
from rendering.choices import choices as rendered
from rendering.choices import over_declared

LATER = "four starting frames, fewer shifts"


@pytest.fixture
def study(there):
    return study_in(there)


def digests(study):
    return {path: store.digest_of(path) for path in store.artifacts_below(study.folder)}


def made(study, name, between=()):
    return choices.rows_of(study, 1, name, [*between])


def test_every_choice_is_scored_where_it_was_searched_and_between(study, monkeypatch):
    def read(*_):
        raise AssertionError("the test split was read")

    monkeypatch.setattr(data, "test", read)
    before = digests(study)
    seen, numbers = {*study.profile.peclets}, {}
    for name in CHOICES:
        rows = made(study, name, [3.0])
        assert {r["peclet"]: r["seen"] for r in rows} == {
            **dict.fromkeys(seen, True),
            3.0: False,
        }
        assert all(np.isfinite(r["held_out"]) and r["held_out"] > 0 for r in rows)
        numbers[name] = rows[0]["numbers"]
    own = numbers[USUAL]
    assert numbers["the same at all Pe"] == own / 2
    assert numbers["quadratic in log Pe"] == numbers["linear in U and α"] == own * 3 / 2
    assert numbers["linear spline in log Pe"] == own / 2 * len(seen)
    assert numbers[LATER] == own
    assert numbers["rank 4"] > own  # the smoke profile has rank 1
    assert before.items() <= digests(study).items()


def test_the_declared_choice_is_the_model_of_that_name(study):
    usual = directions.of_peclet(study, PECLET, count=1)
    one = {r["peclet"]: r["held_out"] for r in made(study, USUAL)}
    again = {r["peclet"]: r["held_out"] for r in made(study, USUAL)}
    assert one == again
    space = directions.space(study, study.profile.directions.rank)
    assert usual.found.x.shape == (2, len(space))


def test_choices_change_what_a_profile_has():
    size = LAPTOP.directions
    for name, choice in CHOICES.items():
        other = replace(size, **choice.size)
        changed = [other != size, choice.functions != LINEAR, choice.starts != 1]
        assert sum(changed) == (name != USUAL), name
    assert CHOICES[USUAL] == choices.Choice()


def test_a_choice_over_the_declared_ones_seed_by_seed():
    rows = [
        {"seed": s, "count": k, "choice": name, "peclet": pe, "seen": seen}
        | {"held_out": f * s * (2 if pe == 10 else 1)}
        for s in (1, 2)
        for k in (16, 1)
        for pe, seen in ((1.0, True), (10.0, True), (3.0, False))
        for name, f in ((USUAL, 1.0), ("rank 4", 1.5 if seen else 0.5))
    ]
    assert over_declared(rows, "rank 4", 16, True).centre == pytest.approx(1.5)
    text = plain(rendered({"machine": "a processor", "device": "cpu", "rows": rows}))
    assert "Seeds 1, 2; *between*: Pe = 3; a processor" in text
    assert "| k = 16, seen Pe | k = 16, between | k = 1, seen Pe |" in text
    assert "| rank 4 | **1.50 (1.50–1.50)** | **0.50 (0.50–0.50)** |" in text
    assert USUAL not in text.partition("fitness over")[2].partition("\n")[2]
