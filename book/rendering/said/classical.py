"""What is said of classical rows."""

from rendering.labels import PARENTS
from rendering.said.facts import Facts, Ratios, better, open_at, worse
from rendering.said.sentence import Paragraph, Sentence

MERGES = ("directions", "ps", "soup")
HORIZONS = ("t50", "t5")
ROUNDING = 1e-4
"""Of a merge's error: what is left where a method is exact in single precision."""


def _are_exact(said: Facts, *names: str) -> bool:
    """Whether their errors are rounding beside those of every merge, everywhere."""
    told = [
        said.over(name, merge, at=horizon, source="classical")
        for name in names
        for merge in MERGES
        for horizon in HORIZONS
    ]
    return all(
        one
        and better(one) == one.keys()
        and max(r.high for r in one.values()) < ROUNDING
        for one in told
    )


def _all_better(told: Ratios, factor: float = 1.0) -> bool:
    """At every Péclet number, and by such a factor on average."""
    return (
        bool(told)
        and better(told) == told.keys()
        and max(r.centre for r in told.values()) < factor
    )


def _all_open(told: Ratios) -> bool:
    """Told apart at no Péclet number."""
    return open_at(told) == told.keys() != set()


EXACT = Sentence(
    """Who wants to solve this target needs no merge. It is linear: one complex number
    per wave number, fitted to a single trajectory of it, or its speed and diffusivity,
    read off the five frames from which all models start and put into the exact
    solution, err by rounding alone, by less than a ten-thousandth of what any merge
    does.""",
    lambda said: _are_exact(said, "fourier_k1", "read_off"),
)

OPERATOR = Sentence(
    """Nor does it take pretraining: a Fourier neural operator of random weights,
    trained on the same sixteen trajectories for as many passes, errs less than a
    quarter of what directions do and less than half of what few-shot tuning does, fifty
    frames ahead, at all four Péclet numbers.""",
    lambda said: all(
        _all_better(said.over("operator", name, source="classical"), factor)
        for name, factor in (("directions", 1 / 4), ("few_shot_heat", 1 / 2))
    ),
)

PARAGRAPHS = (
    Paragraph((EXACT, OPERATOR)),
    Paragraph(
        (
            Sentence(
                """Dynamic mode decomposition, which is not told that all places are
                alike, needs four trajectories for that. With one it does worse than the
                best merge at Pe = 1, 10 and 100.""",
                lambda said: (
                    _are_exact(said, "dmd_k16")
                    and better(_decomposition(said, 4))
                    == _decomposition(said, 4).keys()
                    and worse(_decomposition(said, 1)) == {1.0, 10.0, 100.0}
                ),
            ),
        )
    ),
)


def _decomposition(said: Facts, count: int) -> dict:
    return said.over(f"dmd_k{count}", "directions", source="classical")


SEEN_SO = {
    "varied": "varied",
    "varied_noise0.05": "varied",
    "noise0.01": "asking",
    "noise0.05": "asking",
    "coarse4": "asking",
}
"""The folder of the evidence, by target."""
UNMERGED = (*PARENTS, "soup")
RANDOM = ("directions", "directions_random")
TUNED = ("few_shot_heat", "few_shot_burgers")
ROWS = ("fourier_k16", "dmd_k16", "read_off", "read_off_riding")


def _on(said: Facts, kind: str, one: str, other: str, at: str = "t50") -> Ratios:
    return said.over(one, other, at=at, kind=kind, source=SEEN_SO[kind])


def _wins(said: Facts, kind: str, row: str) -> bool:
    """Whether a row is better than both experts and their mean."""
    return all(_all_better(_on(said, kind, row, name)) for name in UNMERGED)


VARIED = Sentence(
    """One merge by directions is better than PS, than both experts and than a network
    that was fine-tuned on both sources, and not told apart from few-shot tuning on the
    same trajectories, from whichever start; multipliers and the neural operator err
    more than five times as much.""",
    lambda said: (
        all(
            _all_better(_on(said, "varied", "directions", name))
            for name in ("ps", *PARENTS, "joint")
        )
        and all(
            _all_open(_on(said, "varied", "directions", name))
            for name in (*TUNED, "few_shot_base")
        )
        and all(
            _all_better(_on(said, "varied", "directions", name), 1 / 5)
            for name in ("fourier_k16", "operator")
        )
    ),
)
WHERE_IT_VARIES = Sentence(
    """Where speed and diffusivity change from trajectory to trajectory, neither learns
    it from sixteen: one merge by directions, searched on the same, errs less than a
    fifth of what they do and is not told apart from few-shot tuning. Who knows the
    equation and reads its numbers off each context is still ahead.""",
    lambda said: (
        VARIED.holds(said)
        and _all_better(_on(said, "varied", "read_off", "directions"))
    ),
)
ASKING = (
    Paragraph(
        (
            Sentence(
                """Where speed and diffusivity change from trajectory to trajectory,
                multipliers that were fitted to sixteen of them err more than three
                times as much, fifty frames ahead, as the mean of both experts' weights.
                Read off each context, the two numbers still put the exact solution
                ahead of it by more than a thousand times.""",
                lambda said: (
                    _all_better(_on(said, "varied", "soup", "fourier_k16"), 1 / 3)
                    and _all_better(_on(said, "varied", "read_off", "soup"), 1e-3)
                ),
            ),
            Sentence(
                """Nor does a neural operator find it in sixteen: it is not told apart
                from the multipliers.""",
                lambda said: _all_open(_on(said, "varied", "operator", "fourier_k16")),
            ),
            Sentence(
                """PS, searched on the same sixteen, finds one merge for all that is
                better than either expert, and not told apart from their mean; paths
                find nothing: DFS is not told apart from the better parent, nor
                PS + DFS from PS.""",
                lambda said: (
                    all(
                        _all_better(_on(said, "varied", "ps", name)) for name in PARENTS
                    )
                    and all(
                        _all_open(_on(said, "varied", *pair))
                        for pair in (
                            ("ps", "soup"),
                            ("dfs", "best_parent"),
                            ("ps_dfs", "ps"),
                        )
                    )
                ),
            ),
            VARIED,
            Sentence(
                """As many random directions err a tenth more, and tuning on plenty of
                the target half as much.""",
                lambda said: (
                    _all_better(told := _on(said, "varied", *RANDOM))
                    and all(0.86 < r.centre < 0.93 for r in told.values())
                    and _all_better(most := _on(said, "varied", "plenty", "directions"))
                    and all(0.45 < r.centre < 0.55 for r in most.values())
                ),
            ),
            Sentence(
                """Under noise nothing is exact: with 5 % of it on top, what is read off
                errs, still less than half as much as either expert or their mean.""",
                lambda said: all(
                    _all_better(_on(said, "varied_noise0.05", row, name), 0.5)
                    for row in ("read_off", "read_off_riding")
                    for name in UNMERGED
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """With noise alone, multipliers from sixteen noisy trajectories err
                less than half as much as what is read off one noisy context: one speed
                and one diffusivity can be averaged over trajectories.""",
                lambda said: all(
                    _all_better(_on(said, "noise0.05", "fourier_k16", row), 0.5)
                    for row in ("read_off", "read_off_riding")
                ),
            ),
            Sentence(
                """A coarse context takes their exactness from all rows, since straight
                lines weaken short waves. Five frames ahead they are not told apart from
                the experts; fifty ahead, when short waves have died, they err less than
                an eighth as much.""",
                lambda said: all(
                    _all_open(_on(said, "coarse4", row, name, "t5"))
                    and _all_better(_on(said, "coarse4", row, name), 1 / 8)
                    for row in ("fourier_k16", "dmd_k16")
                    for name in ("heat", "burgers")
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """On a coarse context directions err less than a third of what PS does,
                and are not told apart from few-shot tuning from any start, from the
                neural operator or from tuning on plenty of the target; random ones err
                by more than a third more.""",
                lambda said: (
                    _all_better(_on(said, "coarse4", "directions", "ps"), 1 / 3)
                    and all(
                        _all_open(_on(said, "coarse4", "directions", name))
                        for name in (*TUNED, "few_shot_base", "operator", "plenty")
                    )
                    and _all_better(_on(said, "coarse4", *RANDOM), 3 / 4)
                ),
            ),
            Sentence(
                """Under noise training is ahead, by a quarter and more of the error at
                1 % and by more than half of it at 5 %: it can learn to look past noise,
                and merges only have what the experts know, who saw none.""",
                lambda said: all(
                    _all_better(_on(said, kind, name, "directions"), factor)
                    for kind, factor in (("noise0.01", 0.75), ("noise0.05", 0.5))
                    for name in TUNED
                ),
            ),
            Sentence(
                """Directions still err less than both experts and their mean, and less
                than PS, at 1 % less than half as much. The neural operator errs less
                than a quarter of what they do at either, and tuning on plenty at 5 % a
                fifth.""",
                lambda said: (
                    all(
                        _all_better(_on(said, kind, "directions", name))
                        for kind in ("noise0.01", "noise0.05")
                        for name in (*UNMERGED, "ps")
                    )
                    and _all_better(_on(said, "noise0.01", "directions", "ps"), 0.5)
                    and all(
                        _all_better(_on(said, kind, "operator", "directions"), 1 / 4)
                        for kind in ("noise0.01", "noise0.05")
                    )
                    and _all_better(
                        most := _on(said, "noise0.05", "plenty", "directions")
                    )
                    and all(round(r.centre, 1) == 0.2 for r in most.values())
                ),
            ),
            Sentence(
                """Five frames ahead noise leaves every merge within a tenth of the heat
                expert's error.""",
                lambda said: all(
                    (told := _on(said, kind, name, "heat", "t5"))
                    and all(0.9 < r.centre < 1.1 for r in told.values())
                    for kind in ("noise0.01", "noise0.05")
                    for name in MERGES
                ),
            ),
        )
    ),
    Paragraph(
        (
            Sentence(
                """On each of these targets some row that needs no world model does
                better, fifty frames ahead, than either expert and their mean.""",
                lambda said: all(
                    any(_wins(said, kind, row) for row in ROWS) for kind in SEEN_SO
                ),
            ),
        )
    ),
)
"""Of targets that ask more."""
