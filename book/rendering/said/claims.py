"""Which words the declared claims have."""

from rendering import once
from rendering.said.facts import Facts
from rendering.said.sentence import Paragraph, Sentence


def composition(said: Facts, word: str, *counts: int) -> bool:
    """Whether one merge against networks has this word for each k."""
    told = said.directions
    return all(told[f"composition_k{k}"]["verdict"] == word for k in counts)


def words_on(said: Facts, source: str) -> list[str]:
    """The words over seeds of the three claims, in the evidence of other seeds."""
    judged = once.judge(said.found(source))
    claims = ("primary", "secondary", "tertiary")
    return [judged[claim]["over_seeds"]["verdict"] for claim in claims]


FRESH = Paragraph(
    (
        Sentence(
            """The words of the first two claims are the same: undecided, and fails. The
            third fails on the fresh seeds.""",
            lambda said: words_on(said, "fresh") == ["undecided", "fails", "fails"],
        ),
    ),
    point=False,
)
