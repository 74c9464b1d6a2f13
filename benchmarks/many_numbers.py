"""Which optimiser in many numbers: residuals, ranks or gradients, at equal evaluations.

    python benchmarks/many_numbers.py [--profile laptop] [--pe 1 10 100]
        [--seeds 5 6 7] [--rank 1] [--evaluations 480 1500] [--only cma_es] [--out FILE]

All search the coefficients of the experts' singular directions from the uniform soup,
on the k validation trajectories of a study, without a pull to the start; each winner
is scored once more on validation trajectories that no search saw. An evaluation is one
rollout of one candidate on all k; a gradient counts as three. An optimiser with a step
size or a rate of its own gets several, and the best by what it was told is its result:
that favours it, since all of them together would be as many budgets.

A row is written when it is there, and not made again. `dfols` needs `pip install
dfo-ls`, and is left out, with a line that says so, where it is missing.
"""

import contextlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from cmaes import SepCMA
from numpy.typing import NDArray
from scipy.optimize import least_squares
from tqdm import tqdm

from evophys_lib import parameters
from evophys_lib.errors import EvoPhysError
from evophys_lib.merge.directions import Directions
from evophys_lib.merge.engines import INVALID, CmaEs
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.gradient import GRADIENT_COST
from evophys_lib.merge.least_squares import Budget, Condition, minimise
from evophys_lib.merge.space import Dimension, Space
from evophys_lib.models.directions import residuals_of
from evophys_lib.store import disk
from evophys_lib.study import data, training
from evophys_lib.study.sight import fitness_on, sight
from evophys_lib.study.study import Study, open_study
from evophys_lib.worldmodel.device import one_thread
from evophys_lib.worldmodel.rollout import rollout_population
from measuring import machine, options

GENERATION, SKETCH = 16, 2048
SPREADS = (0.1, 0.02)
"""σ₀ of CMA-ES, in units of a task vector's direction."""
RATES = (0.1, 0.03, 0.01)
"""Of Adam, in the same units."""


class Spent(Exception):
    """The budget is used up."""


@dataclass(eq=False)
class Problem:
    """f and ρ of candidates, counted; the best so far.

    budget: evaluations that may be asked for; what is asked beyond raises `Spent`.
    """

    directions: Directions
    fitness: LatentFitness
    budget: int

    def __post_init__(self) -> None:
        self.size, self.spent = len(self.directions), 0
        self.best, self.lowest = np.zeros(self.size), np.inf
        self._residuals = residuals_of(self.directions, self.fitness)

    def residuals(self, candidates: NDArray) -> torch.Tensor:
        """ρ (C, M)."""
        self._spend(len(candidates))
        rho = self._residuals(candidates)
        self._seen(candidates, rho.double().square().sum(1).cpu().numpy())
        return rho

    def one(self, candidate: NDArray) -> NDArray:
        """ρ (M,) of one candidate, as solvers outside the library take it."""
        rho = self.residuals(candidate[None])[0].double().cpu().numpy()
        return np.nan_to_num(rho, nan=INVALID, posinf=INVALID, neginf=-INVALID)

    def values(self, candidates: NDArray) -> NDArray:
        """f (C,), finite: ranks are all that is made of it."""
        squares = self.residuals(candidates).double().square().sum(1).cpu().numpy()
        return np.where(np.isfinite(squares), squares, INVALID)

    def slope(self, candidate: NDArray) -> NDArray:
        """∂f/∂c (d,)."""
        self._spend(GRADIENT_COST)
        c = torch.tensor(candidate[None], requires_grad=True)
        predictor, fitness = self.directions.lineage.predictor, self.fitness
        models = self.directions.models(c)
        rolled = rollout_population(predictor, models, fitness.z0, fitness.steps)
        value = fitness.residuals(rolled).square().sum()
        (slope,) = torch.autograd.grad(value, c)
        self._seen(candidate[None], np.array([float(value.detach())]))
        return np.nan_to_num(slope[0].numpy())

    def _spend(self, count: int) -> None:
        if self.spent + count > self.budget:
            raise Spent
        self.spent += count

    def _seen(self, candidates: NDArray, values: NDArray) -> None:
        i = int(np.argmin(np.where(np.isfinite(values), values, np.inf)))
        if values[i] < self.lowest:
            self.lowest, self.best = float(values[i]), candidates[i].copy()


def by_library(problem: Problem) -> None:
    """The book's: damped steps from differences, secants between two Jacobians."""
    budget = Budget(problem.budget, secants=13)
    minimise([Condition(problem.residuals)], problem.size, budget=budget)


def by_scipy(problem: Problem) -> None:
    """scipy's trust region reflective, with differences of the same step."""

    def jacobian(x: NDArray) -> NDArray:
        here, h = problem.one(x), 0.02
        moved = np.concatenate(
            [
                problem.residuals(x + h * rows).double().cpu().numpy()
                for rows in np.array_split(np.eye(len(x)), -(-len(x) // 24))
            ]
        )
        return np.nan_to_num((moved - here) / h).T

    least_squares(problem.one, np.zeros(problem.size), jac=jacobian, method="trf")


def by_dfols(problem: Problem) -> None:
    """DFO-LS: a linear model of ρ through d + 1 points, one new point at a time.

    Its algebra is dense in ρ, which has 10⁵ entries: it gets a sketch of 2,048, each
    the signed sum of those that chance put together, |S ρ|² ≈ |ρ|².
    """
    import dfols

    rng = np.random.default_rng(0)
    length = len(problem.one(np.zeros(problem.size)))
    buckets = rng.integers(SKETCH, size=length)
    signs = rng.choice([-1.0, 1.0], size=length)

    def sketched(x: NDArray) -> NDArray:
        return np.bincount(buckets, weights=signs * problem.one(x), minlength=SKETCH)

    dfols.solve(sketched, np.zeros(problem.size), rhobeg=0.02, maxfun=10**9)


def by_cma_es(problem: Problem, *, spread: float) -> None:
    """CMA-ES, all covariances."""
    space = Space(
        tuple(Dimension(str(i), -2.0, 2.0, 0.0, spread) for i in range(problem.size))
    )
    engine = CmaEs(space, GENERATION, seed=0)
    while True:
        engine.tell(problem.values(engine.ask()))


def by_separable(problem: Problem, *, spread: float) -> None:
    """CMA-ES with a diagonal covariance."""
    engine = SepCMA(np.zeros(problem.size), spread, seed=0, population_size=GENERATION)
    while True:
        asked = [engine.ask() for _ in range(GENERATION)]
        values = problem.values(np.stack(asked))
        engine.tell(list(zip(asked, values.tolist(), strict=True)))


def by_gradient(problem: Problem, *, rate: float) -> None:
    """Adam along ∂f/∂c."""
    x = torch.zeros(problem.size, dtype=torch.float64, requires_grad=True)
    adam = torch.optim.Adam([x], lr=rate)
    while True:
        x.grad = torch.from_numpy(problem.slope(x.detach().numpy().copy()))
        adam.step()


RIVALS: dict[str, tuple[str, list[Callable[[Problem], None]]]] = {
    "library": ("least squares, secants between", [by_library]),
    "scipy": ("scipy's trust region", [by_scipy]),
    "dfols": ("DFO-LS", [by_dfols]),
    "gradient": (
        "Adam along the gradient",
        [partial(by_gradient, rate=r) for r in RATES],
    ),
    "cma_es": ("CMA-ES", [partial(by_cma_es, spread=s) for s in SPREADS]),
    "sep_cma_es": (
        "separable CMA-ES",
        [partial(by_separable, spread=s) for s in SPREADS],
    ),
}


def run(study: Study, peclet: float, rank: int, budget: int, name: str) -> dict:
    """One rival on one study at one Péclet number: its row."""
    directions = Directions(training.lineage(study), rank)
    seen, began = sight(study, peclet).fitness(), time.process_time()
    best: Problem | None = None
    for search in RIVALS[name][1]:
        problem = Problem(directions, seen, budget)
        with contextlib.suppress(Spent):  # as every search ends that does not by itself
            search(problem)
        if best is None or problem.lowest < best.lowest:
            best = problem
    assert best is not None
    unseen = fitness_on(study, data.held_out(study, peclet), seen.steps)
    rho = residuals_of(directions, unseen)(best.best[None])
    return {
        "seed": study.seed,
        "peclet": peclet,
        "rival": name,
        "budget": budget,
        "numbers": len(directions),
        "spent": best.spent,
        "fitness": best.lowest,
        "held_out": float(rho.double().square().sum()),
        "seconds": (time.process_time() - began) / len(RIVALS[name][1]),
    }


def main() -> int:
    """Search what is missing, store, print."""
    parser = options(__doc__, profile="laptop")
    parser.add_argument("--pe", nargs="+", default=["1", "10", "100"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[5, 6, 7])
    parser.add_argument("--rank", type=int, default=1)
    parser.add_argument("--evaluations", nargs="+", type=int, default=[480, 1500])
    parser.add_argument("--only", nargs="+", choices=RIVALS, default=list(RIVALS))
    args = parser.parse_args()
    path = args.out or Path("many_numbers.json")
    document = disk.read_json(path) if path.exists() else {"rows": []}
    document |= {"machine": machine(args.device), "profile": args.profile}
    document |= {
        "rank": args.rank,
        "labels": {n: told for n, (told, _) in RIVALS.items()},
    }
    done = {(r["seed"], r["peclet"], r["rival"], r["budget"]) for r in document["rows"]}
    cases = [
        (seed, parameters.peclet(pe), name, budget)
        for name in args.only
        for budget in args.evaluations
        for seed in args.seeds
        for pe in args.pe
    ]
    for case in tqdm([c for c in cases if c not in done], unit="search"):
        seed, peclet, name, budget = case
        study = open_study(args.profile, seed, args.device)
        try:
            with one_thread():
                row = run(study, peclet, args.rank, budget, name)
        except ModuleNotFoundError as error:
            print(f"{name} is left out: {error}. pip install dfo-ls", file=sys.stderr)
            continue
        document["rows"].append(row)
        disk.write_text(path, disk.canonical_json(document))
    print(path)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except EvoPhysError as error:
        sys.exit(f"error: {error}")
