"""The pages that the sweep fills: which table and which picture stands on which."""

from collections.abc import Callable, Mapping

from matplotlib.figure import Figure

from evophys_lib.evaluate.evidence import Evidence, judge
from rendering.study import verdicts
from rendering.sweep import claims, physics, pictures, scores
from rendering.text import NOT_YET, missing

TABLES: Mapping[str, Callable[[Evidence], str]] = {
    "scope": scores.scope,
    "headline": scores.headline,
    "gap": scores.gap_closed,
    "rivals": scores.rivals,
    "costs": scores.costs,
    "lambda": physics.lambdas,
    "equations": physics.equations,
    "routes": claims.routes,
    "interpolated": scores.interpolated,
    "variations": scores.variations,
    "counts": scores.counts,
    "shifted": scores.shifted,
    "disagreement": scores.disagreement,
}
"""By page; drawn from the rows."""

JUDGED: Mapping[str, Callable[[claims.Verdicts], str]] = {
    "verdicts": lambda judged: verdicts({"verdicts": judged}),
    "parents": claims.against_parents,
    "trend": claims.trend,
    "order": claims.order,
}
"""By page; drawn from the verdicts, which take seconds: once for all."""

PICTURES: Mapping[str, tuple[str, str, Callable[[Evidence], Figure | None]]] = {
    "headline": ("sweep_curves.png", "Error over seeds", pictures.curves),
    "lambda": (
        "sweep_lambda.png",
        "Coefficients over seeds",
        pictures.lambda_picture,
    ),
    "gap": ("sweep_gap.png", "Gap closed over seeds", pictures.gap_picture),
    "equations": (
        "sweep_equations.png",
        "Fitted equations",
        pictures.equation_picture,
    ),
    "counts": ("sweep_counts.png", "Error against k", pictures.count_picture),
    "routes": ("sweep_routes.png", "Heat layers by depth", pictures.path_picture),
}
"""File, what it shows, and how it is drawn; by the page that shows it.

None is drawn where the evidence has nothing to show.
"""


def render(found: Evidence | None, command: str) -> dict[str, str]:
    """The text of every page by file; command: makes what is missing."""
    if found is None:
        pages = dict.fromkeys((*TABLES, *JUDGED), NOT_YET)
        pages["scope"] = missing(command)
    else:
        judged = judge(found)
        pages = {page: draw(found) for page, draw in TABLES.items()}
        pages |= {page: draw(judged) for page, draw in JUDGED.items()}
        for page, (file, shows, _) in PICTURES.items():
            if pages[page] == NOT_YET:
                continue
            pages[page] += f"\n![{shows}](evidence/{file})\n"
    return {f"sweep_{page}.md": text for page, text in pages.items()}
