"""Models that are named after what a profile has: families, numbers of trajectories."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from types import MappingProxyType

from evophys_lib.evaluate import oracles
from evophys_lib.models import (
    classical,
    coefficients,
    controls,
    directions,
    ensembles,
    ladder,
    references,
    rivals,
    starts,
    tuning,
)
from evophys_lib.models.lambda_of_peclet import ps_of_peclet
from evophys_lib.models.look import BLUE, BROWN, SKY, VERMILLION, Look
from evophys_lib.models.model import (
    Forecaster,
    Group,
    Make,
    Model,
    Models,
    Role,
    listed,
)
from evophys_lib.profiles import Profile

Makes = dict[str, tuple[str, Callable[..., Forecaster]]]
"""Label and maker by name."""

TITLES = {tuning.BASE: "θ₀", "heat": "heat", "burgers": "Burgers"}
"""How families are called, and what they start from; others by their own name."""
PARENT_LOOKS = (Look(VERMILLION, "-", "s"), Look(BLUE, "-", "D"))
ORACLE_LOOKS = (Look(VERMILLION, ":", "v"), Look(BLUE, ":", "^"))
POOLED_LOOKS = (Look(VERMILLION, "--", "v"), Look(BLUE, "--", "^"))
"""Of families, in order; a third has a look by its position among the others."""
DRAWS = (1, 2)
"""Of few trajectories, beside the one that all else sees."""
SEARCHED: Makes = {
    "ps": ("PS", coefficients.ps_of),
    "directions": ("directions", directions.few_of),
    "few_shot": ("few-shot tuning of the better parent", tuning.few_shot_of),
}
"""At one Péclet number, on another number of trajectories."""
OF_PECLET = "directions_of_pe"
ONE_FOR_ALL: Makes = {
    OF_PECLET: ("c(Pe)", directions.of_peclet),
    f"{OF_PECLET}_blind": (
        "c(Pe), Pe estimated",
        partial(directions.of_peclet, blind=True),
    ),
    f"{OF_PECLET}_random": (
        "c(Pe), random directions",
        partial(directions.of_peclet, random=True),
    ),
}
"""One merge for all Pe, on so many trajectories at each."""
BEST_CHANCE: Makes = {
    "pooled_tuned": (
        "pooled tuning, chosen",
        partial(rivals.pooled, form=rivals.TUNED),
    ),
    "pooled_told": ("pooled tuning, Pe told", partial(rivals.pooled, form=rivals.TOLD)),
    "pooled_low_rank": (
        "pooled low rank",
        partial(rivals.pooled, form=rivals.LOW_RANK),
    ),
    "ps_of_pe": ("PS, λ(Pe)", ps_of_peclet),
}
"""Training, and λ(Pe), given their best chance on so many trajectories at each."""
CHANCE_LOOKS = {"pooled_tuned": Look(SKY, "-.", "p")}
FITTED: Makes = {
    "fourier": ("Fourier multipliers", classical.multipliers),
    "dmd": ("DMD", classical.decomposition),
}
"""Linear maps that are fitted to so many trajectories."""


def after(profile: Profile) -> dict[str, Models]:
    """What stands behind entries of the registry's list, by their names."""
    families, counts = profile.families, _counts(profile)
    return {
        "base": _parents(families),
        "ps_dfs": _oracles(families),
        "fitted_ensemble": _grouped(Group.BASELINES, _splittings(families)),
        "few_shot_base": _grouped(Group.BASELINES, _tuned(families)),
        "interpolated_blind": _by_count(
            Group.VARIATIONS, SEARCHED, profile.search_counts
        ),
        "directions_random": _one_for_all(counts, families)
        | _grouped(Group.LADDER, ladder.rungs(families))
        | _grouped(Group.STARTS, starts.starts())
        | _drawn(profile),
        "few_shot_neighbour": _by_count(Group.RIVALS, BEST_CHANCE, counts, CHANCE_LOOKS)
        | _grouped(Group.CONTROLS, controls.models(families, _title))
        | _by_count(Group.CLASSICAL, FITTED, counts),
    }


def counted(counts: Collection[int], families: tuple[str, ...]) -> Models:
    """All that is named after a number of trajectories."""
    return (
        _by_count(Group.VARIATIONS, SEARCHED, counts)
        | _one_for_all(counts, families)
        | _by_count(Group.RIVALS, BEST_CHANCE, counts, CHANCE_LOOKS)
        | _by_count(Group.CLASSICAL, FITTED, counts)
    )


def _title(family: str) -> str:
    return TITLES.get(family, family)


def _parents(families: tuple[str, ...]) -> Models:
    looks = dict(zip(families, PARENT_LOOKS, strict=False))
    made = {f: partial(references.expert, family=f) for f in families}
    return listed(
        Model(f, f"{_title(f)} expert", Group.MODELS, make, looks.get(f), apart=True)
        for f, make in made.items()
    )


def _oracles(families: tuple[str, ...]) -> Models:
    looks = dict(zip(families, ORACLE_LOOKS, strict=False))
    group, role, solved = Group.MODELS, Role.BOUND, references.oracle
    exact = {f: partial(solved, family=f) for f in families if oracles.exists(f)}
    return listed(
        Model(
            f"oracle_{f}", f"{_title(f)} oracle", group, make, looks.get(f), role=role
        )
        for f, make in exact.items()
    )


def _splittings(families: tuple[str, ...]) -> Makes:
    """The experts in turn and one after the other, in both directions."""
    found: Makes = {}
    orders = families, families[::-1]
    for order in orders:
        label = f"{', '.join(map(_title, order))} in turns"
        found["_then_".join(order)] = label, partial(ensembles.in_turns, order=order)
    for order in orders:
        last_first = order[::-1]
        label = " ∘ ".join(map(_title, last_first))
        make = partial(ensembles.composed, order=order)
        found["_after_".join(last_first)] = label, make
    return found


def _tuned(families: tuple[str, ...]) -> Makes:
    name, make = tuning.few_shot_name, tuning.few_shot
    return _from_each(families, "few-shot tuning", name, make)


def _pooled(families: tuple[str, ...]) -> Makes:
    return _from_each(families, "pooled tuning", tuning.pooled_name, tuning.pooled)


def _from_each(
    families: tuple[str, ...],
    words: str,
    name: Callable[[str], str],
    make: Callable[..., Forecaster],
) -> Makes:
    """One that starts from each."""
    return {
        name(f): (f"{words} of {_title(f)}", partial(make, origin=f)) for f in families
    }


def _one_for_all(counts: Collection[int], families: tuple[str, ...]) -> Models:
    """One merge or one network for all Pe."""
    looks = dict(zip(map(tuning.pooled_name, families), POOLED_LOOKS, strict=False))
    looks[OF_PECLET] = Look(BROWN, "-.", "d", 2.2)
    looks[f"{OF_PECLET}_random"] = Look(BROWN, ":", "x")
    makes = ONE_FOR_ALL | _pooled((tuning.BASE, *families))
    return _by_count(Group.DIRECTIONS, makes, counts, looks)


def _drawn(profile: Profile) -> Models:
    """The same from other draws of the trajectories."""
    makes = {OF_PECLET: ONE_FOR_ALL[OF_PECLET]} | _pooled(profile.families)
    few = [k for k in _counts(profile) if k < profile.sizes.search]
    return listed(
        Model(
            f"{name}_{directions.counted(k, draw)}",
            f"{label}, k = {k}, draw {draw}",
            Group.DRAWS,
            partial(make, count=k, draw=draw),
        )
        for draw in DRAWS
        for name, (label, make) in makes.items()
        for k in few
    )


def _grouped(group: Group, makes: Mapping[str, tuple[str, Make]]) -> Models:
    return listed(Model(n, label, group, make) for n, (label, make) in makes.items())


def _by_count(
    group: Group,
    makes: Makes,
    counts: Collection[int],
    looks: Mapping[str, Look] = MappingProxyType({}),
) -> Models:
    """Each from every number of trajectories, which its name and label tell."""
    return listed(
        Model(
            f"{name}_{directions.counted(k)}",
            f"{label}, k = {k}",
            group,
            partial(make, count=k),
            looks.get(name),
            apart=name == OF_PECLET,
        )
        for name, (label, make) in makes.items()
        for k in counts
    )


def _counts(profile: Profile) -> list[int]:
    """Every k that a study has."""
    return sorted({*profile.search_counts, profile.sizes.search})
