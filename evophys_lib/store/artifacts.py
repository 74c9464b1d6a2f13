"""Artifacts on disk: made once, written whole, checked before use.

An artifact is a file and, beside it, a record `<file>.record.json` with the
file's SHA-256, its kind, the configuration that made it, the hashes of its inputs
and the seconds it took. The record is written last, so that an artifact with a
record is complete. Weights are safetensors, tables are JSON: neither can run code
when it is read.
"""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from evophys_lib.errors import ArtifactError
from evophys_lib.physics import files
from evophys_lib.physics.files import sha256
from evophys_lib.store.memory import remembered

RECORD_SUFFIX = ".record.json"
RECORD = {
    "kind": str,
    "config": dict,
    "inputs": dict,
    "sha256": str,
    "seconds": int | float,
}
"""What a record holds."""
OUTPUTS_VARIABLE = "EVOPHYS_OUTPUTS"
REPOSITORY = Path(__file__).resolve().parents[2]

USED: dict[Path, None] = {}
"""Artifacts that this process was given, in order, for `told`."""
Tensors = Mapping[str, torch.Tensor]
"""By name; those that were read are shared, so nobody may change them."""
T = TypeVar("T")


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


@dataclass(frozen=True)
class Provenance:
    """What determines an artifact: its kind, its settings, its inputs' hashes."""

    kind: str
    config: Mapping[str, Any]
    inputs: Mapping[str, str]

    def described(self) -> dict[str, Any]:
        """The part of the record that must match when the artifact is used."""
        return {
            "kind": self.kind,
            "config": canonical(dict(self.config)),
            "inputs": dict(self.inputs),
        }

    def differing(self, record: Mapping[str, Any]) -> list[str]:
        """Which parts of a record are not these."""
        own = self.described()
        return [key for key in own if record.get(key) != own[key]]


def record_path(path: Path) -> Path:
    """Where the record of the artifact at `path` lies."""
    return path.parent / (path.name + RECORD_SUFFIX)


def artifacts_below(folder: Path) -> list[Path]:
    """Every artifact in a folder or deeper that has a record, sorted by the record."""
    records = sorted(folder.rglob(f"?*{RECORD_SUFFIX}"))
    return [r.with_name(r.name.removesuffix(RECORD_SUFFIX)) for r in records]


def exists(path: Path) -> bool:
    """Whether an artifact was made; whether it is sound, `check` tells."""
    return record_path(path).exists()


def read_record(path: Path) -> dict[str, Any]:
    """The record of the artifact at `path`: what vouches for it, by `RECORD`."""
    kept = record_path(path)

    def read() -> dict[str, Any]:
        record = read_json(kept)
        if not is_record(record):
            raise ArtifactError(
                f"{kept} is not a record of this library. Delete it and "
                f"{path.name}, and run again."
            )
        return dict(record)

    return remembered(("record", kept), (kept,), read)


def is_record(value: object) -> bool:
    """Whether a value read from disk has all that `RECORD` names."""
    return isinstance(value, dict) and all(
        isinstance(value.get(key), kind) for key, kind in RECORD.items()
    )


def digest_of(path: Path) -> str:
    """The recorded SHA-256 of an artifact, to name it as another one's input."""
    return str(read_record(path)["sha256"])


def seconds_of(path: Path) -> float:
    """What making an artifact took."""
    return float(read_record(path)["seconds"])


def sound_record(path: Path) -> dict[str, Any]:
    """The record of the artifact at `path`, which is refused if it is damaged."""
    record = read_record(path)
    if not path.exists():
        raise ArtifactError(
            f"{path} is missing though its record is there. Delete "
            f"{record_path(path).name} and run again."
        )
    try:
        found = remembered(("sha256", path), (path,), lambda: sha256(path))
    except OSError as error:
        raise ArtifactError(
            f"{path} cannot be read: {error}. Delete it and {record_path(path).name}, "
            "and run again."
        ) from error
    if record["sha256"] != found:
        raise ArtifactError(
            f"{path} is damaged: its SHA-256 is not the recorded one. Delete it and "
            f"{record_path(path).name}, and run again."
        )
    return record


def misplaced(
    record: Mapping[str, Any],
    kind: str,
    config: Mapping[str, Any],
    inputs: Mapping[str, Path],
) -> list[str]:
    """Which parts of a record are not what the place of its artifact demands.

    For whoever collects what was made, and may not make what it was made from. config:
    what the place says of it; inputs: what lies where its inputs should. Inputs that
    are gone, since they may be deleted, vouch for nothing and refute nothing.
    """
    told = canonical(dict(config))
    wrong = [f"config.{k}" for k, v in told.items() if record["config"].get(k) != v]
    wrong += [] if record["kind"] == kind else ["kind"]
    return wrong + [
        f"inputs.{name}"
        for name, path in inputs.items()
        if exists(path) and record["inputs"].get(name) != digest_of(path)
    ]


def check(path: Path, provenance: Provenance) -> None:
    """Refuse an artifact that is damaged, foreign or made by another provenance."""
    record = sound_record(path)
    if differing := provenance.differing(record):
        raise ArtifactError(
            f"{path} was made with other settings or from other inputs (its record "
            f"differs in: {', '.join(differing)}). Delete it and its record to make "
            f"it anew, or set {OUTPUTS_VARIABLE} to another folder."
        )


def obtain(
    path: Path,
    provenance: Provenance,
    *,
    make: Callable[[], T],
    save: Callable[[Path, T], None],
    load: Callable[[Path], T],
    earlier: Callable[[], float] = lambda: 0.0,
) -> T:
    """Load the artifact at `path` if it is there and sound, else make and store it.

    A lock file lets one process make it while others that ask wait, then load; if
    the one is killed, the next makes it. What was loaded is remembered and shared.
    earlier: seconds that killed ones have spent on what `make` built upon, asked for
    when it is made.
    """
    if not exists(path):
        with locked(path):
            if not exists(path):
                start = time.perf_counter()
                value = make()
                with replacing(path) as temporary:
                    save(temporary, value)
                seconds = earlier() + time.perf_counter() - start
                made = {"sha256": sha256(path), "seconds": seconds}
                record = canonical_json(provenance.described() | made)
                write_text(record_path(path), record)
    check(path, provenance)
    USED[path] = None
    return remembered(("content", path), (path,), lambda: load(path))


def discard(path: Path, *others: Path, when: Callable[[], bool] = lambda: True) -> bool:
    """Take an artifact away that is not wanted as it is: its record first.

    others: files that go with it. when: asked while nobody else makes it, since then
    another process may have put it right. Whether it was taken away is returned.
    """
    with locked(path):
        if wanted := when():
            for gone in (record_path(path), path, *others):
                remove(gone)
    return wanted


def remove(path: Path) -> None:
    """Delete a file if it is there; ArtifactError naming it if it cannot be deleted."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ArtifactError(
            f"cannot delete {path}: {error}. Take it away and run again."
        ) from error


def obtain_tensors(
    path: Path,
    provenance: Provenance,
    make: Callable[[], Tensors],
    earlier: Callable[[], float] = lambda: 0.0,
) -> Tensors:
    """`obtain` for named tensors, stored as safetensors on the CPU."""
    return obtain(
        path,
        provenance,
        make=make,
        save=save_tensors,
        load=load_tensors,
        earlier=earlier,
    )


def obtain_json(path: Path, provenance: Provenance, make: Callable[[], Any]) -> Any:
    """`obtain` for a JSON value."""

    def save(temporary: Path, value: Any) -> None:
        temporary.write_text(canonical_json(value), encoding="utf-8")

    return obtain(path, provenance, make=make, save=save, load=read_json)


def stored_json(path: Path) -> Any:
    """The JSON value of an artifact that `obtain_json` gave before; read once."""
    return remembered(("content", path), (path,), lambda: read_json(path))


def save_tensors(path: Path, tensors: Tensors) -> None:
    """Write named tensors as safetensors; equal tensors give equal bytes."""
    on_cpu = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
    save_file(on_cpu, path)


def look_at_tensors(path: Path) -> None:
    """Refuse, by OSError, a safetensors file with more header than JSON may be long.

    A file that ends before its header, or tensors that do not fill it, the library
    refuses itself, before it takes memory for them.
    """
    with files.opened(path) as stream:
        header = int.from_bytes(stream.read(8), "little")
    if header > files.LARGEST_JSON:
        raise OSError(f"its header claims {header} bytes")


def load_tensors(path: Path) -> Tensors:
    """Read named tensors, or ArtifactError naming the file."""
    try:
        look_at_tensors(path)
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise ArtifactError(
            f"{path} is not a readable safetensors file ({error}). Delete it and its "
            f"record, and run again."
        ) from error


def require(tensors: Tensors, names: Iterable[str], source: Path) -> Tensors:
    """The tensors, or ArtifactError if one of `names` is not among them."""
    missing = [name for name in names if name not in tensors]
    if missing:
        raise ArtifactError(
            f"{source} is not what this library stores there: it holds no "
            f"{', '.join(missing)}. Delete it and its record, and run again."
        )
    return tensors


def matching(
    tensors: Tensors, like: Mapping[str, torch.Tensor], source: Path
) -> Tensors:
    """The tensors, or ArtifactError unless names and shapes are those of a model."""
    own = {name: tuple(t.shape) for name, t in like.items()}
    given = {name: tuple(t.shape) for name, t in tensors.items()}
    if own != given:
        differing = sorted(set(own.items()) ^ set(given.items()))[0][0]
        raise ArtifactError(
            f"{source} is not a checkpoint of this model: {differing} is missing, "
            f"surplus or of another shape. Delete it and its record, and run again."
        )
    return tensors
