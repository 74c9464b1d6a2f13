"""A generation in one pass, one candidate at a time, and by way of the disk.

    python benchmarks/search.py [--profile laptop] [--device cpu] [--out search.json]

Three ways side by side in one run, on the same candidates: a generation of P at once;
P generations of one by the same code; and as general tools for merging do it, each
candidate written to disk, read back into a module and evaluated (`on_disk`). Every way
runs on one thread, on as many threads as there are cores, and in as many processes of
one thread, each with its share of the candidates. Weights are random stand-ins of the
profile's shapes. The engines' overhead is what asking and telling costs without any
evaluation.
"""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

import on_disk
from evophys_lib.merge.engines import CmaEs, MakeEngine
from evophys_lib.merge.parameter_space import DARE_TIES, TASK_ARITHMETIC
from evophys_lib.merge.search import Budget, search
from evophys_lib.merge.space import Space
from evophys_lib.profiles import PROFILES, Profile
from evophys_lib.worldmodel.device import set_threads
from measuring import best_seconds, cores, finish, machine, options
from optuna_cma_es import optuna_cma_es
from stand_ins import (
    Objective,
    Size,
    candidates,
    in_parameter_space,
    lineage_and_fitness,
    over_paths,
)

Evaluate = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Contest:
    """A generation, and the ways to its fitness."""

    candidates: np.ndarray
    space: Space
    ways: dict[str, Evaluate]


def contests(profile: Profile, device: str, folder: Path) -> dict[str, Contest]:
    """What is compared, by label."""
    lineage, fitness = lineage_and_fitness(Size.of(profile), device)
    ps = {
        "PS, task arithmetic": in_parameter_space(lineage, fitness, TASK_ARITHMETIC),
        "PS, DARE-TIES": in_parameter_space(lineage, fitness, DARE_TIES),
    }
    made = {
        label: _contest(one, profile.ps.popsize, on_disk.merged(one, folder))
        for label, one in ps.items()
    }
    dfs = over_paths(lineage, fitness)
    made["DFS"] = _contest(dfs, profile.dfs.popsize, on_disk.rerouted(dfs, folder))
    return made


def _contest(objective: Objective, popsize: int, over_disk: on_disk.OnDisk) -> Contest:
    return Contest(
        candidates(objective, popsize),
        objective.space,
        {
            "together": objective,
            "one_by_one": lambda cs: np.concatenate([objective(c[None]) for c in cs]),
            "on_disk": lambda cs: np.array([over_disk(c) for c in cs]),
        },
    )


def time_ways(contest: Contest, device: str) -> dict[str, float]:
    """Seconds of a generation by every way, in this process."""
    return best_seconds(
        {
            way: lambda evaluate=evaluate: evaluate(contest.candidates)
            for way, evaluate in contest.ways.items()
        },
        device=device,
    )


def largest_difference(contest: Contest, way: str) -> float:
    """Largest relative difference of a fitness to that of the generation at once."""
    together, other = (contest.ways[w](contest.candidates) for w in ("together", way))
    return float(np.abs(other / together - 1).max())


# --- shares of a generation in processes of one thread ------------------------

_here: dict[str, Contest] = {}


def _prepare(profile: Profile, folder: str) -> None:
    set_threads(1)
    own = tempfile.mkdtemp(dir=folder)
    _here.update(contests(profile, "cpu", Path(own)))


def _evaluate_share(label: str, way: str, share: slice) -> np.ndarray:
    contest = _here[label]
    return contest.ways[way](contest.candidates[share])


@contextmanager
def processes(profile: Profile, count: int) -> Iterator[Callable[[str, str], object]]:
    """A function (label, way) that evaluates a generation in `count` processes."""
    with (
        tempfile.TemporaryDirectory(prefix="evophys-benchmark-") as folder,
        ProcessPoolExecutor(
            count,
            mp_context=get_context("spawn"),
            initializer=_prepare,
            initargs=(profile, folder),
        ) as pool,
    ):

        def evaluate(label: str, way: str) -> np.ndarray:
            shares = [slice(first, None, count) for first in range(count)]
            tasks = [pool.submit(_evaluate_share, label, way, s) for s in shares]
            return np.concatenate([task.result() for task in tasks])

        yield evaluate


# --- everything ---------------------------------------------------------------


def overhead(engine: MakeEngine, space: Space, budget: Budget) -> float:
    """Seconds of a whole search whose evaluation is free."""
    free = search(
        lambda c: np.square(c - 0.7).sum(1), space, budget=budget, engine=engine
    )
    return free.seconds


def measure(profile: Profile, device: str) -> dict:
    """All figures of the tables."""
    count = 1 if device == "cuda" else cores()
    with tempfile.TemporaryDirectory(prefix="evophys-benchmark-") as folder:
        compared = contests(profile, device, Path(folder))
        set_threads(1)
        rows = {
            label: {
                "candidates": len(contest.candidates),
                "difference_one_by_one": largest_difference(contest, "one_by_one"),
                "difference_on_disk": largest_difference(contest, "on_disk"),
                "seconds": {"1 thread": time_ways(contest, device)},
            }
            for label, contest in compared.items()
        }
        if count > 1:
            set_threads(count)
            for label, contest in compared.items():
                timed = time_ways(contest, device)
                rows[label]["seconds"][f"{count} threads"] = timed
            set_threads(1)
            with processes(profile, count) as evaluate:
                for label, contest in compared.items():
                    rows[label]["seconds"][f"{count} processes"] = best_seconds(
                        {
                            way: lambda label=label, way=way: evaluate(label, way)
                            for way in contest.ways
                        }
                    )
    ps = compared["PS, task arithmetic"].space
    dfs = compared["DFS"].space
    ps_budget = Budget(profile.ps.generations, profile.ps.popsize)
    dfs_budget = Budget(profile.dfs.generations, profile.dfs.popsize)
    return {
        "machine": machine(device),
        "device": device,
        "profile": profile.name,
        "trajectories": profile.sizes.search,
        "steps": profile.horizon_steps,
        "generation": rows,
        "engine_overhead_s_per_search": {
            "PS, Optuna CMA-ES": overhead(optuna_cma_es, ps, ps_budget),
            "PS, cmaes in memory": overhead(CmaEs, ps, ps_budget),
            "DFS, cmaes in memory": overhead(CmaEs, dfs, dfs_budget),
        },
    }


def table(result: dict) -> str:
    """The figures as text."""
    lines = [
        f"{result['machine']}, {result['device']}, profile {result['profile']}: "
        f"{result['trajectories']} trajectories, {result['steps']} steps",
        "",
        f"{'a generation':20}{'P':>4}  {'on':12}{'together':>11}{'one by one':>17}"
        f"{'over the disk':>18}",
    ]
    for label, row in result["generation"].items():
        for setup, spent in row["seconds"].items():
            once = spent["together"]
            lines.append(
                f"{label:20}{row['candidates']:>4}  {setup:12}{once:>9.3f} s"
                f"{spent['one_by_one']:>9.3f} s ×{spent['one_by_one'] / once:.2f}"
                f"{spent['on_disk']:>10.3f} s ×{spent['on_disk'] / once:.2f}"
            )
    lines += ["", "engine overhead per search"]
    for label, spent in result["engine_overhead_s_per_search"].items():
        lines.append(f"{label:22}{spent:>9.2f} s")
    return "\n".join(lines)


def main() -> None:
    """Measure, print, store."""
    args = options(__doc__, profile="laptop").parse_args()
    result = measure(PROFILES[args.profile], args.device)
    finish(result, table(result), args.out)


if __name__ == "__main__":
    main()
