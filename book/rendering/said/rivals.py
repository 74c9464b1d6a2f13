"""What one merge for all Péclet numbers is worth beside training at its best."""

from evophys_lib.evaluate.verdicts import composition_models
from evophys_lib.models.derived import DRAWS as DRAWN_AGAIN
from rendering import rivals
from rendering.paired import Ratio
from rendering.said.claims import composition
from rendering.said.facts import Facts, Ratios, better, open_at, worse
from rendering.said.regimes import SEEN, UNSEEN
from rendering.said.sentence import Paragraph, Sentence

SOURCE, OF_ONE, NEAR, TOLD = "rivals", "rivals_one", "neighbours", "rivals_told"
OF_FOUR = [f"{name}_k4" for name in rivals.RIVALS]


def _chosen(said: Facts, k: int, source: str = SOURCE) -> Ratios:
    """c(Pe) over the network whose training was chosen."""
    merge, network = f"directions_of_pe_k{k}", f"pooled_tuned_k{k}"
    return said.over(merge, network, source=source)


def _over(said: Facts, k: int, *names: str, source: str = SOURCE) -> Ratio:
    """c(Pe) over the best of some, in the mean where neither saw a trajectory."""
    found = rivals.over_unseen(said.found(source), k, names)
    assert found is not None
    return found


def _over_at(said: Facts, name: str) -> Ratios:
    """c(Pe) over a network of three seeds, with sixteen trajectories."""
    return said.over("directions_of_pe_k16", name, source=TOLD)


def _over_draws(said: Facts) -> Ratio:
    found = rivals.over_draws(said.found("draws"), 1)
    assert found is not None
    return found


DRAWN = Sentence(
    """Over three draws of that one trajectory the merge is better, its error two thirds
    of the network's.""",
    lambda said: (told := _over_draws(said)).decided and 0.62 < told.centre < 0.72,
)
CHOSEN = Sentence(
    """With sixteen and with four it is also better than networks whose start, rate and
    steps were chosen by trials.""",
    lambda said: all(_over(said, k, f"pooled_tuned_k{k}").lower for k in (16, 4)),
)
PARAGRAPHS = (
    Paragraph(
        (
            Sentence(
                """With sixteen trajectories the chosen network is better than the merge
                at all four Péclet numbers that were seen. Where none were, the merge is
                better at Pe = 0.3, 3 and 30 and not told apart at 2 and 5.""",
                lambda said: (
                    worse(told := _chosen(said, 16)) == SEEN
                    and better(told) == UNSEEN - {2.0, 5.0}
                ),
            ),
            Sentence(
                """With four the network is better at Pe = 100 alone, and the merge at
                Pe = 0.3, 2, 3 and 30.""",
                lambda said: (
                    worse(told := _chosen(said, 4)) == {100.0}
                    and better(told) == UNSEEN - {5.0}
                ),
            ),
            Sentence(
                """In the mean over those that were not seen the merge's error is lower
                by a quarter and more, with certainty, over the best of three networks
                at each of them, too.""",
                lambda said: all(
                    (told := _over(said, k, f"pooled_tuned_k{k}", *more)).decided
                    and told.centre < 0.75
                    for k in (16, 4)
                    for more in ((), composition_models(k)[1:])
                ),
            ),
            Sentence(
                """With four it is lower than that of a network that is told Pe, too, of
                one that is trained in low-rank additions alone, and of PS with
                $\\lambda$ linear in $\\log \\mathrm{Pe}$, and by a fifth lower than the
                least of all six at each Péclet number. Told Pe, the network errs less
                than without at Pe = 1 only.""",
                lambda said: (
                    all(_over(said, 4, name).lower for name in OF_FOUR)
                    and (
                        best := _over(said, 4, *OF_FOUR, *composition_models(4)[1:])
                    ).lower
                    and 0.75 < best.centre < 0.85
                    and better(
                        said.over("pooled_told_k4", "pooled_tuned_k4", source=SOURCE)
                    )
                    == {1.0}
                ),
            ),
            Sentence(
                """With sixteen, over three seeds, it is lower in that mean than that of
                low-rank training, and not told apart from that of a network that is
                told Pe, which is better at all four Péclet numbers that were seen, as
                low-rank training is at Pe = 100 alone.""",
                lambda said: (
                    _over(said, 16, "pooled_low_rank_k16", source=TOLD).lower
                    and not _over(said, 16, "pooled_told_k16", source=TOLD).decided
                    and worse(_over_at(said, "pooled_told_k16")) == SEEN
                    and worse(_over_at(said, "pooled_low_rank_k16")) == {100.0}
                ),
            ),
            Sentence(
                """With one the two are nowhere told apart.""",
                lambda said: (
                    open_at(told := _chosen(said, 1, OF_ONE)) == told.keys()
                    and not _over(said, 1, "pooled_tuned_k1", source=OF_ONE).decided
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
DRAWS = Paragraph(
    (
        Sentence(
            """The claim with a single trajectory is undecided on the draw that it
            declared, and each of the other two draws decides for the merge, as all
            three do together: its error is two thirds of the better network's.""",
            lambda said: (
                composition(said, "undecided", 1)
                and [
                    (told := rivals.over_draws(said.found("draws"), 1, (draw,)))
                    is not None
                    and told.decided
                    for draw in (0, *DRAWN_AGAIN)
                ]
                == [False, True, True]
                and DRAWN.holds(said)
            ),
        ),
    ),
    point=False,
)
