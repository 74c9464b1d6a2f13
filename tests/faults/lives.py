"""A process that works on a study, and what befalls it after a chosen save.

Everything happens by event: the n-th file that the process puts in place, counted in
the process itself, so that fast and slow machines see as many. Its clock for durations
stands still, so that even the seconds in records are the same in every life.
"""

import os
import signal
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import RLock

import torch
from tqdm import tqdm

from evophys_lib.__main__ import main as command_line
from evophys_lib.errors import DataError, EvoPhysError
from evophys_lib.models import generations
from evophys_lib.store import journal
from evophys_lib.study import data

PATIENCE_S = 600
SERVER = get_context("forkserver")
SERVER.set_forkserver_preload(["evophys_lib.scoring.report", "evophys_lib.sweep.grid"])

Work = Callable[[Path], None]
"""On the folder of outputs."""


@dataclass(frozen=True)
class Disturbance:
    """What befalls a process, and when.

    befalls: called with the folder of outputs. save: the number of the file after
    which it happens; 0 is before all work. named: whether that file has its name by
    then, or is only written.
    """

    befalls: Callable[[Path], None]
    save: int = 0
    named: bool = True


@dataclass
class End:
    """How a life ended: `saved`, the names put in place; the error it told, if any.

    killed: by SIGKILL. error: of the library, in one line, or "" where there was none.
    crash: the name and message of any other error.
    """

    saved: list[str] = field(default_factory=list)
    killed: bool = False
    error: str = ""
    crash: str = ""

    @property
    def done(self) -> bool:
        """Whether it did all its work."""
        return not (self.killed or self.error or self.crash)


class Life:
    """A process at work on a folder, from its start."""

    def __init__(
        self, work: Work, folder: Path, disturbance: Disturbance | None = None
    ) -> None:
        self._ear, mouth = SERVER.Pipe(duplex=False)
        self._process = SERVER.Process(
            target=_live, args=(mouth, work, folder, disturbance)
        )
        self._process.start()
        mouth.close()

    def end(self) -> End:
        """Wait for it, and tell how it ended."""
        end = End()
        while True:
            if not self._ear.poll(PATIENCE_S):
                self._process.kill()
                end.crash = "it came to a halt"
                break
            try:
                kind, told = self._ear.recv()
            except EOFError:
                break
            if kind == "saved":
                end.saved.append(told)
            else:
                setattr(end, kind, told)
        self._process.join()
        self._ear.close()
        end.killed = self._process.exitcode == -signal.SIGKILL
        return end


def live(work: Work, folder: Path, disturbance: Disturbance | None = None) -> End:
    """One life, from start to end."""
    return Life(work, folder, disturbance).end()


def _live(
    told: Connection, work: Work, folder: Path, disturbance: Disturbance | None
) -> None:
    torch.set_num_threads(1)
    tqdm.set_lock(RLock())  # the default one is the system's and outlives a kill
    journal.INTERVAL = generations.EVERY = 0.0  # every step is kept
    time.perf_counter = time.monotonic = lambda: 0.0
    data._run = _simulate_here
    _count_saves(told, folder, disturbance)
    try:
        work(folder)
    except EvoPhysError as error:
        told.send(("error", f"{type(error).__name__}: {error}"))
    except Exception as error:
        told.send(("crash", f"{type(error).__name__}: {error}"))


def _count_saves(
    told: Connection, folder: Path, disturbance: Disturbance | None
) -> None:
    replace, count = os.replace, 0

    def happens(named: bool) -> bool:
        wanted = disturbance is not None and disturbance.save == count
        return wanted and disturbance.named == named

    def counting(source: Path, target: Path) -> None:
        nonlocal count
        count += 1
        if happens(named=False):
            disturbance.befalls(folder)
        replace(source, target)
        told.send(("saved", str(Path(target).relative_to(folder))))
        if happens(named=True):
            disturbance.befalls(folder)

    os.replace = counting
    if happens(named=True):
        disturbance.befalls(folder)


def _simulate_here(command: list[str], equation: str, folder: Path) -> None:
    """As the library does in a process of its own, which would not be disturbed."""
    with redirect_stdout(StringIO()):
        status = command_line([*command[3:], "--out", str(folder)])
    if status != 0:
        raise DataError(f"simulating {equation} into {folder} failed")
