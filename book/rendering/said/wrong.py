"""Where the claims were wrong: what they asked for, and by which intervals."""

from rendering.said.beside import LIMITS
from rendering.said.facts import Facts
from rendering.said.in_short import HEADLINE
from rendering.said.sentence import Paragraph, Sentence
from rendering.sweep.limits import attainable


def _declared_widths(said: Facts) -> dict[float, float]:
    """Of the first claim's declared intervals, over those of Student, by Pe."""
    told = said.judged["primary"]["peclet"]
    ends = {
        float(pe): (at["interval"], at["over_seeds"]["interval"])
        for pe, at in told.items()
    }
    return {pe: (d[1] - d[0]) / (s[1] - s[0]) for pe, (d, s) in ends.items()}


PARAGRAPHS = (
    Paragraph(
        (
            Sentence(
                """The secondary claim asked for more than a merge that follows physics
                exactly can reach ([λ of heat follows
                1/Pe](answer.md#λ-of-heat-follows-1pe)).""",
                lambda said: (
                    max(
                        attainable(HEADLINE),
                        attainable(said.sweep.provenance["peclets"]),
                    )
                    < 0.9
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """The primary claim asked for *every* Péclet number, one of which
                leaves nothing to compose ([better than both
                parents](answer.md#better-than-both-parents)).""",
                lambda said: all(s.holds(said) for s in LIMITS[0].sentences),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """The intervals that were declared, percentiles of a bootstrap of five
                seeds, were too narrow: from Pe = 1 on, for PS, two thirds of Student's
                or less ({ref}`method-verdicts`). The words were kept, and stand beside
                corrected ones.""",
                lambda said: (
                    max(w for pe, w in _declared_widths(said).items() if pe >= 1) < 0.68
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """One seed says little. By the notebooks' run alone, of seed 0, the
                secondary claim is undecided ([its
                verdicts](status.md#what-is-measured)); by five seeds it fails.""",
                lambda said: (
                    said.document("results")["verdicts"]["secondary"]["verdict"]
                    == "undecided"
                    and said.judged["secondary"]["verdict"] == "fails"
                ),
            ),
        )
    ),
)
