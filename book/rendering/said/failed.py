"""What did not work: every idea that was tried and did not help, by the evidence."""

from rendering.labels import PARENTS
from rendering.paired import Ratio, ratio
from rendering.said import in_short, ladder, rivals
from rendering.said.claims import words_afresh
from rendering.said.facts import (
    Facts,
    Ratios,
    better,
    better_parent,
    open_at,
    worse,
)
from rendering.said.in_short import HEADLINE, NINE
from rendering.said.sentence import Paragraph, Sentence
from rendering.sweep.counts import TUNED

CONSTANT = ("lambda_line", "task_arithmetic", "slerp")
"""Merges whose coefficients are the same in all layers."""
TURNS = ("heat_then_burgers", "burgers_then_heat")
SPLIT = ("burgers_after_heat", "heat_after_burgers")
SEARCHED = ("random_search", "sobol", "gradient", "ties", "dare_ties", *CONSTANT)
"""Other searches of λ, at as many evaluations."""


def _over_default(said: Facts, variant: str) -> list[Ratio]:
    """Errors of an ablation's experts at t + 50 over the default's, by family."""
    rows = said.document("ablations")["rows"]

    def errors(name: str, family: str) -> dict[int, float]:
        kept = {r["seed"]: r["world_model"] for r in rows if r["variant"] == name}
        return {seed: at[family]["nrmse_t50"] for seed, at in kept.items()}

    found = [ratio(errors(variant, f), errors("default", f)) for f in PARENTS]
    return [r for r in found if r is not None]


def _worse_by(said: Facts, times: float, *variants: str) -> bool:
    """Whether all of these err certainly more, and so many times as much."""
    told = [r for v in variants for r in _over_default(said, v)]
    return all(r.decided and r.centre > times for r in told)


def _ten(said: Facts, baseline: str) -> Ratios:
    """A baseline over PS, on ten seeds at the headline's Péclet numbers."""
    return said.over_ten(baseline, "ps", more="baselines")


IN_WEIGHTS = (
    Paragraph(
        (
            Sentence(
                """**Fewer numbers.** One $\\lambda$ on a line, one per expert and
                SLERP, the same in all layers, are worse than one per expert and layer
                at Pe = 3, 5, 10 and 100; only at Pe = 10 are all three better than the
                better parent.""",
                lambda said: (
                    set.intersection(*(worse(said.over(m, "ps")) for m in CONSTANT))
                    == {3.0, 5.0, 10.0, 100.0}
                    and set.intersection(
                        *(better(said.over(m, better_parent)) for m in CONSTANT)
                    )
                    == {10.0}
                ),
            ),
            Sentence(
                """Model stock, which looks at no data, is worse than the better parent
                everywhere but at Pe = 10, where it is not told apart.""",
                lambda said: (
                    worse(said.over("model_stock", better_parent)) == NINE - {10.0}
                    and open_at(said.over("model_stock", better_parent)) == {10.0}
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**Thinning task vectors.** TIES is worse than the plain sum up to
                Pe = 1 and at 5 and 10, DARE-TIES at Pe = 10; neither is
                better anywhere, though both may choose to drop nothing.""",
                lambda said: (
                    worse(said.over("ties", "ps")) == {0.1, 0.3, 1.0, 5.0, 10.0}
                    and worse(said.over("dare_ties", "ps")) == {10.0}
                    and not better(said.over("ties", "ps"))
                    and not better(said.over("dare_ties", "ps"))
                ),
            ),
            Sentence(
                """Dividing by the coefficients that agree, after an election of signs,
                is worse at Pe = 1 and 10 and not told apart at 0.1 and 100.""",
                lambda said: (
                    worse(told := said.over("ps_elect_mean", "ps")) == {1.0, 10.0}
                    and open_at(told) == {0.1, 100.0}
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**Searching at random.** Random candidates and Sobol points, as many
                as CMA-ES has, are worse everywhere.""",
                lambda said: (
                    worse(told := said.over("random_search", "ps")) == told.keys()
                    and worse(told := said.over("sobol", "ps")) == told.keys()
                ),
            ),
            Sentence(
                """So is throwing out half of a generation after its first steps:
                winners get worse ([the comparison of
                searches](search_quality.md)).""",
                lambda said: (
                    said.engines("PS")["cma-es-rejecting"].interval[0] > 1
                    and said.engines("PS", "fitness")["cma-es-rejecting"].interval[0]
                    > 1
                ),
            ),
            Sentence(
                """A gradient, which knows the slope, did not help either: $\\lambda$
                by gradient is better nowhere.""",
                lambda said: not better(said.over("gradient", "ps")),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**One merge for all.** The same $\\lambda$ at every Péclet number is
                worse at all four that were tried, at Pe = 0.1 and 1 by more than two
                times.""",
                lambda said: (
                    worse(told := said.over("ps_one", "ps")) == HEADLINE
                    and min(told[0.1].centre, told[1.0].centre) > 2
                ),
            ),
            Sentence(
                """Reading $\\lambda$ off between neighbours fails at both ends of the
                range and at Pe = 30.""",
                lambda said: (
                    worse(said.over("interpolated", "ps")) == {0.1, 30.0, 100.0}
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**A fitness of one step.** It gains at five frames, at Pe = 10 and
                100, and loses more than a third at fifty.""",
                lambda said: (
                    better(said.over("ps_short", "ps", "t5")) == {10.0, 100.0}
                    and worse(told := said.over("ps_short", "ps")) == HEADLINE
                    and min(r.centre for r in told.values()) > 4 / 3
                ),
            ),
            Sentence(
                """Nor does the fitness of ten steps buy the first: after five frames
                PS is better than the better parent at Pe = 10 alone, and that over ten
                seeds.""",
                lambda said: in_short.FINDING[2].holds(said),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**Ten seeds.** At the four headline Péclet numbers every baseline
                was run on five seeds more. Over ten, too, no other search of $\\lambda$
                is better than PS anywhere.""",
                lambda said: not any(better(_ten(said, m)) for m in SEARCHED),
            ),
            Sentence(
                """What five left open, ten decide here and there: one $\\lambda$ per
                expert and DARE-TIES are worse at Pe = 1 as well, joint fine-tuning at
                Pe = 10, and the gradient at Pe = 100, but no longer at 0.1.""",
                lambda said: (
                    all(
                        worse(_ten(said, name)) - worse(said.over(name, "ps")) == {pe}
                        for name, pe in (
                            *(("task_arithmetic", 1.0), ("dare_ties", 1.0)),
                            *(("joint", 10.0), ("gradient", 100.0)),
                        )
                    )
                    and worse(said.over("gradient", "ps")) == {0.1}
                    and worse(_ten(said, "gradient")) == {100.0}
                ),
            ),
            Sentence(
                """Fine-tuning on the search's own trajectories is better at all four,
                from either parent and from $\\theta_0$; so is the fitted output
                ensemble at Pe = 0.1.""",
                lambda said: (
                    all(
                        better(_ten(said, name)) == HEADLINE
                        for name in (*TUNED.values(), "few_shot_base")
                    )
                    and better(_ten(said, "fitted_ensemble")) == {0.1}
                ),
            ),
        )
    ),
)

IN_PATHS = (
    Paragraph(
        (
            Sentence(
                """**Paths.** The best path is told apart from the better parent at
                Pe = 100 alone, and there over ten seeds only, and with all paths that
                keep their depths tried one by one there is nothing to find either: the
                best of them is better nowhere.""",
                lambda said: (
                    in_short.PATHS_AT_ONE.holds(said)
                    and not better(
                        said.over("best_path", better_parent, source="ladder")
                    )
                ),
            ),
            Sentence(
                """Offering the layers once or twice instead of three times, or taking
                away the scaling $W$, changes nothing that is told apart.""",
                lambda said: all(
                    open_at(said.over(name, "dfs")) == HEADLINE
                    for name in ("dfs_r1", "dfs_r2", "dfs_unscaled")
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**Paths after weights.** PS + DFS is not told apart from PS at any
                Péclet number, and nowhere does it lower the error by more than a
                fortieth.""",
                lambda said: (
                    open_at(told := said.over("ps_dfs", "ps")) == told.keys()
                    and min(r.centre for r in told.values()) > 1 - 1 / 40
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**An order in the layers.** That heat's come first is undecided: it
                shows from one start of the search and from the other not at all. On
                fresh seeds it fails.""",
                lambda said: (
                    said.judged["tertiary"]["over_seeds"]["verdict"] == "undecided"
                    and said.judged["tertiary"]["lead_by_order"]["BA"] == 0
                    and words_afresh(said)[2] == "fails"
                ),
            ),
        )
    ),
)

IN_OUTPUTS = (
    Paragraph(
        (
            Sentence(
                """**Operator splitting with the experts.** One after the other in
                every step, they err two to twelve times as much as the better parent:
                their diffusions add up.""",
                lambda said: all(
                    worse(told := said.over(m, better_parent)) == NINE
                    and all(2 < r.centre < 12 for r in told.values())
                    for m in SPLIT
                ),
            ),
            Sentence(
                """Taking turns is worse than the better parent up to Pe = 1 and from 30
                on, and better at 5.""",
                lambda said: all(
                    worse(told := said.over(m, better_parent))
                    == {0.1, 0.3, 1.0, 30.0, 100.0}
                    and 5.0 in better(told)
                    for m in TURNS
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**Averaging outputs.** The plain average is better than the better
                parent at Pe = 3 and 5 only, and better than PS nowhere.""",
                lambda said: (
                    better(said.over("ensemble", better_parent)) == {3.0, 5.0}
                    and not better(said.over("ensemble", "ps"))
                ),
            ),
        )
    ),
)

DIRECTIONS = (
    Paragraph(
        (
            ladder.PARAGRAPHS[1].sentences[0],
            Sentence(
                """With a single trajectory at each Péclet number, on the draw and the
                five seeds that were declared, one merge for all is not told apart from
                networks trained on the same; that takes three seeds more.""",
                rivals.ONE_AGAIN.holds,
            ),
            Sentence(
                """And none of it catches up with training where there are data: with
                sixteen trajectories the better of two fine-tuned experts has the lower
                error everywhere.""",
                lambda said: ladder.PARAGRAPHS[3].sentences[0].holds(said),
            ),
        )
    ),
)

WORLD_MODEL = (
    Paragraph(
        (
            Sentence(
                """**The usual anchors.** Unit variances, as VICReg and SIGReg ask for,
                leave experts that err more than three times as much; without the
                linear skip they err more than fifteen times as much.""",
                lambda said: (
                    _worse_by(said, 3, "vicreg", "sigreg")
                    and _worse_by(said, 15, "no-skip")
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """**Ingredients that carry nothing.** Without any anchor, without the
                moving average, with absolute positions or without circular shifts, the
                experts are not told apart from the default's at $t + 50$.""",
                lambda said: (
                    not any(
                        r.decided
                        for v in ("no-anchor", "no-ema", "absolute", "no-shifts")
                        for r in _over_default(said, v)
                    )
                ),
            ),
            Sentence(
                """Averaged weights are worse there.""",
                lambda said: _worse_by(said, 1, "averaging"),
            ),
        )
    ),
)
