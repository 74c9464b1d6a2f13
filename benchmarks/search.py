"""A generation in one pass against one candidate at a time, side by side in one run.

    python benchmarks/search.py [--profile laptop] [--device cpu] [--out search.json]

Both ways run the same code on the same candidates: a generation of P, or P
generations of one. Weights are random stand-ins of the profile's shapes; time does not
depend on their values. DFS candidates are those of the first generations of a search.
The overhead of the engines is what asking and telling costs without any evaluation.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from evophys_lib.merge.data_flow import decode
from evophys_lib.merge.dfs import Routes, score_paths
from evophys_lib.merge.engines import CmaEs, MakeEngine
from evophys_lib.merge.family import Family
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.optuna_engine import optuna_cma_es
from evophys_lib.merge.parameter_space import (
    DARE_TIES,
    TASK_ARITHMETIC,
    Recipe,
    draw_scores,
    merge,
)
from evophys_lib.merge.ps import Coefficients
from evophys_lib.merge.search import Budget, search
from evophys_lib.merge.space import Space
from evophys_lib.physics.splits import Split
from evophys_lib.profiles import PROFILES, Profile
from evophys_lib.worldmodel.predictor import Predictor
from evophys_lib.worldmodel.rollout import rollout_population, weights_of

REPEATS = 3
Evaluate = Callable[[np.ndarray], np.ndarray]


def stand_in(profile: Profile, device: str) -> tuple[Family, LatentFitness]:
    """A family and a fitness of the profile's sizes, with random numbers."""
    torch.manual_seed(0)
    sizes = profile.predictor
    predictor = Predictor(sizes).to(device)
    base = weights_of(predictor)
    experts = {
        name: {
            key: w if key.startswith("embed.") else w + 0.02 * torch.randn_like(w)
            for key, w in base.items()
        }
        for name in ("heat", "burgers")
    }
    shape = (
        profile.horizon_steps + 1,
        profile.sizes.search,
        sizes.tokens,
        sizes.latent,
    )
    latents = torch.randn(shape, device=device)
    fitness = LatentFitness(latents[0], latents[1:], Split.VALIDATION)
    return Family(predictor, base, experts), fitness


def parameter_space(
    family: Family, fitness: LatentFitness, recipe: Recipe
) -> tuple[Evaluate, Space]:
    """Merge, roll out and score candidates λ."""
    box, layers = Coefficients(), family.blocks + 1
    scores = draw_scores(family.vectors, recipe, seed=0)

    @torch.no_grad()
    def evaluate(candidates: np.ndarray) -> np.ndarray:
        lam, density = box.decode(candidates, len(family.names), layers)
        lam = torch.as_tensor(lam, device=fitness.z0.device)
        stacked = merge(
            family.base, family.vectors, lam, family.layers,
            recipe=recipe, scores=scores, density=torch.as_tensor(density),
        )  # fmt: skip
        return fitness(
            rollout_population(family.predictor, stacked, fitness.z0, fitness.steps)
        )

    return evaluate, box.space(family.names, layers)


def data_flow(family: Family, fitness: LatentFitness) -> tuple[Evaluate, Space]:
    """Roll out and score paths."""

    def evaluate(candidates: np.ndarray) -> np.ndarray:
        paths = [
            decode(c, experts=family.names, blocks=family.blocks) for c in candidates
        ]
        return score_paths(family.predictor, family.experts, paths, fitness)

    return evaluate, Routes().space(family.names, family.blocks)


def best_seconds(function: Callable[[], object]) -> float:
    """Least wall-clock seconds of a few calls, the first being warm-up."""
    function()
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function()  # its result is on the host: a device has finished
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def compare(evaluate: Evaluate, candidates: np.ndarray) -> dict[str, float]:
    """Seconds of one generation both ways, and how far the values differ."""
    together, alone = evaluate(candidates), [evaluate(c[None])[0] for c in candidates]
    batched = best_seconds(lambda: evaluate(candidates))
    single = best_seconds(lambda: [evaluate(c[None]) for c in candidates])
    return {
        "candidates": len(candidates),
        "batched_s": batched,
        "one_at_a_time_s": single,
        "ratio": single / batched,
        "largest_difference": float(np.abs(together / np.array(alone) - 1).max()),
    }


def overhead(engine: MakeEngine, space: Space, budget: Budget) -> float:
    """Seconds of a whole search whose evaluation is free."""
    free = search(
        lambda c: np.square(c - 0.7).sum(1), space, budget=budget, engine=engine
    )
    return free.seconds


def measure(profile: Profile, device: str) -> dict:
    """All figures of the tables."""
    family, fitness = stand_in(profile, device)
    rng = np.random.default_rng(0)
    rows, overheads = {}, {}
    for label, recipe in (
        ("PS, task arithmetic", TASK_ARITHMETIC),
        ("PS, DARE-TIES", DARE_TIES),
    ):
        evaluate, space = parameter_space(family, fitness, recipe)
        candidates = rng.uniform(-0.5, 1.5, (profile.ps.popsize, len(space)))
        rows[label] = compare(evaluate, candidates)
    ps_budget = Budget(profile.ps.generations, profile.ps.popsize)
    overheads["PS, Optuna CMA-ES"] = overhead(optuna_cma_es, space, ps_budget)
    overheads["PS, cmaes in memory"] = overhead(CmaEs, space, ps_budget)

    evaluate, space = data_flow(family, fitness)
    rows["DFS"] = compare(evaluate, CmaEs(space, profile.dfs.popsize, 0).ask())
    dfs_budget = Budget(profile.dfs.generations, profile.dfs.popsize)
    overheads["DFS, cmaes in memory"] = overhead(CmaEs, space, dfs_budget)
    return {
        "machine": torch.cuda.get_device_name()
        if device == "cuda"
        else platform.processor() or platform.machine(),
        "device": device,
        "threads": torch.get_num_threads(),
        "profile": profile.name,
        "trajectories": profile.sizes.search,
        "steps": profile.horizon_steps,
        "generation": rows,
        "engine_overhead_s_per_search": overheads,
    }


def report(result: dict) -> None:
    """Print the tables."""
    print(
        f"{result['machine']}, {result['device']}, {result['threads']} threads, "
        f"profile {result['profile']}: {result['trajectories']} trajectories, "
        f"{result['steps']} steps"
    )
    print(f"\n{'a generation':22}{'P':>4}{'batched':>11}{'one by one':>12}{'ratio':>8}")
    for label, row in result["generation"].items():
        print(
            f"{label:22}{row['candidates']:>4}{row['batched_s']:>9.3f} s"
            f"{row['one_at_a_time_s']:>10.3f} s{row['ratio']:>8.2f}"
        )
    print("\nengine overhead per search")
    for label, seconds in result["engine_overhead_s_per_search"].items():
        print(f"{label:22}{seconds:>9.2f} s")


def main() -> None:
    """Measure, print, store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", choices=PROFILES, default="laptop")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON")
    args = parser.parse_args()
    result = measure(PROFILES[args.profile], args.device)
    report(result)
    if args.out is not None:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        args.out.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
