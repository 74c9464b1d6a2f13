"""What the processes do that `test_kill` kills.

Each function runs in a process of its own and tells its parent how far it has come.
"""

import os
import time
from multiprocessing.connection import Connection
from pathlib import Path
from threading import RLock

import torch
from tiny import study_in
from tqdm import tqdm

from evophys_lib.models import generations
from evophys_lib.scoring import report
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk, journal

WRITTEN = "written"  # what is told of a file that has not got its name yet


def run_study(told: Connection, folder: Path) -> None:
    """The tiny study, journaled at every step.

    Tells each file put in place, and goes on when it is answered.
    """
    torch.set_num_threads(1)
    tqdm.set_lock(RLock())  # the default one is the system's and outlives a kill
    journal.INTERVAL = generations.EVERY = 0.0
    replace = os.replace

    def telling(source: Path, target: Path) -> None:
        replace(source, target)
        told.send(Path(target).name)
        told.recv()

    os.replace = telling
    report.make_results(study_in(folder))


def make_slowly(told: Connection, folder: Path) -> None:
    """One artifact, that takes until the file `finish` is there; tells its value."""

    def make() -> int:
        told.send("making")
        while not (folder / "finish").exists():
            time.sleep(0.005)
        return os.getpid()

    told.send("asking")
    provenance = store.Provenance("kind", {}, {})
    told.send(store.obtain_json(folder / "thing.json", provenance, make))


def write_forever(told: Connection, folder: Path) -> None:
    """One file, again and again, each time full of the next whole number.

    The first two are told, and an answer waited for, before they are put in place.
    """
    number, replace = 0, os.replace

    def telling(source: Path, target: Path) -> None:
        if number < 2:
            told.send(WRITTEN)
            told.recv()
        replace(source, target)

    os.replace = telling
    while True:
        with disk.locked(folder / "file"):
            disk.write_text(folder / "file", f"{number}\n" * 20_000)
        told.send(number)
        number += 1
