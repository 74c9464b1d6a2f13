"""Several seeds: the command from end to end, its file, its tables, its targets."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from plain import plain
from tiny import tiny

from evophys_lib import profiles
from evophys_lib.__main__ import main
from evophys_lib.diagnosis import comparators, world_models
from evophys_lib.diagnosis.aims import AIMS, of_profile
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.study import training
from evophys_lib.study.study import Study, open_study
from rendering.world_models import against_targets, ways
from tables import EVIDENCE

# --- the command ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained(finished_study, tmp_path_factory):
    """A folder in which `train` has run at tiny size, and the file it wrote, read."""
    folder = tmp_path_factory.mktemp("train")
    shutil.copytree(finished_study.folder, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(disk.OUTPUTS_VARIABLE, str(folder))
        patch.setitem(profiles.PROFILES, "smoke", tiny(profiles.SMOKE))
        assert main(["train", "--profile", "smoke", "--seeds", "0"]) == 0
        path = folder / "smoke" / "world_models.json"
        yield folder, json.loads(path.read_text(encoding="utf-8"))


def test_a_row_agrees_with_itself(trained):
    _, written = trained
    assert [row["seed"] for row in written["rows"]] == [0]
    assert written["profile"] == "smoke"
    assert written["targets"] is None
    for row in written["rows"]:
        assert list(row["comparators"]["heat"]) == [
            "dmd", "expert", "fno", "fourier", "persistence"
        ]  # fmt: skip
        for family in ("heat", "burgers"):
            own = row["comparators"][family]["expert"]
            assert own["nrmse_t50"] == row["world_model"][family]["nrmse_t50"]
            still = row["comparators"][family]["persistence"]
            assert (
                still["nrmse_t5"]
                == row["world_model"][f"persistence_{family}"]["nrmse_t5"]
            )


def test_seconds_are_those_of_the_records(trained):
    for row in trained[1]["rows"]:
        study = Study(tiny(profiles.SMOKE), row["seed"], open_study("smoke").device)
        spent = row["seconds"]
        record = store.read_record(training.world_model_path(study))
        assert spent["pretraining"] == record["seconds"]
        longest = max(spent["expert_heat"], spent["expert_burgers"])
        assert spent["clock"] == pytest.approx(spent["pretraining"] + longest)


def test_a_second_run_trains_nothing(trained, monkeypatch, capsys):
    def refuse(*arguments, **keywords):
        raise AssertionError("it was trained again")

    for module, name in ((training, "pretrain"), (training.finetune, "finetune")):
        monkeypatch.setattr(module, name, refuse)
    monkeypatch.setattr(comparators.neural_operator, "fit", refuse)
    assert main(["train", "--profile", "smoke", "--seeds", "0"]) == 0
    assert capsys.readouterr().out.strip().endswith("world_models.json")


def test_a_failed_seed_is_told_at_the_end_and_the_others_go_on(
    trained, tmp_path, monkeypatch, capsys
):
    scores = world_models.scores

    def failing(study):
        if study.seed == 1:
            raise FloatingPointError("the loss is not finite")
        return scores(study)

    monkeypatch.setattr(world_models, "scores", failing)
    out = tmp_path / "rows.json"
    arguments = ["train", "--profile", "smoke", "--seeds", "1,0", "--out", str(out)]
    assert main(arguments) == 2
    assert [row["seed"] for row in json.loads(out.read_text())["rows"]] == [0]
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last == "error: seed 1: FloatingPointError: the loss is not finite"


def test_where_every_seed_fails_nothing_is_written(
    trained, tmp_path, monkeypatch, capsys
):
    def failing(study):
        raise FloatingPointError("the loss is not finite")

    monkeypatch.setattr(world_models, "scores", failing)
    out = tmp_path / "rows.json"
    line = ["train", "--profile", "smoke", "--seeds", "0", "--out", str(out)]
    assert main(line) == 2
    assert capsys.readouterr().out == "" and not out.exists()


def test_bad_seeds_are_refused_in_one_line(capsys):
    assert main(["train", "--seeds", "4-0"]) == 2
    assert capsys.readouterr().err.startswith("error: seeds = '4-0' is not allowed")


def test_work_names_what_a_seed_makes(trained):
    study = open_study("smoke", 0)
    work = world_models.work(study)
    assert all(store.exists(path) for path in work)
    assert sum(work.values()) == 6 * 6  # six trainings of six steps


def test_experts_one_after_the_other_on_a_gpu_count_twice(trained):
    study = open_study("smoke", 0)
    on_gpu = world_models.seconds(replace(study, device=torch.device("cuda")))
    both = on_gpu["expert_heat"] + on_gpu["expert_burgers"]
    assert on_gpu["clock"] == pytest.approx(on_gpu["pretraining"] + both)


# --- targets and tables --------------------------------------------------------------


def test_the_paper_profile_aims_at_half_the_error_at_most():
    laptop, paper = AIMS["laptop"], AIMS["paper"]
    parts = [(laptop.floor, paper.floor)]
    parts += [(laptop.ahead[frames], paper.ahead[frames]) for frames in (5, 50)]
    for ours, theirs in parts:
        assert all(theirs[family] <= ours[family] / 2 for family in ours)
    assert of_profile("paper-gru") is paper
    assert of_profile("smoke") is None


def test_rows_are_in_the_order_of_their_seeds():
    rows = [{"seed": seed} for seed in (3, 0, 2)]
    document = world_models.document(open_study("laptop"), rows)
    assert [row["seed"] for row in document["rows"]] == [0, 2, 3]
    assert document["targets"]["t50"] == {"heat": 0.05, "burgers": 0.05}


def measured(**changes):
    """A document of three seeds whose values are easy to average."""

    def row(seed):
        factor = 1 + seed
        ends = {"nrmse_t5": 0.01 * factor, "nrmse_t50": 0.02 * factor}
        way = ends | {"parameters": 1000 * factor, "seconds": 10.0 * factor}
        families = ("heat", "burgers")
        return {
            "seed": seed,
            "world_model": {
                "probe_floor_nrmse": {"heat": 0.002 * factor, "burgers": 0.004},
                **dict.fromkeys(families, ends),
                **{f"base_{family}": ends for family in families},
            },
            "comparators": {
                family: dict.fromkeys(
                    ("persistence", "fourier", "dmd", "fno", "expert"), way
                )
                for family in families
            },
            "seconds": {"clock": 120.0 * factor},
        }

    document = {
        "profile": "laptop",
        "targets": AIMS["laptop"].described(),
        "test_trajectories": 128,
        "rows": [row(seed) for seed in range(3)],
        "device": "cpu, 1 threads",
    }
    return document | changes


def cells(text, first):
    (line,) = [x for x in plain(text).splitlines() if x.startswith(f"| {first} |")]
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def tables(document):
    """Means against targets; every seed."""
    text, rule, seeds = against_targets(document).partition("| seed by seed |")
    return text, rule + seeds


def test_a_target_is_met_if_every_seed_meets_it():
    text, seeds = tables(measured())
    # mean 0.02, s = 0.01, t_{0.975, 2} = 4.30265: half-width 0.0248
    assert cells(text, "expert at home, t + 5, heat") == [
        "≤ 0.03", "0.0200", "-0.00484 to 0.0448", "met"
    ]  # fmt: skip
    found = cells(seeds, "expert at home, t + 5, heat")
    assert found == ["0.0100", "0.0200", "0.0300"]
    row = cells(text, "expert at home, t + 50, Burgers")
    assert row[1] == "0.0400"
    assert row[-1] == "**missed** by 1 of 3"
    assert cells(text, "probe floor, Burgers")[1:3] == ["0.00400", "0.00400 to 0.00400"]
    minutes = cells(text, "pretraining and both fine-tunings, minutes")
    assert (minutes[0], minutes[1], minutes[-1]) == ("≤ 6", "4.00", "met")


def test_a_diverged_seed_misses_its_target_and_has_no_mean():
    document = measured()
    document["rows"][1]["world_model"]["heat"] = {"nrmse_t5": None, "nrmse_t50": None}
    text, seeds = tables(document)
    name = "expert at home, t + 5, heat"
    assert cells(text, name)[1:] == ["–", "–", "**missed** by 1 of 3"]
    assert cells(seeds, name) == ["0.0100", "–", "0.0300"]


def test_one_seed_has_no_interval():
    document = measured(rows=measured()["rows"][:1])
    assert cells(tables(document)[0], "probe floor, heat")[2] == "–"
    errors = ways(document).partition("| fitting |")[0]
    assert cells(errors, "DMD")[0] == "0.0100"


def test_a_profile_without_targets_says_so():
    assert "no targets" in against_targets(measured(targets=None))


def test_ways_are_means_with_their_reach_and_costs_are_means():
    text = ways(measured())
    errors = text.partition("| fitting |")[0]
    assert cells(errors, "expert at home") == [
        "0.020 ± 0.025", "0.040 ± 0.050"
    ] * 2  # fmt: skip
    fitting = "| fitting |" + text.partition("| fitting |")[2]
    assert cells(fitting, "DMD") == ["2,000", "20.0"] * 2
    assert text.splitlines()[-1].startswith("Profile laptop, 3 seeds, 128 test")


def test_the_aims_of_the_paper_profile_are_about_half_of_what_is_reached():
    """Neither what is reached already nor a tenth of it."""
    rows = json.loads((EVIDENCE / "world_models.json").read_text())["rows"]
    aims = AIMS["paper"]
    reached = {
        (family, key): np.mean([of(row["world_model"], family) for row in rows])
        for family in ("heat", "burgers")
        for key, of in {
            "floor": lambda w, f: w["probe_floor_nrmse"][f],
            5: lambda w, f: w[f]["nrmse_t5"],
            50: lambda w, f: w[f]["nrmse_t50"],
        }.items()
    }
    for (family, key), value in reached.items():
        aim = aims.floor[family] if key == "floor" else aims.ahead[key][family]
        assert 0.4 < aim / value < 0.6, (family, key)
