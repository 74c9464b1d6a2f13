"""Least squares on residuals: a search that looks at all of an evaluation.

A fitness is a sum of squares, f(x) = Σ_q w_q |ρ_q(c_q)|² + Σ_j R_j |x_j|², with
c_q = Σ_j φ_qj x_j, and each evaluation computes every ρ. Damped Gauss–Newton steps

    (A + μ ā I) δ = −b,   A = Σ_q w_q φ_q φ_qᵀ ⊗ J_q J_qᵀ + R,   ā = tr A / dim A
    b = Σ_q w_q φ_q ⊗ J_q ρ_q + R x

use them; R pulls x towards the start, 0. No gradient is taken: the rows of J_q are
differences, ∂ρ/∂c_i ≈ (ρ(c + h e_i) − ρ(c))/h, a batch of candidates like any other.
Every step is tried with several μ in one batch, and the best is taken. Between two
Jacobians steps cost these trials alone: a secant update keeps J true to the last step,

    J ← J + δ_c (ρ_new − ρ − Jᵀ δ_c)ᵀ / |δ_c|²

With one condition and φ = 1 this searches one merge; with several, x holds coefficients
of a function of what φ tells of a condition, such as its Péclet number.

Sources: Levenberg 1944 (Q. Appl. Math. 2, 164–168) and Marquardt 1963
(doi:10.1137/0111030) for the damping; Broyden 1965 (Math. Comp. 19, 577–593,
doi:10.1090/S0025-5718-1965-0198670-6), equation 4.5, for the update.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from evophys_lib import parameters
from evophys_lib.errors import ArtifactError, EvoPhysError, ParameterError
from evophys_lib.physics.grid import Array
from evophys_lib.worldmodel.resuming import Journal

EVERY = 5.0
"""Seconds between saves: a Jacobian takes about as long."""

Residuals = Callable[[Array], Tensor]
"""(C, d) candidates -> (C, M) residuals ρ, not finite where a rollout is not."""


@dataclass(frozen=True)
class Condition:
    """One of the conditions under which coefficients are judged.

    residuals: ρ_q; basis: φ_q, (p,); weight: w_q.
    """

    residuals: Residuals
    basis: tuple[float, ...] = (1.0,)
    weight: float = 1.0


@dataclass(frozen=True)
class Budget:
    """What may be spent.

    evaluations: of a residual under one condition, at most; trials: values of μ tried
    at each step; secants: steps that one Jacobian serves, the first included; chunk:
    candidates in a batch, so that memory stays bounded; step: h, in units of c.
    """

    evaluations: int
    trials: int = 8
    secants: int = 4
    chunk: int = 24
    step: float = 0.02

    def __post_init__(self) -> None:
        for name in ("evaluations", "trials", "secants", "chunk"):
            parameters.whole(name, getattr(self, name), 1, "Raise it.")
        parameters.positive("step", self.step, "Use 0.02.")


@dataclass(frozen=True)
class Solution:
    """What was found.

    x (p, d); history (K, 2): evaluations spent and the lowest f then, falling;
    evaluations: in all; diverged: how many of them were not finite.
    """

    x: Array
    history: Array
    evaluations: int
    diverged: int = 0

    @property
    def fitness(self) -> float:
        """The lowest f."""
        return float(self.history[-1, 1])


def minimise(
    conditions: Sequence[Condition],
    size: int,
    *,
    budget: Budget,
    ridge: Sequence[float] = (),
    journal: Journal | None = None,
    label: str = "least squares",
) -> Solution:
    """Minimise f from x = 0; the same arguments give the same bytes.

    It ends when the budget does not pay for another step, or when no μ helps though
    the Jacobian is new.

    Args:
        conditions: Q of them, each with a basis (p,).
        size: d, the numbers of a candidate.
        budget: what may be spent.
        ridge: R's entry for each of the p coefficients of a number; 0 if not given.
        journal: saved to before a new Jacobian, if the last save is `EVERY` seconds
            ago; a search that was killed goes on from there.
        label: shown by the progress bar.

    Raises:
        ParameterError: bases or ridge of different lengths.
        EvoPhysError: f is not finite at the start.
        ArtifactError: the journal is another search's.
    """
    state = _State.at_start(conditions, size, ridge)
    if journal is not None and (kept := journal.load()) is not None:
        state.restore(kept, journal.path)
    fresh = len(conditions) * size
    with tqdm(total=budget.evaluations, desc=label, unit="eval") as bar:
        while True:
            bar.update(min(state.spent, budget.evaluations) - bar.n)
            one_step = len(conditions) * budget.trials
            if state.spent + fresh + one_step > budget.evaluations:
                break
            if journal is not None and journal.due(EVERY):
                journal.save(state.described())
            model = _linearised(conditions, state, budget)
            for step in range(budget.secants):
                if state.spent + one_step > budget.evaluations:
                    break
                moved = _stepped(conditions, state, model, budget)
                bar.set_postfix(best=f"{state.fitness:.4g}", refresh=False)
                bar.update(min(state.spent, budget.evaluations) - bar.n)
                if not moved:
                    if step == 0:
                        return state.solution()
                    break
    return state.solution()


@dataclass
class _State:
    """Where the search stands."""

    x: Array  # (p, d)
    residuals: list[Tensor]  # ρ_q, (M,) each
    phi: Array  # (Q, p)
    weights: Array  # (Q,)
    ridge: Array  # (p,)
    damping: float
    spent: int
    diverged: int = 0
    history: list[tuple[float, float]] = field(default_factory=list)

    @classmethod
    def at_start(
        cls, conditions: Sequence[Condition], size: int, ridge: Sequence[float]
    ) -> "_State":
        lengths = {len(condition.basis) for condition in conditions}
        if len(lengths) != 1 or len(ridge) not in (0, *lengths):
            raise ParameterError(
                "conditions",
                [condition.basis for condition in conditions],
                "bases of one length, which ridge has too",
                "Give every condition the same functions.",
            )
        phi = np.array([condition.basis for condition in conditions], dtype=float)
        x = np.zeros((phi.shape[1], size))
        state = cls(
            x=x,
            residuals=[c.residuals(np.zeros((1, size)))[0] for c in conditions],
            phi=phi,
            weights=np.array([condition.weight for condition in conditions]),
            ridge=np.array(ridge or [0.0] * phi.shape[1]),
            damping=1e-2,
            spent=len(conditions),
        )
        start = state.value([_square(r) for r in state.residuals], x)
        if not np.isfinite(start):
            raise EvoPhysError(
                "the residuals are not finite at the start. Check that the experts "
                "roll out without diverging."
            )
        state.history = [(float(state.spent), start)]
        return state

    @property
    def fitness(self) -> float:
        return self.history[-1][1]

    def value(self, squares: Sequence[float], x: Array) -> float:
        """f with the pull of R."""
        penalty = float((self.ridge[:, None] * x**2).sum())
        return float(self.weights @ np.array(squares)) + penalty

    def solution(self) -> Solution:
        return Solution(self.x, np.array(self.history), self.spent, self.diverged)

    def described(self) -> dict[str, Tensor]:
        numbers = {"x": self.x, "history": np.array(self.history)}
        counts = {"spent": self.spent, "diverged": self.diverged}
        numbers |= {"damping": np.array(self.damping)}
        numbers |= {name: np.array(count) for name, count in counts.items()}
        tensors = {name: torch.from_numpy(np.array(v)) for name, v in numbers.items()}
        return tensors | {f"residuals.{q}": r for q, r in enumerate(self.residuals)}

    def restore(self, kept: Mapping[str, Tensor], path: Path) -> None:
        names = {"x", "history", "damping", "spent", "diverged"}
        names |= {f"residuals.{q}" for q in range(len(self.residuals))}
        if kept.keys() != names or kept["x"].shape != self.x.shape:
            raise ArtifactError(
                f"{path} was left by another search. Delete it to start anew."
            )
        self.x = kept["x"].numpy()
        self.residuals = [
            kept[f"residuals.{q}"].to(r) for q, r in enumerate(self.residuals)
        ]
        self.history = [(float(n), float(f)) for n, f in kept["history"].tolist()]
        self.damping, self.spent = kept["damping"].item(), int(kept["spent"].item())
        self.diverged = int(kept["diverged"].item())


@dataclass
class _Model:
    """ρ_q(c_q + δ) ≈ ρ_q + J_qᵀ δ, and what follows from J_q (d, M)."""

    slopes: list[Tensor]
    grams: list[Array]  # J_q J_qᵀ, (d, d)

    def updated(self, q: int, moved: Array, change: Tensor) -> None:
        """Broyden's update of J_q by a step (d,) that changed ρ_q by `change`."""
        length = float(moved @ moved)
        if length == 0.0:
            return
        slope = self.slopes[q]
        step = torch.from_numpy(moved).to(slope)
        missed = change - step @ slope  # (M,)
        inner = (slope @ missed).double().cpu().numpy()  # (d,)
        outer = np.outer(inner, moved) / length
        self.grams[q] += outer + outer.T
        self.grams[q] += _square(missed) / length**2 * np.outer(moved, moved)
        slope.addr_(step, missed, alpha=1 / length)


def _linearised(
    conditions: Sequence[Condition], state: _State, budget: Budget
) -> _Model:
    """J_q by differences, chunk by chunk."""
    size, slopes = state.x.shape[1], []
    for condition, phi, here in zip(
        conditions, state.phi, state.residuals, strict=True
    ):
        centre, rows = phi @ state.x, []
        for first in range(0, size, budget.chunk):
            columns = np.arange(first, min(first + budget.chunk, size))
            candidates = np.repeat(centre[None], len(columns), axis=0)
            candidates[np.arange(len(columns)), columns] += budget.step
            rows.append((condition.residuals(candidates) - here) / budget.step)
        slope = torch.cat(rows)  # (d, M)
        diverged = ~slope.square().sum(1).isfinite()  # (d,), products of it would, too
        slope[diverged] = 0.0
        slopes.append(slope)
        state.spent += size
        state.diverged += int(diverged.sum())
    grams = [(slope @ slope.T).double().cpu().numpy() for slope in slopes]
    return _Model(slopes, grams)


def _stepped(
    conditions: Sequence[Condition], state: _State, model: _Model, budget: Budget
) -> bool:
    """The best of several damped steps, if it lowers f; J is updated by it."""
    if not all(np.isfinite(gram).all() for gram in model.grams):
        return False
    dampings = state.damping * 10.0 ** np.linspace(-2.0, 2.0, budget.trials)
    candidates = _damped(state, model, dampings)  # (T, p, d)
    tried = []
    for condition, phi in zip(conditions, state.phi, strict=True):
        at = np.einsum("p,tpd->td", phi, candidates)
        tried.append(condition.residuals(at))  # (T, M)
        state.spent += len(at)
        state.diverged += int((~tried[-1].isfinite().all(1)).sum())
    squares = [r.double().square().sum(1).cpu().numpy() for r in tried]  # (T,) each
    values = np.array(
        [
            state.value([s[t] for s in squares], candidates[t])
            for t in range(len(candidates))
        ]
    )
    values = np.where(np.isfinite(values), values, np.inf)
    best = int(np.argmin(values))
    state.damping = float(dampings[best])
    if not values[best] < state.fitness:
        return False
    change = candidates[best] - state.x
    for q, phi in enumerate(state.phi):
        new = tried[q][best]
        model.updated(q, phi @ change, new - state.residuals[q])
        state.residuals[q] = new.clone()
    state.x = candidates[best]
    state.history.append((float(state.spent), float(values[best])))
    return True


def _damped(state: _State, model: _Model, dampings: Array) -> Array:
    """x + δ(μ) for several μ: (T, p, d)."""
    p, size = state.x.shape
    a, b = np.zeros((p * size, p * size)), np.zeros((p, size))
    for q, (phi, weight) in enumerate(zip(state.phi, state.weights, strict=True)):
        slope = model.slopes[q] @ state.residuals[q]  # (d,)
        a += weight * np.kron(np.outer(phi, phi), model.grams[q])
        b += weight * phi[:, None] * slope.double().cpu().numpy()
    pull = np.repeat(state.ridge, size)
    a[np.diag_indices_from(a)] += pull
    b += state.ridge[:, None] * state.x
    values, vectors = np.linalg.eigh(a)
    towards = vectors.T @ b.ravel()
    scale = max(float(values.mean()), np.finfo(float).tiny)
    damped = np.maximum(values, 0.0) + scale * dampings[:, None]  # (T, p * d)
    steps = (towards / damped) @ vectors.T
    return np.asarray(state.x - steps.reshape(len(dampings), p, size))


def _square(values: Tensor) -> float:
    return float(values.double().square().sum())
