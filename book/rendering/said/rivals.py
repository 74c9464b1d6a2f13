"""What one merge for all Péclet numbers is worth beside training at its best."""

from evophys_lib.models.registry import DRAWS as DRAWN_AGAIN
from rendering import rivals
from rendering.directions import COUNTS
from rendering.paired import Ratio
from rendering.said.claims import composition
from rendering.said.facts import Facts, Ratios, better, open_at, worse
from rendering.said.regimes import SEEN
from rendering.said.sentence import Paragraph, Sentence

SOURCE = "rivals"


def _chosen(said: Facts, k: int) -> Ratios:
    """c(Pe) over the network whose training was chosen."""
    merge, network = f"directions_of_pe_k{k}", f"pooled_tuned_k{k}"
    return said.over(merge, network, source=SOURCE)


def _over_unseen(said: Facts, k: int) -> Ratio:
    found = rivals.over_unseen(said.found(SOURCE), k, (f"pooled_tuned_k{k}",))
    assert found is not None
    return found


def _over_draws(said: Facts) -> Ratio:
    found = rivals.over_draws(said.found("draws"), 1)
    assert found is not None
    return found


def _means(said: Facts) -> list[Ratio]:
    """By k = 16, 4, 1, where neither saw a trajectory."""
    return [_over_unseen(said, k) for k in COUNTS]


DRAWN = Sentence(
    """Over three draws of that one trajectory the merge is better, its error two thirds
    of the network's.""",
    lambda said: (told := _over_draws(said)).decided and 0.62 < told.centre < 0.72,
)
CHOSEN = Sentence(
    """A network whose start, rate and steps are chosen by trials comes nearer: with
    sixteen the two are not told apart over three seeds.""",
    lambda said: (
        not (told := _over_unseen(said, 16)).decided
        and told.centre > said.directions["composition_k16"]["ratio"]
    ),
)
PARAGRAPHS = (
    Paragraph(
        (
            Sentence(
                """With sixteen trajectories the chosen network is better than the merge
                at all four Péclet numbers that were seen. Where none were, the merge is
                better at Pe = 30, a third of the network's error, and not told apart
                elsewhere.""",
                lambda said: (
                    worse(told := _chosen(said, 16)) == SEEN
                    and better(told) == {30.0}
                    and told[30.0].centre < 0.36
                ),
            ),
            Sentence(
                """With four and with one the two are not told apart at any single
                Péclet number.""",
                lambda said: all(
                    open_at(told := _chosen(said, k)) == told.keys() for k in (4, 1)
                ),
            ),
            Sentence(
                """In the mean over those that were not seen the merge has the lower
                error at every k; over three seeds this is decided with four
                trajectories alone, and barely.""",
                lambda said: (
                    all(r.centre < 1 for r in _means(said))
                    and [r.decided for r in _means(said)] == [False, True, False]
                    and (four := _over_unseen(said, 4).high) is not None
                    and 0.95 < four < 1
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
