"""Which models obey the target's equation, term by term."""

from evophys_lib.evaluate.sparse_regression import STEEPENING
from rendering.equations import TARGET, Terms, terms_of
from rendering.said.facts import Facts
from rendering.said.sentence import Paragraph, Sentence

FILES = ("equations", "equations_between")
FEW, ONE = ("ps", "dfs", "ps_dfs"), "directions_of_pe_k16"


def _terms(said: Facts, name: str) -> dict[float, list[Terms]]:
    """By Péclet number, a seed each."""
    found = {}
    for file in FILES:
        document = said.document(file)
        for pe in map(float, document["target"]):
            if of_seeds := terms_of(document, pe, name):
                found[pe] = of_seeds
    return found


def _right(said: Facts, name: str) -> dict[float, float]:
    """The share of seeds that have the target's terms and no others, by Pe."""
    return {
        pe: sum(set(terms) == set(TARGET) for terms in of_seeds) / len(of_seeds)
        for pe, of_seeds in _terms(said, name).items()
    }


def _from(told: dict[float, float], peclet: float) -> list[float]:
    return [share for pe, share in told.items() if pe >= peclet]


def _steepen(said: Facts, name: str) -> bool:
    """Whether most seeds keep the steepening from Pe = 10 on."""
    return all(
        2 * sum(STEEPENING in terms for terms in of_seeds) > len(of_seeds)
        for pe, of_seeds in _terms(said, name).items()
        if pe >= 10
    )


PARAGRAPHS = (
    Paragraph(
        (
            Sentence(
                """From Pe = 1 on, merges by directions obey the target's equation in
                all five seeds: these two terms, and no others. With the evaluations of
                PS alone they do, too, but at Pe = 100 in three seeds.""",
                lambda said: (
                    {*_from(_right(said, "directions"), 1)} == {1.0}
                    and (few := _right(said, "directions_few"))[100.0] == 0.6
                    and {few[pe] for pe in few if 1 <= pe < 100} == {1.0}
                ),
            ),
            Sentence(
                """No merge with a number per layer and no path does from Pe = 5 on, in
                any seed; from 10 on most of them keep the steepening.""",
                lambda said: all(
                    {*_from(_right(said, name), 5)} == {0.0} and _steepen(said, name)
                    for name in FEW
                ),
            ),
            Sentence(
                """That is not owed to the experts' directions alone: along random ones,
                from the same start, four seeds of five and more do up to Pe = 30, and
                three at 100.""",
                lambda said: (
                    (told := _right(said, "directions_random"))[100.0] == 0.6
                    and min(s for pe, s in told.items() if 1 <= pe <= 30) >= 0.8
                ),
            ),
            Sentence(
                """And c(Pe), where it saw no trajectory, does at Pe = 2, 3 and 30 in
                four seeds of five or all, at 5 in two, at 0.3 in none.""",
                lambda said: (
                    min(map((told := _right(said, ONE)).get, (2.0, 3.0, 30.0))) >= 0.8
                    and (told[5.0], told[0.3]) == (0.4, 0.0)
                ),
            ),
        ),
        point=False,
    ),
)
