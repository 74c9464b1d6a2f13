"""Journals: what lets a stage that was killed go on where it was.

A journal is named tensors in `<artifact>.journal`, a safetensors file that is replaced
whole whenever it is saved and goes when the artifact is recorded. Its header holds the
provenance of the artifact, the seconds worked, and a checksum of it all. What is in
a journal, and when it was saved, leaves no trace in the artifact.
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save, save_file
from torch import Tensor

from evophys_lib.errors import ArtifactError
from evophys_lib.physics import files
from evophys_lib.store import artifacts, disk
from evophys_lib.store.tensors import Tensors, look_at_tensors

SUFFIX = ".journal"
DIVERGED = ".diverged"
"""What the journal of a training that diverged is called afterwards."""
INTERVAL = 20.0
"""Seconds between saves: what a kill costs at most. A laptop run's state is written
in a tenth of a second, which is less than a hundredth of the time, a paper run's in
less than one."""


def journal_path(path: Path) -> Path:
    """Where the journal of the artifact at `path` lies while it is made."""
    return path.with_name(path.name + SUFFIX)


class Journal:
    """The journal of one artifact, for the process that holds the artifact's lock.

    Attributes:
        path: the file.
        earlier: seconds that killed processes worked for what was loaded.
    """

    _began: float
    _saved: float

    def __init__(self, artifact: Path, provenance: artifacts.Provenance) -> None:
        self.path, self.earlier = journal_path(artifact), 0.0
        self._provenance = provenance
        self._start_the_clock()

    def load(self) -> dict[str, Tensor] | None:
        """What was saved last, or None.

        Raises ArtifactError if it is damaged, or was saved with other settings.
        """
        self._start_the_clock()
        if not os.path.lexists(self.path):
            return None
        tensors, header = read(self.path)
        if differing := self._provenance.differing(header["provenance"]):
            raise ArtifactError(
                f"{self.path} was left by a run with other settings or other inputs "
                f"(they differ in: {', '.join(differing)}) that was interrupted. "
                "Delete it to start anew, or set "
                f"{disk.OUTPUTS_VARIABLE} to another folder."
            )
        self.earlier = header["seconds"]
        return tensors

    def due(self, interval: float | None = None) -> bool:
        """Whether the last save is `interval` seconds ago, INTERVAL if not given."""
        wanted = INTERVAL if interval is None else interval
        return time.monotonic() - self._saved >= wanted

    def save(self, tensors: Mapping[str, Tensor]) -> None:
        """Keep these in place of what was saved before."""
        on_cpu = {name: t.detach().cpu().contiguous() for name, t in tensors.items()}
        header = {
            "provenance": self._provenance.described(),
            "seconds": self.earlier + time.monotonic() - self._began,
        }
        header["sha256"] = _digest(on_cpu, header)
        with disk.replacing(self.path) as temporary:
            save_file(on_cpu, temporary, {"journal": disk.canonical_json(header)})
        self._saved = time.monotonic()

    def _start_the_clock(self) -> None:
        """Anew when loading, since until then another process may have worked."""
        self._began = self._saved = time.monotonic()


class Part:
    """The part of a journal that one of an artifact's searches writes.

    Attributes:
        path: of the journal.
    """

    def __init__(self, journal: Journal, shared: dict[str, Tensor], name: str) -> None:
        self.path: Path = journal.path
        self._journal, self._shared, self._prefix = journal, shared, f"{name}."

    def load(self) -> dict[str, Tensor] | None:
        """What this search saved last, or None."""
        mine = {n: t for n, t in self._shared.items() if n.startswith(self._prefix)}
        return {n.removeprefix(self._prefix): t for n, t in mine.items()} or None

    def due(self, interval: float | None = None) -> bool:
        """As of the journal."""
        return self._journal.due(interval)

    def save(self, tensors: Mapping[str, Tensor]) -> None:
        """Keep these beside what the other searches have saved."""
        self._shared |= {self._prefix + name: t for name, t in tensors.items()}
        self._journal.save(self._shared)


def parts(journal: Journal, names: Iterable[str]) -> dict[str, Part]:
    """The parts of a journal by name; what they hold already is loaded."""
    shared = dict(journal.load() or {})
    return {name: Part(journal, shared, name) for name in names}


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """A journal's tensors, and its header: `provenance`, `seconds`.

    Raises ArtifactError naming the file if it is damaged.
    """
    try:
        look_at_tensors(path)
        with safe_open(path, framework="pt") as opened:
            header = files.parse_json((opened.metadata() or {})["journal"])
            if not artifacts.is_record(header["provenance"] | header):
                raise ValueError("its header is not a journal's")
            names = opened.keys()
            tensors = {name: opened.get_tensor(name) for name in names}
        if header.pop("sha256") != _digest(tensors, header):
            raise ValueError("its checksum is not the recorded one")
    except (OSError, SafetensorError, ValueError, LookupError, TypeError) as error:
        raise ArtifactError(
            f"{path}, the journal of an interrupted run, is damaged ({error}). Delete "
            "it and run again; what it interrupted starts anew."
        ) from error
    return tensors, header


def _digest(tensors: dict[str, Tensor], header: Mapping[str, Any]) -> str:
    content = save(tensors) + disk.canonical_json(header).encode()
    return hashlib.sha256(content).hexdigest()


def obtain_tensors(
    path: Path,
    provenance: artifacts.Provenance,
    make: Callable[[Journal], Tensors],
) -> Tensors:
    """`artifacts.obtain_tensors` for what takes long: `make` goes on from its journal.

    A training that diverged leaves none, since it could only diverge again; what it
    saved last, its last good state and the losses until then, is kept under
    `DIVERGED`.
    """
    journal = Journal(path, provenance)

    def made() -> Tensors:
        try:
            return make(journal)
        except FloatingPointError as error:
            if not journal.path.exists():
                raise
            kept = path.with_name(path.name + DIVERGED)
            os.replace(journal.path, kept)
            raise FloatingPointError(
                f"{error} The last good state is {kept}."
            ) from None

    tensors = artifacts.obtain_tensors(path, provenance, made, lambda: journal.earlier)
    journal.path.unlink(missing_ok=True)
    return tensors
