"""Which words the declared claims have."""

from rendering.said import in_short
from rendering.said.facts import Facts, better_parent, worse
from rendering.said.sentence import Paragraph, Sentence


def composition(said: Facts, word: str, *counts: int) -> bool:
    """Whether one merge against networks has this word for each k."""
    told = said.directions
    return all(told[f"composition_k{k}"]["verdict"] == word for k in counts)


def words_afresh(said: Facts) -> list[str]:
    """The words over seeds of the three claims, on fresh seeds."""
    claims = ("primary", "secondary", "tertiary")
    return [said.judged_afresh[claim]["over_seeds"]["verdict"] for claim in claims]


FRESH = Paragraph(
    (
        Sentence(
            """The words of the first two claims are the same: undecided, and fails. The
            third fails on the fresh seeds.""",
            lambda said: words_afresh(said) == ["undecided", "fails", "fails"],
        ),
        Sentence(
            """What five seeds left open, all ten decide at three places: PS is better
            than the better parent at Pe = 2 as well, and after five frames at Pe = 10,
            and the best path at Pe = 100.""",
            lambda said: (
                in_short.FINDING[0].holds(said)
                and in_short.FINDING[2].holds(said)
                and in_short.PATHS_AT_ONE.holds(said)
            ),
        ),
        Sentence(
            """After five frames PS errs more at Pe = 100, seed by seed, and the best
            path at Pe = 10.""",
            lambda said: (
                worse(said.over_ten("ps", better_parent, "t5")) == {100.0}
                and worse(said.over_ten("dfs", better_parent, "t5")) == {10.0}
            ),
        ),
    ),
    point=False,
)
