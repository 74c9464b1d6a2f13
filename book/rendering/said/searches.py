"""What the comparison of searches comes to."""

import numpy as np

from rendering.said.facts import Facts, better, open_at, worse
from rendering.said.sentence import Paragraph, Sentence

BLIND = ("sobol", "uniform")
"""They learn nothing."""


def _tied(said: Facts, space: str, *rivals: str) -> bool:
    """Whether no interval leaves out 1, on held-out trajectories."""
    found = said.engines(space)
    return all(found[n].interval[0] <= 1 <= found[n].interval[1] for n in rivals)


def _uniform(said: Facts) -> list[list[tuple[int, float]]]:
    """Improvements of random search over λ, by seed: evaluations spent, fitness."""
    rows = said.document("search_quality")["rows"]
    return [
        row["improvements"]
        for row in rows
        if row["space"] == "PS" and row["rival"] == "uniform"
    ]


PARAGRAPHS = (
    Paragraph(
        (
            Sentence(
                """For $\\lambda$, any form of CMA-ES will do: on held-out trajectories
                the three are not told apart, and neither is descent along the gradient,
                at three evaluations a step, for all it knows.""",
                lambda said: _tied(said, "PS", "catcma", "optuna-cma-es", "gradient"),
            ),
            Sentence(
                """What learns nothing ends at about twice the fitness or more, and
                Optuna's TPE lies between.""",
                lambda said: (
                    min(said.engines("PS")[n].interval[0] for n in BLIND) > 1.9
                    and said.engines("PS")["tpe"].interval[0] > 1
                    and said.engines("PS")["tpe"].interval[1] < 1.9
                ),
            ),
            Sentence(
                """The experts of three more seeds, at three Péclet numbers, say much
                the same: CatCMA is better at Pe = 10, by 4 %, and nothing else that
                learns is told apart but TPE, which is worse at Pe = 0.1; Sobol points
                are worse at all three.""",
                lambda said: (
                    better((told := said.engines_over_studies())["catcma"]) == {10.0}
                    and round(100 * (1 - told["catcma"][10.0].centre)) == 4
                    and not worse(told["catcma"])
                    and open_at(told["optuna-cma-es"]) == {0.1, 10.0, 100.0}
                    and open_at(told["gradient"]) == {0.1, 10.0, 100.0}
                    and (better(told["tpe"]), worse(told["tpe"])) == (set(), {0.1})
                    and worse(told["sobol"]) == {0.1, 10.0, 100.0}
                ),
            ),
            Sentence(
                """Early rejection makes winners worse.""",
                lambda said: (
                    said.engines("PS")["cma-es-rejecting"].interval[0] > 1
                    and said.engines("PS", "fitness")["cma-es-rejecting"].interval[0]
                    > 1
                ),
            ),
        ),
        point=False,
    ),
    Paragraph(
        (
            Sentence(
                """Over paths, at this Péclet number, there is little to find: no engine
                is told apart from another, and their medians agree to a
                hundredth.""",
                lambda said: (
                    _tied(said, "DFS", *said.engines("DFS"))
                    and all(
                        abs(c.ratio - 1) < 0.01 for c in said.engines("DFS").values()
                    )
                ),
            ),
            Sentence(
                """What tells them apart is time.""",
                lambda said: _seconds(said, "uniform") > 2 * _seconds(said, "cma-es"),
            ),
        ),
        point=False,
    ),
    Paragraph(
        (
            Sentence(
                """How random search ends is a matter of luck and of the experts: the
                soup that it starts from is better than nearly all of the box, and the
                first draw that is better came after seven evaluations from one seed and
                after 245 from another.""",
                lambda said: (
                    min(steps[1][0] for steps in _uniform(said)) == 7
                    and max(steps[1][0] for steps in _uniform(said)) == 245
                ),
            ),
        ),
        point=False,
    ),
)


def _seconds(said: Facts, rival: str) -> float:
    """Median of a whole search over paths."""
    rows = said.document("search_quality")["rows"]
    return float(
        np.median(
            [
                row["seconds"]
                for row in rows
                if row["space"] == "DFS" and row["rival"] == rival
            ]
        )
    )
