"""Processes side by side: results, errors, and no life after the parent's death."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from evophys_lib.study import workers

PARENT = """
from functools import partial
from tests.test_workers import announce_and_wait
from evophys_lib.study import workers
if __name__ == "__main__":
    tasks = [partial(announce_and_wait, {folder!r}, i) for i in range(2)]
    list(workers.as_finished(tasks, 2))
"""
PATIENCE_S = 1800  # until it will never happen, on the slowest of machines


def announce_and_wait(folder: str, number: int) -> None:
    """Leave the worker's process number in a file, then work for very long."""
    Path(folder, f"{number}.started").write_text(str(os.getpid()))
    time.sleep(10 * PATIENCE_S)


def square(number: int) -> int:
    """A task that fails for one argument."""
    if number == 1:
        raise ValueError("one is refused")
    return number**2


def wait_for(condition) -> None:
    """Until the condition holds; fails after PATIENCE_S."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "the condition never came to hold"
        time.sleep(0.05)


def alive(process: int) -> bool:
    """Whether a process is there and not merely unburied."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_takes_the_place_of_a_result(processes):
    tasks = [partial(square, number) for number in range(3)]
    found = dict(workers.as_finished(tasks, processes))
    assert (found[0], found[2]) == (0, 4)
    assert isinstance(found[1], ValueError)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_workers_end_with_a_killed_parent(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT.format(folder=str(tmp_path)))
    root = Path(__file__).resolve().parent.parent
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": str(root)},
        cwd=root,
    )
    wait_for(lambda: len(list(tmp_path.glob("*.started"))) == 2)
    working = [int(f.read_text()) for f in tmp_path.glob("*.started")]
    assert all(map(alive, working))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    wait_for(lambda: not any(map(alive, working)))
