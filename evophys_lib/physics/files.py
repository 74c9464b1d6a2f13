"""Files that are whole or not there: atomic writes and checksums."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from evophys_lib.errors import DataError


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def replace_together(directory: Path, contents: dict[str, bytes]) -> None:
    """Writes several files of a folder; all are complete before any is visible.

    Each goes to a temporary file beside its place, is flushed to the disk, and then
    renamed in the given order. On failure the temporary files are removed and what
    was there before stays.

    Raises:
        OSError: as from the system, for example a full disk.
    """
    temporary: dict[str, Path] = {}
    try:
        for name, content in contents.items():
            handle, path = tempfile.mkstemp(dir=directory, prefix=f".{name}.")
            temporary[name] = Path(path)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary[name].chmod(0o644)
        for name, path in temporary.items():
            os.replace(path, directory / name)
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)


@contextmanager
def writing_to(directory: Path) -> Iterator[None]:
    """Makes the folder; turns the system's errors inside into a DataError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass  # a read-only folder shows here, before anything is computed
        yield
    except OSError as error:
        raise DataError(
            f"cannot write to folder {directory}: {error.strerror or error}. "
            "Choose a folder that you may write to, on a disk with room."
        ) from error
