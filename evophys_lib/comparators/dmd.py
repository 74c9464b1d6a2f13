"""Dynamic mode decomposition: the best linear map from one window to the next.

    y = A x,   A = Y X⁺,   X⁺ = V Σ⁻¹ Uᵀ, cut to r singular values

Columns of X are windows of a family's frames, each stacked into one vector; columns of
Y are the windows Δ frames later. A window holds rates of change, so A can treat a
field that fades fast unlike one that fades slowly, which one frame does not allow.
Source: exact DMD, Tu et al. 2014 (J. Comput. Dyn. 1, 391–421), definition 1 and
algorithm 2, for sequences of many trajectories (their section 3.2).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evophys_lib.physics.grid import Array

Stored = NDArray[np.floating]

SMALLEST = 1e-7


@dataclass(frozen=True)
class DMD:
    """A in factors, A = L Uᵀ.

    basis U (D, r): the leading left singular vectors of X, orthonormal; lift
    L = Y V Σ⁻¹ (D, r). D = context × N numbers make a window.
    """

    basis: Array
    lift: Array

    @property
    def rank(self) -> int:
        """r."""
        rank: int = self.basis.shape[1]
        return rank

    @property
    def reduced(self) -> Array:
        """Ã = Uᵀ L (r, r), which has the nonzero eigenvalues of A."""
        return self.basis.T @ self.lift

    def cut(self, rank: int) -> "DMD":
        """The decomposition that keeps `rank` singular values at most."""
        return DMD(self.basis[:, :rank], self.lift[:, :rank])


def windows(fields: Stored, *, context: int, stride: int) -> Stored:
    """Stacked windows at frames 0, Δ, 2Δ, …: (n, T, N) → (P, n, context × N)."""
    starts = range(0, fields.shape[1] - context + 1, stride)
    stacked = [fields[:, s : s + context].reshape(len(fields), -1) for s in starts]
    return np.stack(stacked)


def fit(stacked: Stored) -> DMD:
    """All of A that can be told from rounding; `cut` takes less.

    stacked (P, n, D): windows of n trajectories, one stride apart. U and Σ come from
    X Xᵀ = U Σ² Uᵀ, which is D × D however many trajectories there are; it squares
    the rounding, so singular values below 1e-7 of the first are dropped. Fields
    stored in float32 hold no more.
    """
    size = stacked.shape[-1]
    gram, cross = np.zeros((size, size)), np.zeros((size, size))
    for before, after in pairwise(stacked):
        x, y = before.astype(np.float64), after.astype(np.float64)  # (n, D)
        gram += x.T @ x
        cross += y.T @ x
    squares, vectors = np.linalg.eigh(gram)
    falling = np.argsort(squares)[::-1]
    kept = falling[squares[falling] > SMALLEST**2 * squares.max()]
    basis = vectors[:, kept]
    return DMD(basis, cross @ basis / squares[kept])  # Y V Σ⁻¹ = Y Xᵀ U Σ⁻²


def forecast(dmd: DMD, window: ArrayLike, steps: int) -> Array:
    """A^h x, h = 1 … H: stacked windows (n, D) → (H, n, D)."""
    amplitudes = np.asarray(window, dtype=np.float64) @ dmd.basis  # (n, r)
    reduced, forecasts = dmd.reduced, []
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            forecasts.append(amplitudes @ dmd.lift.T)
            amplitudes = amplitudes @ reduced.T
    return np.stack(forecasts)


def choose_rank(dmd: DMD, stacked: Stored, ranks: Iterable[int]) -> DMD:
    """The cut whose rollouts from the first of other windows are least wrong.

    stacked (P, n, D): windows of trajectories that the fit did not see; ranks: to
    choose from, and all of it besides. Judged by the squared error over all P − 1
    steps, so that a cut which grows without bound is not chosen.
    """
    candidates = [dmd.cut(rank) for rank in ranks] + [dmd]

    def error(candidate: DMD) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            rolled = forecast(candidate, stacked[0], len(stacked) - 1)
            squared = float(((rolled - stacked[1:]) ** 2).mean())
        return squared if np.isfinite(squared) else np.inf

    return min(candidates, key=error)
