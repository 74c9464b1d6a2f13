"""Models that need no world model, from the k trajectories of a search or from none.

They are what a practitioner would try first. On a linear target with one U and one α
they have the answer by construction: multipliers and DMD are linear maps, and a
propagator knows the equation and reads its two numbers off the context.

- Multipliers: one complex number per wave number, by least squares over all pairs of
  frames that lie a predictor step apart.
- DMD: of windows as the encoder sees them, a step apart, from every frame on. Its rank
  is one of `RANKS`, or all, by rollouts of the last quarter of the trajectories, left
  out of the fit; of a single one, by its own. It is then fitted to all of them.
- Propagators see no trajectory but the one to be forecast.

They forecast fields and have no latents. No predictor is run, so they have no passes.
"""

from collections.abc import Callable

import numpy as np
import torch

from evophys_lib.comparators import dmd, fourier_multipliers, propagator
from evophys_lib.comparators.dmd import DMD
from evophys_lib.models import shelf
from evophys_lib.models.choosing import fold
from evophys_lib.models.model import Cost, Forecaster
from evophys_lib.physics.grid import TIME_STEP, Array
from evophys_lib.physics.layout import Trajectories
from evophys_lib.store import artifacts as store
from evophys_lib.store.tensors import Tensors
from evophys_lib.study.scene import Forecast, Scene
from evophys_lib.study.sight import Sight, sight
from evophys_lib.study.study import Study

RANKS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""To choose from; windows hold context × N numbers, 640 of them."""


def multipliers(study: Study, peclet: float, *, count: int) -> Forecaster:
    """û_{t+k}(m) = λ_m û_t(m), λ fitted to `count` trajectories."""
    seen, stride = sight(study, peclet, count=count), study.profile.stride

    def make() -> Tensors:
        field = seen.trajectories().field
        span = field.shape[1] - stride + 1
        starts = [field[:, o : o + span : stride] for o in range(stride)]
        fitted = fourier_multipliers.fit(np.concatenate(starts), first=0, stride=1)
        return {"multipliers": torch.view_as_real(torch.from_numpy(fitted))}

    kept = _kept(study, f"fourier_k{count}", peclet, seen, {"stride": stride}, make)
    kept.require("multipliers")
    fitted = torch.view_as_complex(kept.tensors["multipliers"]).numpy()

    def forecast(scene: Scene) -> Array:
        frame = scene.fields[:, scene.now].cpu().numpy()
        return fourier_multipliers.forecast(fitted, frame, scene.steps)

    return _model(forecast, seen, kept)


def decomposition(study: Study, peclet: float, *, count: int) -> Forecaster:
    """Exact DMD of windows, fitted to `count` trajectories."""
    seen, profile = sight(study, peclet, count=count), study.profile
    context, stride = profile.encoder.context, profile.stride

    def windows(lot: Trajectories, start: int = 0) -> dmd.Stored:
        field = lot.field[:, start:]
        return dmd.windows(field, context=context, stride=stride)  # (P, n, D)

    def fit(lot: Trajectories) -> DMD:
        starts = [windows(lot, start) for start in range(stride)]
        shortest = min(map(len, starts))
        return dmd.fit(np.concatenate([s[:shortest] for s in starts], axis=1))

    def make() -> Tensors:
        trajectories = seen.trajectories()
        part = fold({peclet: trajectories}, 0)
        judged = windows(part.left.get(peclet, trajectories))
        steps = profile.horizon_steps + 1
        chosen = dmd.choose_rank(fit(part.fit[peclet]), judged[:steps], RANKS)
        whole = fit(trajectories).cut(chosen.rank)
        factors = {"basis": whole.basis, "lift": whole.lift}
        return {name: torch.from_numpy(factor) for name, factor in factors.items()}

    config = {"stride": stride, "context": context, "ranks": list(RANKS)}
    kept = _kept(study, f"dmd_k{count}", peclet, seen, config, make)
    kept.require("basis", "lift")
    fitted = DMD(kept.tensors["basis"].numpy(), kept.tensors["lift"].numpy())

    def forecast(scene: Scene) -> Array:
        window = scene.context.cpu().numpy()
        stacked = window.reshape(len(window), -1)  # (n, context, N) -> (n, D)
        return dmd.forecast(fitted, stacked, scene.steps)[..., -window.shape[-1] :]

    return _model(forecast, seen, kept)


def read_off(study: Study, peclet: float, *, riding: bool = False) -> Forecaster:
    """The exact solution, U and α read off the context of each trajectory.

    riding: whether U is the mean of the field, which is true of the usual target.
    """
    del peclet
    stride = study.profile.stride

    def forecast(scene: Scene) -> Array:
        frames = scene.context.cpu().numpy()
        read = propagator.fit(frames, interval=TIME_STEP, riding=riding)
        steps = np.arange(1, scene.steps + 1)
        return propagator.forecast(read, stride * TIME_STEP * steps)

    return Forecaster(lambda scene: _told(scene, forecast(scene)))


def _kept(
    study: Study,
    name: str,
    peclet: float,
    seen: Sight,
    config: dict[str, object],
    make: Callable[[], Tensors],
) -> shelf.Kept:
    """What was fitted, made if missing; experts have no part in it."""
    inputs = {"data": seen.inputs["data"]}
    told = {**config, **seen.config}
    return shelf.baseline(study, name, peclet, told, inputs, lambda journal: make())


def _model(
    forecast: Callable[[Scene], Array], seen: Sight, kept: shelf.Kept
) -> Forecaster:
    return Forecaster(
        predict=lambda scene: _told(scene, forecast(scene)),
        cost=Cost(trajectories=seen.count, seconds=store.seconds_of(kept.path)),
        paths=(kept.path,),
    )


def _told(scene: Scene, fields: Array) -> Forecast:
    told = torch.from_numpy(np.ascontiguousarray(fields)).float()
    return Forecast(told.to(scene.fields.device))
