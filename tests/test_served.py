"""The served environment, driven by OpenEnv's own client over a real socket."""

import socket
import threading
import time

import pytest

pytest.importorskip("openenv", reason="the extra `discovery` is not installed")

from openenv.core.generic_client import GenericEnvClient

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
        for k in (1.5 * truth, truth):
            action = {"hypothesis": LAW, "parameters": {"k": k}, "rationale": "It is."}
            told, expected = remote.step(action), plain.step(LAW, {"k": k}, "It is.")
            assert told.reward == pytest.approx(expected.reward)
            assert told.observation["mismatch"] == expected.mismatch
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
        for _ in range(200):
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


def test_a_port_must_be_one():
    with pytest.raises(ParameterError, match="from 1 to 65535"):
        server(0)
