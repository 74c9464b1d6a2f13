"""Where searches keep their generations: in the journal, and later in the artifact.

Both hold `candidates` (G, P, d) and `history` (G, P), the fitness; where an artifact
comes from two searches, the order of the experts follows: `history.AB`.
"""

from collections.abc import Iterable
from pathlib import Path

import torch
from torch import Tensor

from evophys_lib.merge.search import Generations, SearchResult
from evophys_lib.store.journal import Journal
from evophys_lib.store.tensors import Tensors

EVERY = 0.5
"""Seconds between saves. A save takes a hundredth of a second, and so do generations
on a GPU; those that take longer than this are all saved."""


def names(search: str) -> tuple[str, str]:
    """What candidates and fitness of a search are called; `search` may be empty."""
    suffix = f".{search}" if search else ""
    return f"candidates{suffix}", f"history{suffix}"


def stored(found: SearchResult) -> dict[str, Tensor]:
    """A finished search as an artifact that comes from it alone holds it."""
    candidates, fitness = names("")
    return {
        candidates: torch.from_numpy(found.candidates),
        fitness: torch.from_numpy(found.history),
    }


def generations(tensors: Tensors, search: str) -> Generations | None:
    """The generations of one search in a journal or an artifact, None if not begun."""
    candidates, fitness = names(search)
    if fitness not in tensors:
        return None
    return Generations(tensors[candidates].numpy(), tensors[fitness].numpy())


def parts(tensors: Tensors) -> dict[str, Generations]:
    """Every search in a journal or an artifact, by what follows its name's dot."""
    marks = [n.partition(".")[2] for n in tensors if n.partition(".")[0] == "history"]
    found = {mark: generations(tensors, mark) for mark in sorted(marks)}
    return {mark: done for mark, done in found.items() if done is not None}


class SearchJournal:
    """The part of an artifact's journal that one of its searches writes.

    Attributes:
        path: of the journal.
    """

    def __init__(
        self, journal: Journal, shared: dict[str, Tensor], search: str
    ) -> None:
        self.path: Path = journal.path
        self._journal, self._shared, self._search = journal, shared, search

    def load(self) -> Generations | None:
        """What this search saved last, or None."""
        return generations(self._shared, self._search)

    def save(self, done: Generations) -> None:
        """Keep these beside what the other searches have saved."""
        candidates, fitness = names(self._search)
        self._shared[candidates] = torch.from_numpy(done.candidates)
        self._shared[fitness] = torch.from_numpy(done.fitness)
        if self._journal.due(EVERY):
            self._journal.save(self._shared)


def search_journals(
    journal: Journal, searches: Iterable[str]
) -> dict[str, SearchJournal]:
    """The parts of a journal, by search; what they hold already is loaded."""
    shared = dict(journal.load() or {})
    return {search: SearchJournal(journal, shared, search) for search in searches}


def search_journal(journal: Journal) -> SearchJournal:
    """The whole of a journal, for an artifact that comes from one search."""
    return search_journals(journal, ("",))[""]
