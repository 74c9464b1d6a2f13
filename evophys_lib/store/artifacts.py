"""Artifacts on disk: made once, written whole, checked before use.

An artifact is a file and, beside it, a record `<file>.record.json` with the
file's SHA-256, its kind, the configuration that made it, the hashes of its inputs
and the seconds it took. The record is written last, so that an artifact with a
record is complete. Weights are safetensors, tables are JSON: neither can run code
when it is read.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from evophys_lib.errors import ArtifactError
from evophys_lib.physics.files import sha256
from evophys_lib.store import disk
from evophys_lib.store.memory import remembered
from evophys_lib.store.tensors import Tensors, load_tensors, save_tensors

RECORD_SUFFIX = ".record.json"
RECORD = {
    "kind": str,
    "config": dict,
    "inputs": dict,
    "sha256": str,
    "seconds": int | float,
}
"""What a record holds."""
USED: dict[Path, None] = {}
"""Artifacts that this process was given, in order, for `told`."""
T = TypeVar("T")


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
            "config": disk.canonical(dict(self.config)),
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
        record = disk.read_json(kept)
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
    told = disk.canonical(dict(config))
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
            f"it anew, or set {disk.OUTPUTS_VARIABLE} to another folder."
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
        with disk.locked(path):
            if not exists(path):
                start = time.perf_counter()
                value = make()
                with disk.replacing(path) as temporary:
                    save(temporary, value)
                seconds = earlier() + time.perf_counter() - start
                made = {"sha256": sha256(path), "seconds": seconds}
                record = disk.canonical_json(provenance.described() | made)
                disk.write_text(record_path(path), record)
    check(path, provenance)
    USED[path] = None
    return remembered(("content", path), (path,), lambda: load(path))


def discard(path: Path, *others: Path, when: Callable[[], bool] = lambda: True) -> bool:
    """Take an artifact away that is not wanted as it is: its record first.

    others: files that go with it. when: asked while nobody else makes it, since then
    another process may have put it right. Whether it was taken away is returned.
    """
    with disk.locked(path):
        if wanted := when():
            for gone in (record_path(path), path, *others):
                disk.remove(gone)
    return wanted


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
        temporary.write_text(disk.canonical_json(value), encoding="utf-8")

    return obtain(path, provenance, make=make, save=save, load=disk.read_json)


def stored_json(path: Path) -> Any:
    """The JSON value of an artifact that `obtain_json` gave before; read once."""
    return remembered(("content", path), (path,), lambda: disk.read_json(path))
