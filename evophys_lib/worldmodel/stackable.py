"""Layers whose weights may be those of one model or of C models, stacked.

    y = x Wᵀ + b      W (out, in), x (B, S, in)          one model
    y_c = x_c W_cᵀ + b_c      W (C, out, in), x (C, B, S, in)      C models

A population then runs through the same network as a single model, in one pass, when
its weights are put in by `torch.func.functional_call`. `torch.func.vmap` would do
the same for any layer, but it adds the bias in a pass of its own, and on a CPU such
passes over memory take as long as the products themselves.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Linear(nn.Linear):
    """y = x Wᵀ + b for one model or for C."""

    def forward(self, x: Tensor) -> Tensor:
        if self.weight.ndim == 2:
            return super().forward(x)
        rows = x.flatten(1, -2)  # (C, B * S, in)
        y = torch.baddbmm(self.bias[:, None], rows, self.weight.mT)
        split: Tensor = y.unflatten(1, x.shape[1:-1])  # (C, B, S, out)
        return split


class LayerNorm(nn.LayerNorm):
    """y = g ⊙ (x − mean x)/√(var x + ε) + b for one model or for C."""

    def forward(self, x: Tensor) -> Tensor:
        if self.weight.ndim == 1:
            return super().forward(x)
        gain, shift = (
            p.view(len(p), *(1,) * (x.ndim - 2), -1) for p in (self.weight, self.bias)
        )  # (C, 1, 1, W)
        unit = F.layer_norm(x, self.normalized_shape, eps=self.eps)
        return torch.addcmul(shift, unit, gain)
