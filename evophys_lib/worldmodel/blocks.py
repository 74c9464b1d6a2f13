"""The residual blocks that encoder and predictor are stacks of.

Tokens sit on a ring, since the domain is periodic: position enters only as the
distance j − i modulo S, so a block commutes with a shift by whole tokens. What that
is worth is measured against blocks without it (`Geometry`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from evophys_lib.errors import ParameterError
from evophys_lib.worldmodel.stackable import LayerNorm, Linear


class Positions(Enum):
    """How a token's place enters: as distances on the ring, or as a code of its own."""

    RING = "ring"
    ABSOLUTE = "absolute"


@dataclass(frozen=True)
class Geometry:
    """What blocks know of where tokens lie.

    positions: RING, so that no place is special; neighbours: whether the MLP, or the
    recurrent cell, reads the two adjacent tokens too.
    """

    positions: Positions = Positions.RING
    neighbours: bool = True


RING = Geometry()
BlockFactory = Callable[[int, int, int, Geometry], nn.Module]


class PositionCode(nn.Module):
    """x_i + c_i with a learned code c (S, W); added to tokens (…, S, W).

    Source: Dosovitskiy et al. 2021 (arXiv 2010.11929), eq. 1.
    """

    def __init__(self, width: int, tokens: int) -> None:
        super().__init__()
        self.code = nn.Parameter(0.02 * torch.randn(tokens, width))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.code.unsqueeze(-3)  # (1, S, W), or (C, 1, S, W) if stacked


def embedding(size: int, width: int, tokens: int, geometry: Geometry) -> nn.Module:
    """Tokens of `size` numbers to tokens of `width`, with codes if places have any."""
    if geometry.positions is Positions.RING:
        return Linear(size, width)
    return nn.Sequential(Linear(size, width), PositionCode(width, tokens))


def neighbourhood(x: Tensor) -> Tensor:
    """Each token beside its two neighbours on the ring: (…, S, W) → (…, S, 3W)."""
    return torch.cat([x.roll(1, -2), x, x.roll(-1, -2)], dim=-1)


def attention(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
    """softmax(q kᵀ/√w + bias) v for (…, heads, S, w); bias (…, heads, S, S).

    Leading axes are one to torch's fused kernel, which is written for four axes and
    takes another, slower way with more.
    """
    lead = q.shape[:-3]
    q, k, v = (x.reshape(-1, *x.shape[-3:]) for x in (q, k, v))
    mask = None if bias is None else bias.reshape(-1, *bias.shape[-3:])
    mixed = F.scaled_dot_product_attention(q, k, v, mask)
    split: Tensor = mixed.unflatten(0, lead)
    return split


class RingAttention(nn.Module):
    """Self-attention whose positions are distances on a ring.

    softmax(q kᵀ/√w + b[(j − i) mod S]) v, with one learned bias per head and
    distance. Absolute positions would let the model memorise where on the domain
    a pattern lies, which no equation here depends on.

    width W: numbers per token; tokens S; heads: must divide the width. With absolute
    positions there is no bias: tokens bring their place along.
    Input and output (B, S, W). Starts as the zero map.
    Source: Vaswani et al. 2017, eq. 1; relative bias after Raffel et al. 2020, 2.1.
    """

    distance: Tensor  # (S, S), only of tokens on a ring

    def __init__(
        self, width: int, tokens: int, heads: int, geometry: Geometry = RING
    ) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = Linear(width, 3 * width)
        self.out = Linear(width, width)
        self.bias = None
        if geometry.positions is Positions.RING:
            self.bias = nn.Parameter(0.5 * torch.randn(heads, tokens))
            position = torch.arange(tokens)
            distance = (position[None, :] - position[:, None]) % tokens
            self.register_buffer("distance", distance, persistent=False)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor) -> Tensor:
        head = x.shape[-1] // self.heads
        split = self.qkv(x).unflatten(-1, (3, self.heads, head))
        q, k, v = split.movedim(-3, 0).transpose(-3, -2)  # each (..., heads, S, w)
        bias = None
        if self.bias is not None:
            bias = self.bias[..., self.distance].unsqueeze(-4)
            bias = bias.expand(*q.shape[:-1], -1)  # (..., heads, S, S)
        mixed = attention(q, k, v, bias)
        out: Tensor = self.out(mixed.transpose(-3, -2).flatten(-2))
        return out  # (..., S, W)


class TransformerBlock(nn.Module):
    """x ← x + Attention(LN x); x ← x + MLP(ring LN x). Starts as the identity.

    The MLP reads a token beside its two neighbours: derivatives are local, and an
    average with positive weights, all that attention is, cannot subtract.

    Source: pre-norm transformer, Xiong et al. 2020 (arXiv 2002.04745), figure 1b.
    """

    def __init__(
        self, width: int, tokens: int, heads: int, geometry: Geometry = RING
    ) -> None:
        super().__init__()
        self.neighbours = geometry.neighbours
        self.attention_norm = LayerNorm(width)
        self.attention = RingAttention(width, tokens, heads, geometry)
        self.mlp_norm = LayerNorm(width)
        self.up = Linear(3 * width if self.neighbours else width, 2 * width)
        self.down = Linear(2 * width, width)
        nn.init.zeros_(self.down.weight)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.attention_norm(x))
        context = self.mlp_norm(x)
        if self.neighbours:
            context = neighbourhood(context)  # (B, S, 3W)
        change: Tensor = self.down(F.gelu(self.up(context)))
        return x + change


class GRUBlock(nn.Module):
    """x ← (1 − u) ⊙ x + u ⊙ tanh(V [r ⊙ c]), (r, u) = σ(G c), c = ring LN(x).

    A gated recurrent unit whose state is the token and whose input is the token
    with its neighbours; the gates are biased towards keeping the state.

    Source: Cho et al. 2014, eqs. 5–8; convolutional form, Ballas et al. 2016.
    """

    def __init__(
        self, width: int, tokens: int, heads: int, geometry: Geometry = RING
    ) -> None:
        super().__init__()
        del tokens, heads  # a recurrent cell needs neither
        if not geometry.neighbours:
            raise ParameterError(
                "geometry.neighbours",
                False,
                "True for a recurrent cell, whose tokens meet in no other way",
                "Take the transformer to do without neighbours.",
            )
        self.norm = LayerNorm(width)
        self.reset = Linear(3 * width, 3 * width)
        self.update = Linear(3 * width, width)
        self.candidate = Linear(3 * width, width)
        nn.init.constant_(self.update.bias, -2.0)

    def forward(self, x: Tensor) -> Tensor:
        context = neighbourhood(self.norm(x))  # (B, S, 3W)
        reset: Tensor = self.reset(context).sigmoid()
        candidate: Tensor = self.candidate(reset * context).tanh()
        update: Tensor = self.update(context).sigmoid()
        return (1 - update) * x + update * candidate
