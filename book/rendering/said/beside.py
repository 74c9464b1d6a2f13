"""What stands beside tables: what could be had, at what price, and what lacks."""

from rendering.said.facts import Facts, better, better_parent, few_shot, worse
from rendering.said.in_short import HEADLINE, NINE
from rendering.said.sentence import Paragraph, Sentence
from rendering.sweep.limits import cells

PER_LAYER = ("ps", "dfs", "ps_dfs", "task_arithmetic", "ties", "dare_ties", "gradient")
"""Merges with a number per layer or fewer."""
TRIED = {"ties", "ps_elect_sum", "ps_short", "task_arithmetic", "fitted_ensemble"}


def _closed(said: Facts, model: str) -> list[float]:
    gaps = said.gaps(model).values()
    return [gap.closed for gap in gaps if gap.closed is not None]


LIMITS = (
    Paragraph(
        (
            Sentence(
                """At Pe = 0.1 there is nothing to compose: the target moves less than
                half a cell in fifty frames, and the exact heat equation errs a quarter
                as much as the heat expert.""",
                lambda said: (
                    cells(said.sweep)[0.1] < 0.5
                    and 0.22 < said.over("oracle_heat", "heat")[0.1].centre < 0.28
                ),
            ),
            Sentence(
                """Where nothing but the expert's own error is left to mend, a claim
                that asks for *every* Péclet number asks for more than composition.""",
                lambda said: better(said.over("oracle_heat", "heat")) == {0.1},
            ),
        ),
        point=False,
    ),
)
FIRST_STEP = (
    Paragraph(
        (
            Sentence(
                """A search whose fitness looks one step ahead shows that the span has
                better first steps to offer, at Pe = 10 and 100 better than the better
                parent's, at the price of the rest.""",
                lambda said: (
                    all(
                        better(said.over("ps_short", rival, at="t5")) == {10.0, 100.0}
                        for rival in ("ps", better_parent)
                    )
                    and worse(said.over("ps_short", "ps")) == HEADLINE
                ),
            ),
            Sentence(
                """(As a ratio, seed by seed, PS is better after five frames at
                Pe = 0.1, by 3 %: less than the claim's difference of squared errors
                can tell.)""",
                lambda said: (
                    better(told := said.over("ps", better_parent, at="t5")) == {0.1}
                    and round(100 * (1 - told[0.1].centre)) == 3
                    and said.claim("t5")[0.1][1] > 0
                ),
            ),
        ),
        point=False,
    ),
)
LACKING = (
    Paragraph(
        (
            Sentence(
                """**Half the gap.** No merge with a number per layer closes it at any
                Péclet number, and at the profile's $k$ none is as good as few-shot
                fine-tuning ([the evidence](answer.md)).""",
                lambda said: (
                    max(g for m in PER_LAYER for g in _closed(said, m)) < 0.5
                    and all(worse(said.over(m, few_shot)) == NINE for m in PER_LAYER)
                ),
            ),
            Sentence(
                """Tried: five more engines, signs elected and not, densities, horizons,
                one coefficient per expert and per layer, outputs in place of weights.
                """,
                lambda said: (
                    len(said.engines("PS").keys() - {"cma-es-rejecting"}) >= 5
                    and {*said.sweep.scores["model"]} >= TRIED
                ),
            ),
        ),
    ),
    Paragraph(
        (
            Sentence(
                """**Directions are young.** What they do with sixty-four trajectories
                stands on three seeds, as their ladder and their controls do
                ([directions](directions.md)).""",
                lambda said: all(
                    said.found(folder).scores["seed"].nunique() == 3
                    for folder in ("rivals_most", "few", "ladder", "controls")
                ),
            ),
        ),
    ),
    Paragraph(
        (
            Sentence(
                """**Arithmetic.** Every stage runs at half of the rate of the machine's
                matrix products, and spends about half of its time on products
                ([performance](performance.md)); between them numbers pass through
                memory, and operators are called.""",
                lambda said: all(
                    0.45 < share < 0.6
                    for row in said.document("roofline")["workloads"].values()
                    for share in (row["fraction"], row["shares"]["products"])
                ),
            ),
        ),
    ),
)
