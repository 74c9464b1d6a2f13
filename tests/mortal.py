"""A journal whose process dies after a save, for whatever goes on from one."""

from pathlib import Path

from evophys_lib.store import artifacts as store
from evophys_lib.store import journal

PROVENANCE = store.Provenance("kind", {}, {})


class Killed(BaseException):
    """Stands for a kill: nothing may catch it."""


class MortalJournal(journal.Journal):
    """A journal in a file, whose process dies after a save."""

    def __init__(self, folder: Path, *, saves: int | None) -> None:
        super().__init__(folder / "thing.safetensors", PROVENANCE)
        self.left = saves

    def due(self, interval=None) -> bool:
        return True

    def save(self, tensors) -> None:
        super().save(tensors)
        if self.left is not None:
            self.left -= 1
            if self.left == 0:
                raise Killed
