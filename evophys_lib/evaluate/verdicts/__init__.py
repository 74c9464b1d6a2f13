"""The claims, each judged by a rule that was declared before its numbers.

Every function returns a `Verdict`: the word "holds", "fails" or "undecided", the
statistic behind it, its 95 % interval or p-value, and the rule in words. The word
speaks for the seeds and Péclet numbers it was given, which `scope` counts; the
claims were declared for at least 5 seeds and 9 Péclet numbers.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import ArrayLike

from evophys_lib.evaluate.routes import Route
from evophys_lib.evaluate.verdicts.against_parents import DECLARED_MERGE, primary
from evophys_lib.evaluate.verdicts.beyond_data import (
    composition,
    composition_models,
)
from evophys_lib.evaluate.verdicts.lambda_trend import secondary
from evophys_lib.evaluate.verdicts.layer_order import tertiary
from evophys_lib.evaluate.verdicts.verdict import FAILS, HOLDS, UNDECIDED, Verdict
from evophys_lib.physics.families import SOURCES

__all__ = [
    "DECLARED_MERGE",
    "FAILS",
    "HOLDS",
    "UNDECIDED",
    "Route",
    "Verdict",
    "composition",
    "composition_models",
    "judge",
    "primary",
    "secondary",
    "tertiary",
]


def judge(
    *,
    errors: Mapping[float, Mapping[str, Sequence[ArrayLike]]],
    coefficients: Mapping[float, Sequence[ArrayLike]],
    routes: Sequence[Route],
    parents: Sequence[str] = SOURCES,
    seed: int = 0,
) -> dict[str, dict[str, Any]]:
    """All verdicts as results.json holds them.

    "primary" judges the declared merge, ps; "primary_dfs" and "primary_ps_dfs" the
    other two by the same rule; "secondary", "tertiary". Arguments as above.
    """
    found = {"primary": primary(errors, parents=parents, seed=seed)}
    for name in ("dfs", "ps_dfs"):
        judged = primary(errors, merged=name, parents=parents, seed=seed)
        found[f"primary_{name}"] = judged
    found["secondary"] = secondary(coefficients, seed=seed)
    found["tertiary"] = tertiary(routes, seed=seed)
    return {name: verdict.as_json() for name, verdict in found.items()}
