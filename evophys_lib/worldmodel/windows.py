"""Training batches: consecutive windows of frames, drawn at random."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class WindowSampler:
    """Draws windows w_0 … w_H, stride frames apart, from fields.

    fields: one tensor (n, T, N) per family; a batch holds equal parts of each.
    context: frames in a window; stride: frames from one window to the next.

    The first frame is floor(T' r²) with r ~ U(0, 1): a density falling as t^(−1/2),
    because fields are liveliest just after the initial condition. Each sample is
    rolled by a random number of cells, which the periodic equations do not notice.
    """

    fields: Sequence[Tensor]
    context: int
    stride: int

    def draw(self, batch: int, steps: int, generator: torch.Generator) -> Tensor:
        """Windows (steps + 1, batch, context, N) on the fields' device."""
        span = self.context + self.stride * steps
        clips = torch.cat(
            [
                self._clips(field, count, span, generator)
                for field, count in zip(self.fields, self._shares(batch), strict=True)
            ]
        )  # (batch, span, N)
        first = [self.stride * h for h in range(steps + 1)]
        return torch.stack([clips[:, f : f + self.context] for f in first])

    def _shares(self, batch: int) -> list[int]:
        families = len(self.fields)
        return [(batch + f) // families for f in range(families)]

    @staticmethod
    def _clips(field: Tensor, count: int, span: int, g: torch.Generator) -> Tensor:
        trajectories, frames, grid = field.shape
        if span > frames:
            raise ValueError(
                f"an unroll spans {span} frames but trajectories have {frames}; "
                f"take fewer steps or a smaller stride."
            )
        row = torch.randint(trajectories, (count,), generator=g)
        late = torch.rand(count, generator=g) ** 2 * (frames - span + 1)
        shift = torch.randint(grid, (count,), generator=g)
        frame = late.long()[:, None] + torch.arange(span)  # (count, span)
        cell = (torch.arange(grid) + shift[:, None]) % grid  # (count, N)
        device = field.device
        return field[
            row.to(device)[:, None, None],
            frame.to(device)[:, :, None],
            cell.to(device)[:, None, :],
        ]  # (count, span, N)
