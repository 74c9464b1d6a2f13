"""How models do on targets that are unlike those of the search."""

from pathlib import Path

import numpy as np
from torch import Tensor

from evophys_lib.parameters import peclet_key
from evophys_lib.pipeline import data, target_scores
from evophys_lib.pipeline.study import Study


def forecasts_path(study: Study, peclet: float, shift: str) -> Path:
    """Where forecasts of such targets lie."""
    name = f"{shift}_pe{peclet_key(peclet)}.safetensors"
    return study.folder / "forecasts" / name


def forecasts(study: Study, peclet: float, shift: str) -> dict[str, Tensor]:
    """Those of every model of the contract, as `target_scores.target_forecasts`.

    The merges are those that the usual trajectories chose at this Péclet number.
    """
    return target_scores.forecasts_of(
        study,
        peclet,
        forecasts_path(study, peclet, shift),
        data.make_shifted(study, peclet, shift),
        lambda: data.shifted(study, peclet, shift),
    )


def truth(study: Study, peclet: float, shift: str) -> tuple[np.ndarray, np.ndarray]:
    """True fields at the horizons (H, n, N), and frame 0 (n, N)."""
    return target_scores.truth_of(study, data.shifted(study, peclet, shift))
