"""Which words the declared claims have."""

from rendering.said.facts import Facts


def composition(said: Facts, word: str, *counts: int) -> bool:
    """Whether one merge against networks has this word for each k."""
    told = said.directions
    return all(told[f"composition_k{k}"]["verdict"] == word for k in counts)
