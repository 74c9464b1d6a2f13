"""Spherical linear interpolation of two models, layer by layer.

    slerp(a, b; t) = sin((1 − t) Ω)/sin Ω · a + sin(t Ω)/sin Ω · b
    cos Ω = ⟨a, b⟩ / (‖a‖ ‖b‖)

a and b are a layer of each model, flattened to one vector. Vectors of one length keep
it on the way, where the straight line between them would cut the corner; lengths that
differ are kept at the ends and shared out between. Models fine-tuned from one base are
nearly parallel as weights, so there the arc is the line; between their task vectors it
is not: `apply(base, slerp(tau_a, tau_b, …))`.

Source: Shoemake, Animating rotation with quaternion curves, 1985,
doi:10.1145/325165.325242, section 3.3. mergekit interpolates tensor by tensor and
takes the line from |cos Ω| > 0.9995 on.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from evophys_lib.errors import ParameterError
from evophys_lib.merge.by_layer import joined, members
from evophys_lib.merge.task_vectors import require_same_shapes
from evophys_lib.worldmodel.rollout import Weights

PARALLEL = 1e-6
"""Radians from 0 or π within which the line replaces the arc.

Near 0 the two differ by less than Ω², 1e-12. At π the arc is undetermined.
"""


def slerp(
    a: Weights, b: Weights, t: Tensor | float, layers: Mapping[str, int | None]
) -> Weights:
    """The models at t on the arcs from a to b, one arc per layer.

    Args:
        a: weights or a task vector.
        b: likewise, of the same names and shapes.
        t: 0 gives a, 1 gives b; a number, (n_layers,) for one model, or
            (C, n_layers) for C.
        layers: layer l of every tensor by name. None (the embedding, which the
            models share) keeps a's value.

    Returns:
        Weights; with C candidates every tensor is (C, *shape).

    Raises:
        ArtifactError: a and b have different tensors.
        ParameterError: t does not fit the layers.
    """
    require_same_shapes(a, b)
    by_layer = members(layers)
    t = _per_layer(t, len(by_layer))
    lead = t.shape[:-1]
    merged = {
        name: a[name].expand(*lead, *a[name].shape).clone()
        for name, layer in layers.items()
        if layer is None
    }
    for layer, names in by_layer.items():
        of_a, of_b = _shares(joined(a, names), joined(b, names), t[..., layer])
        for name in names:
            scalar = (*lead, *[1] * a[name].ndim)
            merged[name] = (
                of_a.to(a[name]).reshape(scalar) * a[name]
                + of_b.to(b[name]).reshape(scalar) * b[name]
            )
    return {name: merged[name] for name in a}


def angle(a: Tensor, b: Tensor) -> Tensor:
    """Ω in [0, π] between two vectors (P,); NaN where one of them is zero.

    2 atan2(‖â − b̂‖, ‖â + b̂‖), which the arccosine of ⟨â, b̂⟩ equals but for its loss
    of half the digits near 0 and π.
    """
    a, b = a / a.norm(), b / b.norm()
    return 2 * torch.atan2((a - b).norm(), (a + b).norm())


def _shares(a: Tensor, b: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Factors of a and of b, each of the shape of t."""
    t = t.to(a)
    omega = angle(a, b)
    if not PARALLEL < float(omega) < math.pi - PARALLEL:  # NaN takes the line too
        return 1 - t, t
    return (
        torch.sin((1 - t) * omega) / torch.sin(omega),
        torch.sin(t * omega) / torch.sin(omega),
    )


def _per_layer(t: Tensor | float, n_layers: int) -> Tensor:
    t = torch.as_tensor(t, dtype=torch.float64)
    if t.ndim == 0:
        return t.expand(n_layers)
    if t.shape[-1] != n_layers:
        raise ParameterError(
            "t",
            tuple(t.shape),
            f"a number or a tensor (..., n_layers) with n_layers = {n_layers}",
            "Give one number per layer, or one for all.",
        )
    return t
