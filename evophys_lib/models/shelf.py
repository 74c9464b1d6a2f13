"""Where models are kept, and what vouches for them.

The four searches that every study makes lie in `merges`, all others in `baselines`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evophys_lib.merge.search import Budget
from evophys_lib.models.model import Cost
from evophys_lib.parameters import peclet_key
from evophys_lib.profiles import SearchSize
from evophys_lib.store import artifacts as store
from evophys_lib.store.journal import Journal, obtain_tensors
from evophys_lib.store.tensors import Tensors, require
from evophys_lib.study import training
from evophys_lib.study.sight import Sight
from evophys_lib.study.study import Stream, Study
from evophys_lib.worldmodel.device import one_thread
from evophys_lib.worldmodel.rollout import Weights

MERGES, BASELINES = "merges", "baselines"  # folders
OWN = ("ps", "random_search", "dfs", "ps_dfs")
"""What every study searches."""
WEIGHTS = "weights."
HISTORY = "history"

MakeTensors = Callable[[Journal], Tensors]


@dataclass(frozen=True)
class Kept:
    """An artifact of a model, and where it lies."""

    tensors: Tensors
    path: Path

    def require(self, *names: str) -> "Kept":
        """Itself, or ArtifactError if one of these is not among the tensors."""
        require(self.tensors, names, self.path)
        return self


def merge_path(study: Study, name: str, peclet: float) -> Path:
    """Where one of the study's own searches lies."""
    return study.folder / MERGES / f"pe{peclet_key(peclet)}" / f"{name}.safetensors"


def baseline_path(study: Study, name: str, peclet: float | None) -> Path:
    """Where another model lies; without a Péclet number it is the same at all."""
    folder = study.folder / BASELINES
    if peclet is not None:
        folder = folder / f"pe{peclet_key(peclet)}"
    return folder / f"{name}.safetensors"


def search(
    study: Study,
    name: str,
    peclet: float | None,
    seen: Sight,
    config: Mapping[str, Any],
    make: MakeTensors,
    inputs: Mapping[str, Path] | None = None,
) -> Kept:
    """What a search on a sight of the target found, searched if missing."""
    inputs = {**seen.inputs, **(inputs or {})}
    if name not in OWN or peclet is None:
        told = {**config, **seen.config}
        return baseline(study, name, peclet, told, inputs, make)
    told = {**config, "horizon_steps": seen.steps, "method": name, "peclet": peclet}
    provenance = study.provenance("merge", told, **inputs)
    return _obtained(merge_path(study, name, peclet), provenance, make)


def baseline(
    study: Study,
    name: str,
    peclet: float | None,
    config: Mapping[str, Any],
    inputs: Mapping[str, Path],
    make: MakeTensors,
) -> Kept:
    """A model, made on one thread if missing."""
    told = {**config, "baseline": name, "peclet": peclet}
    inputs = {"world_model": training.world_model_path(study), **inputs}
    provenance = study.provenance("baseline", told, **inputs)
    return _obtained(baseline_path(study, name, peclet), provenance, make)


def _obtained(path: Path, provenance: store.Provenance, make: MakeTensors) -> Kept:
    def made(journal: Journal) -> Tensors:
        with one_thread():
            return make(journal)

    return Kept(obtain_tensors(path, provenance, made), path)


def stored(weights: Weights) -> dict[str, Any]:
    """Weights under the names that an artifact has for them."""
    return {WEIGHTS + name: w for name, w in weights.items()}


def weights(study: Study, kept: Kept) -> Weights:
    """The weights in an artifact, which must be those of a predictor."""
    base = training.world_model(study).base
    kept.require(*(WEIGHTS + name for name in base))
    return {name: kept.tensors[WEIGHTS + name].to(study.device) for name in base}


def label(name: str, peclet: float | None) -> str:
    """What a progress bar says is made."""
    return name if peclet is None else f"{name} at Pe {peclet_key(peclet)}"


def budget_of(study: Study, size: SearchSize) -> Budget:
    """Generations and candidates of a search, with the study's seed."""
    seed = study.generator(Stream.SEARCH).initial_seed() % 2**31
    return Budget(generations=size.generations, popsize=size.popsize, seed=seed)


def searched(seen: Sight, evaluations: int, path: Path, *, rollouts: int = 1) -> Cost:
    """What a search cost; rollouts: of a predictor, that one evaluation takes."""
    passes = evaluations * rollouts * seen.count * seen.steps
    return Cost(evaluations, passes, seen.count, store.seconds_of(path))
