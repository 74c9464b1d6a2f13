"""The claims point by point: parents, the trend of λ, the order of a path."""

from collections.abc import Collection, Mapping
from typing import Any

from evophys_lib.evaluate import evidence
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.verdicts import DECLARED_MERGE, primary
from evophys_lib.figures.evidence import Point
from rendering.labels import heading, label
from rendering.text import ends, number, table

Verdicts = Mapping[str, dict]
"""By claim, as `evidence.judge` gives them over all seeds and Péclet numbers."""

AGAINST_PARENTS = "primary"
"""The claim; that of another merge than the declared one has its name behind it."""


def against_parents(judged: Verdicts, near: Verdicts, names: tuple[str, str]) -> str:
    """Squared error of merges against the better parent's, at each Pe.

    judged: at the last horizon, near: by the same rule at the nearest; names: of both.
    """
    rows: list[list[str]] = []
    for claim, told in judged.items():
        claimed, _, model = claim.partition("_")
        if claimed != AGAINST_PARENTS:
            continue
        name = label(model or DECLARED_MERGE)
        far = told["peclet"].values()
        rows += _over_seeds(f"{name} at {names[1]}", far)
        declared = (number(at["p_value"]) for at in far)
        rows.append([f"{name} at {names[1]}: p as declared", *declared])
        rows += _over_seeds(f"{name} at {names[0]}", near[claim]["peclet"].values())
    header = ["", *(f"Pe = {pe}" for pe in judged[AGAINST_PARENTS]["peclet"])]
    return table(header, rows)


def at_nearest(found: Evidence, judged: Verdicts) -> Verdicts:
    """The first claim at the nearest horizon, for every merge that was judged."""
    errors = evidence.squared_errors(found, evidence.horizon_names(found)[0])
    return {
        claim: primary(errors, merged=told["merged"]).as_json()
        for claim, told in judged.items()
        if claim.partition("_")[0] == AGAINST_PARENTS
    }


def differences(judged: Verdicts) -> dict[str, dict[float, Point]]:
    """Of the first claim with intervals over seeds, in % of the better parent's."""
    return {
        told["merged"]: {
            float(pe): (100 * at["relative_difference"], _in_percent(at))
            for pe, at in told["peclet"].items()
        }
        for claim, told in judged.items()
        if claim.partition("_")[0] == AGAINST_PARENTS
    }


def _in_percent(at: Mapping[str, Any]) -> tuple[float, float] | None:
    interval = at["over_seeds"]["interval"]
    if interval is None:
        return None
    low, high = (100 * end / at["mse_best_parent"] for end in interval)
    return low, high


def _over_seeds(name: str, by_peclet: Collection[Mapping[str, Any]]) -> list[list[str]]:
    return [
        [f"{name}: squared error against the better parent's"]
        + [_relative(at) for at in by_peclet],
        [f"{name}: 95 % over seeds", *map(_spread, by_peclet)],
        [f"{name}: p over seeds"]
        + [number(at["over_seeds"]["p_value"]) for at in by_peclet],
    ]


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
    ends = _in_percent(at)
    return "–" if ends is None else "{:+.0f} to {:+.0f} %".format(*ends)
