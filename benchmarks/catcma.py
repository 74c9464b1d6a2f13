"""CatCMA with margin as an engine: a Gaussian for numbers, a coin for every bit.

    x ~ N(m, σ² C)      updated as CMA-ES with active covariance
    b_i ~ Bernoulli(q_i)      updated by natural gradient, q_i kept off 0 and 1

`engines.CmaEs` relaxes a bit to a number and thresholds it; here a bit has a
probability of its own, and no correlation with the numbers is learned.

Source: Hamano et al., CatCMA with margin, arXiv 2504.07884. Implementation:
`CatCMAwM` of the `cmaes` library.
"""

import warnings

import numpy as np
from cmaes import CatCMAwM
from scipy.stats import norm

from evophys_lib.merge.space import Space


class CatCma:
    """CatCMA with margin; without bits what is left is CMA-ES.

    Starts where `engines.CmaEs` does: numbers x̃ = (x − start)/spread from mean 0 with
    σ = 1, bits flipped with the same probability Φ(−|start − ½|/spread).
    """

    def __init__(self, space: Space, popsize: int, seed: int) -> None:
        self._space, self._popsize = space, popsize
        self._bits, self._reals = space.binary, ~space.binary
        start, spread = space.column("start"), space.column("spread")
        self._origin, self._scale = start[self._reals], spread[self._reals]
        bounds = np.stack([space.column("low"), space.column("high")], axis=1)
        bounds = (bounds[self._reals] - self._origin[:, None]) / self._scale[:, None]
        on = norm.cdf((start - 0.5) / spread)[self._bits]
        count = len(self._origin)
        gaussian = dict(
            x_space=bounds, mean=np.zeros(count), sigma=1.0, cov=np.eye(count)
        )
        coins = dict(
            c_space=[2] * len(on), cat_param=np.stack([1 - on, on], axis=1)
        )  # (n_bits, 2): off, on
        self._optimizer = CatCMAwM(
            **gaussian if count else {},
            **coins if len(on) else {},
            population_size=popsize,
            seed=seed,
        )
        self._asked: list[CatCMAwM.Solution] = []

    def ask(self) -> np.ndarray:
        """The next generation, (P, d)."""
        self._asked = [self._optimizer.ask() for _ in range(self._popsize)]
        if self._optimizer.generation == 0:
            self._asked[0] = self._start()
        return np.stack([self._candidate(solution) for solution in self._asked])

    def tell(self, fitness: np.ndarray) -> None:
        """Update m, σ, C and q by the ranks of the generation.

        The penalty on numbers outside their bounds is scaled by the spread of fitness,
        so an invalid candidate is told as the worst valid one, plus that spread:
        a huge value in its place would drown all others.
        """
        valid = fitness[np.isfinite(fitness)]
        worst = 2 * valid.max() - valid.min() if len(valid) else 0.0
        told = np.where(np.isfinite(fitness), fitness, worst)
        with warnings.catch_warnings():
            # Of a median over nothing, while no generation has had any spread yet.
            warnings.simplefilter("ignore", RuntimeWarning)
            self._optimizer.tell(list(zip(self._asked, told.tolist(), strict=True)))

    def _start(self) -> CatCMAwM.Solution:
        x = np.zeros(len(self._origin)) if self._reals.any() else None
        on = self._space.start[self._bits] > 0.5
        coins = np.stack([~on, on], axis=1) if self._bits.any() else None
        return CatCMAwM.Solution(x, None, coins, x)  # the last: x before repair

    def _candidate(self, solution: CatCMAwM.Solution) -> np.ndarray:
        candidate = np.empty(len(self._space))
        if self._reals.any():
            candidate[self._reals] = self._origin + self._scale * solution.x
        if self._bits.any():
            candidate[self._bits] = solution.c[:, 1]
        low, high = self._space.column("low"), self._space.column("high")
        return np.clip(candidate, low, high)  # mends rounding at the bounds
