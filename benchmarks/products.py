"""The matrix products of a piece of work, alone: what its arithmetic could cost.

A small model multiplies small matrices, which no machine does at the rate of large
ones. Each product is therefore repeated with the numbers it was called with, by
itself; the sum over all calls is the least that work made of these products can take.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from measuring import best_seconds

ATEN = torch.ops.aten
PRODUCTS = (ATEN.mm, ATEN.addmm, ATEN.bmm, ATEN.baddbmm)
ATTENTION = (
    ATEN._scaled_dot_product_flash_attention_for_cpu,
    ATEN._scaled_dot_product_flash_attention_for_cpu_backward,
)
"""Two products each; on a GPU the flash kernel is not among these."""

Signature = tuple[Any, ...]


class Recorder(TorchDispatchMode):
    """Counts products by operator, shapes and strides; keeps the first of each."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[Signature] = Counter()
        self.calls: dict[Signature, Callable[[], object]] = {}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Let the operator run, and remember it if it is a product."""
        kwargs = kwargs or {}
        if func.overloadpacket in (*PRODUCTS, *ATTENTION):
            signature = func, *map(_shape, args)
            self.counts[signature] += 1
            self.calls.setdefault(signature, lambda: func(*args, **kwargs))
        return func(*args, **kwargs)


def alone(run: Callable[[], object], device: str) -> float:
    """Seconds that the products of a call take by themselves."""
    with Recorder() as recorded:
        run()
    with torch.no_grad():
        return sum(
            count * _seconds(recorded.calls[signature], device)
            for signature, count in recorded.counts.items()
        )


def _seconds(call: Callable[[], object], device: str) -> float:
    """Of one call, from as many as take about a millisecond."""
    once = best_seconds({"product": call}, device=device)["product"]
    times = max(1, int(1e-3 / once))

    def repeated() -> None:
        for _ in range(times):
            call()

    return best_seconds({"product": repeated}, device=device)["product"] / times


def _shape(argument: Any) -> Any:
    if isinstance(argument, torch.Tensor):
        return tuple(argument.shape), argument.stride()
    return argument
