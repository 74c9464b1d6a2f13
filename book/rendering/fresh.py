"""The three claims, and every baseline, on five fresh seeds and over all ten."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence, horizon_names
from rendering import compared
from rendering.labels import MERGES, PARENTS, at_horizons, when
from rendering.once import judge
from rendering.study import titled
from rendering.sweep import claims, scores
from rendering.text import ends, missing, number, table

NAMES = (*PARENTS, "soup", *MERGES)
COMMAND = (
    "python -m evophys_lib sweep --seeds 5-9 --pe 0.1,0.3,1,2,3,5,10,30,100 "
    f"--only {' '.join(NAMES)} --out book/evidence/fresh"
)
MAKE_BASELINES = (
    "python -m evophys_lib sweep --seeds 10-14 --pe 0.1,1,10,100 --means "
    f"--only {' '.join(NAMES)} random_search baselines --out book/evidence/baselines"
)
PAGES = ("verdicts", "parents", "errors")
MODEL_IN = {"scores": "model", "searches": "method", "costs": "model"}
"""The column of a table that names models."""
Verdicts = Mapping[str, Mapping[str, Any]]
"""By claim."""


def render(first: Evidence | None, fresh: Evidence | None) -> dict[str, str]:
    """The text of every table by file; first: what the claims were declared for."""
    if first is None or fresh is None:
        return {f"fresh_{page}.md": missing(COMMAND) for page in PAGES}
    every = joined(first, fresh)
    judged = {_seeds(lot): judge(lot) for lot in (first, fresh, every)}
    of_all = judged[_seeds(every)]
    near = claims.at_nearest(every, of_all)
    names = when(every, horizon_names(every)[0]), when(every)
    drawn = (
        verdicts(judged),
        claims.against_parents(of_all, near, names),
        at_horizons(every, errors),
    )
    return {f"fresh_{page}.md": text for page, text in zip(PAGES, drawn, strict=True)}


def rivals(first: Evidence | None, other: Evidence | None) -> str:
    """PS and PS + DFS over every baseline, over all seeds of both."""
    if first is None or other is None:
        return missing(MAKE_BASELINES)
    every = joined(first, other)
    seeds = ", ".join(map(str, sorted(every.scores["seed"].unique())))
    return f"Seeds {seeds}.\n\n{at_horizons(every, scores.rivals)}"


def joined(first: Evidence, other: Evidence) -> Evidence:
    """Both as one, of the other's models at the other's Péclet numbers."""
    known, at = {*other.scores["model"]}, {*other.scores["pe"]}
    tables = {}
    for name, column in MODEL_IN.items():
        rows = pd.concat([getattr(first, name), getattr(other, name)])
        tables[name] = rows[rows[column].isin(known) & rows["pe"].isin(at)]
    return Evidence(**tables, provenance=other.provenance)


def verdicts(judged: Mapping[str, Verdicts]) -> str:
    """A row for each claim, a column for each lot of seeds."""
    *_, every = judged.values()
    lines = [
        [titled(claim), *(_cell(lot[claim]) for lot in judged.values())]
        for claim in every
    ]
    return table(["statistic: word (95 % over seeds, p)", *judged], lines)


def errors(found: Evidence, horizon: str | None = None) -> str:
    """nRMSE of parents and merges, mean over seeds."""
    return compared.errors(findings.nrmse(found, horizon), NAMES, when(found, horizon))


def _cell(told: Mapping[str, Any]) -> str:
    """The statistic, the word over seeds, and as declared where that differs."""
    corrected = told["over_seeds"]
    words = f"**{corrected['verdict']}**"
    if told["verdict"] != corrected["verdict"]:
        words += f", as declared **{told['verdict']}**"
    spread = f"{ends(corrected['interval'])}, {number(corrected['p_value'])}"
    return f"{number(told['statistic'])}: {words} ({spread})"


def _seeds(found: Evidence) -> str:
    told = sorted(found.scores["seed"].unique())
    return f"seeds {told[0]} to {told[-1]}"
