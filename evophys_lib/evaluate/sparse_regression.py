r"""Which terms a rollout obeys: sparse regression of its weak form.

    ∂v/∂t = Σ_j ξ_j Θ_j(v),   v = u − ū (overbar: mean over x)
    Θ_j:  v, v², and 1, v or v² times v_x, v_xx or v_xxx

so that advection–diffusion at speed U has the terms v_x and v_xx, and Burgers about its
mean v_x, v v_x and v_xx. Both sides are multiplied by χ = (1 − x̃²)⁴ (1 − t̃²)⁴ on small
domains, and integrated by parts, which takes derivatives off the noise:

    b_i = −∫∫ v ∂χ_i/∂t dx dt = Σ_j ξ_j Θ_ij,   i = 1 … K, for every trajectory

A term stays as long as it carries a share of at least τ of the left side,
|ξ_j| ‖Θ_j‖ ≥ τ ‖b‖, in least squares that are repeated without those that do not. τ has
no unit, so that one value serves every Péclet number.

Errors of the quadrature in time are of order (ωδ)²/12 for a mode that decays with rate
ω: a percent where it halves within an interval δ.

Source: weak form, Reinbold, Gurevich & Grigoriev 2020
(doi:10.1103/PhysRevE.101.010203); sequentially thresholded least squares, Brunton,
Proctor & Kutz 2016 (doi:10.1073/pnas.1517384113). Both are those of `pysindy`.
"""

import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evophys_lib.errors import EvoPhysError, ParameterError
from evophys_lib.physics.grid import Array

TERMS = (
    "v", "v²", "v_x", "v_xx", "v_xxx", "v v_x", "v² v_x", "v v_xx", "v² v_xx",
    "v v_xxx", "v² v_xxx",
)  # fmt: skip
"""θ_j, in the order of the library."""
TRANSPORT, DIFFUSION, STEEPENING = "v_x", "v_xx", "v v_x"
"""The terms of −U, α and −γ."""
ORDER, DEGREE, BUMP = 3, 2, 4
"""Of derivatives, of powers of v, and of w, whose derivatives of that order vanish."""
DOMAINS = 32
"""K."""
SHARES = (0.2, 0.45)
"""Half a domain's extent, of L and of the duration: wide, to average over noise."""
THRESHOLDS = tuple(round(float(t), 4) for t in 10 ** np.linspace(-2.7, -0.3, 25))
"""τ, ten a decade."""
THRESHOLD = 0.0251
"""τ where one is chosen: `middle` of exact data with 1 % noise, of heat, Burgers and
advection–diffusion; a test finds it again. No rollout had a say in it."""
RIDGE = 1e-8  # of columns of norm 1: a guard, lest the system be singular
REST = 1e-9  # share of ‖v‖ per duration below which nothing moves


@dataclass(frozen=True)
class WeakForm:
    """b = Θ ξ over the domains of all trajectories: matrix (M, J), left (M,)."""

    matrix: Array
    left: Array


@dataclass(frozen=True)
class Path:
    """What is left at every threshold.

    Attributes:
        thresholds: τ, rising, (R,).
        coefficients: ξ, 0 for a term that went, (R, J); NaN of a rollout that diverged.
        explained: 1 − ‖b − Θξ‖²/‖b‖², (R,).
    """

    thresholds: Array
    coefficients: Array
    explained: Array

    def terms(self, threshold: float = THRESHOLD) -> dict[str, float]:
        """ξ by term, of those that stay at the largest τ of the path below this one."""
        below = int((self.thresholds <= threshold).sum())
        found = zip(TERMS, self.coefficients[max(below - 1, 0)], strict=True)
        return {term: float(value) for term, value in found if value}


def discover(
    fields: ArrayLike,
    *,
    interval: float,
    length: float = 1.0,
    thresholds: Sequence[float] = THRESHOLDS,
) -> Path:
    """The terms that trajectories obey together, over a path of thresholds.

    Args:
        fields: cell averages at equal intervals, (n, T, N), periodic in x, n of one and
            the same equation.
        interval: δ, the time between states.
        length: L of the domain.
        thresholds: τ, rising, each a share of the left side.

    Raises:
        ParameterError: fewer than ten states or 16 cells, or thresholds that fall.
        EvoPhysError: pysindy is not installed.
    """
    fields, taus = np.asarray(fields, dtype=np.float64), np.asarray(thresholds)
    _check(fields, taus)
    if not np.isfinite(fields).all():
        nothing = np.full((len(taus), len(TERMS)), np.nan)
        return Path(taus, nothing, nothing[:, 0])
    return path(weak_form(fields, interval=interval, length=length), taus)


def weak_form(fields: Array, *, interval: float, length: float = 1.0) -> WeakForm:
    """Θ and b of trajectories (n, T, N), on the same K domains in each of them."""
    pysindy = _pysindy()
    v = fields - fields.mean(axis=-1, keepdims=True)
    times = interval * np.arange(v.shape[1])
    places = length * np.arange(v.shape[2]) / v.shape[2]
    grid = np.stack(np.meshgrid(places, times, indexing="ij"), axis=-1)  # (N, T, 2)
    with _same_draws():
        library = pysindy.WeakPDELibrary(
            pysindy.PolynomialLibrary(DEGREE, include_bias=False),
            derivative_order=ORDER,
            spatiotemporal_grid=grid,
            K=DOMAINS,
            H_xt=[SHARES[0] * length, SHARES[1] * times[-1]],
            p=BUMP,
        )
    axes = {"ax_spatial": [0], "ax_time": 1, "ax_coord": 2}
    data = [pysindy.AxesArray(one.T[..., None], axes) for one in v]  # (N, T, 1) each
    matrix = np.concatenate([np.asarray(m) for m in library.fit_transform(data)])
    left = np.concatenate([library.convert_u_dot_integral(one)[:, 0] for one in data])
    return WeakForm(matrix, np.asarray(left))


def path(system: WeakForm, thresholds: Sequence[float] | Array = THRESHOLDS) -> Path:
    """ξ at every threshold, unbiased: least squares on the terms that stay."""
    taus = np.asarray(thresholds)
    size = np.linalg.norm(system.left)
    if not size > REST * np.linalg.norm(system.matrix[:, 0]):  # at rest
        return Path(taus, np.zeros((len(taus), len(TERMS))), np.zeros(len(taus)))
    rows = np.stack([least_squares(system, tau) for tau in taus])
    rest = system.left - rows @ system.matrix.T  # (R, M)
    return Path(taus, rows, 1 - (rest**2).sum(axis=1) / size**2)


def least_squares(system: WeakForm, threshold: float) -> Array:
    """ξ of any system, (J,), sequentially thresholded; 0 for a term that went."""
    size = np.linalg.norm(system.left)
    optimizer = _pysindy().STLSQ(
        threshold=threshold, alpha=RIDGE, normalize_columns=True
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparsity parameter is too big")
        fitted = optimizer.fit(system.matrix, system.left / size)
    return np.asarray(size * fitted.coef_[0])


def middle(paths: Sequence[Path], supports: Sequence[Collection[str]]) -> float:
    """The threshold amid those at which every path has the terms that it should.

    Of the longest run of thresholds that all find all supports, the middle one.

    Raises:
        ParameterError: there is none.
    """
    taus = paths[0].thresholds
    wanted = [np.isin(TERMS, list(support)) for support in supports]
    right = np.array(
        [
            all(((one.coefficients[r] != 0) == w).all() for one, w in pairs)
            for r in range(len(taus))
            for pairs in [tuple(zip(paths, wanted, strict=True))]
        ]
    )
    if not right.any():
        raise ParameterError(
            "thresholds", taus.tolist(), "some that find all terms", "Try others."
        )
    runs = np.split(np.arange(len(taus)), np.flatnonzero(np.diff(right)) + 1)
    longest = max((run for run in runs if right[run[0]]), key=len)
    return float(taus[longest[len(longest) // 2]])


def with_noise(fields: Array, share: float, generator: np.random.Generator) -> Array:
    """Fields (n, T, N) with normal noise, a share of each trajectory's fluctuation."""
    v = fields - fields.mean(axis=-1, keepdims=True)
    size = np.sqrt((v**2).mean(axis=(1, 2), keepdims=True))  # (n, 1, 1)
    noise: Array = share * size * generator.standard_normal(fields.shape)
    return fields + noise


@contextmanager
def _same_draws() -> Iterator[None]:
    """pysindy places domains by numpy's global generator, which is left as it was."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002


def _pysindy() -> Any:
    """The package, imported here since that takes seconds."""
    try:
        import pysindy
    except ImportError as error:
        raise EvoPhysError(
            f"sparse regression needs the package pysindy ({error}). Install the extra "
            "`book`: pip install -c constraints.txt -e '.[book]'."
        ) from error
    return pysindy


def _check(fields: Array, thresholds: NDArray[np.float64]) -> None:
    if fields.ndim != 3 or fields.shape[1] < 10 or fields.shape[2] < 16:
        raise ParameterError(
            "fields.shape",
            fields.shape,
            "(n, T, N) with at least ten times and 16 cells",
            "Pass longer trajectories.",
        )
    if not (len(thresholds) and (np.diff(thresholds) > 0).all() and thresholds[0] > 0):
        raise ParameterError(
            "thresholds",
            thresholds.tolist(),
            "shares above 0, each larger than the one before",
            "Leave them out.",
        )
