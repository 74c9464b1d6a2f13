"""Programs that play: what they write can be read, and regression finds the law."""

import json

import numpy as np
import pytest

import agents as benchmark
from evophys_lib.discovery import agents
from evophys_lib.discovery.agents import AGENTS, play, written
from evophys_lib.discovery.environment import TURNS, Environment
from evophys_lib.discovery.hypothesis import parse
from evophys_lib.discovery.systems import SYSTEMS
from rendering.agents import results

FOUND = (
    "fall_with_drag", "pendulum", "damped_pendulum", "damped_spring", "projectile",
    "burgers", "advection_diffusion",
)  # fmt: skip


@pytest.mark.parametrize("system", FOUND)
def test_regression_finds_the_law_in_its_first_turn(system):
    over = play(Environment(), AGENTS["regression"], seed=1, system=system)
    (turn,) = over.history
    assert turn.solved
    true = SYSTEMS[system].truth(1)
    sizes = sorted(abs(value) for value in true.parameters.values())
    found = sorted(abs(value) for value in turn.parameters.values())
    for size in sizes:
        assert min(abs(np.array(found) / size - 1)) < 0.02


@pytest.mark.parametrize("system", ["fall_with_drag", "projectile"])
def test_what_the_grammar_draws_can_be_read(system):
    environment, generator = Environment(), np.random.default_rng(0)
    observation = environment.reset(0, system)
    for _ in range(200):
        law = agents.random_grammar(observation, generator)
        text, values = written(law)
        read = parse(text, values, observation.system.vocabulary)
        assert read.parameters == values
        assert agents._read(text, values) == law


def test_terms_of_a_field_can_be_read_too():
    vocabulary = SYSTEMS["burgers"].vocabulary
    law = {"u_t": dict.fromkeys(agents.FIELD_TERMS, 1.0)}
    text, values = written(law)
    assert len(parse(text, values, vocabulary).parameters) == len(agents.FIELD_TERMS)
    assert written({"u_t": {}}) == ("u_t = 0", {})


def test_an_episode_has_at_most_eight_turns_and_repeats_from_its_seed():
    one, other = (
        play(Environment(), AGENTS["random grammar"], seed=3, system="free_fall")
        for _ in range(2)
    )
    assert len(one.history) <= TURNS
    assert [t.text for t in one.history] == [t.text for t in other.history]
    assert one.best == other.best


def test_a_climber_never_tries_what_the_shown_trajectory_finds_worse(monkeypatch):
    monkeypatch.setattr(agents, "TRIES", 3)
    environment, generator = Environment(), np.random.default_rng(0)
    observation = environment.reset(0, "spring")
    worths = []
    for _ in range(4):
        law = agents.hill_climber(observation, generator)
        vocabulary = observation.system.vocabulary
        worths.append(agents._worth(law, observation.shown, vocabulary))
        observation = environment.step(*written(law))
    assert (np.diff(worths) > -1e-9).all()


# --- the comparison ------------------------------------------------------------------


def test_the_comparison_plays_every_agent_and_writes_it_down(tmp_path):
    out = tmp_path / "agents.json"
    line = ["--seeds", "0", "--systems", "spring", "--agents", "regression"]
    benchmark.main([*line, "--out", str(out)])
    (row,) = json.loads(out.read_text("utf-8"))["rows"]
    assert row["turn"] == 1 and row["match"] > 0.99
    assert row["text"].startswith("d2x/dt2 = c0*x")


def test_the_table_has_rewards_and_how_often_a_law_was_found():
    games = ((1.0, 1), (0.5, None))
    rows = [
        {"agent": "regression", "system": "heat", "seed": s, "reward": r, "turn": t}
        for s, (r, t) in enumerate(games)
    ]
    text = results({"rows": rows, "held_out": []})
    (line,) = [row for row in text.splitlines() if row.startswith("| heat")]
    assert "1 of 2" in line and "0.750" in line
