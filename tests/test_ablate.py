"""The command that measures ingredients, from a tiny study to its file."""

import json
import shutil
from pathlib import Path

import pytest
from tiny import PECLET, tiny

from evophys_lib import profiles
from evophys_lib.__main__ import main
from evophys_lib.diagnosis import ablation, variants
from evophys_lib.errors import ArtifactError
from evophys_lib.models import coefficients
from evophys_lib.store import disk
from evophys_lib.study import training
from evophys_lib.study.study import open_study

CHOSEN = ("default", "one-step", "random-isometry")
ROW = {"variant", "seed", "world_model", "material", "seconds"}


@pytest.fixture(scope="module")
def scored(finished_study, tmp_path_factory):
    """A folder with the tiny study's data, and in it the file of three variants."""
    folder = tmp_path_factory.mktemp("ablation")
    data = finished_study.folder / "smoke" / "seed0" / "data"
    shutil.copytree(data, folder / "smoke" / "seed0" / "data")
    with pytest.MonkeyPatch.context() as patch:
        small(patch, folder)
        assert main(command(folder / "first.json")) == 0
    return folder


def small(patch: pytest.MonkeyPatch, folder) -> None:
    """Let `smoke` be the tiny profile, merged at the one Pe whose data are there."""
    patch.setenv(disk.OUTPUTS_VARIABLE, str(folder))
    patch.setitem(profiles.PROFILES, "smoke", tiny(profiles.SMOKE))
    patch.setattr(variants, "PECLETS", (PECLET,))


def read(path) -> dict:
    return json.loads(path.read_text())


def command(out, *chosen: str) -> list[str]:
    line = ["ablate", "--profile", "smoke", "--seeds", "0", "--device", "cpu"]
    return [*line, "--out", str(out), "--only", *(chosen or CHOSEN)]


@pytest.fixture
def copied(scored, tmp_path, monkeypatch):
    """A copy of it all, to be run again."""
    shutil.copytree(scored, tmp_path, dirs_exist_ok=True)
    small(monkeypatch, tmp_path)
    return tmp_path


def test_the_file_holds_a_row_per_variant(scored):
    found = read(scored / "first.json")
    assert [row["variant"] for row in found["rows"]] == list(CHOSEN)
    assert [v["world_model"] for v in found["variants"]] == [
        "default", "default", "random-isometry"
    ]  # fmt: skip
    default, one_step, random = found["rows"]
    assert one_step.keys() == ROW
    assert default.keys() == random.keys() == ROW | {"merges"}
    merge = default["merges"]["0.1"]
    mse = {name: row["nrmse_t50"] ** 2 for name, row in merge["models"].items()}
    gain = mse["ps"] / min(mse["heat"], mse["burgers"])
    assert merge["advantage"]["field"] == pytest.approx(gain)
    floors = [row["world_model"]["probe_floor_nrmse"] for row in found["rows"]]
    assert floors[0] == floors[1] != floors[2]
    assert len(default["material"]["layers"]) == 3
    assert found["budget"]["finetuning_steps"] == round(variants.BUDGET.steps * 6)


def test_variants_share_data_and_world_models(scored):
    assert not list(scored.glob("smoke/ablation/*/seed0/data"))
    models = scored.glob("smoke/ablation/*/seed0/models/world_model.safetensors")
    assert {path.parts[-4] for path in models} == {"default", "random-isometry"}


def test_a_second_start_makes_only_what_is_missing(copied, monkeypatch, capsys):
    lost = copied / "smoke" / "ablation" / "one-step" / "seed0"
    shutil.rmtree(lost)
    made = []
    original = disk.write_text

    def spy(path, text):
        made.append(path.relative_to(copied))
        original(path, text)

    monkeypatch.setattr(disk, "write_text", spy)
    assert main(command(copied / "second.json")) == 0
    studies = {path.parts[2] for path in made if path != Path("second.json")}
    assert studies == {"one-step"}
    first, second = (
        json.loads((copied / f"{name}.json").read_text())
        for name in ("first", "second")
    )
    for document in (first, second):
        for row in document["rows"]:
            del row["seconds"]
    assert first == second
    assert "3 of 3" in capsys.readouterr().out


def test_a_failure_is_told_and_the_rest_goes_on(copied, monkeypatch, capsys):
    for name in ("default", "one-step"):
        shutil.rmtree(copied / "smoke" / "ablation" / name)
    original = training.expert

    def expert(study, family):
        if study.part.endswith("default"):
            raise FloatingPointError("the loss is not finite at step 3")
        if study.part.endswith("one-step"):
            raise ArtifactError("the disk is full")
        return original(study, family)

    monkeypatch.setattr(training, "expert", expert)
    assert main(command(copied / "second.json")) == 2
    told = capsys.readouterr()
    assert "default, seed 0, diverged" in told.out
    assert "one-step, seed 0: ArtifactError: the disk is full" in told.err
    rows = read(copied / "second.json")["rows"]
    assert [row["variant"] for row in rows] == ["default", "random-isometry"]
    assert rows[0]["diverged"] == "the loss is not finite at step 3"


def test_a_test_split_is_never_what_training_or_search_see(copied, monkeypatch):
    shutil.rmtree(copied / "smoke" / "ablation" / "default")
    study = ablation.study_of(open_study("smoke", 0, "cpu"), variants.DEFAULT)
    shutil.rmtree(study.data_folder / "test")
    training.make_experts(study)
    ablation.material(study)
    coefficients.ps(study, PECLET)
    assert not (study.data_folder / "test").exists()
