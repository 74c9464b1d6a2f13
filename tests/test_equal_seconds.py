"""Merging against training at equal seconds: what is equal, what is left alone."""

import equal_seconds
import pytest
from equal_seconds import MERGE, SHORT, TRAIN
from tiny import PECLET, study_in

from evophys_lib.models import tuning
from evophys_lib.store import artifacts as store
from rendering.equal_seconds import equal_seconds as rendered
from rendering.equal_seconds import over_training


def test_rivals_see_the_same_and_leave_the_study_as_it_is(there):
    study = study_in(there)
    before = {path: store.digest_of(path) for path in store.artifacts_below(there)}
    merge, train, short = equal_seconds.rows_of(study, PECLET)
    assert [r["name"] for r in (merge, train, short)] == [MERGE, TRAIN, SHORT]
    assert merge["passes"] > 0
    assert all(r["seconds"] > 0 and r["held_out"] > 0 for r in (merge, train, short))
    after = {path: store.digest_of(path) for path in store.artifacts_below(there)}
    assert before.items() <= after.items()
    made = (path.relative_to(there).parts for path in after.keys() - before.keys())
    assert all("data" in parts for parts in made)


@pytest.mark.parametrize("share", [0.25, 0.5, 1.0, 2.0])
def test_a_training_has_the_share_of_passes(tmp_path, share):
    study = study_in(tmp_path)
    size = study.profile.sizes.search

    def steps(of):
        return tuning.few_shot_config(of.profile, size).training.steps

    whole = equal_seconds.shortened(study, 1000.0)
    part = equal_seconds.shortened(study, 1000.0 * share)
    assert steps(part) == pytest.approx(share * steps(whole), abs=1)


def test_the_search_over_training_seed_by_seed():
    rows = [
        {"seed": seed, "peclet": 10.0, "name": name, "seconds": s, "held_out": f * seed}
        for seed in (1, 2)
        for name, s, f in ((MERGE, 10.0, 2.0), (TRAIN, 25.0, 1.0), (SHORT, 10.0, 4.0))
    ]
    assert over_training(rows, TRAIN)[10.0].centre == pytest.approx(2.0)
    text = rendered({"machine": "a processor", "device": "cpu", "rows": rows})
    assert "| training, seconds | 25.0 |" in text
    assert "equal passes | **2.00 (2.00–2.00)** |" in text
    assert "equal seconds | **0.50 (0.50–0.50)** |" in text
