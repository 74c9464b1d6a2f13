"""A sweep on real processes of Dask, of which one is killed: worker, scheduler, client.

It happens while a worker is between two saves, which the worker itself tells of.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tqdm import tqdm

from evophys_lib.store import disk
from faults import marks
from faults.lives import PATIENCE_S, live
from faults.undisturbed import Undisturbed, Work

WHO = ("worker", "scheduler", "client")
SAVES = (3, 9)
"""After how many files of one worker."""
LINE = ["sweep", "--profile", "smoke", "--seeds", "0", "--pe", "0.1"]
LINE += ["--only", "models", "directions"]


def try_all(
    whole: Undisturbed, share: float = 1.0
) -> Iterator[dict[str, dict[str, int]]]:
    """Counts by who was killed, after each of them."""
    saves = SAVES[: max(1, round(share * len(SAVES)))]
    counts = {}
    for who in tqdm(WHO, unit="kind"):
        ends = [try_once(whole, who, save) for save in saves]
        counts[who] = {"tried": len(ends), "went_on": sum(ends), "same": len(ends)}
        yield counts


def try_once(whole: Undisturbed, who: str, save: int) -> bool:
    """Whether the sweep went on by itself; else the next start ends it, alike.

    AssertionError if it came to a halt, or told anything but an error in one line.
    """
    with whole.before("sweep") as folder, _processes(folder, who, save) as started:
        client = started["client"]
        wait_for((folder / marks.STRUCK).exists)
        if who == "worker":
            number = int((folder / marks.STRUCK).read_text())
            next(p for p in started.values() if p.pid == number).wait(PATIENCE_S)
        else:
            started[who].send_signal(signal.SIGKILL)
            started[who].wait()
        (folder / marks.GO_ON).touch()
        status, told = client.wait(PATIENCE_S), client.stderr.read()
        if who == "worker":
            assert status == 0, told
        elif who == "scheduler":
            assert status == 2 and "Traceback" not in told, told
        _stop(started)
        for mark in (marks.STRUCK, marks.GO_ON):
            (folder / mark).unlink()
        for mark in folder.glob(".sweep-*"):  # of a client that was killed
            mark.unlink()
        assert live(Work("sweep"), folder).done
        assert not whole.differing(folder), whole.differing(folder)
    return status == 0


@contextmanager
def _processes(
    folder: Path, who: str, save: int
) -> Iterator[dict[str, subprocess.Popen]]:
    tests = Path(__file__).resolve().parents[1]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)]),
        "EVOPHYS_EXTENSIONS": "faults.on_workers",
        "TQDM_DISABLE": "1",
        disk.OUTPUTS_VARIABLE: str(folder),
    }
    strikes = {marks.SAVE: str(save)}
    strikes[marks.DIES] = "yes" if who == "worker" else "no"
    beside = folder.with_name("beside")
    beside.mkdir()
    dask, address = [sys.executable, "-m", "dask"], beside / "scheduler.json"
    at = ["--scheduler-file", str(address), "--host", "127.0.0.1", "--no-dashboard"]
    quiet = {"cwd": tests, "stdout": subprocess.DEVNULL, "text": True}
    silent = quiet | {"stderr": subprocess.DEVNULL}
    started: dict[str, subprocess.Popen] = {}
    try:
        started["scheduler"] = subprocess.Popen(
            [*dask, "scheduler", *at, "--port", "0"], env=environment, **silent
        )
        wait_for(address.exists)
        for i in range(2 if who == "worker" else 1):
            started[f"worker {i}"] = subprocess.Popen(
                [*dask, "worker", *at, "--nthreads", "1", "--no-nanny"],
                env=environment | strikes,
                **silent,
            )
        host = _address(address)
        started["client"] = subprocess.Popen(
            [sys.executable, "-m", "evophys_lib", *LINE]
            + ["--scheduler", host, "--out", str(beside / "evidence")],
            env=environment,
            **quiet | {"stderr": subprocess.PIPE},
        )
        yield started
    finally:
        _stop(started)


def _stop(started: dict[str, subprocess.Popen]) -> None:
    for process in started.values():
        process.kill()
        process.wait()


def _address(file: Path) -> str:
    return str(disk.read_json(file)["address"])


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it holds; AssertionError if it never does."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
