"""What one merge for all Péclet numbers is worth beside training at its best."""

from collections.abc import Callable, Sequence

from evophys_lib.evaluate.verdicts import composition_models
from evophys_lib.models.derived import DRAWS as DRAWN_AGAIN
from rendering import rivals
from rendering.paired import Ratio, ratio
from rendering.said.claims import composition
from rendering.said.facts import (
    Facts,
    Pick,
    Ratios,
    better,
    nrmse,
    open_at,
    picked,
    worse,
)
from rendering.said.regimes import SEEN, UNSEEN, better_network, over_network
from rendering.said.sentence import Paragraph, Sentence

SOURCE, OF_MOST, OF_ONE, OF_FEWEST = rivals.LOTS
NEAR = "neighbours"
AHEAD_AT_TWO = (
    *("pooled_heat_k2", "pooled_burgers_k2", "pooled_base_k2"),
    f"{rivals.CONTROL}_k2",
)
"""Networks that were trained at one rate, and random directions."""


def _three(k: int) -> list[str]:
    """Both networks, and the one whose training was chosen."""
    return [*composition_models(k)[1:], f"pooled_tuned_k{k}"]


def _over_at(said: Facts, k: int, rival: str, source: str = SOURCE) -> Ratios:
    """c(Pe) over a rival of as many trajectories at every Péclet number."""
    return said.over(f"directions_of_pe_k{k}", f"{rival}_k{k}", source=source)


def _over(said: Facts, k: int, *names: str, source: str = SOURCE) -> Ratio:
    """c(Pe) over the best of some, in the mean where neither saw a trajectory."""
    return _over_lots(said, k, *names, lots=[source])


def _over_lots(
    said: Facts, k: int, *names: str, lots: Sequence[str] = rivals.LOTS
) -> Ratio:
    """The same, the seeds of some folders together."""
    found = rivals.over_unseen([said.found(lot) for lot in lots], k, names)
    assert found is not None
    return found


def _random_over_network(said: Facts, k: int) -> Ratios:
    """Random directions over the better network."""
    return said.over(f"{rivals.CONTROL}_k{k}", better_network(k), source=SOURCE)


def _with_more(said: Facts, one: Callable[[int], Pick]) -> Ratios:
    """The error with sixty-four trajectories over that with sixteen, on the same seeds.

    one: what is asked of, by the number of trajectories.
    """
    more, fewer = (nrmse(said.found(lot), "t50") for lot in (OF_MOST, SOURCE))
    told = {
        pe: ratio(picked(at, one(64)) or {}, picked(fewer[pe], one(16)) or {})
        for pe, at in more.items()
    }
    return {pe: one for pe, one in told.items() if one is not None}


def _over_few_shot(said: Facts, k: int) -> Ratios:
    """Directions at one Péclet number over the better parent, tuned."""
    told = rivals.over_few_shot(said.found("few"), k)
    return {pe: one for pe, one in told.items() if one is not None}


def _over_draws(said: Facts, k: int) -> Ratio:
    found = rivals.over_draws(said.found("draws"), k)
    assert found is not None
    return found


def _draws_decided(said: Facts, k: int) -> list[bool]:
    """Whether each draw by itself decides for the merge."""
    draws = (0, *DRAWN_AGAIN)
    told = (rivals.over_draws(said.found("draws"), k, (draw,)) for draw in draws)
    return [one is not None and one.lower for one in told]


DRAWN = Sentence(
    """Over three draws of that one trajectory the merge is better, too, its error two
    thirds of the network's.""",
    lambda said: (told := _over_draws(said, 1)).decided and 0.62 < told.centre < 0.72,
)
CHOSEN = Sentence(
    """With sixteen, four, two and one it is also better, over all seeds, than networks
    whose start, rate and steps were chosen by trials.""",
    lambda said: all(
        _over_lots(said, k, f"pooled_tuned_k{k}").lower for k in (16, 4, 2, 1)
    ),
)
ONE_AGAIN = Sentence(
    """With one trajectory the five seeds of the claim leave it open, and three more
    decide it: on these alone the merge is better than the better of two networks, by
    three tenths, and than the least of these and the chosen one, by a fifth.""",
    lambda said: (
        composition(said, "undecided", 1)
        and (two := _over(said, 1, *_three(1)[:2], source=OF_FEWEST)).lower
        and round(two.centre, 1) == 0.7
        and (three := _over(said, 1, *_three(1), source=OF_FEWEST)).lower
        and round(three.centre, 1) == 0.8
    ),
)
RANDOM = Sentence(
    """As many random directions from the same start do worse at all nine Péclet
    numbers, with sixteen and with four.""",
    lambda said: all(
        better(told := _over_at(said, k, rivals.CONTROL))
        == told.keys()
        == SEEN | UNSEEN
        for k in (16, 4)
    ),
)
RANDOM_TIES = Sentence(
    """Where nothing was seen these are not told apart from the better of two networks,
    but for Pe = 30 with sixteen: the lead there comes with what the experts have
    learnt, and not with few numbers alone.""",
    lambda said: (
        better(many := _random_over_network(said, 16)) == {30.0}
        and open_at(many) >= UNSEEN - {30.0}
        and open_at(_random_over_network(said, 4)) >= UNSEEN
        and all(_over(said, k, *composition_models(k)[1:]).lower for k in (16, 4))
    ),
)
MORE_TRAJECTORIES = Sentence(
    """From sixteen to sixty-four a network's error falls to two fifths and less at
    Pe = 0.1, 1 and 10, and where nothing was seen it is nowhere told apart from what it
    was.""",
    lambda said: (
        better(told := _with_more(said, better_network)) == SEEN - {100.0}
        and max(told[pe].centre for pe in SEEN) < 0.4
        and open_at(told) >= UNSEEN
    ),
)
PARAGRAPHS = (
    Paragraph(
        (
            Sentence(
                """With sixteen trajectories the chosen network is better than the merge
                at all four Péclet numbers that were seen. Where none were, the merge is
                better at Pe = 0.3, 3 and 30 and not told apart at 2 and 5.""",
                lambda said: (
                    worse(told := _over_at(said, 16, "pooled_tuned")) == SEEN
                    and better(told) == UNSEEN - {2.0, 5.0}
                ),
            ),
            Sentence(
                """With four the network is better at Pe = 100 alone, and the merge at
                Pe = 0.3, 2, 3 and 30.""",
                lambda said: (
                    worse(told := _over_at(said, 4, "pooled_tuned")) == {100.0}
                    and better(told) == UNSEEN - {5.0}
                ),
            ),
            Sentence(
                """In the mean over those that were not seen the merge's error is lower
                by a quarter and more, with certainty, over the best of three networks
                at each of them, too.""",
                lambda said: all(
                    (told := _over(said, k, *names)).decided and told.centre < 0.75
                    for k in (16, 4)
                    for names in ([f"pooled_tuned_k{k}"], _three(k))
                ),
            ),
            Sentence(
                """With sixteen and with four it is lower, too, than that of a network
                that is trained from $\\theta_0$, of one that is told Pe, of one that is
                trained in low-rank additions alone, and of PS with $\\lambda$ linear in
                $\\log \\mathrm{Pe}$.""",
                lambda said: all(
                    _over(said, k, name).lower
                    for k in (16, 4)
                    for name in rivals.raced(k)
                ),
            ),
            Sentence(
                """Over the least of all seven at each Péclet number, chosen by the test
                error itself, it is lower by a fifth with four, and not told apart with
                sixteen.""",
                lambda said: (
                    (four := _over(said, 4, *rivals.raced(4))).lower
                    and 0.75 < four.centre < 0.85
                    and not _over(said, 16, *rivals.raced(16)).decided
                ),
            ),
            Sentence(
                """With sixteen the network that is told Pe is better than the merge at
                all four Péclet numbers that were seen, low-rank training at Pe = 100
                alone.""",
                lambda said: (
                    worse(_over_at(said, 16, "pooled_told")) == SEEN
                    and worse(_over_at(said, 16, "pooled_low_rank")) == {100.0}
                ),
            ),
        ),
        point=False,
    ),
    Paragraph(
        (
            Sentence(
                """With sixty-four, over three seeds, networks are better at all four
                Péclet numbers that were seen, by three to sixteen times, and the merge
                at all five that were not, by two fifths in the mean.""",
                lambda said: (
                    worse(told := over_network(said, 64, OF_MOST)) == SEEN
                    and min(told[pe].centre for pe in SEEN) > 3
                    and max(told[pe].centre for pe in SEEN) < 16.5
                    and better(told) == UNSEEN
                    and 0.55
                    < _over(
                        said, 64, *composition_models(64)[1:], source=OF_MOST
                    ).centre
                    < 0.65
                ),
            ),
            MORE_TRAJECTORIES,
        ),
        point=False,
    ),
    Paragraph(
        (
            Sentence(
                """With two trajectories the merge is better over eight seeds, in the
                mean over Péclet numbers that were not seen, than both networks and the
                chosen one, and by an eighth than the least of the three.""",
                lambda said: (
                    all(_over_lots(said, 2, name).lower for name in _three(2))
                    and (least := _over_lots(said, 2, *_three(2))).lower
                    and 0.85 < least.centre < 0.9
                ),
            ),
            Sentence(
                """Beside every rival, on three of these seeds, it is better than all
                three networks that were trained at one rate and than as many random
                directions; from those given their best chance, and from PS with
                $\\lambda$ linear in $\\log \\mathrm{Pe}$, it is not told apart.""",
                lambda said: all(
                    told.lower if name in AHEAD_AT_TWO else not told.decided
                    for name in {*rivals.raced(2), *AHEAD_AT_TWO}
                    for told in [_over(said, 2, name, source=OF_FEWEST)]
                ),
            ),
        ),
        point=False,
    ),
    Paragraph(
        (
            ONE_AGAIN,
            Sentence(
                """Over all eight it is better by a quarter than the better of the two,
                and by a sixth than the chosen one.""",
                lambda said: (
                    (better_one := _over_lots(said, 1, *_three(1)[:2])).lower
                    and 0.7 < better_one.centre < 0.78
                    and (chosen := _over_lots(said, 1, _three(1)[2])).lower
                    and 0.8 < chosen.centre < 0.85
                ),
            ),
            Sentence(
                """On the three that came later it is also better than a network that is
                told Pe; from low-rank training and PS with $\\lambda$ linear in
                $\\log \\mathrm{Pe}$ it is not told apart.""",
                lambda said: (
                    _over(said, 1, "pooled_told_k1", source=OF_FEWEST).lower
                    and not any(
                        _over(said, 1, f"{name}_k1", source=OF_FEWEST).decided
                        for name in ("pooled_low_rank", "ps_of_pe")
                    )
                ),
            ),
        ),
        point=False,
    ),
    Paragraph(
        (
            RANDOM,
            RANDOM_TIES,
            Sentence(
                """With one trajectory random directions are worse by an eighth in the
                mean over those that were not seen.""",
                lambda said: (
                    (told := _over_lots(said, 1, f"{rivals.CONTROL}_k1")).lower
                    and 1.1 < 1 / told.centre < 1.15
                ),
            ),
        ),
        point=False,
    ),
    Paragraph(
        (
            Sentence(
                """What is made for one Péclet number does not carry over to the next.
                Where nothing was seen, the better expert, tuned on sixteen trajectories
                at the nearest Péclet number, errs more than three times as much as the
                merge, and PS between its two neighbours more than twice as much.""",
                lambda said: (
                    (tuned := _over(said, 16, "few_shot_neighbour", source=NEAR)).lower
                    and tuned.centre < 1 / 3
                    and (between := _over(said, 16, "interpolated", source=NEAR)).lower
                    and between.centre < 1 / 2
                ),
            ),
        ),
        point=False,
    ),
)
FEW = Paragraph(
    (
        Sentence(
            """Fifty frames ahead training is better at all four Péclet numbers with
            four trajectories, with sixteen and with sixty-four, at Pe = 100 from two to
            six times. With a single one the two are nowhere told apart.""",
            lambda said: (
                all(
                    worse(told := _over_few_shot(said, k)) == SEEN
                    and 2 < told[100.0].centre < 6
                    for k in (4, 16, 64)
                )
                and open_at(_over_few_shot(said, 1)) == SEEN
            ),
        ),
    ),
    point=False,
)
DRAWS = Paragraph(
    (
        Sentence(
            """With four trajectories each of three draws decides for the merge, and its
            error over all of them is lower by a quarter and more.""",
            lambda said: (
                all(_draws_decided(said, 4))
                and (told := _over_draws(said, 4)).lower
                and told.centre < 0.75
            ),
        ),
        Sentence(
            """The claim with a single trajectory is undecided on the draw that it
            declared, and each of the other two draws decides for the merge, as all
            three do together: its error is two thirds of the better network's.""",
            lambda said: (
                composition(said, "undecided", 1)
                and _draws_decided(said, 1) == [False, True, True]
                and DRAWN.holds(said)
            ),
        ),
    ),
    point=False,
)
