"""The study that is looked at, and what all viewers take from it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import to_hex

from evophys_lib.figures.style import styles
from evophys_lib.physics.grid import TIME_STEP, Array
from evophys_lib.store import artifacts as store
from evophys_lib.study import data, training
from evophys_lib.study.scene import Scene, scene_of
from evophys_lib.study.study import Study

PECLET = (0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)
HELD_OUT = 16
"""Trajectories that no search sees, on which what is tried out is judged."""
STOPS = 33
"""Of the colour scale; a page interpolates between them."""
DIGITS = 5
DASHES = {"-": "", "--": "6 3", "-.": "7 3 2 3", ":": "2 3"}
"""As SVG writes them."""


def held_out(study: Study, peclet: float) -> Scene:
    """Trajectories of the validation split that neither search nor report looks at."""
    return scene_of(study, data.held_out(study, peclet).take(slice(HELD_OUT)))


def from_now(scene: Scene, fields: Array) -> Array:
    """Fields (M, H, K, N) with the last frame of the context before: (M, K, H + 1, N).

    K are the first of the scene.
    """
    now = scene.fields[: fields.shape[2], scene.now].numpy()  # (K, N)
    start = np.broadcast_to(now, (len(fields), 1, *now.shape))
    return np.concatenate([start, fields], axis=1).swapaxes(1, 2)


def axes(study: Study, peclets: Sequence[float]) -> dict[str, Any]:
    """Péclet numbers, frames after the context, and the book's colours of fields."""
    steps = study.profile.horizon_steps
    return {
        "peclet": list(peclets),
        "frames": [study.profile.stride * h for h in range(steps + 1)],
        "time_step": TIME_STEP,
        "colours": {"field": colours("cividis"), "difference": colours("RdBu_r")},
    }


def colours(scale: str) -> list[str]:
    """One of matplotlib's scales at equal distances."""
    found = matplotlib.colormaps[scale]
    return [to_hex(found(i / (STOPS - 1))) for i in range(STOPS)]


def looks(names: Iterable[str], **called: str) -> dict[str, dict[str, str]]:
    """Label, colour and dashes by model, as in the book's figures.

    called: what models are called that have too long a label.
    """
    return {
        name: {
            "label": called.get(name, style.label),
            "color": style.color,
            "dashes": DASHES[style.look.linestyle],
        }
        for name, style in styles(names).items()
    }


def provenance(study: Study, paths: Iterable[Path]) -> dict[str, Any]:
    """Profile, seed, and the checksum of every artifact that was read."""
    own = [training.world_model_path(study), training.probe_path(study)]
    own += training.expert_paths(study).values()
    return {
        "profile": study.profile.name,
        "seed": study.seed,
        "sha256": {
            path.relative_to(study.folder).as_posix(): store.digest_of(path)
            for path in sorted({*own, *paths})
        },
    }


def rounded(values: Any) -> Any:
    """Floats in lists and dictionaries, to as many digits as anybody reads."""
    if isinstance(values, dict):
        return {key: rounded(value) for key, value in values.items()}
    if isinstance(values, (list, tuple, np.ndarray)):
        return [rounded(value) for value in values]
    number = isinstance(values, (float, np.floating))
    return float(f"{values:.{DIGITS}g}") if number else values
