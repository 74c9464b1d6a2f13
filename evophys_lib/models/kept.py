"""How far searches have come, read from their files without disturbing them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

from evophys_lib.errors import ArtifactError
from evophys_lib.merge.dfs import Routes
from evophys_lib.merge.ps import Coefficients
from evophys_lib.merge.search import Budget, Generations
from evophys_lib.models import registry
from evophys_lib.models.generations import parts
from evophys_lib.models.routes import PATHS
from evophys_lib.models.shelf import HISTORY, MERGES, OWN
from evophys_lib.parameters import is_peclet_key, peclet_key
from evophys_lib.physics.splits import Split
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk, journal
from evophys_lib.store.tensors import Tensors, load_tensors, require
from evophys_lib.study import data, training
from evophys_lib.study.study import Study, plain

Config = Mapping[str, Any]


class State(Enum):
    """What has become of a search; a running one holds the lock of its artifact."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"


@dataclass(frozen=True, eq=False)
class KeptSearch:
    """A search as its artifact holds it, or as far as its journal does.

    method: name of the model; peclet: as its folder spells it; config: what it was
    asked; searches: how many it consists of, one from every expert where paths are
    searched; parts: their evaluated generations, by order of the experts; seconds:
    worked for these.
    """

    method: str
    peclet: str
    state: State
    config: Mapping[str, Any]
    searches: int
    parts: Mapping[str, Generations]
    seconds: float


@dataclass(frozen=True)
class Status:
    """How far one search has come.

    generation: how many of `generations` are evaluated, over both orders where there
    are two; best: the lowest fitness; spread: interquartile range of the finite
    fitness in the last generation; elapsed_s: seconds worked for these; left_s: for
    the rest, at the same pace. None: not known yet.
    """

    method: str
    peclet: str
    state: State
    generation: int
    generations: int
    best: float | None
    spread: float | None
    elapsed_s: float
    left_s: float | None


def kept_searches(study: Study, peclet: float | None = None) -> Iterator[KeptSearch]:
    """The searches of a study that have begun, in order of Péclet number.

    peclet: only those at this one. Raises ArtifactError for a damaged file.
    """
    folders = (path for path in (study.folder / MERGES).glob("pe*") if path.is_dir())
    keys = {*filter(is_peclet_key, (f.name.removeprefix("pe") for f in folders))}
    if peclet is not None:
        keys &= {peclet_key(peclet)}
    for key in sorted(keys, key=float):
        folder = study.folder / MERGES / f"pe{key}"
        begun = {file.name.removeprefix(".").split(".")[0] for file in folder.iterdir()}
        for name in (name for name in registry.MODELS if name in begun & {*OWN}):
            kept = _kept(study, folder / f"{name}.safetensors", key)
            if kept is not None:
                yield kept


def status(kept: KeptSearch) -> Status:
    """How far it has come."""
    total = kept.config["budget"]["generations"] * kept.searches
    histories = [part.fitness for part in kept.parts.values()]  # (g, P) each
    done = sum(map(len, histories))
    best = min((float(h.min()) for h in histories), default=np.inf)
    return Status(
        method=kept.method,
        peclet=kept.peclet,
        state=kept.state,
        generation=done,
        generations=total,
        best=best if np.isfinite(best) else None,
        spread=_spread(histories[-1][-1]) if histories else None,
        elapsed_s=kept.seconds,
        left_s=kept.seconds / done * (total - done) if done else None,
    )


def _spread(fitness: np.ndarray) -> float | None:
    finite = fitness[np.isfinite(fitness)]
    if not len(finite):
        return None
    low, high = np.quantile(finite, [0.25, 0.75])
    return float(high - low)


def _kept(study: Study, path: Path, key: str) -> KeptSearch | None:
    running = disk.is_locked(path)
    begun = _journaled(path)  # read first: it goes when the artifact is there
    tensors: Tensors
    if store.exists(path):
        state, record = State.FINISHED, store.sound_record(path)
        config, seconds = _asked(study, path, key, record), record["seconds"]
        tensors = load_tensors(path)
    elif begun is not None:
        state = State.RUNNING if running else State.INTERRUPTED
        tensors, header = begun
        config = _asked(study, path, key, header["provenance"])
        seconds = header["seconds"]
    elif running:
        state, tensors, seconds = State.RUNNING, {}, 0.0
        size = study.profile.dfs if path.stem in PATHS else study.profile.ps
        config = {"budget": plain(size)}
    else:
        return None
    found = [name for name in tensors if name.partition(".")[0] == HISTORY]
    require(tensors, (n.replace(HISTORY, "candidates", 1) for n in found), path)
    searches = len(study.profile.families) if path.stem in PATHS else 1
    return KeptSearch(path.stem, key, state, config, searches, parts(tensors), seconds)


def _asked(study: Study, path: Path, key: str, record: Mapping[str, Any]) -> Config:
    """What a search was asked, if it is the one that belongs at `path`."""
    place = {"seed": study.seed, "method": path.stem, "peclet": float(key)}
    drawn = data.target_path(study, Split.VALIDATION, float(key))
    inputs = {"data": drawn, **training.expert_paths(study)}
    wrong = store.misplaced(record, "merge", place, inputs)
    config: Config = record["config"]
    try:
        Budget(**config["budget"])
        shape = ("routes", Routes) if path.stem in PATHS else ("box", Coefficients)
        shape[1](**config[shape[0]])
    except (LookupError, TypeError, ValueError):
        wrong.append("config")
    if wrong:
        raise ArtifactError(
            f"{path} or its journal is not the search that belongs there (it differs "
            f"in: {', '.join(wrong)}). Delete it and its record, and run again."
        )
    return config


def _journaled(path: Path) -> tuple[Tensors, dict[str, Any]] | None:
    """What the journal of an artifact holds, None where there is none."""
    kept_in = journal.journal_path(path)
    if not kept_in.exists():
        return None
    try:
        return journal.read(kept_in)
    except ArtifactError:
        if store.exists(path):  # the search has ended since and took it away
            return None
        raise
