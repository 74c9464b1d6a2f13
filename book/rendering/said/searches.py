"""What the comparison of searches comes to."""

import numpy as np

from evophys_lib.merge.data_flow import expert_path
from evophys_lib.profiles import LAPTOP
from rendering.labels import PARENTS
from rendering.said.elsewhere import searched_on
from rendering.said.facts import Facts, better, nrmse, open_at, worse
from rendering.said.sentence import Paragraph, Sentence
from rendering.search_quality import by_rival, values

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
            Sentence(
                """To evaluate as many paths takes CMA-ES and CatCMA, whose bits start
                as one expert's own layers, about half a minute, Optuna's CMA-ES and TPE
                about twice as long as CMA-ES, and engines that draw evenly more than
                two and a half times as long.""",
                lambda said: (
                    all(28 < _evaluating(said, n) < 36 for n in ("cma-es", "catcma"))
                    and all(
                        1.8 < _evaluating(said, n) / _evaluating(said, "cma-es") < 2.3
                        for n in ("optuna-cma-es", "tpe")
                    )
                    and all(
                        _evaluating(said, n) > 2.5 * _evaluating(said, "cma-es")
                        for n in BLIND
                    )
                ),
            ),
            Sentence(
                """An expert's own path has four layers, one that is drawn evenly twelve
                on average.""",
                lambda said: (
                    (own := expert_path(PARENTS, LAPTOP.predictor.blocks).indicator)
                    and (sum(own), len(own) / 2) == (4, 12)
                ),
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
    Paragraph(
        (
            Sentence(
                """A single search, such as that of [notebook
                04](../notebooks/04_ps.ipynb), may end elsewhere than the medians above:
                on held-out trajectories the ten of CMA-ES for $\\lambda$ end between
                7 % below theirs and 4 % above.""",
                lambda said: _spread(said, "PS", "cma-es") == (-7, 4),
            ),
            Sentence(
                """The notebook's experts are others as well: the comparison has those
                of the sweep, and trainings of seed 0 end differently on processors of
                different make ([the status](status.md)).""",
                lambda said: (
                    said.document("search_quality")["machine"] in searched_on(said)
                    and _experts_differ(said)
                ),
            ),
        ),
        point=False,
    ),
)


def _evaluating(said: Facts, rival: str) -> float:
    """Of evaluating the paths alone."""
    return _seconds(said, rival, "evaluating_s")


def _spread(said: Facts, space: str, rival: str) -> tuple[int, int]:
    """Least and largest held-out fitness, in per cent from the median over seeds."""
    rows = by_rival(said.document("search_quality"), space)[rival]
    found = values(rows, "held_out") / np.median(values(rows, "held_out"))
    return round(100 * (found.min() - 1)), round(100 * (found.max() - 1))


def _experts_differ(said: Facts) -> bool:
    """Whether both experts of the notebooks' run err otherwise, at its every Pe."""
    run, swept = said.document("results"), nrmse(said.sweep)
    return run["seed"] == 0 and all(
        abs(at["models"][name]["nrmse_t50"] / swept[float(pe)][name][0] - 1) > 0.005
        for pe, at in run["peclet"].items()
        for name in PARENTS
    )


def _seconds(said: Facts, rival: str, key: str = "seconds") -> float:
    """Median over paths of a whole search, or of what else is measured in seconds."""
    rows = by_rival(said.document("search_quality"), "DFS")[rival]
    return float(np.median(values(rows, key)))
