"""The residual blocks that encoder and predictor are stacks of.

Tokens sit on a ring, since the domain is periodic: position enters only as the
distance j − i modulo S, so a block commutes with a shift by whole tokens.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BlockFactory = Callable[[int, int, int], nn.Module]


def neighbourhood(x: Tensor) -> Tensor:
    """Each token beside its two neighbours on the ring: (…, S, W) → (…, S, 3W)."""
    return torch.cat([x.roll(1, -2), x, x.roll(-1, -2)], dim=-1)


class RingAttention(nn.Module):
    """Self-attention whose positions are distances on a ring.

    softmax(q kᵀ/√w + b[(j − i) mod S]) v, with one learned bias per head and
    distance. Absolute positions would let the model memorise where on the domain
    a pattern lies, which no equation here depends on.

    width W: numbers per token; tokens S; heads: must divide the width.
    Input and output (B, S, W). Starts as the zero map.
    Source: Vaswani et al. 2017, eq. 1; relative bias after Raffel et al. 2020, 2.1.
    """

    def __init__(self, width: int, tokens: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.bias = nn.Parameter(0.5 * torch.randn(heads, tokens))
        position = torch.arange(tokens)
        distance = (position[None, :] - position[:, None]) % tokens
        self.register_buffer("distance", distance, persistent=False)
        nn.init.zeros_(self.out.weight)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        split = self.qkv(x).view(batch, tokens, 3, self.heads, width // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)  # each (B, heads, S, w)
        scores = q @ k.mT * (width // self.heads) ** -0.5  # (B, heads, S, S)
        mixed = (scores + self.bias[:, self.distance]).softmax(-1) @ v
        return self.out(mixed.transpose(1, 2).reshape(batch, tokens, width))


class TransformerBlock(nn.Module):
    """x ← x + Attention(LN x); x ← x + MLP(ring LN x). Starts as the identity.

    The MLP reads a token beside its two neighbours: derivatives are local, and an
    average with positive weights, all that attention is, cannot subtract.

    Source: pre-norm transformer, Xiong et al. 2020 (arXiv 2002.04745), figure 1b.
    """

    def __init__(self, width: int, tokens: int, heads: int) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = RingAttention(width, tokens, heads)
        self.mlp_norm = nn.LayerNorm(width)
        self.up = nn.Linear(3 * width, 2 * width)
        self.down = nn.Linear(2 * width, width)
        nn.init.zeros_(self.down.weight)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.attention_norm(x))
        context = neighbourhood(self.mlp_norm(x))  # (B, S, 3W)
        return x + self.down(F.gelu(self.up(context)))


class GRUBlock(nn.Module):
    """x ← (1 − u) ⊙ x + u ⊙ tanh(V [r ⊙ c]), (r, u) = σ(G c), c = ring LN(x).

    A gated recurrent unit whose state is the token and whose input is the token
    with its neighbours; the gates are biased towards keeping the state.

    Source: Cho et al. 2014, eqs. 5–8; convolutional form, Ballas et al. 2016.
    """

    def __init__(self, width: int, tokens: int, heads: int) -> None:
        super().__init__()
        del tokens, heads  # a recurrent cell needs neither
        self.norm = nn.LayerNorm(width)
        self.reset = nn.Linear(3 * width, 3 * width)
        self.update = nn.Linear(3 * width, width)
        self.candidate = nn.Linear(3 * width, width)
        nn.init.constant_(self.update.bias, -2.0)

    def forward(self, x: Tensor) -> Tensor:
        context = neighbourhood(self.norm(x))  # (B, S, 3W)
        candidate = self.candidate(self.reset(context).sigmoid() * context).tanh()
        update = self.update(context).sigmoid()
        return (1 - update) * x + update * candidate
