"""The one list of models, in the order of tables; a new one is one entry here.

`MODELS` holds those of every study; parents, oracles and what is named after families,
and what is named after a number of trajectories, follow from a profile (`of`). Sweep,
results, tables, figures and notebooks iterate over entries and know no names.
"""

from collections.abc import Callable, Collection, Iterable
from functools import partial

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate import oracles
from evophys_lib.merge.dfs import Routes
from evophys_lib.models import (
    classical,
    coefficients,
    controls,
    directions,
    ensembles,
    ladder,
    operators,
    references,
    rivals,
    routes,
    soft_paths,
    tuning,
)
from evophys_lib.models.interpolation import interpolated, interpolated_blind
from evophys_lib.models.lambda_of_peclet import ps_of_peclet
from evophys_lib.models.look import (
    BLACK,
    BLUE,
    BROWN,
    GREEN,
    GREY,
    OLIVE,
    PURPLE,
    SKY,
    VERMILLION,
    Look,
)
from evophys_lib.models.model import Forecaster, Group, Model, Role
from evophys_lib.profiles import LAPTOP, Profile

Models = dict[str, Model]
Makes = dict[str, tuple[str, Callable[..., Forecaster]]]
"""Label and maker by name."""

TITLES = {tuning.BASE: "θ₀", "heat": "heat", "burgers": "Burgers"}
"""How families are called, and what they start from; others by their own name."""
PARENT_LOOKS = (Look(VERMILLION, "-", "s"), Look(BLUE, "-", "D"))
ORACLE_LOOKS = (Look(VERMILLION, ":", "v"), Look(BLUE, ":", "^"))
POOLED_LOOKS = (Look(VERMILLION, "--", "v"), Look(BLUE, "--", "^"))
"""Of families, in order; a third has a look by its position among the others."""


def _listed(models: Iterable[Model]) -> Models:
    return {model.name: model for model in models}


_M, _G, _B = Group.MODELS, Group.GAP, Group.BASELINES
_I, _V, _D = Group.INTERPOLATED, Group.VARIATIONS, Group.DIRECTIONS
_T, _F = Group.RIVALS, Group.CLASSICAL
_C, _R = coefficients, references

MODELS = _listed((
    Model("persistence", "persistence", _M, _R.persistence, Look(GREY, ":", "x"),
          role=Role.BOUND),
    Model("base", "θ₀ (base)", _M, _R.base, Look(GREY, "--", "+")),
    Model("soup", "uniform soup", _M, _R.uniform_soup, Look(SKY, "--", "<"),
          apart=True),
    Model("ensemble", "output ensemble", _M, _R.ensemble, Look(SKY, "-.", ">")),
    Model("random_search", "random search", _M, _C.random_search,
          Look(OLIVE, "--", "P")),
    Model("ps", "PS", _M, _C.ps, Look(GREEN, "-", "o", 2.2), apart=True),
    Model("dfs", "DFS", _M, routes.dfs, Look(PURPLE, "-", "h", 2.2), apart=True),
    Model("ps_dfs", "PS + DFS", _M, routes.ps_dfs, Look(BROWN, "--", "*"),
          needs=("ps",), apart=True),
    Model("best_parent", "better parent by validation", _G, _C.best_parent,
          Look(GREY, ":", ""), apart=True),
    Model("model_stock", "model stock", _B, _C.model_stock),
    Model("lambda_line", "one λ on a line", _B, _C.lambda_line),
    Model("slerp", "SLERP", _B, _C.slerp),
    Model("task_arithmetic", "one λ per expert", _B, _C.task_arithmetic),
    Model("ties", "TIES", _B, _C.ties),
    Model("dare_ties", "DARE-TIES", _B, _C.dare_ties),
    Model("sobol", "Sobol points", _B, _C.sobol),
    Model("gradient", "λ by gradient", _B, _C.gradient),
    Model("random_vectors", "random task vectors", _B, _C.random_vectors),
    Model("fitted_ensemble", "fitted output ensemble", _B,
          ensembles.fitted_ensemble),
    Model("few_shot_base", "few-shot tuning of θ₀", _B,
          partial(tuning.few_shot, origin=tuning.BASE)),
    Model("joint", "joint fine-tuning", _B, tuning.joint),
    Model("plenty", "tuned on plenty of target", _G, tuning.plenty,
          Look(BLACK, "-.", "1"), role=Role.BOUND, apart=True),
    Model("floor", "probe floor", _M, _R.floor, Look(BLACK, ":", ""),
          role=Role.BOUND),
    Model("interpolated", "PS between neighbours, Pe told", _I, interpolated,
          needs=("ps",)),
    Model("interpolated_blind", "PS between neighbours, Pe estimated", _I,
          interpolated_blind, needs=("ps",)),
    Model("directions_few", "directions, evaluations of PS", _D, directions.few,
          Look(SKY, "-", "p", 2.2)),
    Model("directions", "directions, three times as many", _D, directions.many,
          Look(BROWN, "-", "X", 2.2), apart=True),
    Model("directions_random", "random directions, as many", _D,
          directions.randomly, Look(BROWN, ":", "x")),
    Model("few_shot_head", "few-shot tuning of the head", _T,
          partial(rivals.few_shot, form=rivals.HEAD)),
    Model("few_shot_low_rank", "few-shot low-rank tuning", _T,
          partial(rivals.few_shot, form=rivals.LOW_RANK)),
    Model("few_shot_core", "few-shot low-rank tuning, few numbers", _T,
          partial(rivals.few_shot, form=rivals.CORE)),
    Model("few_shot_neighbour", "few-shot tuning at the nearest Pe", _T,
          tuning.nearest),
    Model("operator", "neural operator, trained on the k", _F, operators.fno),
    Model("read_off", "exact solution, U and α read off", _F, classical.read_off),
    Model("read_off_riding", "exact solution, U the mean, α read off", _F,
          partial(classical.read_off, riding=True)),
    Model("ps_one", "PS, one λ for all Pe", _V, _C.ps_one),
    Model("ps_short", "PS, fitness one step ahead", _V, _C.ps_short),
    Model("ps_elect_sum", "PS with elected signs", _V, _C.ps_elect_sum),
    Model("ps_elect_mean", "PS with elected signs, normalised", _V,
          _C.ps_elect_mean),
    Model("dfs_r1", "DFS, layers offered once", _V,
          partial(routes.dfs_of, name="dfs_r1", routes=Routes(repetitions=1))),
    Model("dfs_r2", "DFS, layers offered twice", _V,
          partial(routes.dfs_of, name="dfs_r2", routes=Routes(repetitions=2))),
    Model("dfs_unscaled", "DFS without W", _V,
          partial(routes.dfs_of, name="dfs_unscaled", routes=Routes(reach=0.0))),
    Model("best_path", "best path that keeps depths", _V, soft_paths.best_path,
          Look(PURPLE, ":", "d")),
    Model("soft_paths", "soft paths", _V, soft_paths.soft_paths,
          Look(PURPLE, "--", "H", 2.2)),
))  # fmt: skip
DRAWS = (1, 2)
"""Of few trajectories, beside the one that all else sees."""
OF_PECLET = "directions_of_pe"
TWO_ONLY = ("lambda_line", "slerp")
"""Lines and arcs have two ends."""


def of(profile: Profile) -> Models:
    """Every model of a profile, in the order of tables."""
    families = profile.families
    after = {
        "base": _parents(families),
        "ps_dfs": _oracles(families),
        "fitted_ensemble": _splittings(families),
        "few_shot_base": _tuned(families),
        "interpolated_blind": _counted(profile.search_counts),
        "directions_random": _of_peclet(_counts(profile), families)
        | _ladder(families)
        | _drawn(profile),
        "few_shot_neighbour": _rivals(_counts(profile))
        | _controls(families)
        | _classical(_counts(profile)),
    }
    found: Models = {}
    for name, model in MODELS.items():
        if name in TWO_ONLY and len(families) != 2:
            continue
        found[name] = model
        found |= after.get(name, {})
    return found


def named(profile: Profile, names: Iterable[str]) -> Models:
    """Those of the profile's models, or ParameterError for a name it does not have."""
    known = of(profile)
    for name in names:
        if name not in known:
            raise ParameterError(
                "model", name, f"one of {', '.join(known)}", "Correct the name."
            )
    return {name: model for name, model in known.items() if name in names}


def in_groups(profile: Profile, groups: Collection[Group]) -> Models:
    """The profile's models of some groups."""
    return {n: m for n, m in of(profile).items() if m.group in groups}


def entry(name: str) -> Model | None:
    """A model that some profile may have, None for a name that none has.

    For rows of another profile than the one at hand: whatever number of trajectories
    a name counts, it is understood.
    """
    count = name.rpartition("_k")[2]
    counts = (int(count),) if count.isdecimal() else ()
    counted = _counted(counts) | _of_peclet(counts, LAPTOP.families) | _rivals(counts)
    counted |= _classical(counts)
    return (of(LAPTOP) | counted).get(name)


def _title(family: str) -> str:
    return TITLES.get(family, family)


def _parents(families: tuple[str, ...]) -> Models:
    looks = dict(zip(families, PARENT_LOOKS, strict=False))
    return _listed(
        Model(
            f,
            f"{_title(f)} expert",
            _M,
            partial(_R.expert, family=f),
            looks.get(f),
            apart=True,
        )
        for f in families
    )


def _oracles(families: tuple[str, ...]) -> Models:
    looks = dict(zip(families, ORACLE_LOOKS, strict=False))
    exact = {f: partial(_R.oracle, family=f) for f in families if oracles.exists(f)}
    bound = Role.BOUND
    return _listed(
        Model(f"oracle_{f}", f"{_title(f)} oracle", _M, make, looks.get(f), role=bound)
        for f, make in exact.items()
    )


def _splittings(families: tuple[str, ...]) -> Models:
    """The experts in turn and one after the other, in both directions."""
    orders = families, families[::-1]
    turns, composed = ensembles.in_turns, ensembles.composed
    named = {order: [_title(f) for f in order] for order in orders}
    in_turns = {o: f"{', '.join(titles)} in turns" for o, titles in named.items()}
    after = {o: " ∘ ".join(titles[::-1]) for o, titles in named.items()}
    return _listed(
        Model("_then_".join(order), label, _B, partial(turns, order=order))
        for order, label in in_turns.items()
    ) | _listed(
        Model("_after_".join(order[::-1]), label, _B, partial(composed, order=order))
        for order, label in after.items()
    )


def _tuned(families: tuple[str, ...]) -> Models:
    name, tuned = tuning.few_shot_name, tuning.few_shot
    label = "few-shot tuning of {}".format
    return _listed(
        Model(name(f), label(_title(f)), _B, partial(tuned, origin=f)) for f in families
    )


def _counted(counts: Collection[int]) -> Models:
    """Searched and tuned on other numbers of trajectories."""
    searched = {f"ps_k{k}": partial(_C.ps_of, count=k) for k in counts}
    along = {f"directions_k{k}": partial(directions.few_of, count=k) for k in counts}
    tuned = {f"few_shot_k{k}": partial(tuning.few_shot_of, count=k) for k in counts}
    labels = {
        "ps": "PS",
        "directions": "directions",
        "few_shot": "few-shot tuning of the better parent",
    }
    return _listed(
        Model(name, f"{labels[stem]}, k = {count}", _V, make)
        for name, make in (searched | along | tuned).items()
        for stem, _, count in [name.rpartition("_k")]
    )


def _of_peclet(counts: Collection[int], families: tuple[str, ...]) -> Models:
    """One merge or one network for all Pe, on so many trajectories at each."""
    merge = directions.of_peclet
    makes: Makes = {
        OF_PECLET: ("c(Pe)", merge),
        "directions_of_pe_blind": ("c(Pe), Pe estimated", partial(merge, blind=True)),
        "directions_of_pe_random": (
            "c(Pe), random directions",
            partial(merge, random=True),
        ),
    }
    for f in (tuning.BASE, *families):
        label = f"pooled tuning of {_title(f)}"
        makes[tuning.pooled_name(f)] = label, partial(tuning.pooled, origin=f)
    looks = dict(zip(map(tuning.pooled_name, families), POOLED_LOOKS, strict=False))
    looks[OF_PECLET] = Look(BROWN, "-.", "d", 2.2)
    return _listed(
        Model(
            f"{name}_k{k}",
            f"{label}, k = {k}",
            _D,
            partial(make, count=k),
            looks.get(name),
            apart=name == OF_PECLET,
        )
        for name, (label, make) in makes.items()
        for k in counts
    )


def _drawn(profile: Profile) -> Models:
    """The same merge and networks from other draws of the trajectories."""
    makes: Makes = {OF_PECLET: ("c(Pe)", directions.of_peclet)}
    for f in profile.families:
        label = f"pooled tuning of {_title(f)}"
        makes[tuning.pooled_name(f)] = label, partial(tuning.pooled, origin=f)
    few = [k for k in _counts(profile) if k < profile.sizes.search]
    return _listed(
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


def _ladder(families: tuple[str, ...]) -> Models:
    return _listed(
        Model(name, label, Group.LADDER, make)
        for name, (label, make) in ladder.rungs(families).items()
    )


def _controls(families: tuple[str, ...]) -> Models:
    return _listed(
        Model(name, label, Group.CONTROLS, make)
        for name, (label, make) in controls.models(families, _title).items()
    )


def _rivals(counts: Collection[int]) -> Models:
    """Training, and λ(Pe), given their best chance on so many trajectories at each."""
    pooled = rivals.pooled
    makes: Makes = {
        "pooled_tuned": ("pooled tuning, chosen", partial(pooled, form=rivals.TUNED)),
        "pooled_told": ("pooled tuning, Pe told", partial(pooled, form=rivals.TOLD)),
        "pooled_low_rank": ("pooled low rank", partial(pooled, form=rivals.LOW_RANK)),
        "ps_of_pe": ("PS, λ(Pe)", ps_of_peclet),
    }
    return _listed(
        Model(f"{name}_k{k}", f"{label}, k = {k}", _T, partial(make, count=k))
        for name, (label, make) in makes.items()
        for k in counts
    )


def _classical(counts: Collection[int]) -> Models:
    """Linear maps that are fitted to so many trajectories."""
    makes: Makes = {
        "fourier": ("Fourier multipliers", classical.multipliers),
        "dmd": ("DMD", classical.decomposition),
    }
    return _listed(
        Model(f"{name}_k{k}", f"{label}, k = {k}", _F, partial(make, count=k))
        for name, (label, make) in makes.items()
        for k in counts
    )


def _counts(profile: Profile) -> list[int]:
    """Every k that a study has."""
    return sorted({*profile.search_counts, profile.sizes.search})
