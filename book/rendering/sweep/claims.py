"""The claims point by point: parents, the trend of λ, the order of a path."""

from collections.abc import Mapping
from typing import Any

from evophys_lib.evaluate import evidence
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.verdicts import DECLARED_MERGE
from rendering.labels import heading, label
from rendering.text import ends, number, table

Verdicts = Mapping[str, dict]
"""By claim, as `evidence.judge` gives them over all seeds and Péclet numbers."""

AGAINST_PARENTS = "primary"
"""The claim; that of another merge than the declared one has its name behind it."""


def against_parents(judged: Verdicts) -> str:
    """Squared error of merges against the better parent's, at each Pe."""
    rows = []
    for claim, told in judged.items():
        claimed, _, model = claim.partition("_")
        if claimed != AGAINST_PARENTS:
            continue
        by_peclet = told["peclet"]
        for what, draw in (
            ("squared error against the better parent's", _relative),
            ("95 % over seeds", _spread),
            ("p over seeds", lambda at: number(at["over_seeds"]["p_value"])),
            ("p as declared", lambda at: number(at["p_value"])),
        ):
            name = label(model or DECLARED_MERGE)
            rows.append([f"{name}: {what}", *map(draw, by_peclet.values())])
    header = ["", *(f"Pe = {pe}" for pe in judged[AGAINST_PARENTS]["peclet"])]
    return table(header, rows)


def trend(judged: Verdicts) -> str:
    """How λ of heat goes with Pe, and how often chance does as well."""
    told = judged["secondary"]
    rows = [
        ["Pearson correlation with 1/Pe", number(told["statistic"])],
        ["its 95 % interval over seeds", ends(told["over_seeds"]["interval"])],
        ["mean Spearman correlation with −log Pe", number(told["spearman"])],
        ["its p by permuting Pe, as declared", number(told["p_value"])],
        ["its p over seeds", number(told["over_seeds"]["p_value"])],
        [
            "share of permutations above the claim's 0.9",
            f"{100 * told['null_share_above']:.1f} %",
        ],
    ]
    return table(["λ of heat", ""], rows)


def order(judged: Verdicts) -> str:
    """Whether heat comes first on a path, by either start, against three nulls."""
    told = judged["tertiary"]
    lead = told["lead_by_order"]
    rows = [
        ["lead of heat, searched from heat", number(lead["AB"])],
        ["lead of heat, searched from Burgers", number(lead["BA"])],
        ["p of the mean, labels permuted within paths", number(told["p_labels"])],
        ["p of the mean, runs reversed", number(told["p_reversal"])],
        ["p of the mean, seeds reversed", number(told["over_seeds"]["p_value"])],
        [
            "p of the difference, A and B swapped",
            number(told["p_swap"]),
        ],
        [
            "paths from a heat layer to a Burgers layer",
            f"{100 * told['literal_share']:.0f} %",
        ],
    ]
    return table(["paths", ""], rows)


def routes(found: Evidence) -> str:
    """Every path that the search found, in letters: h heat, b Burgers."""
    rows: dict[tuple[int, str], dict[float, str]] = {}
    for route in evidence.routes(found):
        path = " ".join(f"{name[0]}{name.partition(':')[2]}" for name in route.path)
        rows.setdefault((route.seed, route.order), {})[route.peclet] = path
    peclets = sorted({pe for paths in rows.values() for pe in paths})
    header = ["seed", "from", *map(heading, peclets)]
    start = {"AB": "heat", "BA": "Burgers"}
    lines = [
        [str(seed), start[order], *(paths.get(pe, "–") for pe in peclets)]
        for (seed, order), paths in sorted(rows.items())
    ]
    return table(header, lines, numbers_from=len(header))


def _relative(at: Mapping[str, float]) -> str:
    return f"{100 * at['relative_difference']:+.0f} %"


def _spread(at: Mapping[str, Any]) -> str:
    """Of the difference, in units of the better parent's error."""
    interval = at["over_seeds"]["interval"]
    if interval is None:
        return "–"
    low, high = (100 * end / at["mse_best_parent"] for end in interval)
    return f"{low:+.0f} to {high:+.0f} %"
