"""Nothing read from disk is trusted: no hang, no code run, no memory for a lie."""

import json
import os
import shutil
import tracemalloc
from contextlib import contextmanager

import h5py
import hostile
import numpy as np
import pytest

from evophys_lib.errors import ArtifactError, DataError
from evophys_lib.evaluate import evidence, results
from evophys_lib.physics import dataset, files, manifest
from evophys_lib.physics.grid import FRAMES, GRID
from evophys_lib.physics.recipe import MAX_TRAJECTORIES
from evophys_lib.physics.splits import Split
from evophys_lib.store import artifacts as store
from evophys_lib.store import journal
from evophys_lib.store.tensors import load_tensors

PROVENANCE = store.Provenance("kind", {}, {})
MEMORY = 200 * 10**6  # bytes


@contextmanager
def little_memory():
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < MEMORY
    finally:
        tracemalloc.stop()


def read_an_artifact(path):
    store.obtain_json(path, PROVENANCE, lambda: 1)


def read_a_record(path):
    store.read_record(path.with_name(path.name.removesuffix(".record.json")))


def read_a_table(path):
    evidence._decoded(path, files.sha256_of(b""), {})


READERS = {
    "thing.json.record.json": read_a_record,
    "results.json": results.read,
    "model.safetensors": load_tensors,
    "model.safetensors.journal": journal.read,
    "evidence.json": lambda path: evidence.read(path.parent),
    "scores.parquet": read_a_table,
}


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("leave", hostile.OF_EVERY_KIND, ids=lambda f: f.__name__)
def test_a_hostile_file_is_refused_under_every_name(tmp_path, leave, name):
    path = tmp_path / name
    leave(path)
    with little_memory(), pytest.raises(ArtifactError) as caught:
        READERS[name](path)
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)
    assert not hostile.mark_of(path).exists()


@pytest.mark.parametrize("leave", hostile.OF_EVERY_KIND, ids=lambda f: f.__name__)
def test_a_hostile_artifact_beside_its_record_is_refused(tmp_path, leave):
    path = tmp_path / "thing.json"
    read_an_artifact(path)
    leave(path)
    with little_memory(), pytest.raises(ArtifactError, match=str(path)):
        read_an_artifact(path)
    assert not hostile.mark_of(path).exists()


@pytest.fixture(scope="module")
def produced(tmp_path_factory):
    """Two equations, of two trajectories each."""
    directory = tmp_path_factory.mktemp("data")
    for equation in ("heat", "burgers"):
        dataset.produce(
            equation=equation,
            trajectories=2,
            seed=0,
            split=Split.TRAIN,
            directory=directory,
            progress=False,
        )
    return directory


@pytest.fixture
def folder(produced, tmp_path):
    """A copy to damage."""
    return shutil.copytree(produced, tmp_path / "data")


@pytest.mark.parametrize("name", ["heat.h5", manifest.NAME])
@pytest.mark.parametrize("leave", hostile.OF_EVERY_KIND, ids=lambda f: f.__name__)
def test_hostile_data_are_refused(folder, leave, name):
    leave(folder / name)
    with little_memory(), pytest.raises(DataError, match=str(folder)):
        dataset.read(folder, "heat")
    assert not hostile.mark_of(folder / name).exists()


@pytest.mark.parametrize("change", hostile.IN_HDF5, ids=lambda f: f.__name__)
def test_hdf5_that_is_not_one_piece_is_refused(folder, change):
    hostile.signed(folder / "heat.h5", change)
    with little_memory(), pytest.raises(DataError, match="heat.h5"):
        dataset.read(folder, "heat")
    assert {failure.file for failure in dataset.verify(folder)} == {"heat.h5"}


@pytest.mark.parametrize("count", [10**5, 10**9, 10**30, True, -1, 2.0, "2", None])
def test_shapes_that_a_file_does_not_hold_are_refused(folder, count):
    path = folder / "heat.h5"
    with h5py.File(path, "r+") as file:
        del file["tensor"]
        if isinstance(count, int) and 2 < count < 10**10:
            file.create_dataset("tensor", (count, 100, 128), np.float32)
    hostile.sign(path, shape=[count, 100, 128])
    with little_memory(), pytest.raises(DataError, match="heat.h5"):
        dataset.read(folder, "heat")


@pytest.mark.parametrize("offset", range(8, 2000, 83))
def test_broken_headers_are_refused_or_harmless(folder, offset):
    path = folder / "heat.h5"
    with path.open("r+b") as stream:
        stream.seek(offset)
        stream.write(b"\xff" * 4)
    hostile.sign(path)
    with little_memory():
        try:
            assert dataset.read(folder, "heat").field.shape == (2, 100, 128)
        except DataError as error:
            assert "heat.h5" in str(error)


@pytest.mark.parametrize("key", manifest._REQUIRED)
@pytest.mark.parametrize("value", [None, [], {}, "x", [[]], True, 1e300, "\0"])
def test_a_manifest_may_claim_anything(folder, key, value):
    whole = json.loads((folder / manifest.NAME).read_text())["shards"]["heat.h5"][key]
    hostile.sign(folder / "heat.h5", **{key: value})
    if value == whole:
        return
    with pytest.raises(DataError, match="heat"):
        dataset.read(folder, "heat")


@pytest.mark.parametrize("name", ["../heat.h5", "/etc/passwd", "a/../heat.h5", ".."])
def test_a_manifest_names_files_of_its_folder_only(folder, name):
    path = folder / manifest.NAME
    listing = json.loads(path.read_text())
    listing["shards"][name] = listing["shards"]["heat.h5"]
    path.write_text(json.dumps(listing))
    with pytest.raises(DataError, match="is not a file of this folder"):
        dataset.verify(folder)


def test_a_link_out_of_the_folder_is_refused(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "heat.h5"
    (folder / "heat.h5").rename(elsewhere)
    (folder / "heat.h5").symlink_to(elsewhere)
    with pytest.raises(DataError, match="leads out of its folder"):
        dataset.read(folder, "heat")


@pytest.mark.parametrize(
    "change",
    [
        {"seconds": None}, {"seconds": [1]}, {"seconds": "1"}, {"config": None},
        {"config": []}, {"inputs": []}, {"kind": None}, {"sha256": ["a"]},
        {"seconds": float("nan")}, {"seconds": float("inf")},
    ],
)  # fmt: skip
def test_a_record_with_other_entries_is_refused(tmp_path, change):
    path = tmp_path / "thing.json"
    read_an_artifact(path)
    record = store.record_path(path)
    content = json.loads(record.read_text())
    for key in change:
        record.write_text(json.dumps({k: v for k, v in content.items() if k != key}))
        with pytest.raises(ArtifactError, match=str(record)):
            store.read_record(path)
    record.write_text(json.dumps(content | change))
    with pytest.raises(ArtifactError, match=str(record)):
        store.read_record(path)


def test_a_file_larger_than_any_run_writes_is_not_read(tmp_path):
    path = tmp_path / "sparse"
    path.touch()
    os.truncate(path, files.LARGEST + 1)
    with pytest.raises(OSError, match="more than"):
        files.sha256(path)


def test_a_file_of_the_most_bytes_is_read(tmp_path):
    path = tmp_path / "full"
    path.write_bytes(bytes(8))
    with files.opened(path, at_most=8) as stream:
        assert len(stream.read()) == 8
    with pytest.raises(OSError, match="8 bytes, more than 7"), files.opened(path, 7):
        pass


def test_the_most_trajectories_that_are_simulated_make_a_file_that_is_read():
    field = MAX_TRAJECTORIES * FRAMES * GRID * np.dtype(np.float32).itemsize
    assert 1.01 * field < files.LARGEST  # with coefficients and parameters


def test_json_longer_than_is_read_is_not_hashed_either(tmp_path):
    path = tmp_path / "thing.json"
    path.touch()
    os.truncate(path, files.LARGEST_JSON + 1)
    with pytest.raises(OSError, match="more than"):
        files.sha256(path)
