"""The encoder: a window of frames becomes a ring of latent tokens."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from evophys_lib.worldmodel.blocks import Geometry, TransformerBlock, embedding


@dataclass(frozen=True)
class EncoderConfig:
    """Sizes of the encoder.

    grid N: cells per frame; context: frames in the window; patch: cells per token,
    so S = N / patch tokens; latent D: numbers per token (patch × context by default:
    the skip then loses nothing); width, blocks, heads, geometry: of the transformer;
    skip: whether patches also reach the latent by a linear map.
    """

    grid: int = 128
    context: int = 5
    patch: int = 8
    latent: int = 40
    width: int = 64
    blocks: int = 2
    heads: int = 2
    geometry: Geometry = Geometry()
    skip: bool = True

    @property
    def tokens(self) -> int:
        """S, the number of tokens."""
        return self.grid // self.patch

    @property
    def patch_size(self) -> int:
        """Numbers of the window in one token: patch × context."""
        return self.patch * self.context


def isometry(config: EncoderConfig, generator: torch.Generator | None = None) -> Tensor:
    """A random Q with orthonormal rows or columns, (D, patch × context)."""
    q = torch.empty(config.latent, config.patch_size)
    return nn.init.orthogonal_(q, generator=generator)


class Encoder(nn.Module):
    """z = Q p + f(p): an isometric linear skip plus a transformer residual.

    p: the patches of a window, each patch × context numbers; Q: starts as a random
    isometry; f: a transformer that starts at zero. With the skip the latent begins
    as the field in other coordinates, and training moves it from there; without it
    (z = f(p), f starting at random) a JEPA-trained transformer keeps a tenth of the
    field's detail too little.

    forward: u (B, context, N) → z (B, S, D).
    """

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = config
        if config.skip:
            self.skip = nn.Linear(config.patch_size, config.latent, bias=False)
            self.skip.weight = nn.Parameter(isometry(config))
        self.embed = embedding(
            config.patch_size, config.width, config.tokens, config.geometry
        )
        self.blocks = nn.ModuleList(
            TransformerBlock(config.width, config.tokens, config.heads, config.geometry)
            for _ in range(config.blocks)
        )
        self.norm = nn.LayerNorm(config.width)
        self.out = nn.Linear(config.width, config.latent)
        if config.skip:
            nn.init.zeros_(self.out.weight)
            nn.init.zeros_(self.out.bias)

    def patches(self, u: Tensor) -> Tensor:
        """Cut windows into tokens: (B, context, N) → (B, S, patch × context)."""
        batch, context, grid = u.shape
        c = self.config
        if (context, grid) != (c.context, c.grid):
            raise ValueError(
                f"u has shape {tuple(u.shape)}; the encoder reads windows of "
                f"{c.context} frames of {c.grid} cells: (B, {c.context}, {c.grid})."
            )
        cut = u.reshape(batch, context, c.tokens, c.patch)
        return cut.transpose(1, 2).flatten(2)  # (B, S, context * patch)

    def forward(self, u: Tensor) -> Tensor:
        p = self.patches(u)
        x = self.embed(p)  # (B, S, W)
        for block in self.blocks:
            x = block(x)
        residual: Tensor = self.out(self.norm(x))  # (B, S, D)
        if not self.config.skip:
            return residual
        linear: Tensor = self.skip(p)
        return linear + residual

    @torch.no_grad()
    def windows(self, field: Tensor, starts: list[int]) -> Tensor:
        """Latents of the windows that start at the given frames.

        field (B, T, N) → (len(starts), B, S, D).
        """
        context = self.config.context
        return torch.stack([self(field[:, s : s + context]) for s in starts])
