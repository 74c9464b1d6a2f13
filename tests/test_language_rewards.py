"""What a language model reads and is rewarded for; none of it needs a model."""

import inspect
import re
import subprocess
import sys

import numpy as np
import pytest

from evophys_lib.discovery.agents import random_grammar
from evophys_lib.discovery.environment import Environment
from evophys_lib.discovery.hypothesis import parse
from evophys_lib.discovery.language import judging, prompts
from evophys_lib.discovery.language.judging import WEIGHTS
from evophys_lib.discovery.systems import SYSTEMS
from rendering import language

NAMES = ["match", "dense_match", "correctness", "simplicity", "format"]


def rewarded(written, system="spring", seed=0):
    """The five rewards of one text, called as TRL calls them."""
    return {
        reward.__name__: reward(
            prompts=["…"],
            completions=[written],
            completion_ids=[[1]],
            trainer_state=None,
            system=[system],
            seed=[seed],
        )[0]
        for reward in WEIGHTS
    }


def truth(system, seed):
    """The law of an episode, as a model would write it."""
    law = SYSTEMS[system].law
    for name, value in SYSTEMS[system].truth(seed).parameters.items():
        law = re.sub(rf"\b{name}\b", f"{value:.10g}", law)
    return f"because: this is how it was made\nlaw: {law}"


def test_there_are_five_and_their_weights_add_up_to_one():
    assert [reward.__name__ for reward in WEIGHTS] == NAMES
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)
    assert all(inspect.getdoc(reward) for reward in WEIGHTS)


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_law_of_a_system_earns_all_that_its_size_allows(system):
    found = rewarded(truth(system, 3), system, 3)
    assert found["match"] > 0.999 and found["dense_match"] > 0.99
    assert found["correctness"] == found["format"] == 1.0
    assert found["simplicity"] > 0.4


@pytest.mark.parametrize(
    ("written", "most"),
    [
        ("", 0.0),
        ("d2x/dt2 = -4*x", 0.0),
        ("law: d2x/dt2 = -4*x", 0.0),
        ("because: it swings back\nlaw: d2x/dt2 = __import__('os')", 0.0),
        ("because: it swings back\nlaw: d2x/dt2 = -k*x", 0.0),
        ("because: it swings back\nlaw: d2x/dt2 = -4*x\nlaw: d2x/dt2 = -5*x", 0.0),
        ("because: nothing moves here\nlaw: dx/dt = 0", 0.1),
        ("because: it runs away\nlaw: d2x/dt2 = 1000*x", 0.1),
    ],
)
def test_what_explains_nothing_earns_no_more_than_its_form(written, most):
    found = rewarded(written)
    total = sum(weight * found[r.__name__] for r, weight in WEIGHTS.items())
    assert total <= most + 1e-9


def test_the_dense_match_has_a_slope_where_match_has_none():
    written = "because: it is dropped, I think\nlaw: d2y/dt2 = -{}"
    far, near = (rewarded(written.format(g), "free_fall") for g in (30.0, 20.0))
    assert far["match"] == near["match"] == 0.0
    assert 0.0 <= far["dense_match"] < near["dense_match"] < 1.0


def test_a_chat_is_judged_by_its_last_message_and_each_text_is_simulated_once():
    written = truth("spring", 0)
    chat = [{"role": "assistant", "content": written}]
    judging.judge.cache_clear()
    assert rewarded(chat) == rewarded(written)
    assert judging.judge.cache_info().misses == 1


@pytest.mark.parametrize("system", ["projectile", "damped_pendulum", "burgers"])
def test_what_the_warm_start_shows_can_be_read_and_is_the_grammar_s(system):
    seeds, generator = range(20), np.random.default_rng(0)
    again = np.random.default_rng(0)
    for row in prompts.examples([system], seeds, generator):
        why, text = prompts.answer(row["completion"])
        seen = Environment().reset(row["seed"], system)
        drawn = random_grammar(seen, again)
        read = parse(text, {}, SYSTEMS[system].vocabulary)
        assert len(read.equations) == len(drawn)
        assert rewarded(row["completion"], system, row["seed"])["format"] == 1.0
        assert why.startswith("I try ")


def test_a_prompt_tells_what_is_shown_and_nothing_of_the_law():
    row = next(prompts.episodes(["spring"], [7]))
    seen = Environment().reset(7, "spring")
    assert row["prompt"] == prompts.prompt(seen)
    assert seen.hint in row["prompt"] and "d2x/dt2" in row["prompt"]
    assert f"{seen.shown.states[0, -1, 0, 0]:.2f}" in row["prompt"]
    k = SYSTEMS["spring"].truth(7).parameters["k"]
    assert f"{k:.2f}" not in row["prompt"]


def test_rewards_need_neither_torch_nor_an_extra():
    code = (
        "import sys\n"
        "from evophys_lib.discovery.language import judging, prompts\n"
        "import evophys_lib.commands.language\n"
        "next(prompts.episodes(['spring'], [0]))\n"
        "heavy = {'torch', 'transformers', 'trl', 'datasets', 'openenv', 'gradio'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- the table and the picture -------------------------------------------------------


def test_the_book_shows_means_with_intervals_and_every_curve():
    curve = {"step": [1, 2], "loss": [0.1, 0.0], "reward": [0.1, 0.2]}
    found = {
        "model": "random weights",
        "numbers": 12345,
        "systems": ["free_fall"],
        "plan": {"warm_steps": 2, "steps": 2, "prompts": 1, "answers": 2},
        "warm_start": {"step": [1, 2], "loss": [5.0, 4.0]},
        "grpo": curve | {name: [0.0, 0.5] for name in NAMES},
        "scores": {
            "before": {name: [0.0, 0.0, 0.0] for name in NAMES},
            "after the warm start": {name: [0.0, 0.1, 0.2] for name in NAMES},
            "after GRPO": {name: [0.2, 0.4, 0.6] for name in NAMES},
        },
    }
    text = language.rewards(found)
    assert "12,345 numbers" in text and "free fall" in text and "3 episodes" in text
    (after,) = [row for row in text.splitlines() if row.startswith("| after GRPO")]
    assert after.count("0.40") == len(NAMES)
    figure = language.picture(found)
    assert [len(ax.get_lines()) for ax in figure.axes] == [1, 1, len(NAMES)]
    assert [line.get_ydata()[1] for line in figure.axes[2].get_lines()] == [0.5] * 5
