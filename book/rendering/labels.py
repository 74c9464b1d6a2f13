"""How models are called in tables, and in which order their rows stand.

Both are the registry's: tables ask for groups of models, and name only what they are
about.
"""

from collections.abc import Callable, Collection
from dataclasses import replace

from evophys_lib.evaluate.evidence import Evidence, horizon_names
from evophys_lib.figures.style import label as label
from evophys_lib.models import registry
from evophys_lib.models.derived import TITLES
from evophys_lib.models.model import Group, Role
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.families import SOURCES
from evophys_lib.profiles import LAPTOP
from rendering.text import NOT_YET, folded

PARENTS = SOURCES
FAMILIES = {family: TITLES[family] for family in SOURCES}
"""How they are called in headings."""
MERGES = ("ps", "dfs", "ps_dfs")
"""What the claims are about."""


def heading(peclet: float) -> str:
    """Of a column."""
    return f"Pe = {peclet_key(peclet)}"


def when(found: Evidence, horizon: str | None = None) -> str:
    """A horizon in words; the last if none is named."""
    return f"t + {(horizon or horizon_names(found)[-1])[1:]}"


def at_horizons(found: Evidence | None, draw: Callable[[Evidence, str], str]) -> str:
    """A table at the last horizon, and folded below it at every nearer one.

    A line in its place where there is no evidence.
    """
    if found is None:
        return NOT_YET
    *nearer, last = horizon_names(found)
    below = (folded(f"At {when(found, h)}", draw(found, h)) for h in nearer[::-1])
    return draw(found, last) + "".join(below)


def rows(
    found: Evidence, groups: Collection[Group], beside: Collection[str] = ()
) -> list[str]:
    """Names of the models of some groups, and of some beside them, in order."""
    counts = tuple(found.provenance["profile"]["search_counts"])
    models = registry.of(replace(LAPTOP, search_counts=counts))
    return [n for n, m in models.items() if m.group in groups or n in beside]


def is_bound(name: str) -> bool:
    """Whether it is not in the race: what bounds it, above or below."""
    model = registry.entry(name)
    return model is not None and model.role is Role.BOUND
