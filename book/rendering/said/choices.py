"""What the choices of a merge over Pe come to when they are made once more."""

from rendering import choices
from rendering.paired import Ratio
from rendering.said.facts import Facts, sure
from rendering.said.sentence import Sentence, alone

ONE = 1
"""Trajectories at each Péclet number."""
HARDLY = ("rank 4", "rank 16", "no shifted copies")


def _over(said: Facts, name: str, *, seen: bool) -> Ratio:
    """The fitness of one choice over that of the declared ones."""
    rows = said.document("choices")["rows"]
    return sure(choices.over_declared(rows, name, ONE, seen))


PARAGRAPHS = alone(
    Sentence(
        """With one trajectory the rank and the shifted copies hardly matter: a
        twentieth of the fitness at most. The same coefficients at all Péclet numbers
        have almost twice the fitness where something was seen, and ten times the pull
        is worse there; without any pull nothing is told apart.""",
        lambda said: (
            all(
                abs(_over(said, name, seen=seen).centre - 1) < 0.055
                for name in HARDLY
                for seen in (True, False)
            )
            and (same := _over(said, "the same at all Pe", seen=True)).higher
            and 1.85 < same.centre < 2
            and _over(said, "ten times the pull", seen=True).higher
            and not any(
                _over(said, "no pull", seen=seen).decided for seen in (True, False)
            )
        ),
    ),
    Sentence(
        """A straight line in $\\log \\mathrm{Pe}$ was not the best that could have been
        declared: between the numbers seen, functions linear in $U$ and $\\alpha$ have
        four fifths of its fitness, and a quadratic one a seventh less. A spline
        is not told apart from it, nor are looks from later frames. No claim rests on
        these: they would have to be declared anew, for other seeds.""",
        lambda said: (
            (speeds := _over(said, "linear in U and α", seen=False)).lower
            and 0.78 < speeds.centre < 0.83
            and (quadratic := _over(said, "quadratic in log Pe", seen=False)).lower
            and 0.84 < quadratic.centre < 0.87
            and not any(
                _over(said, name, seen=seen).decided
                for name in (
                    "linear spline in log Pe",
                    "four starting frames, fewer shifts",
                )
                for seen in (True, False)
            )
        ),
    ),
)
