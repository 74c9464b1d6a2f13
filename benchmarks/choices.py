"""Choices of a merge that is a function of Pe, on trajectories that are left out.

    python benchmarks/choices.py [--profile laptop] [--seeds 0-2] [--counts 16,1]
        [--pe 0.3,3,30] [--out FILE]

Each choice is changed on its own: the rank, the functions of Pe, the pull towards the
start, shifted copies, starting frames. A merge is searched on k validation trajectories
at each of the headline's Péclet numbers, and scored on validation trajectories that no
search saw, at these numbers and at those of --pe, of which it saw none. The test split
is not read.
"""

import sys
from dataclasses import dataclass, field, replace
from typing import Any

from equal_seconds import copy_of
from tqdm import tqdm

from evophys_lib import parameters
from evophys_lib.errors import EvoPhysError
from evophys_lib.models import bases, directions
from evophys_lib.models.bases import Basis
from evophys_lib.study import data, training
from evophys_lib.study.sight import fitness_of, fitness_on
from evophys_lib.study.study import Study, open_study
from evophys_lib.worldmodel.device import one_thread
from evophys_lib.worldmodel.rollout import unstack
from measuring import finish, machine, options

USUAL = "as declared"


@dataclass(frozen=True)
class Choice:
    """What is different.

    size: of `DirectionsSize`; functions: of Pe; starts: frames at which looks begin.
    """

    size: dict[str, Any] = field(default_factory=dict)
    functions: Basis = bases.LINEAR
    starts: int = 1


CHOICES = {
    USUAL: Choice(),
    "rank 4": Choice({"rank": 4}),
    "rank 16": Choice({"rank": 16}),
    "the same at all Pe": Choice(functions=bases.CONSTANT),
    "quadratic in log Pe": Choice(functions=bases.QUADRATIC),
    "linear spline in log Pe": Choice(functions=bases.SPLINE),
    "linear in U and α": Choice(functions=bases.SPEEDS),
    "no pull": Choice({"ridge": 0.0}),
    "ten times the pull": Choice({"ridge": 0.01}),
    "no shifted copies": Choice({"samples": 1}),
    "four starting frames, fewer shifts": Choice(starts=4),
}


def rows_of(study: Study, count: int, name: str, between: list[float]) -> list[dict]:
    """The fitness of one choice at every Péclet number, seen and between."""
    choice, seed = CHOICES[name], study.seed
    size = replace(study.profile.directions, **choice.size)
    study = replace(study, profile=replace(study.profile, directions=size))
    functions, seen = choice.functions, study.profile.peclets
    with copy_of(study) as own:
        found = directions.of_peclet(
            own, seen[0], count=count, functions=functions, starts=choice.starts
        ).found
    assert isinstance(found, directions.FoundDirections), "it was searched"
    space, model = directions.space(study, size.rank), training.world_model(study)
    rows = []
    for peclet in sorted({*seen, *between}):
        at = functions.at(study, peclet) @ found.x  # (d,)
        weights = unstack(space.models(at[None]))[0]
        held_out, steps = data.held_out(study, peclet), study.profile.horizon_steps
        rows.append({
            "seed": seed,
            "count": count,
            "choice": name,
            "peclet": peclet,
            "seen": peclet in seen,
            "numbers": found.x.size,
            "held_out": fitness_of(model, weights, fitness_on(study, held_out, steps)),
        })  # fmt: skip
    return rows


def main() -> int:
    """All choices of all studies."""
    parser = options(__doc__, profile="laptop")
    parser.add_argument("--seeds", default="0-2", help="of the studies (0-2)")
    parser.add_argument("--counts", type=_counts, default=[16, 1], metavar="K,...")
    parser.add_argument("--pe", default="0.3,3,30", help="between those that are seen")
    args = parser.parse_args()
    between = list(parameters.peclets(args.pe))
    studies = [
        open_study(args.profile, seed, args.device)
        for seed in parameters.seeds(args.seeds)
    ]
    for study in studies:
        training.make_experts(study)
        for peclet in {*study.profile.peclets, *between}:
            data.make_held_out(study, peclet)
    tasks = [(s, k, name) for s in studies for k in args.counts for name in CHOICES]
    rows = [
        row
        for study, count, name in tqdm(tasks, desc="choices")
        for row in rows_of(study, count, name, between)
    ]
    found = {"machine": machine(args.device), "device": args.device, "rows": rows}
    lines = [
        f"seed {r['seed']}, k = {r['count']}, {r['choice']}, Pe {r['peclet']:g}: "
        f"held out {r['held_out']:.3g}"
        for r in rows
    ]
    finish(found, "\n".join(lines), args.out)
    return 0


def _counts(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


if __name__ == "__main__":
    try:
        with one_thread():
            sys.exit(main())
    except EvoPhysError as error:
        sys.exit(f"error: {error}")
