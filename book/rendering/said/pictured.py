"""What pictures show, in words for whoever does not see them.

An alternative text says what is drawn, and then what is seen, each sentence with its
condition. A number of a curve is the mean that is drawn; words are those of the
package.
"""

from dataclasses import dataclass

from rendering import equations, ladder
from rendering import front as first
from rendering.labels import PARENTS
from rendering.said import front, in_short, regimes, seen
from rendering.said import ladder as climbed
from rendering.said.facts import (
    better,
    better_parent,
    lies_above,
    worse,
)
from rendering.said.in_short import FROM_ONE, HEADLINE, NINE
from rendering.said.regimes import UNSEEN, over_network
from rendering.said.sentence import Sentence
from rendering.sweep.searched import coefficients, heat_share


@dataclass(frozen=True)
class Picture:
    """drawn: what is where, without a result; seen: what it comes to."""

    drawn: str
    seen: tuple[Sentence, ...] = ()

    @property
    def alt(self) -> str:
        """The text on one line."""
        words = (self.drawn, *(sentence.words for sentence in self.seen))
        return " ".join(" ".join(words).split())


CLIMB = Sentence(
    """In the mean shares rise step by step from 2 numbers to 392, at all four Péclet
    numbers.""",
    seen.climbs,
)
PICTURES: dict[tuple[str, str], Picture] = {
    ("README.md", "sweep_curves.png"): Picture(
        """Error after fifty and after five frames against Péclet number, over seeds:
        parents, soup, merges, and training on the same trajectories and on plenty."""
    ),
    ("ablations.md", "ablations.png"): Picture(
        """Errors of each variant over the default's, of both families, with 95 %
        intervals over seeds: of the probe's floor, and of the expert after five frames
        and after fifty.""",
        (
            Sentence(
                """At both horizons experts err more than fifteen times as much without
                the linear skip, and more than three times with the anchors of VICReg
                and SIGReg; with no other variant twice as much.""",
                seen.far_right,
            ),
        ),
    ),
    ("answer.md", "sweep_curves.png"): Picture(
        """Error of the parents, of merges and of training against Péclet number, after
        fifty frames and after five, with 95 % intervals over seeds.""",
        (
            Sentence(
                """After fifty frames PS lies below both parents with certainty at
                Pe = 1 and from 3 on, and errs more than twice as much as few-shot
                tuning everywhere.""",
                lambda said: (
                    better(said.over("ps", better_parent)) == seen.DECIDED
                    and front.TRAINS.holds(said)
                ),
            ),
        ),
    ),
    ("answer.md", "sweep_parents.png"): Picture(
        """Squared error of PS, DFS and PS + DFS less the better parent's, in percent of
        it, against Péclet number, with 95 % intervals over seeds.""",
        (
            Sentence(
                """After fifty frames the interval of PS lies below zero at Pe = 1 and
                from 3 on, and holds it elsewhere; after five frames every interval of
                PS holds zero.""",
                lambda said: (
                    in_short.wins(said) == seen.DECIDED
                    and seen.holding(said.claim(seen.FAR), 0.0) == NINE - seen.DECIDED
                    and seen.holding(said.claim(seen.NEAR), 0.0) == NINE
                ),
            ),
        ),
    ),
    ("answer.md", "sweep_lambda.png"): Picture(
        """Coefficients of PS against Péclet number, mean over layers and seeds with a
        dot for each seed.""",
        (
            Sentence(
                """From Pe = 0.1 to 100 that of heat falls from about 1 to a third, and
                that of Burgers rises from about 0 to three quarters; they cross between
                10 and 30.""",
                lambda said: (
                    0.9 < (heat := seen.mean_lambda(said, "heat"))[0.1] < 1.1
                    and 0.28 < heat[100.0] < 0.38
                    and -0.1 < (burgers := seen.mean_lambda(said, "burgers"))[0.1] < 0.1
                    and 0.7 < burgers[100.0] < 0.8
                    and seen.apart(said, "heat")
                    and seen.apart(said, "burgers")
                    and {pe for pe in heat if heat[pe] < burgers[pe]} == {30.0, 100.0}
                ),
            ),
            Sentence(
                """At 100 that of Burgers is from a third to 1.4 by seed.""",
                lambda said: (
                    0.3 < min(told := coefficients(said.sweep, "burgers")[100.0]) < 0.36
                    and round(max(told), 1) == 1.4
                ),
            ),
        ),
    ),
    ("answer.md", "sweep_routes.png"): Picture(
        """Share of paths that are in a heat layer by depth along the path, with 95 %
        intervals, by the expert that the search began with.""",
        (
            Sentence(
                """Searched from heat, all are throughout the first half, and three
                quarters at the end; searched from Burgers, none anywhere.""",
                lambda said: (
                    bool((told := heat_share(said.sweep, "AB"))[:, :5].all())
                    and 0.7 < told[:, -1].mean() < 0.8
                    and (other := heat_share(said.sweep, "BA")).shape == told.shape
                    and not other.any()
                ),
            ),
        ),
    ),
    ("answer.md", "sweep_gap.png"): Picture(
        """Share of the gap to training on plenty that soup, random search, PS, DFS and
        PS + DFS close, against Péclet number, at both horizons, with 95 %
        intervals.""",
        (
            Sentence(
                """After fifty frames PS closes about a third at Pe = 5 and 10, and
                nothing that is told from zero at 0.1 and 0.3.""",
                lambda said: (
                    all(seen.third(said, pe) for pe in (5.0, 10.0))
                    and seen.untold(said, "ps", seen.FAR) == {0.1, 0.3}
                ),
            ),
            Sentence(
                """Every interval of DFS holds zero, at both horizons.""",
                lambda said: all(
                    seen.untold(said, "dfs", h) == NINE for h in (seen.FAR, seen.NEAR)
                ),
            ),
        ),
    ),
    ("answer.md", "sweep_equations.png"): Picture(
        """Péclet number that rollouts obey over the true one, and what is left of the
        steepening, against Péclet number, with 95 % intervals over seeds.""",
        (
            Sentence(
                """From Pe = 1 to 5 PS lies 10 to 20 % below the truth, and from 10 on
                it is not told apart from it.""",
                lambda said: (
                    seen.too_slow(said) == {1.0, 2.0, 3.0, 5.0}
                    and seen.obeys_the_truth(said) >= {10.0, 30.0, 100.0}
                ),
            ),
            Sentence(
                """From 10 on it steepens, at 100 by about two fifths of what Burgers'
                equation does, and less than the Burgers expert.""",
                lambda said: (
                    lies_above(told := said.dynamics("ps", "steepening"), 0.0)
                    == {10.0, 30.0, 100.0}
                    and 0.36 < told[100.0].value < 0.45
                    and told[100.0].interval[1]
                    < said.dynamics("burgers", "steepening")[100.0].interval[0]
                ),
            ),
        ),
    ),
    ("answer.md", "sweep_counts.png"): Picture(
        """Error of PS and of few-shot tuning against the number of trajectories, 1 to
        64, at Pe = 0.1, 1, 10 and 100 and at both horizons, with 95 % intervals.""",
        (
            Sentence(
                """From one to sixty-four tuning falls to half or less, and PS by less
                than three tenths.""",
                lambda said: (
                    len(tuned := seen.with_more(said, "few_shot")) == 2 * len(HEADLINE)
                    and all(r.lower and r.centre <= 0.5 for r in tuned)
                    and len(merged := seen.with_more(said, "ps")) == len(tuned)
                    and all(0.7 < r.centre < 1 for r in merged)
                ),
            ),
            Sentence(
                """Tuning ends above training on plenty with certainty at Pe = 100 after
                fifty frames alone.""",
                lambda said: (
                    seen.above_plenty(said, seen.FAR) == {100.0}
                    and not seen.above_plenty(said, seen.NEAR)
                ),
            ),
            Sentence(
                """It falls below PS between one and four at Pe = 0.1 and 1, and lies
                below it throughout at 10 and 100.""",
                seen.crossings,
            ),
        ),
    ),
    ("directions.md", "directions_curves.png"): Picture(
        """Error against Péclet number with 64, 16, 4, 2 and 1 trajectories at each of
        four Péclet numbers: parents, one merge for all, networks and random directions,
        with bands over seeds.""",
        (
            Sentence(
                """With 64 and 16 all networks dip below the merge at the dotted lines,
                where trajectories were seen; between them they rise above it and it
                lies lowest, below the better of two with certainty.""",
                lambda said: all(
                    seen.dip(said, k, lot)
                    and seen.lies_lowest(said, k, lot)
                    and better(over_network(said, k, lot)) == UNSEEN
                    for k, lot in ((seen.MANY, "rivals_most"), (16, "rivals"))
                ),
            ),
            Sentence(
                """With one the heat expert is lower with certainty than the merge and
                the better of two networks up to Pe = 1.""",
                regimes.SEEN_BY_BOTH.sentences[4].holds,
            ),
        ),
    ),
    ("directions.md", "ladder.png"): Picture(
        """Share of the gap to training on plenty that a merge closes against the number
        of its coefficients, by Péclet number, with 95 % bands.""",
        (
            CLIMB,
            Sentence(
                """With 1,208 they are higher with certainty at Pe = 1 alone, and lower
                at 100.""",
                lambda said: (
                    better(told := seen.beyond(said)) == {1.0}
                    and worse(told) == {100.0}
                ),
            ),
            Sentence(
                """Crosses of as many random directions, and of directions of θ₀, lie
                lower.""",
                lambda said: (
                    climbed.PARAGRAPHS[2].sentences[0].holds(said)
                    and climbed.PARAGRAPHS[2].sentences[2].holds(said)
                ),
            ),
        ),
    ),
    ("equation.md", "equation_terms.png"): Picture(
        """Which of eleven terms stay at a threshold, from black for all seeds to white
        for none, for true fields with noise, both experts, PS and directions at four
        Péclet numbers.""",
        (
            Sentence(
                """From Pe = 1 on truth and directions keep the two terms of the target
                alone, in all seeds, while the threshold grows sixfold across the
                upright line; at that line experts and PS keep others, too.""",
                lambda said: (
                    all(
                        seen.over_a_span(said, name)
                        for name in (equations.NOISY, ladder.OWN)
                    )
                    and all(
                        seen.and_others(seen.kept(found, name, found["threshold"]))
                        for found in [said.document("equations")]
                        for name in (*PARENTS, "ps")
                    )
                ),
            ),
        ),
    ),
    ("equation.md", "equation_places.png"): Picture(
        """Speed and diffusivity of every model over the target's, its steepening, and
        terms that neither a parent nor the target has, at four Péclet numbers with 95 %
        intervals.""",
        (
            Sentence(
                """From Pe = 1 on merges by directions, random ones too, lie within 0.05
                of where the lines of the target cross; experts, soup and PS lie beside
                it.""",
                lambda said: (
                    all(seen.lies_there(said, name) for name in seen.RIGHT)
                    and all(seen.lies_beside(said, name) for name in seen.BESIDE)
                ),
            ),
        ),
    ),
    ("equation.md", "language.png"): Picture(
        """Losses of the warm start and of GRPO by step, and mean rewards of GRPO.""",
        (
            Sentence(
                """Of five rewards that for the form rises from about two thirds to nine
                tenths and more; the others stay below a fifth.""",
                seen.learns_form_alone,
            ),
        ),
    ),
    ("intro.md", "front.png"): Picture(
        """Two halves. Above, over position and time, a test trajectory at Pe = 10 and
        how the heat expert, the Burgers expert, PS and one merge by directions roll it
        out; under each model what it errs by. Below, error against Péclet number with
        95 % bands.""",
        (
            Sentence(
                """Fields are alike by eye, errors in that order ever fainter.""",
                seen.alike_and_fainter,
            ),
            Sentence(
                """The parents' curves cross between 5 and 10; PS lies below both with
                certainty from Pe = 1 on, directions everywhere.""",
                lambda said: (
                    seen.burgers_leads(said) == {10.0, 30.0, 100.0}
                    and seen.better_in_front(said, "ps") == FROM_ONE
                    and all(
                        seen.better_in_front(said, name) == NINE
                        for name in (ladder.OWN, first.ONE)
                    )
                ),
            ),
            Sentence(
                """Tuning on plenty lies lowest, few-shot tuning next to it where it is
                drawn.""",
                seen.lowest_of_all,
            ),
        ),
    ),
    ("intro.md", "ladder.png"): Picture(
        """Share of the gap to training on plenty that merges close, against the number
        of coefficients, by Péclet number.""",
        (CLIMB,),
    ),
    ("performance.md", "scaling.png"): Picture(
        """Seconds of a generation against trajectories, candidates, blocks, cells and
        steps, each in multiples of the profile's, both logarithmic.""",
        (
            Sentence(
                """At larger sizes all rise along lines of slope about 1, at the
                smallest more slowly.""",
                lambda said: (
                    len(told := seen.slopes(said)) == 5
                    and all(least < 0.9 < line < 1.1 for least, line in told)
                ),
            ),
        ),
    ),
    ("search_quality.md", "search_quality.png"): Picture(
        """Best fitness of each engine against evaluations, median and quartiles over
        seeds, in parameter space and over paths.""",
        (
            Sentence(
                """In parameter space the gradient falls fastest at first, and ends
                lowest together with CMA-ES in three forms; Optuna's TPE ends above
                them, random search and Sobol points stay highest.""",
                seen.in_parameter_space,
            ),
            Sentence("""Over paths all end alike.""", seen.alike_over_paths),
        ),
    ),
    ("status.md", "peclet_curves.png"): Picture(
        """Error after fifty frames against Péclet number, of one seed.""",
        (
            Sentence(
                """Parents cross between Pe = 1 and 10.""",
                lambda said: (
                    {
                        pe
                        for pe, at in seen.of_one_seed(said).items()
                        if at["heat"] > at["burgers"]
                    }
                    == {10.0, 100.0}
                ),
            ),
            Sentence("""PS and PS + DFS lie lowest.""", seen.lowest_of_one_seed),
        ),
    ),
}
"""By page and file."""
