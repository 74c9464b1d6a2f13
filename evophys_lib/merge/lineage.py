"""What is merged: one architecture, its base, and the experts fine-tuned from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from evophys_lib.errors import ArtifactError
from evophys_lib.merge.task_vectors import task_vectors
from evophys_lib.worldmodel.predictor import Layered
from evophys_lib.worldmodel.rollout import Weights


@dataclass(frozen=True, eq=False)
class Lineage:
    """A base and its experts.

    Attributes:
        predictor: the architecture; its own parameters are not used.
        base: θ_0.
        experts: θ_e by name, in the order A, B, …

    Raises:
        ArtifactError: fewer than two experts, or tensors that do not match the base.
    """

    predictor: Layered
    base: Weights
    experts: Mapping[str, Weights]

    def __post_init__(self) -> None:
        if len(self.experts) < 2:
            raise ArtifactError(
                f"a lineage needs at least two experts, not {list(self.experts)}."
            )
        self.vectors  # noqa: B018 - computed now so that a mismatch is refused now

    @property
    def names(self) -> tuple[str, ...]:
        """The experts in order."""
        return tuple(self.experts)

    @property
    def blocks(self) -> int:
        """L, the residual blocks of one expert."""
        return len(self.predictor.blocks)

    @cached_property
    def vectors(self) -> Weights:
        """τ_1 … τ_E stacked, every tensor (E, *shape)."""
        return task_vectors(list(self.experts.values()), self.base)

    @cached_property
    def layers(self) -> dict[str, int | None]:
        """Layer of every tensor: l for blocks.l, L for the head, None for embed."""
        return {name: layer_index(name, self.blocks) for name in self.base}


def layer_index(name: str, blocks: int) -> int | None:
    """Layer of a parameter by its name: l for "blocks.l.*", L for "head.*".

    None for "embed.*", which all experts share and no merge changes.

    Raises:
        ArtifactError: any other name.
    """
    part, _, rest = name.partition(".")
    if part == "embed":
        return None
    if part == "head":
        return blocks
    number = rest.partition(".")[0]
    if part == "blocks" and number.isdecimal() and int(number) < blocks:
        return int(number)
    raise ArtifactError(
        f"parameter {name!r} belongs to no layer: allowed are embed.*, head.* and "
        f"blocks.0.* to blocks.{blocks - 1}.*. Is this a predictor's checkpoint?"
    )
