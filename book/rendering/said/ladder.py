"""What the ladder and its optimisers say, on the page of directions."""

from rendering.many_numbers import ratios
from rendering.paired import lowest
from rendering.said.facts import Facts, Models, Ratios, better, open_at, worse
from rendering.said.in_short import HEADLINE
from rendering.said.sentence import Paragraph, Sentence
from rendering.sweep.counts import TUNED

LADDER = "ladder"
OWN, CORE = "directions", "few_shot_core"


def _few_shot(at: Models) -> dict[int, float]:
    """The better of both origins, which favours training."""
    return lowest(at, TUNED.values())


def _closed(said: Facts, model: str) -> dict[float, float]:
    gaps = said.gaps(model, LADDER)
    return {pe: gap.closed for pe, gap in gaps.items() if gap.closed is not None}


def _between(said: Facts, model: str, low: float, high: float) -> bool:
    """Whether it closes this much at every headline Péclet number."""
    closed = _closed(said, model)
    return closed.keys() == HEADLINE and all(low <= g <= high for g in closed.values())


def _others(said: Facts, name: str, document: str = "many_numbers") -> Ratios:
    """An optimiser over the library's least squares, at equal evaluations."""
    told = ratios(said.document(document)["rows"], name)
    return {pe: found for pe, found in told.items() if found is not None}


OPTIMISERS = (
    Paragraph(
        (
            Sentence(
                """At equal evaluations both evolution strategies end three and a half
                to five and a half times as high as least squares, and scipy's trust
                region, which has no secants between two Jacobians, one and a half times
                or more.""",
                lambda said: (
                    all(
                        worse(told := _others(said, name)) == told.keys()
                        and all(3.5 <= r.centre <= 5.5 for r in told.values())
                        for name in ("cma_es", "sep_cma_es")
                    )
                    and worse(told := _others(said, "scipy")) == told.keys()
                    and all(1.5 <= r.centre < 1.7 for r in told.values())
                ),
            ),
            Sentence(
                """The gradient, counted as three evaluations, and DFO-LS are not told
                apart from it over three studies.""",
                lambda said: all(
                    open_at(told := _others(said, name)) == told.keys()
                    for name in ("gradient", "dfols")
                ),
            ),
        ),
        point=False,
    ),
)
IN_ALL = "many_numbers_8"
OPTIMISERS_IN_ALL = (
    Paragraph(
        (
            Sentence(
                """One Jacobian takes most of the evaluations here, and what comes after
                it decides: scipy's trust region ends four times as high at Pe = 1 and
                nine to thirteen times at 10 and 100.""",
                lambda said: (
                    worse(told := _others(said, "scipy", IN_ALL)) == told.keys()
                    and 4 <= told[1.0].centre < 4.5
                    and all(9 <= told[pe].centre < 13.5 for pe in (10.0, 100.0))
                ),
            ),
            Sentence(
                """Both evolution strategies end five to sixteen times as high.""",
                lambda said: all(
                    worse(told := _others(said, name, IN_ALL)) == told.keys()
                    and all(4.5 < r.centre < 16 for r in told.values())
                    for name in ("cma_es", "sep_cma_es")
                ),
            ),
            Sentence(
                """The gradient ends a quarter higher at Pe = 10 and is not told apart
                elsewhere.""",
                lambda said: (
                    worse(told := _others(said, "gradient", IN_ALL)) == {10.0}
                    and 1.2 < told[10.0].centre < 1.3
                    and open_at(told) == {1.0, 100.0}
                ),
            ),
        ),
        point=False,
    ),
)
PARAGRAPHS = (
    Paragraph(
        (
            Sentence(
                """**It takes hundreds.** With one number per expert a merge closes at
                most an eighth of the gap, with one per expert and layer at most two
                fifths, with one per expert and tensor a quarter to three quarters, and
                with eight singular directions of every tensor more than half at every
                headline Péclet number.""",
                lambda said: (
                    _between(said, "directions_per_expert", 0.0, 0.125)
                    and _between(said, "directions_per_layer", 0.0, 0.4)
                    and _between(said, "directions_per_tensor", 0.25, 0.75)
                    and _between(said, OWN, 0.5, 0.9)
                ),
            ),
            Sentence(
                """Where numbers are as few as in PS, so is the gain, though least
                squares looks at every residual: it was the numbers.""",
                lambda said: (
                    open_at(said.over("directions_per_layer", "ps", source=LADDER))
                    == HEADLINE
                ),
            ),
            Sentence(
                """With PS's evaluations the same directions are better than PS
                everywhere.""",
                lambda said: (
                    better(said.over("directions_few", "ps", source=LADDER)) == HEADLINE
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**More directions are not always better.** At r = 32 one Jacobian
                takes most of the evaluations: better at Pe = 1, worse at Pe = 100,
                elsewhere not told apart.""",
                lambda said: (
                    better(told := said.over("directions_r32", OWN, source=LADDER))
                    == {1.0}
                    and worse(told) == {100.0}
                ),
            ),
            Sentence(
                """All of them, with twice the evaluations, are nowhere told apart from
                those.""",
                lambda said: (
                    open_at(
                        said.over("directions_full", "directions_r32", source=LADDER)
                    )
                    == HEADLINE
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**What the experts learnt is worth a factor.** As many random
                directions with the same singular values, from the same soup, are worse
                at every headline Péclet number, by 1.4 to 1.9 times.""",
                lambda said: (
                    worse(told := said.over("directions_random", OWN, source=LADDER))
                    == HEADLINE
                    and all(1.4 <= r.centre < 1.95 for r in told.values())
                ),
            ),
            Sentence(
                """From Pe = 1 up they do about what 154 of the experts' own do; at
                Pe = 0.1 they are no help.""",
                lambda said: (
                    open_at(
                        told := said.over(
                            "directions_random", "directions_r1", source=LADDER
                        )
                    )
                    == HEADLINE - {0.1}
                    and worse(told) == {0.1}
                    and _closed(said, "directions_random")[0.1] < 0
                ),
            ),
            Sentence(
                """The singular directions of $\\theta_0$ itself come nearer, and are
                still worse everywhere, by 1.2 to 1.6 times.""",
                lambda said: (
                    worse(told := said.over("directions_of_base", OWN, source=LADDER))
                    == HEADLINE
                    and all(1.15 <= r.centre < 1.6 for r in told.values())
                ),
            ),
            Sentence(
                """As many directions of the experts' halfway points and of what came
                after, or of heat, Burgers and Burgers seen riding, are not told apart
                from the experts'.""",
                lambda said: all(
                    open_at(said.over(name, OWN, source=LADDER)) == HEADLINE
                    for name in ("directions_halfway", "directions_riding")
                ),
            ),
            Sentence(
                """Nor do two parts of Burgers serve better than the whole: its slower
                and its faster half are worse at Pe = 0.1, by 7 %, and elsewhere not
                told apart, its weaker and its stronger half nowhere.""",
                lambda said: (
                    worse(told := said.over("directions_speeds", OWN, source=LADDER))
                    == {0.1}
                    and round(100 * (told[0.1].centre - 1)) == 7
                    and not better(told)
                    and open_at(said.over("directions_strengths", OWN, source=LADDER))
                    == HEADLINE
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**Training all weights on the same trajectories stays ahead.** With
                the passes of PS the better of two fine-tuned experts has the lower
                error at every headline Péclet number, by 1.5 to 3.5 times.""",
                lambda said: (
                    worse(told := said.over(OWN, _few_shot, source=LADDER)) == HEADLINE
                    and all(1.45 <= r.centre < 3.55 for r in told.values())
                ),
            ),
            Sentence(
                """With about as few numbers it does not: low-rank tuning of 441, whose
                start and rate were chosen by trials at its own expense, is worse at
                Pe = 1 than the merge with PS's evaluations, better at Pe = 100, and not
                told apart between and below; against three times the evaluations it is
                worse at Pe = 1 and 10 and better nowhere.""",
                lambda said: (
                    better(few := said.over("directions_few", CORE, source=LADDER))
                    == {1.0}
                    and worse(few) == {100.0}
                    and better(many := said.over(OWN, CORE, source=LADDER))
                    == {1.0, 10.0}
                    and not worse(many)
                ),
            ),
        )
    ),
)
