"""Stored searches as Optuna studies, in a file for Optuna's dashboard."""

from collections.abc import Sequence
from pathlib import Path

from evophys_lib.errors import ArtifactError, EvoPhysError, ParameterError
from evophys_lib.merge.dfs import Routes
from evophys_lib.merge.optuna_study import write_studies
from evophys_lib.merge.ps import Coefficients
from evophys_lib.merge.search import Generations
from evophys_lib.merge.space import Space
from evophys_lib.models.kept import KeptSearch
from evophys_lib.store import disk
from evophys_lib.study.study import Study


def export(study: Study, searches: Sequence[KeptSearch], out: Path) -> Path:
    """Write searches of a study to a new file, one per order of experts; its path.

    Raises ParameterError if the file is there, EvoPhysError if there is no search,
    ArtifactError for a search that was made with another predictor.
    """
    if out.exists():
        raise ParameterError(
            "out",
            str(out),
            "the path of a file that is not there yet",
            "Choose another, or delete it.",
        )
    studies = {
        " ".join(filter(None, (kept.method, part, f"Pe {kept.peclet}"))): (
            done,
            _space(study, kept, done),
        )
        for kept in searches
        for part, done in kept.parts.items()
    }
    if not studies:
        raise EvoPhysError(
            f"{study.folder} holds no search that has evaluated a generation. Run "
            "one, for example `python -m evophys_lib run 04_ps`."
        )
    with disk.replacing(disk.absolute(out)) as temporary:
        write_studies(temporary, studies)
    return out


def _space(study: Study, kept: KeptSearch, done: Generations) -> Space:
    """The space that a search moves in, from what it was asked."""
    blocks, families = study.profile.predictor.blocks, study.profile.families
    if "box" in kept.config:
        space = Coefficients(**kept.config["box"]).space(families, blocks + 1)
    else:
        space = Routes(**kept.config["routes"]).space(families, blocks)
    if len(space) != done.candidates.shape[-1]:
        raise ArtifactError(
            f"{kept.method} at Pe {kept.peclet} in {study.folder} was made with "
            "another predictor than the profile has now. Delete it and run again, or "
            f"choose another folder by {disk.OUTPUTS_VARIABLE}."
        )
    return space
