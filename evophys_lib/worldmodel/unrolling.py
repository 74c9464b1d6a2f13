"""The error of a predictor that is fed its own output."""

import torch
from torch import Tensor, nn


def unrolled_error(
    predictor: nn.Module, z: Tensor, future: Tensor, *, push_forward: bool = False
) -> Tensor:
    """(1/H) Σ_{h=1..H} ‖P(ẑ_{h−1}) − z_h‖², ẑ_0 = z, ẑ_h = P(ẑ_{h−1}); a scalar.

    z (B, S, D); future: z_1 … z_H, (H, B, S, D). push_forward: every ẑ_{h−1} is taken
    as given, so that an error trains only the step that made it; the predictor still
    learns on its own output, without gradients through long chains.
    Source: the pushforward trick, Brandstetter et al. 2022 (arXiv 2202.03376), 3.1.
    """
    prediction, error = z, torch.zeros((), device=z.device)
    for wanted in future:
        given = prediction.detach() if push_forward else prediction
        prediction = predictor(given)
        error = error + (prediction - wanted).square().mean()
    return error / len(future)
