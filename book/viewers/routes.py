"""What every path gives that takes one expert's layer at each depth.

Beside these corners stand the soft path, which mixes layers, and the path that DFS
found, which may leave depths. Fitness is that of the search; fields and their errors
are of trajectories that no search sees.
"""

from typing import Any

import numpy as np

from evophys_lib.evaluate.metrics import nrmse
from evophys_lib.merge.soft_paths import corners, hard_paths
from evophys_lib.models import registry
from evophys_lib.models.soft_paths import by_shares
from evophys_lib.study import data
from evophys_lib.study.scene import by_rollout
from evophys_lib.study.study import Study
from viewers import source
from viewers.packing import pack

MODELS = ("best_path", "soft_paths", "dfs")


def make(study: Study) -> dict[str, Any]:
    """Fitness and error (P, C) of the C hard paths, and both others', by Pe.

    Fields (M, P, H + 1, N) of one trajectory: truth, the hard paths, the soft one, DFS.
    """
    families, layers = study.profile.families, study.profile.predictor.layers
    models = registry.of(study.profile)
    paths = hard_paths(len(families), layers)
    fields, fitness, errors, soft, dfs, read = [], [], [], [], [], []
    for peclet in study.profile.peclets:
        seen = source.held_out(study, peclet)
        truth, start = seen.truth.numpy(), seen.fields[:, 0].numpy()
        best, mixed, searched = (
            models[name].make(study, peclet)
            for name in ("best_path", "soft_paths", "dfs")
        )
        hard = [by_rollout(by_shares(study, w)) for w in corners(paths, len(families))]
        predicts = [*hard, mixed.predict, searched.predict]
        told = [predict(seen).fields.numpy() for predict in predicts]
        error = [nrmse(field[-1], truth[-1], start) for field in told]
        fitness.append(best.found.fitness_of)
        errors.append(error[: len(paths)])
        soft.append(mixed.found.described() | {"error": error[-2]})
        path = searched.found.path
        dfs.append(
            {"fitness": searched.found.fitness, "error": error[-1]}
            | {"layers": path.layers(), "scales": path.scales()}
        )
        shown = np.stack([truth[:, :1], *(field[:, :1] for field in told)])
        fields.append(source.from_now(seen, shown)[:, 0])  # (M, H + 1, N)
        read += [*best.paths, *mixed.paths, *searched.paths]
        read.append(data.make_held_out(study, peclet))
    return {
        **source.axes(study, study.profile.peclets),
        "provenance": source.provenance(study, read),
        "models": source.looks(("truth", *families, *MODELS), best_path="best path"),
        "experts": list(families),
        "paths": paths.tolist(),
        "fitness": source.rounded(fitness),
        "error": source.rounded(errors),
        "soft": soft,
        "dfs": dfs,
        "fields": pack(np.stack(fields, axis=1), bytes_each=1),
    }
