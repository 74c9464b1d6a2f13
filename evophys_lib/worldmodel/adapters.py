"""Which part of a predictor is trained, or what is added to it.

    head only      θ of the head
    low rank       W + B A, and all vectors                      B (m, r), A (r, n)
    core           W + U_r Σ_r R V_rᵀ, U Σ Vᵀ = W                      R (r, r)
    told           LN_ℓ(x) = (γ + ℓ γ') ⊙ x̂ + (β + ℓ β'), and all of θ

Each takes a predictor and makes of it, in place, a network whose parameters require a
gradient where they are trained (`finetune.tune`); it starts as the predictor is, and
`parts` reads what has become of it. The embedding is never trained, as in fine-tuning.

Sources: low rank, Hu et al. 2022 (LoRA, arXiv 2106.09685), section 4.1; core, Bałazy et
al. 2024 (LoRA-XS, arXiv 2405.17604); told, Perez et al. 2018 (FiLM, arXiv 1709.07871),
section 2.1, with a linear generator.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils import parametrize

from evophys_lib import parameters
from evophys_lib.worldmodel.predictor import Predictor
from evophys_lib.worldmodel.rollout import Weights, weights_of
from evophys_lib.worldmodel.stackable import LayerNorm


class LowRank(nn.Module):
    """W ↦ W + B A; B = 0 and A ~ N(0, 1/n) at the start.

    weight: W (m, n); rank r, no more than m or n.
    """

    def __init__(self, weight: Tensor, rank: int, generator: torch.Generator) -> None:
        super().__init__()
        rows, columns = weight.shape
        drawn = torch.randn(rank, columns, generator=generator) / math.sqrt(columns)
        self.right = nn.Parameter(drawn.to(weight))  # A
        self.left = nn.Parameter(weight.new_zeros(rows, rank))  # B

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self.left @ self.right


class Core(nn.Module):
    """W ↦ W + U_r Σ_r R V_rᵀ along the leading triples of W; R = 0 at the start.

    weight: W (m, n); rank r, no more than m or n.
    """

    left: Tensor  # U_r Σ_r (m, r)
    right: Tensor  # V_rᵀ (r, n)

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        u, sigma, v = torch.linalg.svd(weight.detach().double(), full_matrices=False)
        self.register_buffer("left", (u * sigma)[:, :rank].to(weight), persistent=False)
        self.register_buffer("right", v[:rank].to(weight), persistent=False)
        self.core = nn.Parameter(weight.new_zeros(rank, rank))  # R

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self.left @ self.core @ self.right


class Told(nn.Module):
    """A predictor whose LayerNorms are told a number ℓ, which differs between rows.

    predictor: θ, all of it trained but the embedding; levels: ℓ of every row of a
    batch, (B,). γ' = β' = 0 at the start.

    forward: z (B, S, D) → ẑ (B, S, D).
    """

    levels: Tensor

    def __init__(self, predictor: Predictor, levels: Tensor) -> None:
        super().__init__()
        self.predictor = whole(predictor)
        self.names = [
            f"{module}.{name}"
            for module, norm in predictor.named_modules()
            if isinstance(norm, LayerNorm)
            for name, _ in norm.named_parameters()
        ]
        own = dict(predictor.named_parameters())
        self.slopes = nn.ParameterList(torch.zeros_like(own[n]) for n in self.names)
        self.register_buffer("levels", levels.to(self.slopes[0]), persistent=False)

    def forward(self, z: Tensor) -> Tensor:
        own = dict(self.predictor.named_parameters())
        told = {
            name: own[name] + self.levels[:, None] * slope  # (B, W)
            for name, slope in zip(self.names, self.slopes, strict=True)
        }
        rows: Tensor = functional_call(self.predictor, told, (z[:, None],))
        return rows[:, 0]  # (B, 1, S, D) -> (B, S, D)


def whole(predictor: Predictor) -> Predictor:
    """All of it is trained but the embedding."""
    predictor.requires_grad_(True).embed.requires_grad_(False)
    return predictor


def head_only(predictor: Predictor) -> Predictor:
    """The head is trained, with its LayerNorm."""
    predictor.requires_grad_(False).head.requires_grad_(True)
    return predictor


def low_rank(predictor: Predictor, rank: int, generator: torch.Generator) -> Predictor:
    """Additions of a rank to all matrices, and all vectors (gains, shifts, biases).

    Tables of attention by distance (heads × tokens) are matrices, too. rank: 1 or
    more, ParameterError otherwise; a smaller matrix has no more than its own.
    """
    return _adding(
        whole(predictor), rank, lambda weight, r: LowRank(weight, r, generator)
    )


def core_only(predictor: Predictor, rank: int) -> Predictor:
    """r² numbers for every matrix, along its own leading directions, and no vector.

    rank: as of `low_rank`.
    """
    predictor.requires_grad_(False)
    return _adding(predictor, rank, Core)


def _adding(
    predictor: Predictor, rank: int, make: Callable[[Tensor, int], nn.Module]
) -> Predictor:
    parameters.whole("rank", rank, 1, "Use 1.")
    for module in [*predictor.blocks.modules(), *predictor.head.modules()]:
        for name, weight in [*module.named_parameters(recurse=False)]:
            if weight.ndim == 2:
                added = make(weight, min(rank, *weight.shape))
                parametrize.register_parametrization(module, name, added)
                weight.requires_grad_(False)
    return predictor


def parts(network: nn.Module) -> tuple[Weights, Weights]:
    """θ and θ' of a network, θ(ℓ) = θ + ℓ θ'; θ' is empty if it is told nothing.

    Additions are added up: from now on the network is a plain predictor.
    """
    if isinstance(network, Told):
        slopes = [slope.detach().clone() for slope in network.slopes]
        named = dict(zip(network.names, slopes, strict=True))
        return weights_of(network.predictor), named
    for module in [*network.modules()]:
        added = getattr(module, "parametrizations", nn.ModuleDict())
        for name in [*added]:
            parametrize.remove_parametrizations(module, name)
    return weights_of(network), {}


def weights_at(weights: Weights, slopes: Weights, level: float) -> Weights:
    """θ(ℓ) = θ + ℓ θ'."""
    return weights | {name: weights[name] + level * s for name, s in slopes.items()}


def trained_numbers(network: nn.Module) -> int:
    """How many numbers of a network are trained."""
    return sum(p.numel() for p in network.parameters() if p.requires_grad)
