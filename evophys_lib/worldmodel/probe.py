"""The probe: reads the field out of a latent, for scoring only.

    û(t) = A z + g(z),  least squares for A first, then a small network g on the rest

It is fitted after the fact on the frozen encoder's latents of source data, is shared
by every model, and enters neither training nor fitness. Its own error, the floor,
stands beside every physical score.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from evophys_lib.worldmodel.blocks import neighbourhood
from evophys_lib.worldmodel.encoder import Encoder
from evophys_lib.worldmodel.resuming import Journal
from evophys_lib.worldmodel.training import TrainingConfig, minimise
from evophys_lib.worldmodel.windows import WindowSampler

RIDGE = 1e-6


class Probe(nn.Module):
    """Latent (B, S, D) → the last frame of its window, (B, N).

    latent D: numbers per token; patch: cells per token; width: of the network g,
    which sees a token and its two neighbours and starts at zero.
    """

    def __init__(self, latent: int, patch: int, width: int = 128) -> None:
        super().__init__()
        self.linear = nn.Linear(latent, patch)
        self.up = nn.Linear(3 * latent, width)
        self.down = nn.Linear(width, patch)
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, z: Tensor) -> Tensor:
        rest = self.down(F.gelu(self.up(neighbourhood(z))))
        cells: Tensor = self.linear(z) + rest  # (..., S, patch)
        return cells.flatten(-2)  # (..., N)


@torch.no_grad()
def solve_linear(probe: Probe, latents: Tensor, frames: Tensor) -> None:
    """Set A by ridge regression: (ZᵀZ + ρ tr(ZᵀZ)/D I) Aᵀ = ZᵀU, about the means.

    latents (B, S, D), frames (B, N). In float64: Z is ill-conditioned, since
    neighbouring cells and frames are nearly equal.
    """
    z = latents.flatten(0, 1).double()  # (B * S, D)
    u = frames.reshape(len(z), -1).double()  # (B * S, patch)
    z_mean, u_mean = z.mean(0), u.mean(0)
    gram = (z - z_mean).mT @ (z - z_mean)
    ridge = RIDGE * gram.diagonal().mean() * torch.eye(len(gram)).to(gram)
    weight = torch.linalg.solve(gram + ridge, (z - z_mean).mT @ (u - u_mean)).mT
    probe.linear.weight.copy_(weight)
    probe.linear.bias.copy_(u_mean - weight @ z_mean)


def fit(
    probe: Probe,
    encoder: Encoder,
    sampler: WindowSampler,
    training: TrainingConfig,
    generator: torch.Generator,
    journal: Journal | None = None,
) -> list[float]:
    """Fit a probe to a frozen encoder, in place; its training losses.

    With a journal, a run that was killed goes on, if it starts from the same probe
    and generator.
    """
    windows = sampler.draw(32 * training.batch, 0, generator)[0]
    with torch.no_grad():
        latents = torch.cat([encoder(part) for part in windows.split(256)])
    solve_linear(probe, latents, windows[:, -1])

    def loss_at(step: int) -> Tensor:
        windows = sampler.draw(training.batch, 0, generator)[0]
        fields: Tensor = probe(encoder(windows))
        return (fields - windows[:, -1]).square().mean()

    losses = minimise(
        probe.parameters(),
        training,
        loss_at,
        label="fit the probe",
        state={"windows": generator},
        journal=journal,
    )
    probe.requires_grad_(False).eval()
    return losses
