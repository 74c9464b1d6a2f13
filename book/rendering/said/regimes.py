"""What one merge for all Péclet numbers is worth beside one network, by regime."""

from evophys_lib.evaluate.verdicts import composition_models
from rendering.once import COUNTS
from rendering.paired import lowest
from rendering.said.facts import (
    Facts,
    Pick,
    Ratios,
    better,
    better_parent,
    open_at,
    worse,
)
from rendering.said.sentence import Paragraph, Sentence

SOURCE, BEYOND, NETWORK = "directions", "beyond", "pooled_heat_k16"
SEEN = {0.1, 1.0, 10.0, 100.0}
UNSEEN = {0.3, 2.0, 3.0, 5.0, 30.0}
DIFFUSIVE = {0.1, 0.3, 1.0}


def better_network(k: int) -> Pick:
    """The better of both networks, which favours them."""
    _, *networks = composition_models(k)
    return lambda at: lowest(at, networks)


def over_network(said: Facts, k: int, source: str = SOURCE, at: str = "t50") -> Ratios:
    """c(Pe) over the better network."""
    merge = f"directions_of_pe_k{k}"
    return said.over(merge, better_network(k), at, source=source)


def _worse_than_heat(said: Facts, k: int) -> set[float]:
    """Where both lie above the heat expert as it is."""
    network = said.over(better_network(k), "heat", source=SOURCE)
    merge = said.over(f"directions_of_pe_k{k}", "heat", source=SOURCE)
    return worse(network) & worse(merge)


def _closed(said: Facts) -> dict[float, float]:
    """Shares of the gap that c(Pe) closes, by Pe."""
    gaps = said.gaps("directions_of_pe_k16", "gap")
    return {pe: gap.closed for pe, gap in gaps.items() if gap.closed is not None}


SEEN_BY_BOTH = Paragraph(
    (
        Sentence(
            """Where sixteen trajectories were seen, training wins at Pe = 0.1, 10 and
            100 and is not told apart from the merge at Pe = 1: it has all weights to
            fit them with.""",
            lambda said: (
                worse(told := over_network(said, 16)) == SEEN - {1.0}
                and 1.0 in open_at(told)
            ),
        ),
        Sentence(
            """With four or one it wins at Pe = 100 only, the farthest from what the
            experts know.""",
            lambda said: all(
                worse(over_network(said, k)) == {100.0} for k in COUNTS[1:]
            ),
        ),
        Sentence(
            """Where none were seen, the merge has the lower mean error whatever their
            count: with sixteen everywhere with certainty, with four at all but Pe = 5,
            with one at Pe = 0.3 only.""",
            lambda said: (
                all(
                    told[pe].centre < 1
                    for k in COUNTS
                    for told in [over_network(said, k)]
                    for pe in told.keys() - SEEN
                )
                and [better(over_network(said, k)) - SEEN for k in COUNTS]
                == [UNSEEN, UNSEEN - {5.0}, {0.3}]
            ),
        ),
        Sentence(
            """With sixteen it closes two thirds and more of the gap to training on
            plenty at Pe = 2, 3, 5 and 30, of which it has seen no trajectory, and a
            third of it at 0.3.""",
            lambda said: (
                (told := _closed(said)).keys() >= UNSEEN
                and min(told[pe] for pe in UNSEEN - {0.3}) > 2 / 3
                and 0.3 < told[0.3] < 0.37
            ),
        ),
        Sentence(
            """With a single trajectory, though, neither comes up to the heat expert as
            it is up to Pe = 1: too little was seen to change it for the better.""",
            lambda said: _worse_than_heat(said, 1) == DIFFUSIVE,
        ),
    ),
    point=False,
)
NEAR = Paragraph(
    (
        Sentence(
            """All of this is fifty frames ahead. Five ahead the two are not told apart
            at any Péclet number that was not seen, whatever the count: the merge's lead
            comes with the length of the forecast.""",
            lambda said: all(
                open_at(over_network(said, k, at="t5")) >= UNSEEN for k in COUNTS
            ),
        ),
        Sentence(
            """Over the better parent, directions searched at each Péclet number lead
            five frames ahead, too, at all but 0.1, though by less.""",
            lambda said: (
                better(
                    near := said.over("directions", better_parent, "t5", source=SOURCE)
                )
                == near.keys() - {0.1}
                and all(
                    near[pe].centre > far.centre
                    for pe, far in said.over(
                        "directions", better_parent, source=SOURCE
                    ).items()
                )
            ),
        ),
    ),
    point=False,
)
OUTSIDE = Paragraph(
    (
        Sentence(
            """At half the smallest Péclet number the two are not told apart, at twice
            the largest the merge is better with sixteen trajectories and not told
            apart with four and one.""",
            lambda said: (
                [better(over_network(said, k, BEYOND)) for k in COUNTS]
                == [{200.0}, set(), set()]
                and not any(worse(over_network(said, k, BEYOND)) for k in COUNTS)
            ),
        ),
    ),
    point=False,
)
SHIFTED_SOURCE = "shifted"


def _shifted(said: Facts, rival: Pick, kind: str) -> Ratios:
    """c(Pe), k = 16, over a rival on targets of another kind."""
    merge = "directions_of_pe_k16"
    return said.over(merge, rival, kind=kind, source=SHIFTED_SOURCE)


SHIFTED = Paragraph(
    (
        Sentence(
            """Where the mean is not the advection speed, which neither was shown, the
            one merge has a lower error than the network at all four Péclet numbers, at
            0.1, 1 and 10 less than half of it: perhaps because it has too few numbers
            to unlearn what the experts know of fields at large.""",
            lambda said: (
                better(told := _shifted(said, NETWORK, "passive")) == SEEN
                and max(told[pe].centre for pe in SEEN - {100.0}) < 0.5
            ),
        ),
        Sentence(
            """With weaker fluctuations it is the other way round at all four. With more
            of both advection and diffusion the merge is better at Pe = 100 and not told
            apart elsewhere.""",
            lambda said: (
                all(
                    worse(_shifted(said, NETWORK, kind)) == SEEN
                    for kind in ("fluctuation0.1", "fluctuation0.3")
                )
                and better(told := _shifted(said, NETWORK, "scale0.158")) == {100.0}
                and open_at(told) == SEEN - {100.0}
            ),
        ),
        Sentence(
            """Over the better parent it keeps its lead in part: it is worse for a mean
            that is not the speed at Pe = 0.1, and at the larger scale at Pe = 100.""",
            lambda said: (
                [
                    worse(_shifted(said, better_parent, kind))
                    for kind in (
                        "passive",
                        "scale0.158",
                        "fluctuation0.1",
                        "fluctuation0.3",
                    )
                ]
                == [{0.1}, {100.0}, set(), set()]
            ),
        ),
    ),
    point=False,
)
WHERE = Paragraph(
    (
        Sentence(
            """Where there are data, train; where the regime is new, merge.""",
            lambda said: (
                SEEN_BY_BOTH.sentences[0].holds(said)
                and SEEN_BY_BOTH.sentences[2].holds(said)
            ),
        ),
    ),
    point=False,
)
