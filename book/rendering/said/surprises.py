"""What surprised, on the page of the status."""

from evophys_lib.evaluate import evidence
from evophys_lib.evaluate.evidence import Evidence
from rendering.said import front, in_short, rivals
from rendering.said.facts import Facts, better, better_parent, worse
from rendering.said.in_short import FROM_ONE
from rendering.said.sentence import Paragraph, Sentence


def _comparators(said: Facts, family: str, key: str) -> tuple[float, float]:
    """Mean errors over seeds at home: dynamic mode decomposition, the expert."""
    rows = [r["comparators"][family] for r in said.document("world_models")["rows"]]
    return tuple(sum(r[n][key] for r in rows) / len(rows) for n in ("dmd", "expert"))


def _left_burgers(found: Evidence) -> tuple[int, int]:
    """Paths searched from Burgers' expert: those with a layer of heat's, and all."""
    paths = [r.owners() for r in evidence.routes(found) if r.order == "BA"]
    return sum("heat" in owners for owners in paths), len(paths)


PARAGRAPHS = (
    Paragraph(
        (
            Sentence(
                """**The parents know more than their equations.** From Pe = 1 on, the
                heat expert lies far below the heat oracle: at half its error or
                less.""",
                lambda said: (
                    better(said.over("heat", "oracle_heat")) == FROM_ONE
                    and max(
                        r.centre
                        for pe, r in said.over("heat", "oracle_heat").items()
                        if pe in FROM_ONE
                    )
                    <= 0.5
                ),
            ),
            Sentence(
                """Below, its own errors hide what its equation would do: at Pe = 0.1 it
                errs four times as much as the oracle.""",
                lambda said: (
                    round(said.over("heat", "oracle_heat")[0.1].centre) == 4
                    and 0.1 in worse(said.over("heat", "oracle_heat"))
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**A linear map is hard to beat at first.** On either source, dynamic
                mode decomposition over a window of frames forecasts the first few
                frames better than the experts do ([the world model](world_model.md));
                after ten predictor steps the experts are ahead.""",
                lambda said: all(
                    (dmd < expert) is (key == "nrmse_t5")
                    for family in ("heat", "burgers")
                    for key in ("nrmse_t5", "nrmse_t50")
                    for dmd, expert in [_comparators(said, family, key)]
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**Paths rarely leave their expert.** Searched from Burgers' expert
                one of ninety does, from heat's those at Pe = 10 and above only
                ([the evidence](answer.md)).""",
                lambda said: (
                    in_short.MORE[4].sentences[1].holds(said)
                    and _left_burgers(said.ten()) == (1, 90)
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**Fine-tuning on the search's own trajectories is far better than
                searching.** At equal predictor passes the merge's error is more than
                twice that of the fine-tuned parent at every Péclet number.""",
                front.TRAINS.holds,
            ),
            Sentence(
                """$\\lambda$ by gradient, which sees as much, is better than the search
                at none of them.""",
                lambda said: not better(said.over("gradient", "ps")),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**A long horizon is bought with the short one.** The merge is better
                than its better parent after fifty frames and, but for Pe = 10 over ten
                seeds, not after five; one that
                is searched over a single step is better after five at Pe = 10 and 100,
                and loses the rest of the gain.""",
                lambda said: (
                    in_short.FINDING[2].holds(said)
                    and better(said.over("ps_short", better_parent, "t5"))
                    == {10.0, 100.0}
                    and not better(said.over("ps_short", better_parent))
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**Not the span was the limit, but how it was searched.** With a
                number for every singular direction, and a search that looks at all
                residuals of an evaluation instead of their sum, the same two task
                vectors are better than both parents everywhere, without a gradient
                ([directions](directions.md)).""",
                front.EVERYWHERE.holds,
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**Random directions tie with training where nothing was seen.** As
                many of them, from the same merged start, are there not told apart from
                the better of two networks with four trajectories, nor with sixteen but
                at Pe = 30, where they are better; the experts' directions are better
                than both ([directions](directions.md)).""",
                lambda said: (
                    rivals.RANDOM_TIES.holds(said) and rivals.RANDOM.holds(said)
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**More trajectories do not show a network what lies between them.**
                With sixty-four in place of sixteen its error falls to two fifths and
                less at three of the Péclet numbers that it sees, and nowhere else is it
                told apart from what it was.""",
                lambda said: rivals.MORE_TRAJECTORIES.holds(said),
            ),
        )
    ),
)
