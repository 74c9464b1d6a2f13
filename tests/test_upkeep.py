"""What is damaged in a finished study is found, taken away and made anew, alike."""

import hostile
import pytest
from tiny import PECLET

from evophys_lib import notebooks, receipts
from evophys_lib.errors import ArtifactError
from evophys_lib.models.shelf import merge_path
from evophys_lib.physics.files import sha256
from evophys_lib.scoring.scores import costs_path, scores_path
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.store.journal import SUFFIX, journal_path
from evophys_lib.study import data, training
from evophys_lib.study.upkeep import RESULTS, discard_damaged, inventory


@pytest.fixture
def study(copied):
    return copied


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut_off(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def delete(path):
    path.unlink()


PLACES = {
    "theta_0": training.world_model_path,
    "expert": lambda study: training.expert_path(study, "heat"),
    "merge": lambda study: merge_path(study, "ps", PECLET),
    "scores": lambda study: scores_path(study, PECLET, "ps"),
    "costs": lambda study: costs_path(study, PECLET, "ps"),
    "data": lambda study: data.test_path(study, PECLET),
}


def test_a_sound_study_stays(study):
    before = inventory(study.folder)
    assert list(discard_damaged(study.folder)) == []
    assert inventory(study.folder) == before and RESULTS in before


@pytest.mark.parametrize("place", [p for p in PLACES if p != "costs"])
@pytest.mark.parametrize(
    "damage", [flip_a_bit, cut_off, delete, hostile.a_pipe, hostile.endless_device]
)
@pytest.mark.parametrize("of", ["artifact", "record"])
def test_what_is_damaged_goes_and_nothing_else(study, place, damage, of):
    before, path = inventory(study.folder), PLACES[place](study)
    damaged = path if of == "artifact" else store.record_path(path)
    if of == "record" and damage is delete:
        return  # then there is no artifact
    if of == "record" and damage is flip_a_bit:
        damage = hostile.an_empty_file  # a flipped bit may be one of the seconds
    damage(damaged)
    assert list(discard_damaged(study.folder)) == [path]
    assert not path.exists() and not store.exists(path)
    name = path.relative_to(study.folder).as_posix()
    assert inventory(study.folder) == {k: v for k, v in before.items() if k != name}


@pytest.mark.parametrize("name", ["advection-diffusion.h5", "sim_manifest.json"])
def test_damaged_data_are_simulated_again_with_the_same_bytes(study, name):
    path = data.test_path(study, PECLET)
    digest = sha256(path.with_name(name))
    flip_a_bit(path.with_name(name))
    assert list(discard_damaged(study.folder)) == [path]
    data.test(study, PECLET)
    assert sha256(path.with_name(name)) == digest


def test_theta_0_is_trained_again_with_the_same_bytes(study):
    before, path = inventory(study.folder), training.world_model_path(study)
    flip_a_bit(path)
    assert list(discard_damaged(study.folder)) == [path]
    training.experts(study)
    assert inventory(study.folder) == before


def test_a_damaged_journal_goes(study):
    kept = journal_path(training.world_model_path(study))
    kept.write_bytes(b"half a jour")
    assert list(discard_damaged(study.folder)) == [kept]
    assert not kept.exists()


@pytest.mark.parametrize("leave", [hostile.a_pipe, hostile.endless_device])
def test_results_that_cannot_be_read_go(study, leave):
    path = study.folder / RESULTS
    leave(path)
    with pytest.raises(ArtifactError, match=f"{RESULTS} cannot be read: it is not an"):
        inventory(study.folder)
    assert list(discard_damaged(study.folder)) == [path]
    assert not path.exists() and RESULTS not in inventory(study.folder)


@pytest.mark.parametrize(
    "place",
    [
        PLACES["merge"],
        lambda study: store.record_path(PLACES["merge"](study)),
        lambda study: journal_path(PLACES["theta_0"](study)),
        lambda study: study.folder / RESULTS,
    ],
)
def test_a_folder_in_the_place_of_a_file_is_named_and_stays(study, place):
    path = place(study)
    hostile.a_folder(path)
    with pytest.raises(ArtifactError, match=f"cannot delete {path}: .*Take it away"):
        list(discard_damaged(study.folder))
    assert path.is_dir()


def test_a_suffix_alone_is_no_name_of_an_artifact(study):
    for name in (store.RECORD_SUFFIX, SUFFIX):
        (study.folder / name).touch()
    assert list(discard_damaged(study.folder)) == []


def test_a_notebook_is_run_again_if_what_was_there_is_not(study, tmp_path):
    executed = study.folder / "notebooks" / "07_analysis.ipynb"
    disk.write_text(executed, "{}")
    source = notebooks.find("07_analysis")
    assert not receipts.has_been_run(source, executed)
    receipts.write(source, executed)
    assert receipts.has_been_run(source, executed)
    disk.write_text(study.folder / "models" / "more.safetensors", "")
    assert receipts.has_been_run(source, executed)
    for path in (study.folder / RESULTS, training.expert_path(study, "heat")):
        kept = path.read_bytes()
        flip_a_bit(path)
        list(discard_damaged(study.folder))
        assert not receipts.has_been_run(source, executed)
        path.write_bytes(kept)
