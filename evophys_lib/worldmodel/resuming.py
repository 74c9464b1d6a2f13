"""A training's state as named tensors, so that one that was killed can go on.

    s_{t+1} = step(s_t),  s = (parameters, Adam's moments, losses, `state`)

Whatever a step reads and changes belongs to s; a training that goes on from a stored
s then ends with the same bytes as one that was never interrupted. When s is stored
changes nothing but what a kill costs.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from evophys_lib.errors import ArtifactError

State = Mapping[str, Tensor | torch.Generator]
"""What steps change besides trained parameters: tensors, in place, and generators."""


class Journal(Protocol):
    """Where the state is kept, whole or not at all.

    Attributes:
        path: the file, to be named in messages.
    """

    path: Path

    def load(self) -> Mapping[str, Tensor] | None:
        """What was saved last, or None."""

    def due(self, interval: float | None = None) -> bool:
        """Whether the last save is `interval` seconds ago, or long enough."""

    def save(self, tensors: Mapping[str, Tensor]) -> None:
        """Keep these in place of what was saved before."""


def capture(
    optimiser: torch.optim.Optimizer, losses: list[Tensor], state: State
) -> dict[str, Tensor]:
    """s by name; tensors are not copied."""
    moments = {
        f"adam.{i}.{key}": value
        for i, values in optimiser.state_dict()["state"].items()
        for key, value in values.items()
    }
    randomness = {name: g.get_state() for name, g in _generators(state).items()}
    changed = _tensors(optimiser, state) | randomness | moments
    return changed | {"losses": torch.stack(losses)}


def restore(
    journal: Journal, optimiser: torch.optim.Optimizer, state: State
) -> list[Tensor]:
    """Put the journaled s in place; the losses so far, none without a journal.

    Raises ArtifactError if the journal holds other names or shapes, as that of an
    older version of this library may.
    """
    saved = journal.load()
    if saved is None:
        return []
    tensors, generators = _tensors(optimiser, state), _generators(state)
    _require_same(
        tensors | {name: g.get_state() for name, g in generators.items()},
        {name: t for name, t in saved.items() if not name.startswith("adam.")},
        journal.path,
    )
    with torch.no_grad():
        for name, tensor in tensors.items():
            tensor.copy_(saved[name])
    for name, generator in generators.items():
        generator.set_state(saved[name])
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in saved.items():
        if name.startswith("adam."):
            _, i, key = name.split(".")
            moments.setdefault(int(i), {})[key] = value.clone()
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": moments, "param_groups": groups})
    return list(saved["losses"].to(_parameters(optimiser)[0].device).unbind())


def _parameters(optimiser: torch.optim.Optimizer) -> list[Tensor]:
    return [p for group in optimiser.param_groups for p in group["params"]]


def _tensors(optimiser: torch.optim.Optimizer, state: State) -> dict[str, Tensor]:
    """What is restored in place."""
    own = {f"parameter.{i}": p for i, p in enumerate(_parameters(optimiser))}
    given = {f"state.{k}": v for k, v in state.items() if isinstance(v, Tensor)}
    return own | given


def _generators(state: State) -> dict[str, torch.Generator]:
    return {
        f"generator.{k}": v for k, v in state.items() if isinstance(v, torch.Generator)
    }


def _require_same(
    own: Mapping[str, Tensor], saved: Mapping[str, Tensor], path: Path
) -> None:
    wanted = {name: (t.shape, t.dtype) for name, t in own.items()}
    given = {n: (t.shape, t.dtype) for n, t in saved.items() if n != "losses"}
    if wanted != given or "losses" not in saved:
        differing = sorted(n for n, _ in wanted.items() ^ given.items()) or ["losses"]
        raise ArtifactError(
            f"{path} is not the journal of this training: {differing[0]} is "
            "missing, surplus or of another shape. Delete it and run again."
        )
