"""Burgers' equation by Cole–Hopf and direct quadrature: exact to rounding.

∂u/∂t + u ∂u/∂x = ν ∂²u/∂x²,   u = m + v(x − mt, t),   v = −2ν ∂ₓ ln φ,

φ(x, t) = ∫ G(x − y, νt) exp(−V(y)/2ν) dy,   V' = v₀,   G the periodised Gaussian.

Hopf, Comm. Pure Appl. Math. 3, 201 (1950); Cole, Quart. Appl. Math. 9, 225 (1951).

Three things keep it exact and fast:

- φ is periodic only about zero mean. Instead of moving the cell edges to x − mt,
  which differ for each trajectory, the initial condition is moved:
  φ(x − mt, t) = ∫ G(x − y, νt) exp(−V(y − mt)/2ν) dy. The kernel then depends on νt
  alone, and a group of trajectories that share ν is one matrix product per frame.
- Every term is positive, so φ keeps full *relative* precision over its hundred or
  more orders of magnitude at ν = 0.001, where an FFT convolution keeps none. The
  logarithm's largest value is subtracted before the exponential.
- The trapezoidal rule converges exponentially for periodic analytic integrands; the
  number of nodes follows the width of the narrowest peak, frame by frame.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from evophys_lib.errors import ParameterError
from evophys_lib.physics.grid import Array
from evophys_lib.physics.solvers import fourier

_NODES_PER_WIDTH = 1.6
"""Nodes per standard deviation s of the narrowest peak of the integrand.

For a Gaussian the trapezoidal rule with spacing h errs by e^{−2π²s²/h²}: 1.35 would do
for 2e-16, but the peaks have thinner flanks, and 1.35 leaves 3e-11 in u.
"""

_LEAST_NODES = 64  # resolves φ₀ itself where the kernel is wide
_PEAK_SAMPLES = 512  # points on which the largest exponent and slope are looked up
_KERNEL_WIDTHS = 9.0  # images of the Gaussian beyond 9 deviations are below 1e-17


def solve(
    *,
    mean: Array,
    amplitude: Array,
    phase: Array,
    viscosity: Array,
    times: Array,
    cells: int,
    refinement: int = 1,
) -> Array:
    """Cell averages of the solution from u₀ = m + Σ_n A_n sin(2πnx + φ_n).

    ū_i = m − 2νN [ln φ(x_{i+1}) − ln φ(x_i)] telescopes: mass is kept to rounding.

    Args:
        mean: m, shape (B,).
        amplitude: A_n, shape (B, K).
        phase: φ_n, shape (B, K).
        viscosity: ν > 0, shape (B,). Trajectories with equal ν are solved together;
            all different is correct, but several times slower.
        times: t_j ≥ 0, shape (T,).
        cells: N, a power of two.
        refinement: multiplies the number of quadrature nodes; 2 shows convergence.

    Returns:
        ū of shape (B, T, N), float64.

    Raises:
        ParameterError: N is not a power of two.
    """
    if cells < 1 or cells & (cells - 1):
        remedy = "Solve on a finer grid and average down."
        raise ParameterError("cells", cells, "a power of two", remedy)
    field = np.empty((len(mean), len(times), cells))
    values, members = np.unique(viscosity, return_inverse=True)
    with threadpool_limits(limits=1, user_api="blas"):  # the products are small
        for g, nu in enumerate(values):
            rows = np.flatnonzero(members == g)
            field[rows] = _solve_group(
                mean[rows], amplitude[rows], phase[rows], nu, times, cells, refinement
            )
    return field


def _solve_group(
    mean: Array,
    amplitude: Array,
    phase: Array,
    nu: float,
    times: Array,
    cells: int,
    refinement: int,
) -> Array:
    """`solve` for trajectories that share ν."""
    k = np.arange(1, amplitude.shape[1] + 1)
    exponent = amplitude / (4.0 * np.pi * k * nu)  # −V/2ν = Σ_n this · cos(2πny + φ_n)
    samples = np.arange(_PEAK_SAMPLES) / _PEAK_SAMPLES
    waves = np.exp(2j * np.pi * np.outer(k, samples))  # (K, P)
    rotated = np.exp(1j * phase)
    largest = ((exponent * rotated) @ waves).real.max(axis=1)  # (B,)
    slope = ((2.0 * np.pi * k * amplitude * rotated) @ waves).real.max()  # max v₀'

    start = fourier.solve(
        mean=np.zeros(len(mean)),
        modes=-1j * amplitude * rotated,
        symbol=np.zeros(amplitude.shape),
        times=np.zeros(1),
        cells=cells,
    )[:, 0]
    logs = np.ones((len(times), len(mean), cells))  # φ at left edges, then ln φ
    later = np.flatnonzero(times > 0.0)
    nodes = refinement * _nodes(nu, times[later], slope, cells)
    for count in np.unique(nodes):
        frames = later[nodes == count]  # (F,)
        travelled = 2.0 * np.pi * k * mean[:, None] * times[frames, None, None]
        moved = exponent * rotated * np.exp(-1j * travelled)  # (F, B, K)
        scale = np.broadcast_to(-largest[:, None], (*moved.shape[:2], 1))
        weights = np.concatenate([moved.real, -moved.imag, scale], axis=-1)
        weights = weights.reshape(-1, weights.shape[-1])  # (F·B, 2K + 1)
        integrand = weights @ _basis(len(k), count)
        np.exp(integrand, out=integrand)
        integrand = integrand.reshape(len(frames), -1, count)  # (F, B, Q)
        kernels = _kernels(nu * times[frames], count, cells)  # (F, Q, N)
        for j, terms, kernel in zip(frames, integrand, kernels, strict=True):
            # BLAS takes no negative stride, hence the copy
            np.matmul(terms, np.ascontiguousarray(kernel), out=logs[j])
    np.log(logs, out=logs)
    field = np.empty_like(logs)  # (T, B, N)
    np.subtract(logs[..., :-1], logs[..., 1:], out=field[..., :-1])
    np.subtract(logs[..., -1], logs[..., 0], out=field[..., -1])
    field *= 2.0 * nu * cells
    field[times == 0.0] = start
    field += mean[:, None]
    return field.swapaxes(0, 1)  # (B, T, N)


def _nodes(nu: float, times: Array, slope: float, cells: int) -> NDArray[np.integer]:
    """Nodes Q that resolve the narrowest peak of the integrand at times t > 0: (T,).

    The integrand is exp(−F/2ν), F(y) = (x − y)²/2t + V(y), so at a minimum of F its
    variance is s² = 2ν/F'' ≥ 2ν/(1/t + max v₀'). Q is N/2^i or a multiple of N, so
    that edges lie on nodes or nodes on edges.
    """
    width = np.sqrt(2.0 * nu / (1.0 / times + slope))
    needed = np.maximum(_NODES_PER_WIDTH / width, _LEAST_NODES)
    halved = 2 ** np.ceil(np.log2(needed))
    multiple = cells * np.ceil(needed / cells)
    return np.where(needed <= cells, halved, multiple).astype(int)


@lru_cache(maxsize=64)
def _basis(modes: int, nodes: int) -> Array:
    """cos(2πky_q), sin(2πky_q) and 1 at the nodes y_q = q/Q, shape (2K + 1, Q)."""
    angle = 2.0 * np.pi * np.outer(np.arange(1, modes + 1), np.arange(nodes) / nodes)
    return np.concatenate([np.cos(angle), np.sin(angle), np.ones((1, nodes))])


def _kernels(half_variance: Array, nodes: int, cells: int) -> Array:
    """Σ_p exp(−(x_i − y_q − p)²/4νt), edges x_i = i/N, nodes y_q = q/Q: (F, Q, N).

    The missing factor 1/√(4πνt)·1/Q is common to a frame and cancels in ln φ. Only
    S = max(Q, N) values differ for each νt; the result is a strided view of them.
    """
    size = max(nodes, cells)
    images = int(np.ceil(_KERNEL_WIDTHS * np.sqrt(2.0 * half_variance.max())))
    exponent = -1.0 / (4.0 * half_variance[:, None])
    profiles = np.zeros((len(half_variance), size))  # (F, S)
    for p in range(-images, images + 2):
        profiles += np.exp(exponent * (np.arange(size) / size - p) ** 2)
    twice = np.concatenate([profiles, profiles], axis=1)  # (F, 2S)
    row, item = twice.strides
    return np.lib.stride_tricks.as_strided(
        twice[:, size:],
        shape=(len(half_variance), nodes, cells),
        strides=(row, -item * (size // nodes), item * (size // cells)),
        writeable=False,
    )
