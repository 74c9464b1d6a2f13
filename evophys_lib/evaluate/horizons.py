"""How far ahead a forecast is judged: frames after the last one that was seen."""

from collections.abc import Iterable
from dataclasses import dataclass

FRAMES = (5, 50)
"""Of the book: one predictor step, and ten."""


@dataclass(frozen=True)
class Horizon:
    """One of them.

    frames: after the context; step: which predictor step ends there, from 0.
    """

    frames: int
    step: int

    @property
    def name(self) -> str:
        """In keys and columns: "t50"."""
        return names([self.frames])[0]

    @property
    def label(self) -> str:
        """In tables and figures: "t + 50"."""
        return f"t + {self.frames}"


def names(frames: Iterable[int] = FRAMES) -> tuple[str, ...]:
    """ "t5", "t50": as keys and columns call them."""
    return tuple(f"t{f}" for f in frames)
