"""The pages that the sweep fills: which table and which picture stands on which."""

from collections.abc import Callable, Mapping
from functools import partial

from matplotlib.figure import Figure

from evophys_lib.evaluate.evidence import Evidence, horizon_names
from evophys_lib.evaluate.horizons import names
from rendering.labels import at_horizons, when
from rendering.once import judge
from rendering.study import verdicts
from rendering.sweep import claims, limits, physics, pictures, scope, scores
from rendering.text import NOT_YET, missing

TABLES: Mapping[str, Callable[[Evidence], str]] = {
    "scope": scope.scope,
    "costs": scores.costs,
    "lambda": physics.lambdas,
    "equations": physics.equations,
    "routes": claims.routes,
    "counts": scores.counts,
    "disagreement": scores.disagreement,
    "first_step": scores.first_step,
    "limits": partial(at_horizons, draw=limits.limits),
    "correlations": limits.correlations,
}
"""By page; drawn from the rows."""

AT_HORIZONS: Mapping[str, Callable[[Evidence, str], str]] = {
    "headline": scores.headline,
    "models": scores.models,
    "gap": scores.gap_closed,
    "rivals": scores.rivals,
    "interpolated": scores.interpolated,
    "variations": scores.variations,
    "shifted": scores.shifted,
}
"""By page; the page of a nearer horizon than the last has its name behind it."""
NEAR = tuple(f"{page}_{horizon}" for page in AT_HORIZONS for horizon in names()[:-1])

JUDGED: Mapping[str, Callable[[claims.Verdicts], str]] = {
    "verdicts": lambda judged: verdicts({"verdicts": judged}),
    "trend": claims.trend,
    "order": claims.order,
}
"""By page; drawn from the verdicts."""

PICTURES: Mapping[str, Callable[[Evidence], Figure | None]] = {
    "sweep_curves.png": pictures.curves,
    "sweep_parents.png": pictures.parents_picture,
    "sweep_lambda.png": pictures.lambda_picture,
    "sweep_routes.png": pictures.path_picture,
    "sweep_gap.png": pictures.gap_picture,
    "sweep_equations.png": pictures.equation_picture,
    "sweep_counts.png": pictures.count_picture,
}
"""How each is drawn, by file; None where the evidence has nothing to show."""


def render(found: Evidence | None, command: str) -> dict[str, str]:
    """The text of every page by file; command: makes what is missing."""
    if found is None:
        whole = (*TABLES, *JUDGED, *AT_HORIZONS, *NEAR, "parents")
        pages = dict.fromkeys(whole, NOT_YET)
        pages["scope"] = missing(command)
    else:
        judged = judge(found)
        pages = {page: draw(found) for page, draw in TABLES.items()}
        pages |= {page: draw(judged) for page, draw in JUDGED.items()}
        *nearer, last = horizon_names(found)
        for page, draw in AT_HORIZONS.items():
            pages[page] = draw(found, last)
            pages |= {f"{page}_{horizon}": draw(found, horizon) for horizon in nearer}
        ends = when(found, nearer[0]), when(found, last)
        near = claims.at_nearest(found, judged)
        pages["parents"] = claims.against_parents(judged, near, ends)
    return {f"sweep_{page}.md": text for page, text in pages.items()}
