"""Training batches: consecutive windows of frames, drawn at random."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SamplingConfig:
    """Which windows are drawn.

    early q: the first frame is floor(T' r^q) with r ~ U(0, 1); 1 is uniform, 2 a
    density falling as t^(−1/2), because fields are liveliest just after the initial
    condition. shifts: whether each sample is rolled by a random number of cells,
    which the periodic equations do not notice.
    """

    early: float = 2.0
    shifts: bool = True


@dataclass(frozen=True)
class WindowSampler:
    """Draws windows w_0 … w_H, stride frames apart, from fields.

    fields: one tensor (n, T, N) per family; a batch holds equal parts of each.
    context: frames in a window; stride: frames from one window to the next.
    """

    fields: Sequence[Tensor]
    context: int
    stride: int
    sampling: SamplingConfig = SamplingConfig()

    def draw(self, batch: int, steps: int, generator: torch.Generator) -> Tensor:
        """Windows (steps + 1, batch, context, N) on the fields' device."""
        span = self.context + self.stride * steps
        clips = torch.cat(
            [
                self._clips(field, count, span, generator)
                for field, count in zip(self.fields, self.shares(batch), strict=True)
            ]
        )  # (batch, span, N)
        first = [self.stride * h for h in range(steps + 1)]
        return torch.stack([clips[:, f : f + self.context] for f in first])

    def shares(self, batch: int) -> list[int]:
        """How many windows of a batch are of each family; they lie in this order."""
        families = len(self.fields)
        return [(batch + f) // families for f in range(families)]

    def _clips(
        self, field: Tensor, count: int, span: int, g: torch.Generator
    ) -> Tensor:
        trajectories, frames, grid = field.shape
        if span > frames:
            raise ValueError(
                f"an unroll spans {span} frames but trajectories have {frames}; "
                f"take fewer steps or a smaller stride."
            )
        row = torch.randint(trajectories, (count,), generator=g)
        late = torch.rand(count, generator=g) ** self.sampling.early
        first = (late * (frames - span + 1)).long()  # (count,)
        shift = torch.randint(
            grid if self.sampling.shifts else 1, (count,), generator=g
        )
        frame = first[:, None] + torch.arange(span)  # (count, span)
        cell = (torch.arange(grid) + shift[:, None]) % grid  # (count, N)
        device = field.device
        return field[
            row.to(device)[:, None, None],
            frame.to(device)[:, :, None],
            cell.to(device)[:, None, :],
        ]  # (count, span, N)
