"""What a model of the book forecasts, as a system whose law nobody wrote down.

    merged = model_system(study, 10.0, "ps")
    Environment({**SYSTEMS, merged.name: merged}).reset(0, merged.name)

The only file of this room that imports torch.
"""

from dataclasses import dataclass

import numpy as np

from evophys_lib.discovery.flows import FIELD
from evophys_lib.discovery.hypothesis import Hypothesis
from evophys_lib.discovery.system import TRAJECTORIES, System
from evophys_lib.discovery.trajectories import Trajectories, of_fields
from evophys_lib.models import registry
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.grid import TIME_STEP, Array
from evophys_lib.scoring.forecasts import forecast
from evophys_lib.study.study import Study


@dataclass(frozen=True, kw_only=True)
class Rollout(System):
    """Decoded forecasts (H, n, N), one after each predictor step.

    An episode has two of the n trajectories, drawn from its seed; a hypothesis starts
    from their first forecast. interval: between forecasts.
    """

    fields: Array
    interval: float

    def observe(self, seed: int) -> Trajectories:
        rows = self.random(seed).permutation(self.fields.shape[1])[:TRAJECTORIES]
        states = self.fields[:, rows].swapaxes(0, 1)[:, :, None]  # (B, H, 1, N)
        times = self.interval * np.arange(len(self.fields), dtype=np.float64)
        return of_fields(times, states)

    def truth(self, seed: int) -> Hypothesis | None:
        """None: that is the question."""
        return None


def model_system(study: Study, peclet: float, model: str) -> Rollout:
    """A model's rollouts on the target's test trajectories; made if they are missing.

    Args:
        study: whose model.
        peclet: Pe of the target.
        model: a name of the registry, as "ps" or "directions".

    Raises:
        ParameterError: no model has this name.
    """
    (entry,) = registry.named(study.profile, [model]).values()
    return Rollout(
        name=f"{model}_pe{peclet_key(peclet)}",
        tier=4,
        hint=f"A world model rolls out a field on a ring: {entry.label}.",
        vocabulary=FIELD,
        held_out=True,
        fields=forecast(study, peclet, entry).fields.double().cpu().numpy(),
        interval=TIME_STEP * study.profile.stride,
    )
