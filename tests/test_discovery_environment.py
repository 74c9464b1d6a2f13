"""The game: turns, rewards that cannot be hacked, and nothing shared."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evophys_lib.__main__ import main
from evophys_lib.discovery import rewards
from evophys_lib.discovery.environment import TURNS, Environment
from evophys_lib.discovery.rewards import Rewards
from evophys_lib.discovery.systems import SYSTEMS
from evophys_lib.errors import ParameterError

LAW = "d2theta/dt2 = -k*sin(theta)"
SHARE = st.floats(0, 1)


@given(SHARE, SHARE, SHARE, SHARE)
def test_the_reward_is_the_weighted_sum_of_its_parts(a, b, c, d):
    total = Rewards(a, b, c, d).total
    assert total == pytest.approx(0.5 * a + 0.2 * b + 0.2 * c + 0.1 * d)
    assert 0.0 <= total <= 1.0 + 1e-12


@given(st.lists(SHARE, min_size=1, max_size=8))
def test_progress_adds_up_to_the_best_match_however_slowly_it_comes(matches):
    best, earned = 0.0, 0.0
    for now in matches:
        earned += rewards.progress(now, best)
        best = max(best, now)
    assert earned == pytest.approx(max(matches))


@given(st.integers(1, 400), SHARE)
def test_simplicity_is_worth_no_more_than_the_match(size, match):
    value = rewards.simplicity(size, match)
    assert 0.0 <= value <= match
    assert rewards.simplicity(size + 1, match) <= value
    assert rewards.simplicity(size, 0.0) == 0.0


@settings(max_examples=30)
@given(st.text(max_size=100))
def test_format_asks_for_an_equation_first(rationale):
    assert rewards.format(False, rationale) == 0.0
    assert rewards.format(True, rationale) in (0.5, 1.0)


def test_a_reason_is_neither_empty_nor_a_word_repeated_nor_endless():
    assert rewards.format(True, "The swing is slower when it is wide.") == 1.0
    assert rewards.format(True, "because because because because") == 0.5
    assert rewards.format(True, " ".join(f"word{i}" for i in range(101))) == 0.5


def test_an_episode_is_won_by_its_law():
    environment = Environment()
    seen = environment.reset(seed=3, system="pendulum")
    assert seen.shown.states.shape == (1, 100, 1, 1)
    assert (seen.turns_left, seen.reward, seen.done) == (8, 0.0, False)
    truth = SYSTEMS["pendulum"].truth(3).parameters["w2"]
    seen = environment.step(LAW, {"k": 1.3 * truth}, "A rod makes it a sine.")
    assert not seen.done
    assert "swings" in seen.mismatch
    first = seen.history[0].rewards
    seen = environment.step(LAW, {"k": truth}, "It has to swing more slowly.")
    assert seen.done and seen.turns_left == 0
    second = seen.history[1].rewards
    assert second.progress == pytest.approx(1 - first.match)
    assert seen.best == seen.reward == second.total > 0.8
    with pytest.raises(ParameterError, match="Reset"):
        environment.step(LAW, {"k": truth})


def test_the_eighth_turn_is_the_last_and_what_cannot_be_read_costs_one():
    environment = Environment()
    environment.reset(0, "spring")
    for bad in ("", "d2x/dt2 = __import__('os')", None, "x" * 10**6):
        seen = environment.step(bad, {"k": float("inf")} if bad else None)
        assert seen.reward == 0.0
        assert seen.history[-1].verdict is None
        assert len(seen.history[-1].text) <= 1200
        assert seen.mismatch
    for _ in range(4):
        seen = environment.step("d2x/dt2 = -k*x", {"k": 0.1}, "r" * 10**5)
        assert len(seen.history[-1].rationale) <= 2000
    assert len(seen.history) == TURNS
    assert seen.done


def test_standing_still_earns_no_more_than_its_format():
    for name, system in SYSTEMS.items():
        environment = Environment()
        environment.reset(1, name)
        left = "{0}_t" if system.vocabulary.field else "d{0}/dt"
        zero = "; ".join(
            f"{left} = 0".format(v.name) for v in system.vocabulary.variables
        )
        seen = environment.step(zero, {}, "Nothing moves, I believe.")
        assert seen.reward == pytest.approx(0.1, abs=1e-9), name


def test_without_a_name_the_seed_chooses_and_never_what_is_held_out():
    drawn = {Environment()._chosen(seed, None).name for seed in range(100)}
    assert drawn == {name for name, s in SYSTEMS.items() if not s.held_out}
    again = [Environment().reset(7).system.name for _ in range(2)]
    assert again[0] == again[1]
    assert Environment().reset(0, "charge").system.held_out


def test_two_environments_share_nothing():
    one, other = Environment(), Environment()
    one.reset(0, "spring")
    other.reset(1, "heat")
    one.step("d2x/dt2 = -k*x", {"k": 1.0})
    assert other.step("u_t = 0").history[0].text == "u_t = 0"
    seen = one.step("d2x/dt2 = -k*x", {"k": 2.0})
    assert len(seen.history) == 2
    assert seen.system.name == "spring"
    assert one.reset(0, "spring").history == ()


def test_what_is_shown_is_the_first_trajectory_and_the_other_is_judged_too():
    seen = Environment().reset(2, "spring")
    data = SYSTEMS["spring"].observe(2)
    assert np.array_equal(seen.shown.states, data.states[:1])
    assert len(data.states) == 2


@pytest.mark.parametrize(("seed", "system"), [(-1, None), (0, "spin"), ("x", "heat")])
def test_a_bad_reset_is_refused(seed, system):
    with pytest.raises(ParameterError):
        Environment().reset(seed, system)
    with pytest.raises(ParameterError, match="Reset"):
        Environment().step("u_t = 0")


def test_the_environment_needs_no_torch():
    code = (
        "import sys\n"
        "from evophys_lib.discovery.environment import Environment\n"
        "Environment().reset(0, 'burgers')\n"
        "assert 'torch' not in sys.modules\n"
        "assert 'openenv' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_command_shows_the_trajectory_that_an_episode_shows(capsys):
    assert main(["discover", "show", "charge", "--seed", "2"]) == 0
    table = [line.split(",") for line in capsys.readouterr().out.splitlines()]
    shown = Environment().reset(2, "charge").shown
    assert np.allclose(np.array(table, float)[:, 0], shown.times, rtol=1e-8)
    states = shown.states[0].reshape(len(shown.times), -1)
    assert np.allclose(np.array(table, float)[:, 1:], states, rtol=1e-8)


@pytest.mark.parametrize(
    ("line", "package", "module", "extra"),
    [
        (["serve"], "uvicorn", "served", "discovery"),
        (["train", "--out", "x"], "trl", "language.training", "language"),
    ],
)
def test_an_extra_that_is_not_installed_is_named(
    line, package, module, extra, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, package, None)
    for name in [name for name in sys.modules if name.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, name)
    whole = f"evophys_lib.discovery.{module}"
    monkeypatch.delitem(sys.modules, whole, raising=False)
    assert main(["discover", *line]) == 2
    told = capsys.readouterr().err
    assert "is not installed: pip install" in told and f"[{extra}]" in told


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "9" * 5000])
def test_a_port_is_a_number_that_a_port_can_have(port, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["discover", "serve", "--port", port])
    assert stop.value.code == 2
    assert "is not a whole number from 1 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("rate", value) for value in ("0", "1", "-1e-6", "nan", "inf", "fast")),
        *(("steps", value) for value in ("0", "1.5", "many", "9" * 5000)),
        ("answers", "1"),
    ],
)
def test_numbers_of_a_training_are_refused_before_it_begins(
    name, value, tmp_path, capsys
):
    out = tmp_path / "curves.json"
    assert main(["discover", "train", "--out", str(out), f"--{name}={value}"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {name} = '") and len(line) < 300
    assert not out.exists()


def test_the_command_lists_systems_and_tries_hypotheses(capsys):
    assert main(["discover", "list"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in SYSTEMS)
    told = ["discover", "try", "spring", "d2x/dt2 = -k*x", "-p", "k", "2"]
    assert main(told) == 0
    text = capsys.readouterr().out
    assert "match" in text and "x swings" in text
    assert main([*told[:3], "d2x/dt2 = -k^x", *told[4:]]) == 2
    assert "error: column 13: '^'" in capsys.readouterr().err
    assert main(["discover", "try", "spring", "d2x/dt2 = -k*x", "-p", "k", "y"]) == 2
    assert "not a number" in capsys.readouterr().err
