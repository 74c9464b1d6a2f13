"""A Fourier neural operator: the usual network for such fields, of the same size.

    w_{h+1} = u_h + F(w_h),   F = projection ∘ layer_L ∘ … ∘ layer_1 ∘ lifting
    layer(v) = σ(W v + IFFT(R · FFT(v))),   R acts on modes |n| ≤ modes/2

w_h: the window of frames that ends h Δ frames after the context; u_h: its last frame,
so that F learns what changes. Where the world model steps in latents, this network
steps in windows of the field itself, and is trained for the error in the field.
Source: Li et al. 2021 (arXiv 2010.08895), section 4; the network is `FNO` of the
package `neuraloperator`.
"""

import warnings
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from evophys_lib.errors import EvoPhysError
from evophys_lib.worldmodel.resuming import Journal
from evophys_lib.worldmodel.training import TrainingConfig, minimise
from evophys_lib.worldmodel.windows import WindowSampler


@dataclass(frozen=True)
class NeuralOperatorConfig:
    """Sizes of the operator and how to train it.

    width: channels; modes: wavenumbers −modes/2 … modes/2 are mixed by the spectral
    layers; layers L; unrolls: values of H, each for an equal part of the steps. Long
    unrolls cost most of the time, so one-step training gets most of the steps.
    """

    training: TrainingConfig
    width: int = 40
    modes: int = 44
    layers: int = 4
    unrolls: tuple[int, ...] = (1,) * 10 + (3, 3)

    def unroll_at(self, step: int) -> int:
        """H at a step."""
        return self.unrolls[step * len(self.unrolls) // self.training.steps]


class NeuralOperator(nn.Module):
    """w (B, context, N) → the window one step later, of the same shape.

    Frames of a window are channels. The operator is not told where a cell lies: the
    domain is periodic, and nothing depends on it.
    """

    def __init__(self, config: NeuralOperatorConfig, context: int) -> None:
        super().__init__()
        self.operator = _library()(
            n_modes=(config.modes,),
            in_channels=context,
            out_channels=context,
            hidden_channels=config.width,
            n_layers=config.layers,
            positional_embedding=None,
        )
        self.register_state_dict_post_hook(_drop_metadata)  # type: ignore[no-untyped-call]

    def forward(self, window: Tensor) -> Tensor:
        change: Tensor = self.operator(window)
        return window[:, -1:] + change


def parameter_count(module: nn.Module) -> int:
    """Trained numbers, a complex one as two."""
    return sum(p.numel() * (2 if p.is_complex() else 1) for p in module.parameters())


def fit(
    module: NeuralOperator,
    sampler: WindowSampler,
    config: NeuralOperatorConfig,
    generator: torch.Generator,
    *,
    label: str,
    journal: Journal | None = None,
) -> list[float]:
    """Train in place on unrolls; the losses (1/H) Σ_h ‖ŵ_h − w_h‖², one per step."""

    def loss_at(step: int) -> Tensor:
        unroll = config.unroll_at(step)
        truth = sampler.draw(config.training.batch, unroll, generator)
        window, error = truth[0], torch.zeros((), device=truth.device)
        for wanted in truth[1:]:
            window = module(window)
            error = error + (window - wanted).square().mean()
        return error / unroll

    losses = minimise(
        module.parameters(),
        config.training,
        loss_at,
        label=label,
        state={"windows": generator},
        journal=journal,
    )
    module.requires_grad_(False).eval()
    return losses


@torch.no_grad()
def forecast(module: NeuralOperator, window: Tensor, steps: int) -> Tensor:
    """The last frames of the windows it steps through: (B, context, N) → (H, B, N)."""
    frames = []
    for _ in range(steps):
        window = module(window)
        frames.append(window[:, -1])
    return torch.stack(frames)


def _library() -> type[nn.Module]:
    """`neuralop.models.FNO`, imported here since that takes seconds.

    Importing it changes which warnings Python shows; that is undone.
    """
    try:
        with warnings.catch_warnings():
            from neuralop.models import FNO
    except ImportError as error:
        raise EvoPhysError(
            f"the Fourier neural operator needs the package neuraloperator ({error}). "
            "Install it with: pip install -c constraints.txt -e '.[comparator]'"
        ) from error
    network: type[nn.Module] = FNO
    return network


def _drop_metadata(
    module: nn.Module,
    state: dict[str, Tensor],
    prefix: str,
    local_metadata: dict[str, object],
) -> None:
    """The library puts its own settings among the tensors of a state_dict."""
    del module, local_metadata
    state.pop("_metadata", None)
