"""A tiny language model with random weights is taught, from end to end, by TRL."""

import json
import os
import shutil

import hostile
import numpy as np
import pytest

pytest.importorskip("trl", reason="the extra `language` is not installed")
os.environ["HF_HUB_OFFLINE"] = "1"  # nothing is downloaded

import torch

from evophys_lib.__main__ import main
from evophys_lib.discovery.language import course, prompts, training
from evophys_lib.discovery.language.judging import WEIGHTS
from evophys_lib.discovery.language.training import Plan
from evophys_lib.discovery.systems import SYSTEMS
from evophys_lib.errors import ParameterError
from rendering.language import WHEN

SMALL = Plan(warm_steps=12, steps=3, prompts=2, answers=4, length=12, episodes=4)
SYSTEM = "spring"


@pytest.fixture
def small():
    """(model, tokens) with random weights."""
    return course.pupil(None, 0)


def weights(model):
    """All of them, as one vector."""
    return torch.cat([p.detach().flatten().clone() for p in model.parameters()])


def test_a_text_is_its_tokens_joined(small):
    _, tokens = small
    rows = prompts.examples(SYSTEMS, range(2), np.random.default_rng(1))
    for text in (f"{row['prompt']}{row['completion']}" for row in rows):
        ids = tokens(text)["input_ids"]
        assert tokens.decode(ids) == text
        assert tokens.unk_token_id not in ids
        assert len(ids) < len(text)
    assert tokens.decode(tokens("u_xx q7")["input_ids"]) == "u_xx <unknown>"


def test_a_seed_gives_the_same_model(small):
    again, _ = course.pupil(None, 0)
    assert torch.equal(weights(small[0]), weights(again))
    other, _ = course.pupil(None, 1)
    assert not torch.equal(weights(small[0]), weights(other))


def test_the_warm_start_lowers_the_loss(small, tmp_path):
    curve = training.warm_start(*small, [SYSTEM], SMALL, seed=0, folder=tmp_path)
    assert curve["step"] == [*range(1, SMALL.warm_steps + 1)]
    vocabulary = len(small[1])
    assert curve["loss"][0] == pytest.approx(np.log(vocabulary), rel=0.1)
    assert curve["loss"][-1] < 0.9 * curve["loss"][0]
    assert [*tmp_path.iterdir()] == []


def test_group_relative_optimisation_follows_the_five_rewards(
    small, tmp_path, monkeypatch
):
    """Where answers differ in reward, the model changes towards the better ones."""

    def as_long(prompts, completions, **columns):
        assert set(columns["system"]) == {SYSTEM}
        return [float(len(text)) for text in completions]

    monkeypatch.setattr(training.judging, "WEIGHTS", {**WEIGHTS, as_long: 1.0})
    before = weights(small[0])
    curve = training.reinforce(*small, [SYSTEM], SMALL, seed=0, folder=tmp_path)
    assert curve["step"] == [1, 2, 3]
    assert {r.__name__ for r in WEIGHTS} < set(curve)
    assert len(set(curve["as_long"])) > 1
    total = np.array(curve["as_long"]) + sum(
        weight * np.array(curve[r.__name__]) for r, weight in WEIGHTS.items()
    )
    assert curve["reward"] == pytest.approx(total, rel=1e-3)
    assert not torch.equal(before, weights(small[0]))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with a model."""
    folder = tmp_path_factory.mktemp("saved")
    for part in course.pupil(None, 0):
        part.save_pretrained(folder)
    assert course.pupil(folder, 0)
    return folder


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
@pytest.mark.parametrize("leave", hostile.OF_EVERY_KIND, ids=lambda f: f.__name__)
def test_a_folder_from_elsewhere_is_refused_before_it_is_read(
    leave, name, saved, tmp_path
):
    folder = shutil.copytree(saved, tmp_path / "model")
    leave(folder / name)
    with pytest.raises(ParameterError, match="^model = .* a folder with a causal"):
        course.pupil(folder, 0)
    assert not hostile.mark_of(folder / name).exists()


def test_code_that_comes_with_a_model_is_not_run(saved, tmp_path):
    folder = shutil.copytree(saved, tmp_path / "model")
    config, own = folder / "config.json", {"AutoConfig": "own.Config"}
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    told = json.loads(config.read_text()) | {"model_type": "own"}
    config.write_text(json.dumps(told | {"auto_map": own}))
    with pytest.raises(ParameterError, match="^model = ") as caught:
        course.pupil(folder, 0)
    assert not (tmp_path / "ran").exists() and "\n" not in str(caught.value)


def test_the_command_teaches_writes_curves_and_goes_on_from_what_it_saved(
    tmp_path, capsys
):
    out, folder = tmp_path / "curves.json", tmp_path / "model"
    line = ["discover", "train", "--out", str(out), "--systems", SYSTEM]
    few = ["--warm-steps", "2", "--steps", "1", "--prompts", "1", "--answers", "2"]
    few += ["--length", "4"]
    assert main([*line, *few, "--save", str(folder)]) == 0
    told = json.loads(out.read_text("utf-8"))
    assert told["model"] == course.SMALL
    assert len(told["warm_start"]["loss"]) == 2
    assert len(told["grpo"]["reward"]) == 1
    assert set(told["scores"]) == set(WHEN)
    for scores in told["scores"].values():
        assert {len(values) for values in scores.values()} == {course.SCORED}
    assert not [*folder.glob("*.bin")]
    assert main([*line, *few, "--model", str(folder)]) == 0
    assert json.loads(out.read_text("utf-8"))["model"] == "model"
    capsys.readouterr()
    assert main([*line, "--model", str(tmp_path)]) == 2
    assert "nothing is downloaded" in capsys.readouterr().err
    for wrong in (["--save", str(out)], ["--out", str(tmp_path)]):
        assert main([*line, *wrong, "--model", str(tmp_path / "none")]) == 2
        assert "error: cannot write " in capsys.readouterr().err
    assert main([*line, "--answers", "1"]) == 2
    assert "from 2 on" in capsys.readouterr().err
    with pytest.raises(ParameterError, match="sprung"):
        course.taught(None, None, ["sprung"], SMALL, seed=0)
