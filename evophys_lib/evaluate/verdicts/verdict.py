"""What a verdict is: a word, the numbers behind it, and how far they reach."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate.resampling import Interval
from evophys_lib.evaluate.scores import finite

HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"
DECLARED_SEEDS, DECLARED_PECLET = 5, 9
SIGNIFICANCE = 0.05  # of every permutation test, one-sided


@dataclass(frozen=True)
class OverSeeds:
    """What the same numbers say where a seed counts as one measurement.

    A correction, made after the rule was declared: it stands beside the declared word
    and does not replace it. interval: Student's over seeds, of the same statistic;
    p_value: one-sided, from seeds as units. None where one seed gives none.
    """

    verdict: str
    interval: Interval | None
    p_value: float | None
    rule: str


@dataclass(frozen=True)
class Verdict:
    """What a rule says about a claim, and why.

    statistic: the number the rule looks at, None where it is undefined. interval:
    its 95 % interval. p_value: one-sided. details: further numbers, JSON-able.
    over_seeds: the correction, None where there is nothing to correct;
    declared_peclet: Péclet numbers that the claim was declared for.
    """

    verdict: str
    statistic: float | None
    interval: Interval | None
    p_value: float | None
    n_seeds: int
    n_peclet: int
    rule: str
    details: Mapping[str, Any] = field(default_factory=dict)
    over_seeds: OverSeeds | None = None
    declared_peclet: int = DECLARED_PECLET

    @property
    def scope(self) -> str:
        """How much evidence the word rests on, and whether it is what was declared."""
        seeds = "1 seed" if self.n_seeds == 1 else f"{self.n_seeds} seeds"
        wanted = DECLARED_SEEDS, self.declared_peclet
        enough = self.n_seeds >= wanted[0] and self.n_peclet >= wanted[1]
        fewer = f"fewer than the declared {wanted[0]} and {wanted[1]}"
        size = "the declared size" if enough else fewer
        alone = "; one seed says nothing of other seeds" if self.n_seeds == 1 else ""
        numbers = "number" if self.n_peclet == 1 else "numbers"
        return f"{seeds}, {self.n_peclet} Péclet {numbers}: {size}{alone}"

    def as_json(self) -> dict[str, Any]:
        """A dict for json.dumps; numbers that are not finite become None."""
        document: dict[str, Any] = finite(
            {
                "verdict": self.verdict,
                "statistic": self.statistic,
                "interval": self.interval,
                "p_value": self.p_value,
                "n_seeds": self.n_seeds,
                "n_peclet": self.n_peclet,
                "rule": self.rule,
                "scope": self.scope,
                "over_seeds": asdict(self.over_seeds) if self.over_seeds else None,
                **self.details,
            }
        )
        return document


def count_seeds(per_peclet: Mapping[float, Sequence[Any]], name: str) -> int:
    """The number of seeds, the same at every Pe and at least one, or ParameterError."""
    counts = {pe: len(entries) for pe, entries in per_peclet.items()}
    if len(set(counts.values())) != 1 or 0 in counts.values():
        raise ParameterError(
            name,
            counts,
            "the same number of seeds, at least one, at every Péclet number",
            "Pass complete runs only.",
        )
    return next(iter(counts.values()))
