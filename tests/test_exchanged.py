"""An artifact in another's place is noticed, though its own record vouches for it."""

import shutil
from dataclasses import replace

import pytest
from sweeping import GRID
from tiny import PECLET, study_in

from evophys_lib.errors import ArtifactError
from evophys_lib.evaluate.scores import TRUTH
from evophys_lib.models.kept import kept_searches
from evophys_lib.models.shelf import merge_path
from evophys_lib.scoring.scores import costs_path, scores, scores_path
from evophys_lib.store import artifacts as store
from evophys_lib.store.memory import forget
from evophys_lib.sweep import collecting
from evophys_lib.sweep import grid as grids
from evophys_lib.sweep.grid import Task

SOUP, PS = Task(0, PECLET, "soup"), Task(0, PECLET, "ps")


def put(source, target) -> None:
    """An artifact with its record into another's place."""
    for one, other in (
        (source, target),
        (store.record_path(source), store.record_path(target)),
    ):
        other.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(one, other)


@pytest.fixture
def study(there):
    """The swept study, in a folder to be changed."""
    return study_in(there)


@pytest.mark.parametrize("place", [scores_path, costs_path])
def test_of_two_models(study, place):
    put(place(study, PECLET, "soup"), place(study, PECLET, "ps"))
    assert grids.missing(GRID) == [PS]


@pytest.mark.parametrize("place", [scores_path, costs_path])
def test_of_two_peclet_numbers(study, place):
    grid = replace(GRID, peclets=(PECLET, 1.0))
    for path in (scores_path, costs_path):
        put(path(study, PECLET, "ps"), path(study, 1.0, "ps"))
    assert Task(0, 1.0, "ps") in grids.missing(grid)


@pytest.mark.parametrize("place", [scores_path, costs_path])
def test_of_two_seeds(study, place):
    other = replace(study, seed=1)
    for task in grids.tasks(GRID)[1:]:
        for path in (scores_path, costs_path):
            if task.name != TRUTH or path is scores_path:
                source = path(study, PECLET, task.name)
                put(source, path(other, PECLET, task.name))
    grid = replace(GRID, seeds=(1,))
    assert len(grids.missing(grid)) == len(grids.tasks(grid))


def test_what_is_in_a_wrong_place_is_made_anew_and_not_collected(study, tmp_path):
    whole = scores_path(study, PECLET, "ps").read_bytes()
    put(scores_path(study, PECLET, "soup"), scores_path(study, PECLET, "ps"))
    count = len(grids.tasks(GRID)) - 1
    assert collecting.collect(GRID, tmp_path / "evidence") == count - 1
    scores(study, PECLET, GRID.model(PS))
    assert scores_path(study, PECLET, "ps").read_bytes() == whole
    assert collecting.collect(GRID, tmp_path / "evidence") == count


@pytest.mark.parametrize(
    ("source", "target", "differs"),
    [
        (("ps", PECLET), ("random_search", PECLET), "config.method"),
        (("dfs", PECLET), ("ps_dfs", PECLET), "config.method"),
        (("ps", PECLET), ("ps", 1.0), "config.peclet"),
    ],
)
def test_a_search_in_another_place_is_refused(study, source, target, differs):
    put(merge_path(study, *source), merge_path(study, *target))
    forget()
    with pytest.raises(ArtifactError, match=f"belongs there .*{differs}"):
        list(kept_searches(study))


def test_what_was_made_from_other_inputs_does_not_vouch(study):
    path = scores_path(study, PECLET, "ps")
    record = store.read_record(path)
    own = study.folder / "forecasts" / f"pe{PECLET}"
    inputs = {"forecast": own / "ps.safetensors"}
    assert store.misplaced(record, "scores", {}, inputs) == []
    other = {"forecast": own / "soup.safetensors"}
    assert store.misplaced(record, "scores", {}, other) == ["inputs.forecast"]
    gone = {"forecast": own / "gone.safetensors"}
    assert store.misplaced(record, "scores", {}, gone) == []
    assert store.misplaced(record, "cost", {"seed": 1}, {}) == ["config.seed", "kind"]
