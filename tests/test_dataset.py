"""Data on disk: reproducible, checked, and refused when anything is off."""

import errno
import hashlib
import json
import os
import shutil
from contextlib import nullcontext

import h5py
import numpy as np
import pytest

from evophys_lib.errors import DataError, ParameterError
from evophys_lib.physics import checks, dataset, manifest
from evophys_lib.physics.equations import (
    DIFFUSIVITY_RANGE,
    EQUATIONS,
    peclet_path,
)
from evophys_lib.physics.initial_conditions import MEAN_RANGE
from evophys_lib.physics.recipe import Recipe
from evophys_lib.physics.splits import Split

SPEC_CHECKS = {
    "mass_error_float64": 1e-12,
    "mass_error_float32": 1e-6,
    "energy_increase": 1e-9,
    "etdrk4_error": 1e-8,
}


def produce(directory, equation="heat", **changes):
    arguments = {
        "trajectories": 20,
        "seed": 7,
        "split": Split.TRAIN,
        "progress": False,
    } | changes
    return dataset.produce(equation=equation, directory=directory, **arguments)


@pytest.fixture(scope="module")
def produced(tmp_path_factory):
    """All three equations in one folder, made one after another."""
    directory = tmp_path_factory.mktemp("data")
    produce(directory, "heat")
    produce(directory, "burgers")
    produce(directory, "advection-diffusion", peclet=10.0)
    return directory


@pytest.fixture
def folder(produced, tmp_path):
    """A copy to damage."""
    return shutil.copytree(produced, tmp_path / "copy")


def edit_manifest(folder, change):
    path = folder / manifest.NAME
    listing = json.loads(path.read_text())
    change(listing["shards"])
    path.write_text(json.dumps(listing))


def edit_shard(folder, change, name="heat.h5"):
    """Changes a shard and signs it anew, as a foreign writer would."""
    path = folder / name
    with h5py.File(path, "r+") as file:
        change(file)
    content = path.read_bytes()

    def sign(shards):
        shards[name]["sha256"] = hashlib.sha256(content).hexdigest()
        shards[name]["bytes"] = len(content)

    edit_manifest(folder, sign)


# --- what is written -------------------------------------------------------------


@pytest.mark.parametrize("equation", EQUATIONS)
def test_what_is_read_recomputes_from_its_own_coefficients(produced, equation):
    shard = dataset.read(produced, equation)
    assert shard.field.shape == (20, 100, 128) and shard.field.dtype == np.float32
    assert len(shard) == 20 and shard.equation == equation
    assert shard.split is Split.TRAIN and shard.seed == 7
    np.testing.assert_allclose(shard.x, (np.arange(128) + 0.5) / 128)
    np.testing.assert_allclose(shard.t, 0.002 * np.arange(100))
    start = shard.initial.cell_averages(128)
    np.testing.assert_allclose(shard.field[:, 0], start, atol=3e-7)
    again = EQUATIONS[equation].reference(
        shard.initial.take(slice(0, 1)),
        {name: values[:1] for name, values in shard.parameters.items()},
        points=2048,
        substeps=6,
    )
    np.testing.assert_allclose(shard.field[:1], again, atol=1e-6)


def test_layout_is_that_of_pdebench(produced):
    with h5py.File(produced / "burgers.h5") as file:
        assert set(file) == {
            "tensor",
            "x-coordinate",
            "t-coordinate",
            "viscosity",
            "amplitude",
            "phase",
            "mean",
        }
        assert file["amplitude"].shape == file["phase"].shape == (20, 5)
        assert file["mean"].dtype == file["viscosity"].dtype == np.float64
    with h5py.File(produced / "advection-diffusion.h5") as file:
        assert {"advection_speed", "diffusivity"} <= set(file)
        assert file.attrs["peclet"] == 10.0
        assert file.attrs["time_step"] == pytest.approx(0.002)


def test_manifest_records_every_check_with_value_bound_and_verdict(produced):
    shards = json.loads((produced / manifest.NAME).read_text())["shards"]
    assert set(shards) == {f"{name}.h5" for name in EQUATIONS}
    for name, entry in shards.items():
        assert set(entry["checks"]) == set(checks.BOUNDS)
        for check in entry["checks"].values():
            low, high = check["bound"]
            assert low <= check["value"] <= high
            assert check["verdict"] == "passed"
        for check, bound in SPEC_CHECKS.items():
            assert entry["checks"][check]["bound"][1] <= bound
        assert entry["checks"]["etdrk4_order"]["bound"] == [3.7, 4.3]
        content = (produced / name).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
        assert entry["shape"] == [20, 100, 128] and entry["dtype"] == "float32"
        assert entry["generator_version"] == manifest.GENERATOR_VERSION


def test_the_same_arguments_give_the_same_bytes(produced, tmp_path):
    produce(tmp_path, "burgers")
    assert (tmp_path / "burgers.h5").read_bytes() == (
        produced / "burgers.h5"
    ).read_bytes()
    shards = [
        json.loads((d / manifest.NAME).read_text())["shards"]["burgers.h5"]
        for d in (tmp_path, produced)
    ]
    assert shards[0] == shards[1]


def test_producing_again_replaces_one_shard_and_keeps_the_others(folder):
    before = (folder / "burgers.h5").read_bytes()
    produce(folder, "heat", seed=8)
    assert dataset.read(folder, "heat").seed == 8
    assert (folder / "burgers.h5").read_bytes() == before
    dataset.read(folder, "burgers")


def test_target_carries_its_flow_as_mean_unless_passive(produced, tmp_path):
    speed, diffusivity = peclet_path(10.0)
    shard = dataset.read(produced, "advection-diffusion")
    np.testing.assert_array_equal(shard.mean, speed)
    np.testing.assert_array_equal(shard.parameters["diffusivity"], diffusivity)
    recipe = {
        "equation": "advection-diffusion",
        "trajectories": 20,
        "seed": 7,
        "split": Split.TRAIN,
        "peclet": 10,
    }
    passive, _ = Recipe(**recipe, passive=True).draw()
    assert np.ptp(passive.mean) > 1.0
    np.testing.assert_array_equal(passive.amplitude, shard.amplitude)


def test_streams_of_splits_equations_peclets_and_seeds_are_disjoint():
    recipes = [
        Recipe(equation, 50, seed, split, peclet)
        for seed in (0, 1)
        for split in Split
        for equation, peclet in (
            ("heat", None),
            ("burgers", None),
            ("advection-diffusion", 1.0),
            ("advection-diffusion", 10.0),
        )
    ]
    phases = np.concatenate([recipe.draw()[0].phase[:, 0] for recipe in recipes])
    assert len(np.unique(phases)) == len(phases)


def test_take_selects_trajectories_and_their_parameters(produced):
    shard = dataset.read(produced, "burgers")
    rows = np.array([5, 2])
    part = shard.take(rows)
    assert len(part) == 2
    np.testing.assert_array_equal(part.field, shard.field[rows])
    np.testing.assert_array_equal(
        part.parameters["viscosity"], shard.parameters["viscosity"][rows]
    )
    np.testing.assert_array_equal(part.initial.phase, shard.phase[rows])


# --- bad arguments ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("trajectories", {"trajectories": 0}),
        ("trajectories", {"trajectories": 2.5}),
        ("trajectories", {"trajectories": True}),
        ("seed", {"seed": -1}),
        ("seed", {"seed": "x"}),
        ("pe", {"peclet": 1.0}),
        ("pe", {"equation": "advection-diffusion"}),
        ("pe", {"equation": "advection-diffusion", "peclet": 0}),
        ("pe", {"equation": "advection-diffusion", "peclet": float("nan")}),
        ("scale", {"equation": "advection-diffusion", "peclet": 1, "scale": 1.0}),
        ("scale", {"scale": 0.12}),
        ("scale", {"scale": float("nan")}),
        ("spread", {"spread": 2.0}),
        ("fluctuation", {"fluctuation": 0.0}),
        ("fluctuation", {"fluctuation": float("inf")}),
        ("passive", {"passive": True}),
        ("equation", {"equation": "../heat"}),
    ],
)
def test_bad_arguments_are_named_and_nothing_is_written(tmp_path, name, changes):
    with pytest.raises(ParameterError, match=f"^{name} = "):
        produce(tmp_path / "new", **changes)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("peclet", np.geomspace(0.05, 200.0, 12))
def test_a_spread_is_allowed_where_the_sources_know_all_that_is_drawn(peclet):
    speed, diffusivity = peclet_path(peclet)
    for reach in np.geomspace(1.01, 12.0, 60):
        known = speed * reach <= MEAN_RANGE[1] and all(
            DIFFUSIVITY_RANGE[0] <= drawn <= DIFFUSIVITY_RANGE[1]
            for drawn in (diffusivity / reach, diffusivity * reach)
        )
        recipe = ("advection-diffusion", 4, 0, Split.TEST, peclet)
        with nullcontext() if known else pytest.raises(ParameterError, match="^spread"):
            Recipe(*recipe, spread=reach**2)


# --- folders that cannot be written ----------------------------------------------


def test_a_folder_below_a_file_is_refused_before_any_work(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot write to folder .*file/data"):
        produce(tmp_path / "file" / "data")


def test_a_full_disk_leaves_what_was_there_and_nothing_else(folder, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="No space left on device"):
        produce(folder, seed=8)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_simulation_that_fails_a_check_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setitem(checks.BOUNDS, "etdrk4_order", (5.0, 6.0))
    with pytest.raises(DataError, match="failed its checks.*etdrk4_order"):
        produce(tmp_path)
    assert not (tmp_path / "heat.h5").exists()
    assert not (tmp_path / manifest.NAME).exists()


# --- damage, each with an error of its own ---------------------------------------


def remove_folder(folder):
    shutil.rmtree(folder)


def remove_manifest(folder):
    (folder / manifest.NAME).unlink()


def cut_manifest(folder):
    path = folder / manifest.NAME
    path.write_bytes(path.read_bytes()[:200])


def foreign_manifest(folder):
    (folder / manifest.NAME).write_text('["something else"]')


def poor_manifest(folder):
    edit_manifest(folder, lambda shards: shards["heat.h5"].pop("sha256"))


def unlisted_shard(folder):
    edit_manifest(folder, lambda shards: shards.pop("heat.h5"))


def escaping_shard(folder):
    def rename(shards):
        shards["../heat.h5"] = shards.pop("heat.h5")

    edit_manifest(folder, rename)


def failed_check(folder):
    def fail(shards):
        shards["heat.h5"]["checks"]["etdrk4_error"]["verdict"] = "failed"

    edit_manifest(folder, fail)


def failed_shard(folder):
    def fail(shards):
        shards["heat.h5"]["verdict"] = "failed"

    edit_manifest(folder, fail)


def unchecked_shard(folder):
    edit_manifest(folder, lambda shards: shards["heat.h5"].update(checks={}))


def remove_shard(folder):
    (folder / "heat.h5").unlink()


def truncate_shard(folder):
    os.truncate(folder / "heat.h5", 5000)


def flip_byte(folder):
    with (folder / "heat.h5").open("r+b") as stream:
        stream.seek(200_000)
        byte = stream.read(1)
        stream.seek(200_000)
        stream.write(bytes([byte[0] ^ 1]))


def not_hdf5(folder):
    content = b"not HDF5"
    (folder / "heat.h5").write_bytes(content)

    def sign(shards):
        shards["heat.h5"]["sha256"] = hashlib.sha256(content).hexdigest()
        shards["heat.h5"]["bytes"] = len(content)

    edit_manifest(folder, sign)


def drop_tensor(folder):
    def drop(file):
        del file["tensor"]

    edit_shard(folder, drop)


def drop_physics(folder):
    def drop(file):
        del file["diffusivity"]

    edit_shard(folder, drop)


def short_mean(folder):
    def shorten(file):
        del file["mean"]
        file["mean"] = np.zeros(3)

    edit_shard(folder, shorten)


def double_tensor(folder):
    def widen(file):
        tensor = file["tensor"][...].astype(np.float64)
        del file["tensor"]
        file["tensor"] = tensor

    edit_shard(folder, widen)


def other_shape(folder):
    edit_manifest(folder, lambda shards: shards["heat.h5"].update(shape=[20, 50, 128]))


def other_dtype(folder):
    edit_manifest(folder, lambda shards: shards["heat.h5"].update(dtype="float64"))


def other_equation(folder):
    def swap(shards):
        shards["heat.h5"], shards["burgers.h5"] = (
            shards["burgers.h5"],
            shards["heat.h5"],
        )

    edit_manifest(folder, swap)
    shutil.copy(folder / "burgers.h5", folder / "heat.h5")


def unknown_split(folder):
    edit_manifest(folder, lambda shards: shards["heat.h5"].update(split="all"))


def other_seed(folder):
    edit_manifest(folder, lambda shards: shards["heat.h5"].update(seed=8))


DAMAGE = [
    (remove_folder, "no data folder"),
    (remove_manifest, "has no sim_manifest.json"),
    (cut_manifest, "cannot be read"),
    (foreign_manifest, "not a simulation manifest"),
    (poor_manifest, "shard heat.h5 lacks sha256"),
    (unlisted_shard, "lists no shard heat.h5"),
    (escaping_shard, "not a file of this folder"),
    (failed_check, "says check etdrk4_error failed"),
    (failed_shard, "says 'failed', not 'passed'"),
    (unchecked_shard, "records no physical checks"),
    (remove_shard, "heat.h5: the file is missing"),
    (truncate_shard, "has 5000 bytes, the manifest says"),
    (flip_byte, "SHA-256 differs"),
    (not_hdf5, "not a readable HDF5 file"),
    (drop_tensor, "has no dataset 'tensor'"),
    (drop_physics, "has no dataset 'diffusivity'"),
    (short_mean, r"dataset 'mean' is \(3,\)"),
    (double_tensor, "dataset 'tensor' is .* float64"),
    (other_shape, r"shape \[20, 50, 128\]"),
    (other_dtype, "dtype float64; expected"),
    (other_equation, "heat.h5: the manifest says its equation is 'burgers'"),
    (unknown_split, "split is 'all'"),
    (other_seed, "attribute seed is .*7.* the manifest says 8"),
]


@pytest.mark.parametrize(
    ("damage", "message"), DAMAGE, ids=[damage.__name__ for damage, _ in DAMAGE]
)
def test_each_damage_is_refused_in_its_own_words(folder, damage, message):
    dataset.read(folder, "heat")
    damage(folder)
    with pytest.raises(DataError, match=message):
        dataset.read(folder, "heat")
    try:
        failures = dataset.verify(folder)
    except DataError:
        return  # no manifest to go by
    if damage is not unlisted_shard:
        assert "heat.h5" in {failure.file for failure in failures}


# --- physics that a correct checksum does not vouch for --------------------------


def test_a_sound_folder_verifies(produced):
    assert dataset.verify(produced) == []


def shift_field(file):
    file["tensor"][3] = file["tensor"][3] + np.float32(1e-4)


def freeze_field(file):
    file["tensor"][3, 60] = file["tensor"][3, 59]


def flatten_field(file):
    file["tensor"][3] = file["mean"][3]


def spoil_field(file):
    file["tensor"][3, 50, 5] = np.nan


def grow_field(file):
    mean = file["mean"][3]
    file["tensor"][3] = mean + 1.1 * (file["tensor"][3] - mean)


def other_phase(file):
    file["phase"][3] = file["phase"][3] + 0.1


def other_diffusivity(file):
    file["diffusivity"][3] = 1.01 * file["diffusivity"][3]


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (shift_field, "mass_error"),
        (freeze_field, "repeated_frames"),
        (flatten_field, "constant_trajectories"),
        (spoil_field, "not_finite"),
        (grow_field, "energy_above_initial"),
        (grow_field, "maximum_principle_excess"),
        (other_phase, "initial_condition_error"),
        (other_diffusivity, "recomputed_error"),
    ],
)
def test_verify_finds_signed_but_wrong_physics(folder, change, check):
    edit_shard(folder, change)
    failures = dataset.verify(folder)
    assert ("heat.h5", check) in {(f.file, f.check) for f in failures}
    assert {failure.file for failure in failures} == {"heat.h5"}


@pytest.mark.parametrize("spread", [0.5, 2.0])
def test_only_the_target_has_a_spread(spread):
    with pytest.raises(ParameterError, match="spread"):
        Recipe("heat", trajectories=4, seed=0, split=Split.TRAIN, spread=spread)
