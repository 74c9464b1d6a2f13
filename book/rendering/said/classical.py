"""What is said of classical rows."""

from rendering.said.facts import Facts, better, worse
from rendering.said.sentence import Paragraph, Sentence

MERGES = ("directions", "ps", "soup")
HORIZONS = ("t50", "t5")
ROUNDING = 1e-4
"""Of a merge's error: what is left where a method is exact in single precision."""


def _are_exact(said: Facts, *names: str) -> bool:
    """Whether their errors are rounding beside those of every merge, everywhere."""
    told = [
        said.over(name, merge, at=horizon, source="classical")
        for name in names
        for merge in MERGES
        for horizon in HORIZONS
    ]
    return all(
        one
        and better(one) == one.keys()
        and max(r.high for r in one.values()) < ROUNDING
        for one in told
    )


EXACT = Sentence(
    """None of this is how one would solve this target. It is linear: one complex number
    per wave number, fitted to a single trajectory of it, or its speed and diffusivity,
    read off the five frames from which all models start and put into the exact
    solution, err by rounding alone, by less than a ten-thousandth of what any merge
    does.""",
    lambda said: _are_exact(said, "fourier_k1", "read_off"),
)

PARAGRAPHS = (
    Paragraph((EXACT,)),
    Paragraph(
        (
            Sentence(
                """Dynamic mode decomposition, which is not told that all places are
                alike, needs four trajectories for that. With one it does worse than the
                best merge at Pe = 1, 10 and 100.""",
                lambda said: (
                    _are_exact(said, "dmd_k16")
                    and better(_decomposition(said, 4))
                    == _decomposition(said, 4).keys()
                    and worse(_decomposition(said, 1)) == {1.0, 10.0, 100.0}
                ),
            ),
        )
    ),
)


def _decomposition(said: Facts, count: int) -> dict:
    return said.over(f"dmd_k{count}", "directions", source="classical")
