"""Files of ours: where they go, written whole or not at all, one process at a time.

What the system refuses is an ArtifactError that names the file and what to do.
"""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from evophys_lib.errors import ArtifactError
from evophys_lib.physics import files

OUTPUTS_VARIABLE = "EVOPHYS_OUTPUTS"
REPOSITORY = Path(__file__).resolve().parents[2]


def outputs_root() -> Path:
    """Where artifacts go: $EVOPHYS_OUTPUTS, or `outputs/` beside the package.

    It does not depend on the working directory, which differs between papermill,
    nbval and JupyterLab.
    """
    chosen = os.environ.get(OUTPUTS_VARIABLE)
    return absolute(Path(chosen)) if chosen else REPOSITORY / "outputs"


def absolute(path: Path) -> Path:
    """A path that somebody gave, whose `~` is a home; ArtifactError if none is."""
    try:
        return path.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop, no such home, a NUL
        raise _not_written(path, error) from error


def canonical_json(value: object) -> str:
    """JSON with sorted keys: equal values give equal bytes; NaN is refused."""
    return json.dumps(value, sort_keys=True, indent=1, allow_nan=False) + "\n"


def canonical(value: object) -> Any:
    """A value as it comes back from JSON, with lists for tuples."""
    return json.loads(canonical_json(value))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path that becomes `path` if the block ends well, and else goes.

    Raises ArtifactError naming the folder when it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.replacing(path) as temporary:
            yield temporary
    except (OSError, SafetensorError) as error:
        raise _not_written(path, error) from error


def _not_written(path: Path, error: Exception) -> ArtifactError:
    return ArtifactError(
        f"cannot write {path}: {error}. Free space there, make the folder "
        f"writable, or set {OUTPUTS_VARIABLE} to another folder."
    )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep a file to one process at a time; others that ask wait.

    Raises ArtifactError naming the file when no lock can be had beside it.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(files.locked(path))
        except OSError as error:
            raise ArtifactError(
                f"cannot write {path}: {error}. Make the folder writable, or set "
                f"{OUTPUTS_VARIABLE} to another folder."
            ) from error
        yield


def is_locked(path: Path) -> bool:
    """Whether a process is making the artifact at `path` now."""
    try:
        return files.is_locked(path)
    except OSError as error:
        raise ArtifactError(
            f"cannot tell whether {path} is being made: {error}. Make its folder "
            "writable."
        ) from error


def require_place(path: Path) -> None:
    """ArtifactError unless a file can be written at `path`; its folder is made.

    For whoever works long before there is something to write.
    """
    try:
        if path.exists() and not path.is_file():
            raise OSError("there is something that is no ordinary file")
        files.require_place(path)
    except (OSError, ValueError) as error:
        raise _not_written(path, error) from error


def write_text(path: Path, text: str) -> None:
    """Write text whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read JSON, or ArtifactError naming the file."""
    try:
        return files.read_json(path)
    except (OSError, ValueError) as error:
        raise ArtifactError(
            f"{path} cannot be read as JSON ({error}). Delete it and run again."
        ) from error


def remove(path: Path) -> None:
    """Delete a file if it is there; ArtifactError naming it if it cannot be deleted."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ArtifactError(
            f"cannot delete {path}: {error}. Take it away and run again."
        ) from error
