"""What another processor makes of it, and how many seeds there are."""

from collections.abc import Collection

from evophys_lib.evaluate import evidence, verdicts
from evophys_lib.models import registry
from evophys_lib.models.model import Group
from evophys_lib.profiles import LAPTOP
from rendering import once
from rendering.labels import MERGES, PARENTS
from rendering.repeats import SINGLE, apart_from
from rendering.said.chances import least_p, perfect_order, perfect_trend
from rendering.said.facts import Facts, nrmse
from rendering.said.in_short import HEADLINE, NINE
from rendering.said.sentence import Sentence

PLAIN = ("persistence", "oracle_heat", "oracle_burgers")
"""What nothing is trained for."""
REPEATED = ("the same again", "two processes side by side")


def _amplified(apart: dict[tuple[float, str], float]) -> bool:
    """Whether what was trained is apart as the sentence has it, and the rest is not."""
    plain = [share for (_, name), share in apart.items() if name in PLAIN]
    trained = {one: share for one, share in apart.items() if one[1] not in PLAIN}
    most = max(trained, key=trained.__getitem__)
    return (
        max(plain) < SINGLE
        and len(trained) == 40
        and 2 * sum(0.01 <= v <= 0.1 for v in trained.values()) > len(trained)
        and most[1] == "floor"
        and round(100 * trained[most]) == 45
    )


def _judged_alone(said: Facts) -> dict[str, str]:
    """Words of the sweep's seed 0 by itself, at the headline's Péclet numbers."""
    errors = evidence.squared_errors(said.sweep)
    numbers = evidence.coefficients(said.sweep)
    judged = verdicts.judge(
        errors={
            pe: {name: by_seed[:1] for name, by_seed in errors[pe].items()}
            for pe in HEADLINE
        },
        coefficients={pe: numbers[pe][:1] for pe in HEADLINE},
        routes=[
            route
            for route in evidence.routes(said.sweep)
            if route.seed == 0 and route.peclet in HEADLINE
        ],
    )
    return {claim: told["verdict"] for claim, told in judged.items()}


def _words_elsewhere(said: Facts) -> dict[str, set[str]]:
    """Of the same claims on the same seed, by two processors."""
    here, there = said.document("results")["verdicts"], _judged_alone(said)
    return {claim: {here[claim]["verdict"], word} for claim, word in there.items()}


def searched_on(said: Facts) -> dict[str, set[int]]:
    """Processors of the comparison of searches, and the seeds of their experts.

    Only those whose experts are the ones of the evidence, by checksum.
    """
    documents = once.documents(said.folder / "search_quality")
    found: dict[str, set[int]] = {}
    for one in (said.document("search_quality"), *documents):
        seed = one["study_seed"]
        known = said.found("sweep" if seed < 5 else "fresh").provenance["sha256"]
        if all(
            known[f"seed{seed}/models/expert_{name}.safetensors"] == digest
            for name, digest in one["experts"].items()
        ):
            found.setdefault(one["machine"], set()).add(seed)
    return found


ELSEWHERE = (
    Sentence(
        """**Another processor, another training.** On one machine results are equal to
        the last bit: a smoke study that is made again, or by two processes side by
        side, has the same bytes in all of its 137 artifacts.""",
        lambda said: (
            said.document("repeats")["profile"] == "smoke"
            and all(
                said.document("repeats")["studies"][way]
                == {"files": 137, "equal": 137, "scores": 0.0}
                for way in REPEATED
            )
        ),
    ),
    Sentence(
        """A processor of another make adds in another order. Of seed 0 on both, what
        nothing is trained for agrees in single precision; of the forty other errors
        most differ by 1 to 10 %, and that of the probe's floor by up to 45 %.""",
        lambda said: _amplified(apart_from(said.document("results"), said.sweep)),
    ),
    Sentence(
        """Two of that seed's five verdicts have another word, those of DFS against its
        parents and of $\\lambda$: undecided on one, fails on the other.""",
        lambda said: (
            {c: words for c, words in _words_elsewhere(said).items() if len(words) > 1}
            == dict.fromkeys(("primary_dfs", "secondary"), {"undecided", "fails"})
            and len(_words_elsewhere(said)) == 5
        ),
    ),
    Sentence(
        """Nor is the evidence of one make: searches were compared on one with
        the sweep's experts of seed 0, and on another with those of seeds 5 to 7
        ([which search](search_quality.md)).""",
        lambda said: (
            sorted(map(sorted, searched_on(said).values())) == [[0], [5, 6, 7]]
        ),
    ),
)


def _all_have(
    said: Facts, source: str, seeds: int, peclets: Collection[float], names: set[str]
) -> bool:
    """Whether so many seeds of all these models were scored at all of these."""
    found = said.ten(source) if seeds == 10 else said.found(source)
    scores = nrmse(found)
    return scores.keys() >= set(peclets) and all(
        len(scores[pe].get(name, {})) == seeds for pe in peclets for name in names
    )


BASELINES = set(registry.in_groups(LAPTOP, [Group.BASELINES]))
SEEDS = (
    Sentence(
        """**Seeds.** The notebooks' run has one seed and four Péclet numbers, and each
        of its verdicts says so.""",
        lambda said: all(
            (told["n_seeds"], told["n_peclet"]) == (1, 4)
            and "one seed says nothing of other seeds" in told["scope"]
            for told in said.document("results")["verdicts"].values()
        ),
    ),
    Sentence(
        """On so few neither the secondary nor the tertiary claim can hold: the first
        asks for five seeds and nine Péclet numbers, and reversing four runs in all
        possible ways gives no $p$ below 1/16.""",
        lambda said: (
            perfect_trend() == perfect_order() == "undecided" and least_p(4) == 1 / 16
        ),
    ),
    Sentence(
        """[The evidence](answer.md) has the claims on ten seeds and nine Péclet
        numbers, [every baseline](failed.md) on five seeds at these and on ten at the
        headline's, and the controls of composition on three.""",
        lambda said: (
            _all_have(said, "fresh", 10, NINE, {*MERGES, *PARENTS})
            and _all_have(said, "sweep", 5, NINE, BASELINES)
            and _all_have(said, "baselines", 10, HEADLINE, BASELINES)
            and said.found("controls").scores["seed"].nunique() == 3
        ),
    ),
)
