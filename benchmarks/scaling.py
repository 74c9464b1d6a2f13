"""How the cost of a fitness evaluation grows with everything that makes it larger.

    python benchmarks/scaling.py [--profile laptop] [--device cpu] [--out scaling.json]

A generation of PS (merge, roll out, score) is timed while one size is varied and the
others stay the profile's: trajectories B, candidates P, blocks L, cells of the grid N
(patches keep their size, so tokens grow with it), predictor steps H. The exponent p of
seconds ∝ size^p is the slope of a straight line through the logarithms, least squares,
with its 95 % t-interval, over the upper half of the sizes: below, the cost of calling
operators hides how their work grows. One thread.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from scipy import stats

from evophys_lib.merge.parameter_space import TASK_ARITHMETIC
from evophys_lib.profiles import PROFILES, Profile
from evophys_lib.worldmodel.device import set_threads
from measuring import best_seconds, finish, machine, options
from stand_ins import Size, candidates, in_parameter_space, lineage_and_fitness

REPEATS = 2

AXES: dict[str, tuple[int, ...]] = {
    "trajectories": (2, 4, 8, 16, 32, 64, 96, 128),
    "candidates": (1, 2, 4, 8, 12, 16, 24, 32),
    "blocks": (1, 2, 3, 4, 6, 8, 12, 16),
    "cells": (64, 128, 192, 256, 384, 512, 768, 1024),
    "steps": (1, 2, 4, 8, 12, 16, 24, 32),
}


def sizes(profile: Profile, axis: str) -> Iterator[tuple[int, Size, int]]:
    """(value, size of the models, candidates) along one axis."""
    own, popsize = Size.of(profile), profile.ps.popsize
    patch = profile.encoder.patch
    for value in AXES[axis]:
        predictor = own.predictor
        if axis == "blocks":
            predictor = replace(predictor, blocks=value)
        if axis == "cells":
            predictor = replace(predictor, tokens=value // patch)
        yield (
            value,
            Size(
                predictor,
                value if axis == "trajectories" else own.trajectories,
                value if axis == "steps" else own.steps,
            ),
            value if axis == "candidates" else popsize,
        )


def time_axis(profile: Profile, axis: str, device: str) -> list[float]:
    """Seconds of a generation at every value of one axis."""
    rivals = {}
    for value, size, popsize in sizes(profile, axis):
        search = in_parameter_space(*lineage_and_fitness(size, device), TASK_ARITHMETIC)
        drawn = candidates(search, popsize)
        rivals[str(value)] = lambda search=search, drawn=drawn: search(drawn)
    return list(best_seconds(rivals, device=device, repeats=REPEATS).values())


def exponent(values: Sequence[float], seconds: Sequence[float]) -> dict:
    """Slope of log seconds over log values on the upper half, with its interval.

    Source: the t-interval of a slope, any text on linear regression.
    """
    half = len(values) // 2
    x, y = np.log(values[half:]), np.log(seconds[half:])
    line = stats.linregress(x, y)
    reach = stats.t.ppf(0.975, len(x) - 2) * line.stderr
    return {
        "exponent": float(line.slope),
        "interval": [float(line.slope - reach), float(line.slope + reach)],
        "factor": float(np.exp(line.intercept)),
        "from": values[half],
    }


def measure(profile: Profile, device: str) -> dict:
    """All figures of the table and the picture."""
    set_threads(1)
    axes = {}
    for axis, values in AXES.items():
        spent = time_axis(profile, axis, device)
        axes[axis] = {"values": list(values), "seconds": spent}
        axes[axis] |= exponent(values, spent)
    own = Size.of(profile)
    return {
        "machine": machine(device),
        "device": device,
        "threads": 1,
        "profile": profile.name,
        "at": {
            "trajectories": own.trajectories,
            "candidates": profile.ps.popsize,
            "blocks": own.predictor.blocks,
            "cells": own.predictor.tokens * profile.encoder.patch,
            "steps": own.steps,
        },
        "axes": axes,
    }


def table(result: dict) -> str:
    """The figures as text."""
    lines = [f"{result['machine']}, {result['device']}, profile {result['profile']}"]
    for axis, found in result["axes"].items():
        low, high = found["interval"]
        lines.append(
            f"{axis:14}seconds ∝ size^{found['exponent']:.2f} "
            f"[{low:.2f}, {high:.2f}] from {found['from']}:  "
            + "  ".join(
                f"{value}: {1e3 * s:.0f} ms"
                for value, s in zip(found["values"], found["seconds"], strict=True)
            )
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, store."""
    args = options(__doc__, profile="laptop").parse_args()
    result = measure(PROFILES[args.profile], args.device)
    finish(result, table(result), args.out)


if __name__ == "__main__":
    main()
