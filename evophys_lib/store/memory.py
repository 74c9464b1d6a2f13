"""What this process has read and verified, so that it reads nothing twice.

A value is kept beside the files that it came from, each with its time of change, size
and number, and is forgotten as soon as one of them is another. Together the files of
what is kept are at most `LIMIT` bytes long; what was used longest ago goes first.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
Signature = tuple[tuple[int, int, int], ...]

LIMIT = 512 * 2**20
"""Bytes: a laptop study's artifacts several times over, a quarter of its memory."""

_kept: OrderedDict[Hashable, tuple[Signature, Any]] = OrderedDict()


def remembered(key: Hashable, files: tuple[Path, ...], read: Callable[[], T]) -> T:
    """read(), or what it gave when these files were last as they are now.

    The value is shared by all who ask, so nobody may change it. Where a file is
    missing, `read` is called, to say so in its own words, and nothing is kept.
    """
    try:
        now = _signature(files)
    except (OSError, ValueError):
        return read()
    if key in _kept and _kept[key][0] == now:
        _kept.move_to_end(key)
        value: T = _kept[key][1]
        return value
    value = read()
    _kept[key] = now, value
    _kept.move_to_end(key)
    while len(_kept) > 1 and _total() > LIMIT:
        _kept.popitem(last=False)
    return value


def forget() -> None:
    """Keep nothing of what was read so far."""
    _kept.clear()


def _signature(files: tuple[Path, ...]) -> Signature:
    states = [path.stat() for path in files]
    return tuple((s.st_mtime_ns, s.st_size, s.st_ino) for s in states)


def _total() -> int:
    return sum(size for state, _ in _kept.values() for _, size, _ in state)
