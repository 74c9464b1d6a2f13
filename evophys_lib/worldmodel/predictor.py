"""The predictor: one step of the dynamics in latent space."""

from dataclasses import dataclass
from enum import Enum

from torch import Tensor, nn

from evophys_lib.worldmodel.blocks import (
    BlockFactory,
    Geometry,
    GRUBlock,
    TransformerBlock,
    embedding,
)
from evophys_lib.worldmodel.stackable import LayerNorm, Linear


class Cell(Enum):
    """What the predictor is a stack of."""

    TRANSFORMER = "transformer"
    GRU = "gru"


CELLS: dict[Cell, BlockFactory] = {
    Cell.TRANSFORMER: TransformerBlock,
    Cell.GRU: GRUBlock,
}


@dataclass(frozen=True)
class PredictorConfig:
    """Sizes of the predictor.

    tokens S and latent D: as the encoder gives them; width W, blocks L, heads: of
    the stack; stride Δ: frames that one step covers (5: t+50 is then ten steps,
    cheaper and stabler than fifty); cell: the kind of block; geometry: what blocks
    know of where tokens lie.
    """

    tokens: int = 16
    latent: int = 40
    width: int = 64
    blocks: int = 4
    heads: int = 2
    stride: int = 5
    cell: Cell = Cell.TRANSFORMER
    geometry: Geometry = Geometry()

    @property
    def layers(self) -> int:
        """L + 1: the blocks and the head, each with coefficients of its own."""
        return self.blocks + 1


class Layered(nn.Module):
    """What merging asks of a predictor: that its layers can be run one by one.

    embed: latents z (B, S, D) → tokens h (B, S, W); blocks: h → h, one after the
    other; head: h → ẑ − z (B, S, D).
    """

    embed: nn.Module
    blocks: nn.ModuleList
    head: nn.Module


class Predictor(Layered):
    """ẑ_{t+Δ} = z_t + head(B_L ∘ … ∘ B_1(embed z_t)).

    `embed` stays at θ₀ in fine-tuning, so that the blocks of all experts speak one
    language; `blocks` and `head` are the layers that merging combines.

    forward: z (B, S, D) → ẑ (B, S, D). Starts as persistence: the head is zero.
    """

    def __init__(self, config: PredictorConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = embedding(
            config.latent, config.width, config.tokens, config.geometry
        )
        block = CELLS[config.cell]
        self.blocks = nn.ModuleList(
            block(config.width, config.tokens, config.heads, config.geometry)
            for _ in range(config.blocks)
        )
        out = Linear(config.width, config.latent)
        self.head = nn.Sequential(LayerNorm(config.width), out)
        nn.init.zeros_(out.weight)
        nn.init.zeros_(out.bias)

    @property
    def layers(self) -> int:
        """L + 1: the blocks and the head."""
        return self.config.layers

    def forward(self, z: Tensor) -> Tensor:
        h: Tensor = self.embed(z)  # (B, S, W)
        for block in self.blocks:
            h = block(h)
        step: Tensor = self.head(h)
        return z + step  # (B, S, D)
