"""What processes of a sweep import, as an extension: the tiny study, and a fault.

$EVOPHYS_FAULT_SAVE: after how many files that a process has put in place it leaves its
number in the file `struck` of the outputs, once in a sweep, and dies, or waits to see
who else is killed, as $EVOPHYS_FAULT_DIES says. Clocks of durations stand still.
"""

import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

from tiny import tiny

from evophys_lib import profiles
from evophys_lib.merge import gradient, search
from evophys_lib.store import artifacts, disk, journal
from faults.marks import DIES, GO_ON, SAVE, STRUCK


def _strike_once() -> None:
    struck = disk.outputs_root() / STRUCK
    try:
        with struck.open("x") as stream:
            stream.write(f"{os.getpid()}\n")
    except FileExistsError:
        return
    if os.environ[DIES] == "yes":
        os.kill(os.getpid(), signal.SIGKILL)
    while not struck.with_name(GO_ON).exists():
        time.sleep(0.05)


def _count_saves(strikes_after: int) -> None:
    replace, count = os.replace, 0

    def counting(source: Path, target: Path) -> None:
        nonlocal count
        replace(source, target)
        count += str(target).startswith(str(disk.outputs_root() / "smoke"))
        if count == strikes_after:
            _strike_once()

    os.replace = counting


profiles.PROFILES["smoke"] = tiny(profiles.SMOKE)
for module in (artifacts, journal, search, gradient):
    module.time = SimpleNamespace(perf_counter=lambda: 0.0, monotonic=lambda: 0.0)
if SAVE in os.environ:
    _count_saves(int(os.environ[SAVE]))
