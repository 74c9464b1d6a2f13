"""Whether what a merge gains is owed to two physics."""

from evophys_lib.evaluate import findings
from rendering import controls
from rendering.said.facts import Facts, Ratios, better, better_parent, open_at, worse
from rendering.said.sentence import Paragraph, Sentence

SOURCE, ENDS = "controls", "controls_ends"
SEARCHED = ("ps", "directions")
AT = {1.0, 10.0}


def _over_same(said: Facts, merge: str, pair: str, source: str = SOURCE) -> Ratios:
    """A control over the same merge of heat and Burgers."""
    return said.over(f"{merge}_{pair}", merge, source=source)


def _errors(said: Facts) -> findings.ByPeclet:
    return findings.nrmse(said.found(SOURCE))


def _over_parent(said: Facts, name: str) -> Ratios:
    return said.over(name, better_parent, source=SOURCE)


def _over_directions(said: Facts, name: str) -> Ratios:
    return said.over(name, "directions", source=SOURCE)


TWICE = Sentence(
    """It need not be two physics, though: two experts of heat merge as well as one of
    heat and one of Burgers, by PS and along directions, where that was tried, at Pe = 1
    and 10.""",
    lambda said: all(
        open_at(_over_same(said, merge, "heat_twice")) == AT for merge in SEARCHED
    ),
)
AVERAGING = Sentence(
    """Asked whether a merge takes both physics, the declared rule answers *averaging*:
    the better parent twice, from other data in another order, is not told apart from
    heat and Burgers, by PS and along directions, at Pe = 1 and 10.""",
    lambda said: all(
        controls.takes_both(at, merge) == "averaging"
        for at in _errors(said).values()
        for merge in SEARCHED
    ),
)
LONG = Sentence(
    """Nor is it that the experts were trained too briefly: trained four times as long
    they leave less to gain nowhere with certainty. Along their directions a merge gains
    more at Pe = 1, and is not told apart from few-shot tuning of the usual ones.""",
    lambda said: (
        all(
            controls.closes(at, merge) == "composition"
            for at in _errors(said).values()
            for merge in ("soup", *SEARCHED)
        )
        and (change := controls.change_with_length(_errors(said)[1.0], "directions"))
        is not None
        and change.lower
        and 1.0 in open_at(said.over("directions_long", "few_shot_heat", source=SOURCE))
    ),
)
HEAT = Sentence(
    """Two experts of heat do as well even at Pe = 10, where Burgers' is the better one;
    two of Burgers are worse at Pe = 1.""",
    lambda said: (
        TWICE.holds(said)
        and all(
            1.0 in worse(_over_same(said, merge, "burgers_twice")) for merge in SEARCHED
        )
    ),
)
REACTION = Sentence(
    """What the other parent has learnt does count along directions: with a reaction in
    place of Burgers, in which nothing spreads and nothing is carried, the error at
    Pe = 1 is half as large again. It is still lower than either expert's, by a third
    at Pe = 1 and by three quarters at 10.""",
    lambda said: (
        1.0 in worse(told := _over_same(said, "directions", "unrelated"))
        and 1.4 < told[1.0].centre < 1.7
        and better(beside := _over_parent(said, "directions_unrelated")) == AT
        and 0.6 < beside[1.0].centre < 0.7
        and 0.2 < beside[10.0].centre < 0.3
    ),
)
BOTH_EACH = Sentence(
    """No search gains by parents that know both physics: of two networks that were
    trained on both families, a merge along directions errs three tenths more at Pe = 1
    than of heat and Burgers, and is not told apart at 10; PS is told apart at neither.
    Their plain mean errs less at Pe = 10 than that of heat and Burgers, as either
    network does by itself.""",
    lambda said: (
        worse(told := _over_same(said, "directions", "joint_twice")) == {1.0}
        and 1.25 < told[1.0].centre < 1.35
        and open_at(told) == {10.0}
        and open_at(_over_same(said, "ps", "joint_twice")) == AT
        and all(
            better(said.over(name, "soup", source=SOURCE)) == {10.0}
            for name in ("soup_joint_twice", "joint", "joint_again")
        )
    ),
)
ON_A_LINE = Sentence(
    """Nor does one number gain: on the line from $\\theta_0$ to joint fine-tuning, the
    λ that the search's trajectories choose is told apart from joint fine-tuning itself
    at neither Péclet number.""",
    lambda said: open_at(said.over("joint_line", "joint", source=SOURCE)) == AT,
)
AT_THE_ENDS = Sentence(
    """Nor are two experts of heat told apart from one of each at Pe = 0.1 and 100,
    scored afterwards; two of Burgers are worse at 0.1, and at 100 better along
    directions.""",
    lambda said: (
        all(
            open_at(_over_same(said, merge, "heat_twice", ENDS)) == {0.1, 100.0}
            and 0.1 in worse(_over_same(said, merge, "burgers_twice", ENDS))
            for merge in SEARCHED
        )
        and better(_over_same(said, "directions", "burgers_twice", ENDS)) == {100.0}
    ),
)
COMMON = Sentence(
    """What all of these have in common is $\\theta_0$, which has seen both families,
    and numbers that were searched on the target. A merge's lead over its parents is
    evidence of that search, and not of two physics that were put together.""",
    lambda said: AVERAGING.holds(said),
)
FEWER = Sentence(
    """Training with few numbers, its start, rate and steps chosen by trials, does no
    better than directions on the same trajectories: the head alone errs more at Pe = 1
    and is not told apart at 10, cores between leading directions err more at both,
    low-rank additions are told apart at neither. What training has over directions is
    that it may change all weights.""",
    lambda said: (
        worse(head := _over_directions(said, "few_shot_head")) == {1.0}
        and open_at(head) == {10.0}
        and worse(_over_directions(said, "few_shot_core")) == AT
        and open_at(_over_directions(said, "few_shot_low_rank")) == AT
        and better(_over_directions(said, "few_shot_heat")) == AT
    ),
)
PARAGRAPHS = (
    Paragraph((AVERAGING, HEAT, AT_THE_ENDS, REACTION, LONG, COMMON), point=False),
    Paragraph((BOTH_EACH, ON_A_LINE), point=False),
    Paragraph((FEWER,), point=False),
)
