"""Where a search along directions starts, and what random ones do from there."""

from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence
from rendering import compared
from rendering.labels import at_horizons, heading, label, when
from rendering.paired import ratio

OWN, RANDOM = "directions", "directions_random"
"""From the uniform soup."""
ORIGINS = {"base": "base", "parent": "best_parent", "ps": "ps"}
"""The model at the start, by what the names of merges end with."""
PAIRS = (
    *((f"{kind}_from_{name}", kind) for kind in (OWN, RANDOM) for name in ORIGINS),
    (RANDOM, OWN),
    *((f"{RANDOM}_from_{name}", f"{OWN}_from_{name}") for name in ORIGINS),
)
"""A merge and the one that its error is held against."""


def render(found: Evidence | None) -> dict[str, str]:
    """The text of every table by file."""
    return {
        "starts.md": at_horizons(found, ratios),
        "starts_errors.md": at_horizons(found, errors),
    }


def ratios(found: Evidence, horizon: str | None = None) -> str:
    """Other starts over the soup, then random directions over the experts', by Pe.

    horizon: the last if not given, as below.
    """
    told = findings.nrmse(found, horizon)
    lines: list[compared.Row] = [
        [
            f"{label(name)}, over {label(rival)}",
            *(ratio(at.get(name, {}), at.get(rival, {})) for at in told.values()),
        ]
        for name, rival in PAIRS
    ]
    header = [f"error at {when(found, horizon)}", *map(heading, told)]
    return compared.ratios(header, lines)


def errors(found: Evidence, horizon: str | None = None) -> str:
    """nRMSE of the starts and of all merges, mean over seeds."""
    told = findings.nrmse(found, horizon)
    names = ["soup", *ORIGINS.values(), *dict.fromkeys(sum(PAIRS, ()))]
    return compared.errors(told, names, when(found, horizon))
