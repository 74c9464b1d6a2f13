"""Hostile files under every name that is read: refused, and at what cost.

A process for each name measures how far its memory grew and how much it read. Nobody
judges seconds; they are told.
"""

import json
import resource
import shutil
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import hostile
import numpy as np
from tqdm import tqdm

from evophys_lib import notebooks
from evophys_lib.errors import ArtifactError, DataError, NotebookError
from evophys_lib.evaluate import evidence, results
from evophys_lib.physics import dataset, files, manifest
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk, journal, memory, shipped
from evophys_lib.store.tensors import load_tensors
from faults.lives import SERVER

Read = Callable[[Path], object]
Leave = Callable[[Path], None]
REFUSED = (ArtifactError, DataError, NotebookError)
MEMORY = 200 * 10**6
"""Bytes that a process may grow by."""
READ = 2 * hostile.HUGE
"""Bytes that may be read of a file of a quarter of a gigabyte: once to be hashed."""
PROVENANCE = store.Provenance("kind", {}, {})


def an_artifact(path: Path) -> object:
    return store.obtain_json(path, PROVENANCE, lambda: 1)


def weights(path: Path) -> object:
    return store.obtain_tensors(path, PROVENANCE, dict)


def a_record(path: Path) -> object:
    name = path.name.removesuffix(store.RECORD_SUFFIX)
    return store.read_record(path.with_name(name))


def a_table(path: Path) -> object:
    return evidence._decoded(path, files.sha256_of(b""), {})


def a_shipped_model(path: Path) -> object:
    shipped.check(path, PROVENANCE)
    return load_tensors(path)


def a_notebook(path: Path) -> object:
    return notebooks._defaults(path)


def data(path: Path) -> object:
    return dataset.read(path.parent, "heat")


READERS: dict[str, tuple[str, Read]] = {
    "artifact (json)": ("thing.json", an_artifact),
    "artifact (safetensors)": ("thing.safetensors", weights),
    "shipped model": ("expert.safetensors", a_shipped_model),
    "record": (f"thing.json{store.RECORD_SUFFIX}", a_record),
    "journal": ("thing.safetensors.journal", journal.read),
    "results.json": ("results.json", results.read),
    "evidence (json)": (evidence.DOCUMENT, lambda path: evidence.read(path.parent)),
    "evidence (parquet)": (evidence.SCORES, a_table),
    "data (h5)": ("heat.h5", data),
    "manifest": (manifest.NAME, data),
    "notebook": ("05_dfs.ipynb", a_notebook),
}
"""What is read, under which name, and by what."""


def absurd_shape(count: int) -> Leave:
    """A dataset that claims so many trajectories, and a manifest that agrees."""

    def leave(path: Path) -> None:
        with h5py.File(path, "r+") as file:
            del file["tensor"]
            if count < 10**10:
                file.create_dataset("tensor", (count, 100, 128), np.float32)
        hostile.sign(path, shape=[count, 100, 128])

    return leave


def another_folder(name: str) -> Leave:
    """A manifest that names a file beyond its folder."""

    def leave(path: Path) -> None:
        listing = json.loads(path.read_text())
        listing["shards"][name] = listing["shards"]["heat.h5"]
        path.write_text(json.dumps(listing))

    return leave


def a_link_out(path: Path) -> None:
    elsewhere = path.parent.with_name("elsewhere.h5")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def ways_of(kind: str) -> list[Leave]:
    """Hostile files of a kind."""
    found: list[Leave] = [*hostile.OF_EVERY_KIND]
    if kind == "data (h5)":
        found += [partial_signed(change) for change in hostile.IN_HDF5]
        found += [absurd_shape(count) for count in (10**5, 10**9, 10**30)]
        found += [a_link_out]
    if kind == "manifest":
        found += [
            another_folder(n)
            for n in ("../heat.h5", "/etc/passwd", "a/../heat.h5", "..")
        ]
    return found


def partial_signed(change: Callable[[h5py.File], None]) -> Leave:
    """A change of a shard, which its manifest vouches for."""
    return lambda path: hostile.signed(path, change)


def try_kind(kind: str, produced: Path) -> dict[str, float]:
    """Counts and costs of all hostile files of a kind, in a process of its own."""
    ear, mouth = SERVER.Pipe(duplex=False)
    process = SERVER.Process(target=_try_here, args=(mouth, kind, produced))
    process.start()
    mouth.close()
    try:
        told: dict[str, float] | str = ear.recv()
    except EOFError:
        told = f"{kind}: the process died"
    process.join()
    assert isinstance(told, dict), told
    return told


def _try_here(told: Connection, kind: str, produced: Path) -> None:
    try:
        told.send(_tried(kind, produced))
    except BaseException as error:
        told.send(f"{kind}: {type(error).__name__}: {error}")


def _tried(kind: str, produced: Path) -> dict[str, float]:
    name, read = READERS[kind]
    ways = ways_of(kind)
    before, most_read, slowest = _memory(), 0, 0.0
    for leave in ways:
        with TemporaryDirectory(prefix="evophys-hostile-") as scratch:
            folder = Path(scratch) / "folder"
            shutil.copytree(produced, folder)
            path = folder / name
            if kind not in ("data (h5)", "manifest", "record"):
                _vouch(path)
            leave(path)
            already, began = _bytes_read(), time.perf_counter()
            memory.forget()
            try:
                read(path)
            except REFUSED:
                pass
            else:
                raise AssertionError(f"{leave} was read")
            slowest = max(slowest, time.perf_counter() - began)
            most_read = max(most_read, _bytes_read() - already)
            assert not hostile.mark_of(path).exists(), "a pickle has been loaded"
    grown = _memory() - before
    assert grown < MEMORY, f"{grown} bytes of memory"
    assert most_read < READ, f"{most_read} bytes read"
    megabyte = 10**6
    return {
        "refused": len(ways),
        "memory_mb": round(grown / megabyte),
        "read_mb": round(most_read / megabyte),
        "seconds": round(slowest, 2),
    }


def _vouch(path: Path) -> None:
    """A record for whatever will lie there."""
    described = PROVENANCE.described() | {"sha256": "0" * 64, "seconds": 1.0}
    disk.write_text(store.record_path(path), disk.canonical_json(described))


def _memory() -> int:
    """The most that this process has had, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _bytes_read() -> int:
    """By this process so far; 0 where the system does not tell."""
    try:
        lines = Path("/proc/self/io").read_text().splitlines()
    except OSError:
        return 0
    return int(lines[0].partition(":")[2])


def try_all(produced: Path, share: float = 1.0) -> dict[str, dict[str, float]]:
    """Every kind; produced: a folder with data of two equations."""
    kinds = [*READERS][: max(1, round(share * len(READERS)))]
    return {kind: try_kind(kind, produced) for kind in tqdm(kinds, unit="kind")}
