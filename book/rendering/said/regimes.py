"""What one merge for all Péclet numbers is worth beside one network, by regime."""

from rendering.directions import COUNTS
from rendering.said.facts import (
    Facts,
    Models,
    Ratios,
    better,
    better_parent,
    open_at,
    worse,
)
from rendering.said.sentence import Paragraph, Sentence

SOURCE, BEYOND = "directions", "beyond"
SEEN = {0.1, 1.0, 10.0, 100.0}
DIFFUSIVE = {0.1, 0.3, 1.0}


def _network(at: Models, k: int) -> dict[int, float]:
    """The better of both, which favours them."""
    heat, burgers = at[f"pooled_heat_k{k}"], at[f"pooled_burgers_k{k}"]
    return {seed: min(heat[seed], burgers[seed]) for seed in heat}


def over_network(said: Facts, k: int, source: str = SOURCE, at: str = "t50") -> Ratios:
    """c(Pe) over the better network."""
    merge = f"directions_of_pe_k{k}"
    return said.over(merge, lambda models: _network(models, k), at, source=source)


def _worse_than_heat(said: Facts, k: int) -> set[float]:
    """Where both lie above the heat expert as it is."""
    network = said.over(lambda at: _network(at, k), "heat", source=SOURCE)
    merge = said.over(f"directions_of_pe_k{k}", "heat", source=SOURCE)
    return worse(network) & worse(merge)


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
                == [{0.3, 2.0, 3.0, 5.0, 30.0}, {0.3, 2.0, 3.0, 30.0}, {0.3}]
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
                open_at(over_network(said, k, at="t5")) >= {0.3, 2.0, 3.0, 5.0, 30.0}
                for k in COUNTS
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
