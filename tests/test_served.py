"""The served environment, driven by OpenEnv's own client over a real socket."""

import json
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import numpy as np
import pytest

pytest.importorskip("openenv", reason="the extra `discovery` is not installed")

from openenv.core.generic_client import GenericEnvClient

from evophys_lib.__main__ import main
from evophys_lib.discovery.environment import Environment
from evophys_lib.discovery.served import server
from evophys_lib.discovery.systems import SYSTEMS
from evophys_lib.errors import ParameterError

LAW = "d2x/dt2 = -k*x"


def started(**options):
    """(address, stop) of a server in a thread of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = server(port, **options)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        assert thread.is_alive()
        time.sleep(0.01)

    def stop():
        running.should_exit = True
        thread.join()

    return f"http://127.0.0.1:{port}", stop


@pytest.fixture(scope="module")
def address():
    where, stop = started()
    yield where
    stop()


def client(address):
    return GenericEnvClient(base_url=address).sync()


def test_an_episode_is_the_plain_environment_s(address):
    truth = SYSTEMS["spring"].truth(5).parameters["k"]
    plain = Environment()
    shown = plain.reset(5, "spring").shown
    with client(address) as remote:
        seen = remote.reset(seed=5, system="spring")
        assert seen.observation["states"] == shown.states[0].tolist()
        assert seen.observation["turns_left"] == 8
        assert seen.observation["simulated"] == []
        for k in (1.5 * truth, truth):
            action = {"hypothesis": LAW, "parameters": {"k": k}, "rationale": "It is."}
            told, expected = remote.step(action), plain.step(LAW, {"k": k}, "It is.")
            assert told.reward == pytest.approx(expected.reward)
            assert told.observation["mismatch"] == expected.mismatch
            said = expected.history[-1].verdict.simulated.states[0]
            assert np.allclose(told.observation["simulated"], said)
        assert told.done and expected.done
        assert remote.state()["step_count"] == 2


def test_sessions_leak_nothing_into_each_other(address):
    with client(address) as one, client(address) as other:
        one.reset(seed=0, system="spring")
        other.reset(seed=0, system="heat")
        one.step({"hypothesis": LAW, "parameters": {"k": 1.0}})
        seen = other.step({"hypothesis": "u_t = 0"}).observation
        assert seen["system"] == "heat"
        assert [turn["hypothesis"] for turn in seen["history"]] == ["u_t = 0"]
    with client(address) as fresh, pytest.raises(Exception, match="Reset"):
        fresh.step({"hypothesis": LAW, "parameters": {"k": 1.0}})


def test_what_is_wrong_is_told_and_the_session_goes_on(address):
    with client(address) as remote:
        with pytest.raises(Exception, match="one of free_fall"):
            remote.reset(seed=0, system="nothing")
        remote.reset(seed=0, system="spring")
        seen = remote.step({"hypothesis": "d2x/dt2 = __import__('os')"})
        assert seen.reward == 0.0
        assert "column 11" in seen.observation["mismatch"]
        for bad in (
            {"hypothesis": "x" * 1201},
            {"hypothesis": LAW, "parameters": {f"k{i}": 1.0 for i in range(13)}},
            {"hypothesis": LAW, "rationale": "r" * 2001},
            {"hypothesis": LAW, "surprise": 1},
            {"parameters": {}},
        ):
            with pytest.raises(Exception, match="(?i)valid"):
                remote.step(bad)
        seen = remote.step({"hypothesis": LAW, "parameters": {"k": 1.0}})
        assert seen.observation["turns_left"] == 6


def test_a_message_that_is_too_large_ends_the_connection(address):
    with client(address) as remote:
        remote.reset(seed=0, system="spring")
        with pytest.raises(Exception):  # noqa: B017 - whichever the client's is
            remote.step({"hypothesis": "x" * 100_000})
    with client(address) as remote:
        assert remote.reset(seed=0, system="spring").observation["hint"]


def test_a_silent_session_expires_and_frees_its_place():
    where, stop = started(idle_s=0.5, sessions=1)
    try:
        silent = client(where)
        silent.reset(seed=0, system="spring")
        for _ in range(36_000):
            try:
                with client(where) as other:
                    assert other.reset(seed=0, system="heat").observation["hint"]
                break
            except Exception:
                time.sleep(0.05)
        else:
            raise AssertionError("its place was never freed")
        with pytest.raises(Exception):  # noqa: B017 - whichever the client's is
            silent.step({"hypothesis": LAW, "parameters": {"k": 1.0}})
    finally:
        stop()


def test_what_was_not_reached_is_null(address):
    with client(address) as remote:
        remote.reset(seed=0, system="spring")
        seen = remote.step({"hypothesis": "d2x/dt2 = 1000*x"}).observation
        assert seen["simulated"][0][0][0] is not None
        assert seen["simulated"][-1] == [[None]]


def test_other_systems_can_be_offered():
    law = replace(SYSTEMS["spring"], name="other")
    where, stop = started(systems={"other": law})
    try:
        with client(where) as remote:
            seen = remote.reset(seed=0, system="other").observation
            assert seen["states"] == law.observe(0).states[0].tolist()
        with urlopen(f"{where}/systems") as answer:
            offered = json.load(answer)
        assert [system["name"] for system in offered] == ["other"]
    finally:
        stop()


def test_the_command_offers_rollouts_of_models_beside_the_systems(monkeypatch):
    def served(port, systems):
        told.update(port=port, systems=systems)

    def rolled(study, peclet, model):
        return replace(SYSTEMS["heat"], name=f"{model}_pe{peclet:g}")

    told = {}
    monkeypatch.setattr("evophys_lib.discovery.served.serve", served)
    monkeypatch.setattr("evophys_lib.discovery.rollouts.model_system", rolled)
    line = ["discover", "serve", "--port", "8123"]
    assert main(line) == 0
    assert told == {"port": 8123, "systems": SYSTEMS}
    assert main([*line, "--models", "ps", "directions", "--pe", "1,10"]) == 0
    added = set(told["systems"]) - set(SYSTEMS)
    assert added == {"ps_pe1", "ps_pe10", "directions_pe1", "directions_pe10"}


# --- the page ------------------------------------------------------------------------


@pytest.fixture
def tab(address):
    """The page in a browser; `told` collects errors."""
    browsing = pytest.importorskip("test_browser")
    if browsing.CHROMIUM is None:
        pytest.skip("no chromium on PATH")
    with browsing.playwright.sync_playwright() as begun:
        browser = begun.chromium.launch(
            executable_path=browsing.CHROMIUM, args=["--no-sandbox"]
        )
        opened = browser.new_page(viewport={"width": 400, "height": 900})
        opened.told, opened.obstacles = [], browsing.OBSTACLES
        opened.on("console", lambda m: m.type == "error" and opened.told.append(m.text))
        opened.on("pageerror", lambda error: opened.told.append(str(error)))
        opened.goto(address)
        opened.wait_for_selector("#system option", state="attached")
        yield opened
        browser.close()


def test_a_person_finds_a_law_on_the_page(tab):
    truth = SYSTEMS["charge"].truth(2).parameters["w"]
    tab.select_option("#system", "charge")
    tab.fill("#seed", "2")
    tab.click("#begin button")
    tab.wait_for_selector("#turn:not([hidden])")
    assert tab.inner_text("#hint") == SYSTEMS["charge"].hint
    assert tab.locator("#plots figure").count() == 2
    tab.fill("#equation", "d2x/dt2 = w*vy; d2y/dt2 = -w*vx^2")
    tab.fill("#values", f"w = {truth}")
    tab.press("#equation", "Enter")
    tab.wait_for_selector("#told.wrong")
    assert "column 32" in tab.inner_text("#told")
    tab.fill("#equation", "d2x/dt2 = w*vy; d2y/dt2 = -w*vx")
    tab.fill("#why", "A field turns the velocity.")
    tab.press("#values", "Enter")
    tab.wait_for_selector("#judge:disabled")
    assert "agrees with the data" in tab.inner_text("#told")
    assert tab.locator("#history tbody tr").count() == 2
    assert tab.locator("path.said").first.get_attribute("d")
    assert tab.told == []


def test_the_page_shows_fields_and_refuses_values_that_are_none(tab):
    tab.select_option("#system", "heat")
    tab.click("#begin button")
    tab.wait_for_selector("canvas")
    tab.fill("#equation", "u_t = a*u_xx")
    tab.fill("#values", "a = alpha")
    tab.press("#values", "Enter")
    tab.wait_for_selector("#told.wrong")
    assert "a = alpha" in tab.inner_text("#told")
    tab.fill("#values", "a = 0.05")
    tab.press("#values", "Enter")
    tab.wait_for_selector("#history:not([hidden])")
    assert tab.locator("canvas").count() == 2
    root = "document.documentElement"
    assert tab.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
    tab.add_script_tag(path=Path(__file__).with_name("axe") / "axe.min.js")
    assert tab.evaluate(tab.obstacles) == []
    assert tab.told == []


def test_a_port_must_be_one():
    with pytest.raises(ParameterError, match="from 1 to 65535"):
        server(0)
