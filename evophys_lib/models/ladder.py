"""The ladder: how much of the gap closes with how many numbers, and along what.

Every rung is a merge from the uniform soup by least squares on the residuals, with the
evaluations of `directions.many`, or one Jacobian and its steps where these take more.
By the number of coefficients:

    one λ per expert < per layer < per tensor < per direction, r = 1, 2, 4, …, all

and, with about as many numbers as `directions.many` has, along other directions than
those of the experts' task vectors: of θ₀ itself, scaled to the length of the task
vectors tensor by tensor; of the experts' halfway points and what came after; of the
experts' and more task vectors from source physics (`bank`).
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from evophys_lib.merge.directions import Directions
from evophys_lib.merge.tied import Tied
from evophys_lib.models import bank
from evophys_lib.models.bank import Part
from evophys_lib.models.directions import Layout, at_peclet, enough
from evophys_lib.models.model import Forecaster, Make
from evophys_lib.models.shelf import Kept
from evophys_lib.study import training
from evophys_lib.study.study import Study
from evophys_lib.worldmodel.rollout import Weights, unstack

RANKS = (1, 2, 4, 16, 32)
"""Beside the profile's own."""
BANKED = {"speeds": (Part.STILL, Part.FAST), "strengths": (Part.WEAK, Part.STRONG)}
"""Parts that stand in for Burgers; `riding` stands beside it."""
THREE, FOUR, ONE = 4, 2, 20
"""r of three, four and one task vectors, for as many numbers as two have at r = 8."""

Vectors = dict[str, Weights]
MakeLayout = Callable[[Study], Layout]


def rungs(families: tuple[str, ...]) -> dict[str, tuple[str, Make]]:
    """Label and maker of every rung by name, the fewest numbers first."""
    laid: dict[str, tuple[str, MakeLayout]] = {
        "per_expert": ("one number per expert", per_expert),
        "per_layer": ("one number per expert and layer", per_layer),
        "per_tensor": ("one number per expert and tensor", per_tensor),
    }
    for rank in RANKS:
        laid[f"r{rank}"] = f"directions, r = {rank}", partial(of_rank, rank=rank)
    laid["full"] = "directions, all", every_one
    laid["of_base"] = "directions of θ₀", of_base
    laid["halfway"] = "directions of halfway points and after", of_halves
    if bank.BURGERS in families:
        laid["riding"] = "directions, Burgers riding besides", with_riding
        for name, parts in BANKED.items():
            words = " and ".join(part.value for part in parts)
            laid[name] = f"directions, {words} Burgers", partial(of_parts, name=name)
    return {
        f"directions_{name}": (label, partial(_rung, name=name, layout=layout))
        for name, (label, layout) in laid.items()
    }


def _rung(study: Study, peclet: float, *, name: str, layout: MakeLayout) -> Forecaster:
    """As many evaluations as `many`; one Jacobian and its steps at least."""
    laid = layout(study)
    return at_peclet(study, peclet, f"directions_{name}", enough(study, laid), laid)


def per_expert(study: Study) -> Layout:
    """λ of each expert."""
    return Layout(
        space=lambda: Tied(_own(study, 1), lambda name: name[0]),
        config={"tied": "expert"},
    )


def per_layer(study: Study) -> Layout:
    """λ of each expert and layer: the box of PS."""

    def space() -> Tied:
        layers = training.lineage(study).layers
        return Tied(_own(study, 1), lambda name: (name[0], layers[name[1]]))

    return Layout(space=space, config={"tied": "layer"})


def per_tensor(study: Study) -> Layout:
    """λ of each expert and tensor."""
    return Layout(
        space=lambda: Tied(_own(study, 1), lambda name: name[:2]),
        config={"tied": "tensor"},
    )


def of_rank(study: Study, *, rank: int) -> Layout:
    """The experts' directions at another rank."""
    return Layout(space=lambda: _own(study, rank), config={"rank": rank})


def every_one(study: Study) -> Layout:
    """All the experts' directions."""
    shapes = [w.shape for w in training.world_model(study).base.values()]
    return of_rank(study, rank=max(min(shape) for shape in shapes))


def of_base(study: Study) -> Layout:
    """Those of θ₀, as long as the task vectors: what low-rank adaptation might take."""

    def vectors() -> Vectors:
        base, tau = training.world_model(study).base, training.lineage(study).vectors
        length = {n: t.flatten(1).norm(dim=1).mean() for n, t in tau.items()}
        scale = {n: length[n] / w.norm().clamp(min=1e-12) for n, w in base.items()}
        return {"base": {name: scale[name] * w for name, w in base.items()}}

    return _along(study, "base", ONE, vectors, {})


def of_halves(study: Study) -> Layout:
    """The way to each expert's halfway point, and the way from there."""
    halves = {f: bank.halfway(study, f) for f in study.profile.families}

    def vectors() -> Vectors:
        found = {}
        for family, whole in _experts(study).items():
            first = bank.vector(study, halves[family])
            found[f"{family} first"] = first
            found[f"{family} then"] = {n: w - first[n] for n, w in whole.items()}
        return found

    return _along(study, "halves", FOUR, vectors, halves)


def with_riding(study: Study) -> Layout:
    """The experts' and those of Burgers from the frame that moves with its mean."""
    return _with_parts(study, "riding", (Part.RIDING,), without=())


def of_parts(study: Study, *, name: str) -> Layout:
    """The experts' with two parts of Burgers in place of the whole."""
    return _with_parts(study, name, BANKED[name], without=(bank.BURGERS,))


def _with_parts(
    study: Study, name: str, parts: tuple[Part, ...], *, without: tuple[str, ...]
) -> Layout:
    kept = {part.value: bank.part_of_burgers(study, part) for part in parts}

    def vectors() -> Vectors:
        experts = _experts(study).items()
        own = {family: tau for family, tau in experts if family not in without}
        return own | {part: bank.vector(study, one) for part, one in kept.items()}

    return _along(study, name, THREE, vectors, kept)


def _along(
    study: Study,
    name: str,
    rank: int,
    vectors: Callable[[], Vectors],
    kept: dict[str, Kept],
) -> Layout:
    inputs: dict[str, Path] = {f"bank_{n}": one.path for n, one in kept.items()}
    return Layout(
        space=lambda: Directions(training.lineage(study), rank, bank=vectors()),
        config={"rank": rank, "bank": name},
        inputs=inputs,
    )


def _own(study: Study, rank: int) -> Directions:
    return Directions(training.lineage(study), rank)


def _experts(study: Study) -> Vectors:
    """τ by family."""
    lineage = training.lineage(study)
    return dict(zip(lineage.names, unstack(lineage.vectors), strict=True))
