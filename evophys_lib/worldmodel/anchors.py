"""Anchors: what keeps a latent from collapsing while it learns to be predictable.

A constant latent is predicted without error. An anchor is a penalty on the latents
of a batch that is small where they are spread out; the anchors differ in which
spread they ask for, that of the field or an isotropic one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import torch
from torch import Generator, Tensor
from torch.nn import functional as F

PROJECTIONS = 64  # directions that SIGReg draws anew for every batch
SIGREG_WEIGHT = 0.5  # the paper's 0.05 of the loss beside κ = 10 of prediction
FREQUENCIES = torch.linspace(0.0, 5.0, 9)  # of the characteristic function


class Anchor(Enum):
    """What the latents of a batch are held to."""

    COVARIANCE = "covariance"
    VICREG = "vicreg"
    SIGREG = "sigreg"
    NONE = "none"


def covariance_anchor(z: Tensor, reference: Tensor) -> Tensor:
    """Σ_d max(0, 1 − σ_d(z)/σ_d(ζ))/D + ‖C(z) − C(ζ)‖²/‖C(ζ)‖², C about ring means.

    VICReg asks for unit variance and no covariance, which amplifies the directions
    in which fields hardly differ until they count as much as the field itself. This
    anchor asks instead for the spread that an isometry of the field has: it forbids
    collapse and leaves the metric of the latent that of the field.

    z: latents (B, S, D); reference ζ: an isometric projection of the same windows,
    (B, S, D). σ_d over batch and ring; C: covariance of the deviation from each
    sample's mean over the ring.
    """
    spread, wanted = z.flatten(0, 1).std(0), reference.flatten(0, 1).std(0)
    hinge = F.relu(1 - spread / (wanted + 1e-6)).mean()
    c, c_wanted = ring_covariance(z), ring_covariance(reference)
    return hinge + (c - c_wanted).square().sum() / c_wanted.square().sum()


def ring_covariance(z: Tensor) -> Tensor:
    """Covariance of the deviation from each sample's mean over the ring, (D, D)."""
    deviation = (z - z.mean(1, keepdim=True)).flatten(0, 1)  # (B * S, D)
    return deviation.mT @ deviation / len(deviation)


def vicreg(z: Tensor) -> Tensor:
    """25 Σ_d max(0, 1 − √(C_dd + ε))/D + Σ_{d≠d'} C_dd'²/D, C over batch and ring.

    z: latents (B, S, D). Source: Bardes et al. 2022 (arXiv 2105.04906), eqs. 1–4 and
    6 with its μ = 25, ν = 1, ε = 1e-4; the paper's λ = 25 is κ here.
    """
    rows = z.flatten(0, 1)  # (B * S, D)
    c = (rows - rows.mean(0)).mT @ (rows - rows.mean(0)) / (len(rows) - 1)
    hinge = F.relu(1 - (c.diagonal() + 1e-4).sqrt()).mean()
    off_diagonal = c - c.diagonal().diag()
    return 25 * hinge + off_diagonal.square().sum() / len(c)


def epps_pulley(y: Tensor) -> Tensor:
    """∫ |n⁻¹ Σ_i exp(i t y_i) − exp(−t²/2)|² exp(−t²/2) dt: zero for N(0, 1) only.

    y: (n, M), M samples side by side; → (M,). The integral is twice the trapezoidal
    rule on [0, 5]: the integrand is even, and beyond 5 the weight is below 4e-6.
    Source: Epps & Pulley 1983; LeJEPA, Balestriero & LeCun 2025 (arXiv 2511.08544),
    section 4.2.
    """
    t = FREQUENCIES.to(y)
    normal = torch.exp(-0.5 * t.square())  # (F,)
    phase = y[..., None] * t  # (n, M, F)
    real, imaginary = phase.cos().mean(0), phase.sin().mean(0)  # (M, F)
    distance = (real - normal).square() + imaginary.square()
    return 2 * torch.trapezoid(distance * normal, t, dim=-1)


def sigreg(z: Tensor, generator: Generator) -> Tensor:
    """w B ⟨EP(Z a)⟩_a over random directions a: sketched isotropic Gaussian.

    z: latents (B, S, D), taken as the B·S rows of Z; a: unit vectors, drawn anew at
    every call; EP: `epps_pulley`, which falls as one over the number of independent
    samples where they are Gaussian, B at least.
    Source: LeJEPA (arXiv 2511.08544), algorithm 1.
    """
    directions = torch.randn(z.shape[-1], PROJECTIONS, generator=generator)
    directions = F.normalize(directions, dim=0).to(z)  # (D, M)
    statistic = epps_pulley(z.flatten(0, 1) @ directions).mean()
    return SIGREG_WEIGHT * len(z) * statistic


@dataclass(frozen=True)
class AnchorTerm:
    """One kind of anchor.

    penalty: (latents z (B, S, D), reference ζ (B, S, D), generator) → scalar;
    variance: reference → V, the variance per number that the anchor holds latents
    at, in units of which the prediction error counts.
    """

    penalty: Callable[[Tensor, Tensor, Generator], Tensor]
    variance: Callable[[Tensor], Tensor]


def field_variance(rows: Tensor) -> Tensor:
    """Variance per number about each sample's mean over the ring; rows (B, S, D)."""
    return ring_covariance(rows).diagonal().mean()


def unit_variance(rows: Tensor) -> Tensor:
    """1, whatever the field."""
    return torch.ones((), device=rows.device)


ANCHORS: dict[Anchor, AnchorTerm] = {
    Anchor.COVARIANCE: AnchorTerm(
        lambda z, r, _: covariance_anchor(z, r), field_variance
    ),
    Anchor.VICREG: AnchorTerm(lambda z, r, _: vicreg(z), unit_variance),
    Anchor.SIGREG: AnchorTerm(
        lambda z, r, generator: sigreg(z, generator), unit_variance
    ),
    Anchor.NONE: AnchorTerm(lambda z, r, _: z.new_zeros(()), field_variance),
}
