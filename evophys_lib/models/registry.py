"""The one list of models, in the order of tables; a new one is one entry here.

`MODELS` holds those of every study; what is named after a family or a number of
trajectories follows from a profile (`derived`). Sweep, results, tables, figures and
notebooks iterate over entries and know no names.
"""

from collections.abc import Collection, Iterable
from functools import partial

from evophys_lib.errors import ParameterError
from evophys_lib.merge.dfs import Routes
from evophys_lib.models import (
    classical,
    coefficients,
    derived,
    directions,
    ensembles,
    operators,
    references,
    rivals,
    routes,
    soft_paths,
    tuning,
)
from evophys_lib.models.interpolation import interpolated, interpolated_blind
from evophys_lib.models.look import (
    BLACK,
    BROWN,
    GREEN,
    GREY,
    OLIVE,
    PURPLE,
    SKY,
    Look,
)
from evophys_lib.models.model import Group, Model, Models, Role, listed
from evophys_lib.profiles import LAPTOP, Profile

_M, _G, _B = Group.MODELS, Group.GAP, Group.BASELINES
_I, _V, _D = Group.INTERPOLATED, Group.VARIATIONS, Group.DIRECTIONS
_T, _F = Group.RIVALS, Group.CLASSICAL
_C, _R = coefficients, references

MODELS = listed((
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
    Model("directions", "directions, 3 × evaluations", _D, directions.many,
          Look(BROWN, "-", "X", 2.2), apart=True),
    Model("directions_random", "random directions, 3 × evaluations", _D,
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
TWO_ONLY = ("lambda_line", "slerp")
"""Lines and arcs have two ends."""


def of(profile: Profile) -> Models:
    """Every model of a profile, in the order of tables."""
    after = derived.after(profile)
    found: Models = {}
    for name, model in MODELS.items():
        if name in TWO_ONLY and len(profile.families) != 2:
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
    return (of(LAPTOP) | derived.counted(counts, LAPTOP.families)).get(name)
