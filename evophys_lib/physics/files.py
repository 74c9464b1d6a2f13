"""Files that are whole or not there: atomic writes, locks, checksums, wary reading."""

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from glob import escape
from io import BufferedReader
from pathlib import Path
from tempfile import TemporaryFile, mkstemp
from typing import Any, NoReturn

from filelock import FileLock, Timeout

from evophys_lib.errors import DataError

LARGEST = 4 * 2**30
"""Bytes of a file that is read: ten times what the largest run writes."""
LARGEST_JSON = 8 * 2**20
"""Bytes of JSON that is read: in memory it may be twenty times as long."""
_TEMPORARY = ".tmp"


@contextmanager
def opened(path: Path, at_most: int = LARGEST) -> Iterator[BufferedReader]:
    """An ordinary file of a sane size, looked at before anything is read of it.

    What is read from disk goes through here: a pipe would be waited for, and a device
    need not end.

    Raises:
        OSError: as from the system, or because the file is nothing of the kind.
    """
    try:
        stream = open(path, "rb", opener=_without_waiting)  # noqa: SIM115
    except ValueError as error:  # a name that no file can have
        raise OSError(str(error)) from error
    with stream:
        state = os.fstat(stream.fileno())
        if not stat.S_ISREG(state.st_mode):
            raise OSError("it is not an ordinary file")
        if state.st_size > at_most:
            raise OSError(f"it has {state.st_size} bytes, more than {at_most}")
        yield stream


def look_at(path: Path) -> None:
    """Refuse, as `opened` does, what another library would open by its name."""
    with opened(path):
        pass


def read_json(path: Path) -> Any:
    """The JSON value of a file of UTF-8.

    Raises:
        OSError: as `opened`.
        ValueError: as `parse_json`.
    """
    with opened(path, LARGEST_JSON) as stream:
        return parse_json(stream.read(LARGEST_JSON).decode())


def parse_json(text: str) -> Any:
    """The value of JSON from elsewhere.

    Raises:
        ValueError: not JSON, which knows no NaN; too long, or nested too deep.
    """
    if len(text) > LARGEST_JSON:
        raise ValueError(f"it has {len(text)} characters, more than {LARGEST_JSON}")
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"it holds {constant}")


def _without_waiting(path: str, flags: int) -> int:
    """Of a pipe that nobody writes to, too."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes; OSError as `opened`."""
    with opened(path, LARGEST_JSON if path.suffix == ".json" else LARGEST) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_of(content: bytes) -> str:
    """Hexadecimal SHA-256 of bytes."""
    return hashlib.sha256(content).hexdigest()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keeps a file to one process at a time, and clears up after a killed one.

    The lock is the system's and ends with the process that holds it, however that
    ends. Whoever gets it removes the temporary files of `path`, and of files whose
    names begin with its name: nobody else writes them now.

    Raises:
        OSError: as from the system, for example a read-only folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(_lock_path(path)):
        sweep(path)
        yield


def is_locked(path: Path) -> bool:
    """Whether a process holds the lock of `path` now.

    Raises:
        OSError: as from the system, for example no permission to ask.
    """
    lock = _lock_path(path)
    if not lock.exists():
        return False
    try:
        with FileLock(lock, blocking=False):
            return False
    except Timeout:
        return True


def sweep(path: Path) -> None:
    """Removes the temporary files of `path`; for the holder of its lock."""
    for left in path.parent.glob(f".{escape(path.name)}.*{_TEMPORARY}"):
        left.unlink(missing_ok=True)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path that becomes `path` if the block ends well, and else goes.

    It is flushed to the disk before it gets its name, so that neither a kill nor a
    lost current leaves half a file.

    Raises:
        OSError: as from the system, for example a full disk.
    """
    handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_TEMPORARY)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        _flush(temporary)
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def require_place(path: Path) -> None:
    """Makes the folder of a file that is to be written, and tries the file's name.

    Raises:
        OSError, ValueError: as from the system, for example a read-only folder.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=path.parent):
        path.exists()  # a name that is too long shows here


def replace_together(directory: Path, contents: dict[str, bytes]) -> None:
    """Writes several files of a folder; all are complete before any is visible.

    They get their names in the given order. On failure what was there before stays.

    Raises:
        OSError: as from the system, for example a full disk.
    """
    with ExitStack() as stack:
        for name, content in reversed(contents.items()):  # the last in is named first
            temporary = stack.enter_context(replacing(directory / name))
            temporary.write_bytes(content)
            _flush(temporary)


def _lock_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.lock")


def _flush(path: Path) -> None:
    with path.open("r+b") as stream:
        os.fsync(stream.fileno())


@contextmanager
def writing_to(directory: Path) -> Iterator[None]:
    """Makes the folder; turns the system's errors inside into a DataError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=directory):
            pass  # a read-only folder shows here, before anything is computed
        yield
    except OSError as error:
        raise DataError(
            f"cannot write to folder {directory}: {error.strerror or error}. "
            "Choose a folder that you may write to, on a disk with room."
        ) from error
