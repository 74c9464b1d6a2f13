"""What the first page and the README say."""

from rendering.said import classical, controls, in_short, rivals
from rendering.said.claims import composition, words_afresh
from rendering.said.facts import (
    few_shot,
    mostly_better,
    worse,
)
from rendering.said.sentence import Paragraph, Sentence

PREDICTS = Sentence(
    """Merged weights predict a third physics, up to a point: over ten seeds, fifty
    frames ahead, the merge predicts the target better than both parents from Pe = 1 up,
    and at Pe = 0.1 and 0.3 it is not told apart from the better one; five frames ahead
    it is better at Pe = 10 alone.""",
    lambda said: in_short.FINDING[0].holds(said) and in_short.FINDING[2].holds(said),
)
TRAINS = Sentence(
    """Training on the trajectories that these searches look at does far better.""",
    lambda said: (
        worse(said.over("ps", few_shot)) == in_short.NINE
        and min(r.centre for r in said.over("ps", few_shot).values()) > 2
    ),
)
EVERYWHERE = Sentence(
    """With a coefficient for every *direction* of what the experts have learnt, a merge
    predicts the target better than both parents at every Péclet number.""",
    in_short.FINDING[-1].holds,
)
UNSEEN = Sentence(
    """As a function of the Péclet number, one merge does better than networks trained
    on the same trajectories at Péclet numbers of which neither has seen any, with
    sixteen and with four trajectories at each of four Péclet numbers; with one the five
    seeds that were declared leave it open, and three more decide for the merge.""",
    lambda said: composition(said, "holds", 16, 4) and rivals.ONE_AGAIN.holds(said),
)
VERDICTS = Paragraph(
    (
        Sentence(
            """By rules laid down beforehand, the claim that the merge is better than
            both parents at *every* Péclet number is **undecided**; that its share of
            heat follows $1/\\mathrm{Pe}$ **fails**; that paths begin with heat is
            **undecided**, and **fails** on fresh seeds.""",
            lambda said: (
                [
                    said.judged[claim]["over_seeds"]["verdict"]
                    for claim in ("primary", "secondary", "tertiary")
                ]
                == [
                    said.judged[claim]["verdict"]
                    for claim in ("primary", "secondary", "tertiary")
                ]
                == ["undecided", "fails", "undecided"]
                and words_afresh(said) == ["undecided", "fails", "fails"]
            ),
        ),
        Sentence(
            """Declared later and judged on fresh seeds, the claim that a merge by
            directions is better than both parents everywhere **holds**.""",
            lambda said: said.directions["primary_directions"]["verdict"] == "holds",
        ),
    ),
    point=False,
)
ANSWER = (
    Paragraph((PREDICTS, EVERYWHERE, controls.TWICE, TRAINS), point=False),
    VERDICTS,
)
PARAGRAPHS = (
    Paragraph(
        (
            Sentence(
                """Merged in weights, the experts are mostly better than one model that
                was trained on both of their equations.""",
                lambda said: mostly_better(said.over("ps", "joint")),
            ),
            Sentence(
                """The coefficients turn from one parent to the other as the Péclet
                number grows, though not by the formula that was claimed.""",
                lambda said: (
                    said.judged["secondary"]["over_seeds"]["p_value"] < 0.05
                    and said.judged["secondary"]["verdict"] == "fails"
                ),
            ),
            in_short.PATHS_AT_ONE,
        ),
        point=False,
    ),
    Paragraph((UNSEEN, rivals.DRAWN, rivals.CHOSEN, rivals.RANDOM), point=False),
    Paragraph(
        (classical.EXACT, classical.OPERATOR, classical.WHERE_IT_VARIES), point=False
    ),
)

README = (PREDICTS, EVERYWHERE, controls.TWICE, TRAINS, UNSEEN)
