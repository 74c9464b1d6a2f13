"""What may befall a process at work: each is called in it, with its folder of outputs.

All but the clock are the system's own: SIGKILL, a limit on the size of files, folders
without permission to write.
"""

import ctypes
import os
import resource
import signal
import stat
import sys
import time
from pathlib import Path

DAY_S = 86_400.0
READABLE, WRITABLE = 0o555, 0o755
_CAPABILITIES_VERSION = 0x20080522


def kill(_: Path) -> None:
    """SIGKILL, which nothing can catch."""
    os.kill(os.getpid(), signal.SIGKILL)


def fill_the_disk(_: Path) -> None:
    """From here on no file may be longer than 100 bytes: a write fails half-way.

    What is printed goes nowhere, since it may go into a file.
    """
    with open(os.devnull, "w") as nowhere:
        for told in (1, 2):
            os.dup2(nowhere.fileno(), told)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))


def forbid_writing(folder: Path) -> None:
    """All folders become read-only, for the administrator, too."""
    _give_up_privileges()
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(READABLE)


def allow_writing(folder: Path) -> None:
    """Undo `forbid_writing`, in another process."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and stat.S_IMODE(path.stat().st_mode) == READABLE:
            path.chmod(WRITABLE)


def set_the_clock_back(folder: Path) -> None:
    """A day: all that is there bears a time that is yet to come."""
    now = time.time
    time.time = lambda: now() - DAY_S
    for path in folder.rglob("*"):
        os.utime(path, (now() + DAY_S,) * 2)


def _give_up_privileges() -> None:
    """Permissions then bind root, too; what others lack cannot be given up."""
    if os.getuid() != 0 or sys.platform != "linux":
        return
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_VERSION, 0)
    none = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, none) != 0:
        raise OSError(ctypes.get_errno(), "privileges cannot be given up")
