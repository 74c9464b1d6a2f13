"""What every model has cost beyond θ₀ and both experts, in the units of `entry`."""

from evophys_lib.evaluate.results import MODELS
from evophys_lib.pipeline import searching
from evophys_lib.pipeline.baselines import entry
from evophys_lib.pipeline.baselines.entry import Cost
from evophys_lib.pipeline.baselines.registry import Stages, make_all
from evophys_lib.pipeline.study import Study


def model_costs(study: Study, peclet: float) -> dict[str, Cost]:
    """Of the models of the contract; what took nothing has zeros."""
    profile, seen = study.profile, entry.sight(study, peclet)

    def search(method: str, evaluations: int) -> Cost:
        path = searching.merge_path(study, method, peclet)
        return entry.searched(seen, evaluations, path)

    in_space = profile.ps.generations * profile.ps.popsize
    over_paths = len(searching.ORDERS) * profile.dfs.generations * profile.dfs.popsize
    searching.make_all(study, (peclet,))
    ps, dfs = search("ps", in_space), search("dfs", over_paths)
    second = search("ps_dfs", over_paths)
    known = {
        "ps": ps,
        "random_search": search("random_search", in_space),
        "dfs": dfs,
        "ps_dfs": Cost(
            ps.evaluations + second.evaluations,
            ps.passes + second.passes,
            seen.count,
            ps.seconds + second.seconds,
        ),
    }
    return {name: known.get(name, Cost()) for name in MODELS}


def stage_costs(study: Study, peclet: float, stages: Stages) -> dict[str, Cost]:
    """Of every baseline or variant, by name."""
    made = make_all(study, peclet, stages)
    return {name: baseline.cost for name, baseline in made.items()}
