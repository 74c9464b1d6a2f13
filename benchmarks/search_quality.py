"""Which engine searches best at equal evaluations, in parameter space and over paths.

    python benchmarks/search_quality.py [--profile laptop] [--pe 10] [--seeds 10]
        [--study-seeds 0] [--spaces PS] [--only cma-es tpe] [--early-rejection]
        [--processes 2] [--out FILE]

Every rival gets the profile's budget, on the experts and the k validation trajectories
of one study; what the study lacks is made. DFS is searched from both orders, as the
book does it, and counted as one search of twice the budget. Each winner is scored once
more on validation trajectories that no search saw.

A search's result is written to FILE as soon as it is there, and what FILE holds is not
searched again: start the same line once more to go on, or with more seeds. With several
studies or Péclet numbers, such as --study-seeds 5-7 --pe 0.1,10,100, FILE is a folder
with a file for each.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path

import numpy as np

from comparing import improvements
from evophys_lib import parameters
from evophys_lib.errors import EvoPhysError, ParameterError
from evophys_lib.merge import dfs, ps
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.search import Budget
from evophys_lib.models.coefficients import RECIPE
from evophys_lib.physics.splits import Split
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.study import data, training, workers
from evophys_lib.study.sight import fitness_on, sight
from evophys_lib.study.study import Study, open_study
from measuring import machine, options
from rivals import DEFAULT, EARLY, REJECTING, RIVALS, Objective, steps_share

SPACES = ("PS", "DFS")
ALL = RIVALS | EARLY


@dataclass(frozen=True)
class Problem:
    """What is searched: objectives by space, DFS from either order; and the check.

    held_out: fitness on trajectories that no search sees.
    """

    objectives: dict[str, tuple[Objective, ...]]
    held_out: LatentFitness


@dataclass(frozen=True)
class Case:
    """One search to run: a space, a rival, a seed."""

    space: str
    rival: str
    seed: int


@cache
def problem(study: Study, peclet: float) -> Problem:
    """Load the study's experts and trajectories, once per process."""
    lineage, fitness = training.lineage(study), sight(study, peclet).fitness()
    predictor, experts, routes = lineage.predictor, lineage.experts, dfs.Routes()
    unseen, steps = data.held_out(study, peclet), study.profile.horizon_steps
    return Problem(
        objectives={
            "PS": (ps.Objective(lineage, fitness, RECIPE, ps.Coefficients(), 0),),
            "DFS": tuple(
                dfs.Objective(predictor, experts, names, fitness, routes)
                for names in dfs.orders(lineage.names).values()
            ),
        },
        held_out=fitness_on(study, unseen, steps),
    )


def run_case(study: Study, peclet: float, case: Case) -> dict:
    """Search, and score the winner on what it has not seen."""
    size = {"PS": study.profile.ps, "DFS": study.profile.dfs}[case.space]
    budget = Budget(size.generations, size.popsize, case.seed)
    posed = problem(study, peclet)
    objectives = posed.objectives[case.space]
    runs = [ALL[case.rival].run(objective, budget) for objective in objectives]
    # All orders in turns, a generation each: (G, K, P)
    history = np.stack([run.found.history for run in runs], axis=1)
    best = int(np.argmin([run.found.best_fitness for run in runs]))
    unseen = replace(objectives[best], fitness=posed.held_out)
    held_out = float(unseen(runs[best].found.best[None])[0])
    return asdict(case) | {
        "improvements": improvements(history.ravel(), stride=runs[0].stride),
        "fitness": runs[best].found.best_fitness,
        "held_out": held_out if np.isfinite(held_out) else None,
        "seconds": sum(run.seconds for run in runs),
        "evaluating_s": sum(run.evaluating for run in runs),
        "foretold": {str(h): told for h, told in runs[best].foretold.items()},
    }


def settings(study: Study, peclet: float, device: str) -> dict:
    """What must be equal for searches to stand in one file; makes what is missing."""
    training.make_experts(study)
    data.make_target(study, Split.VALIDATION, peclet)
    data.make_held_out(study, peclet)
    profile = study.profile
    budgets = {"PS": profile.ps, "DFS": profile.dfs}
    orders = {"PS": 1, "DFS": len(profile.families)}
    return {
        "profile": profile.name,
        "peclet": peclet,
        "study_seed": study.seed,
        "device": device,
        "trajectories": profile.sizes.search,
        "held_out_trajectories": profile.sizes.validation,
        "steps": profile.horizon_steps,
        "rejecting": {"steps": REJECTING, "share": steps_share(profile.horizon_steps)},
        "budget": {space: asdict(size) for space, size in budgets.items()},
        "evaluations": {
            space: orders[space] * size.generations * size.popsize
            for space, size in budgets.items()
        },
        "experts": {
            name: store.digest_of(training.expert_path(study, name))
            for name in profile.families
        },
        "rivals": [
            {"name": name, "label": rival.label, "engine": rival.engine}
            for name, rival in ALL.items()
        ],
    }


def open_document(path: Path, fixed: dict) -> dict:
    """What the file holds, or a new document; ParameterError for another's file.

    Which engine is the library's default now is told anew.
    """
    if not path.exists():
        begun = {"machine": machine(fixed["device"]), "rows": []}
        return fixed | begun | {"default": DEFAULT}
    document = disk.read_json(path)
    differing = [key for key in fixed if document.get(key) != fixed[key]]
    if differing:
        raise ParameterError(
            "out",
            str(path),
            f"a new file, or one with the same {', '.join(differing)}",
            "Name another file, or delete this one.",
        )
    return document | {"default": DEFAULT}


def missing(
    rows: Sequence[dict],
    names: Sequence[str],
    seeds: int,
    spaces: Sequence[str] = SPACES,
) -> list[Case]:
    """The searches that have no row yet, seed by seed, so that any stop is fair."""
    done = {(row["space"], row["rival"], row["seed"]) for row in rows}
    wanted = [
        Case(space, name, seed)
        for seed in range(seeds)
        for space in spaces
        for name in names
        if space == "PS" or ALL[name].paths
    ]
    return [c for c in wanted if (c.space, c.rival, c.seed) not in done]


def measure(
    study: Study, peclet: float, path: Path, document: dict, cases: Sequence[Case],
    processes: int,
) -> list[str]:  # fmt: skip
    """Run the cases, write each row when it is there; what went wrong, in words."""
    tasks = [partial(run_case, study, peclet, case) for case in cases]
    failed, began = [], time.monotonic()
    for done, (position, row) in enumerate(workers.as_finished(tasks, processes), 1):
        case = cases[position]
        label = f"{case.space}, {case.rival}, seed {case.seed}"
        left = (time.monotonic() - began) * (len(tasks) / done - 1) / 60
        if isinstance(row, Exception):
            failed.append(f"{label}: {type(row).__name__}: {row}")
            told = "failed"
        else:
            document["rows"].append(row)
            document["rows"].sort(key=lambda r: (r["space"], r["rival"], r["seed"]))
            disk.write_text(path, disk.canonical_json(document))
            told = f"{row['fitness']:.4g} in {row['seconds']:.0f} s"
        print(
            f"{done} of {len(tasks)}: {label}: {told}; about {left:.0f} min left",
            flush=True,
        )
    return failed


def table(document: dict) -> str:
    """Medians over seeds, as text."""
    lines = []
    for space in SPACES:
        lines.append(f"{space:24}{'seeds':>6}{'fitness':>12}{'held out':>12}{'s':>8}")
        for name in ALL:
            rows = [
                r for r in document["rows"] if (r["space"], r["rival"]) == (space, name)
            ]
            if rows:
                seen, unseen, spent = (
                    float(np.median([np.inf if r[k] is None else r[k] for r in rows]))
                    for k in ("fitness", "held_out", "seconds")
                )
                lines.append(
                    f"{name:24}{len(rows):>6}{seen:>12.4g}{unseen:>12.4g}{spent:>8.1f}"
                )
    return "\n".join(lines)


def compared(
    study: Study, peclet: float, path: Path, args: argparse.Namespace
) -> list[str]:
    """Search what is missing of one study at one Péclet number, store, print."""
    names = args.only or [*RIVALS, *(EARLY if args.early_rejection else ())]
    document = open_document(path, settings(study, peclet, args.device))
    disk.write_text(path, disk.canonical_json(document))
    cases = missing(document["rows"], names, args.seeds, args.spaces)
    failed = measure(study, peclet, path, document, cases, args.processes)
    print(table(document))
    print(path)
    return failed


def main() -> int:
    """All studies at all Péclet numbers."""
    parser = options(__doc__, profile="laptop")
    parser.add_argument("--pe", default="10", help="such as 0.1,10 (10 by default)")
    parser.add_argument("--seeds", type=int, default=10, help="searches per rival")
    parser.add_argument("--study-seeds", default="0", help="whose experts, as 5-7 (0)")
    parser.add_argument("--spaces", nargs="+", choices=SPACES, default=SPACES)
    parser.add_argument("--only", nargs="+", choices=ALL, help="these rivals only")
    parser.add_argument("--processes", type=int, default=1, help="side by side (1)")
    parser.add_argument(
        "--early-rejection", action="store_true", help="run the rival that rejects too"
    )
    args = parser.parse_args()
    peclets = parameters.peclets(args.pe)
    studies = [
        open_study(args.profile, seed, args.device)
        for seed in parameters.seeds(args.study_seeds)
    ]
    several, failed = len(studies) * len(peclets) > 1, []
    for study in studies:
        for peclet in peclets:
            path = args.out or study.folder / "search_quality.json"
            if several:
                folder = args.out or study.folder.parent / "search_quality"
                path = folder / file_of(study.seed, peclet)
            failed += compared(study, peclet, path, args)
    for line in failed:
        print(f"error: {line}", file=sys.stderr)
    return 2 if failed else 0


def file_of(seed: int, peclet: float) -> str:
    """Where one of several is written."""
    return f"pe{parameters.peclet_key(peclet)}_seed{seed}.json"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EvoPhysError as error:
        sys.exit(f"error: {error}")
