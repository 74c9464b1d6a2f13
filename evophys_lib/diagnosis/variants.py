"""Every variant of the study by which the worth of an ingredient is measured.

Each changes the declared fields of a profile and nothing else, so that a difference
in a score is the ingredient's. All run at one reduced budget, the default too.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from evophys_lib.errors import ParameterError
from evophys_lib.profiles import Profile, SearchSize
from evophys_lib.worldmodel.anchors import Anchor
from evophys_lib.worldmodel.blocks import Geometry, Positions
from evophys_lib.worldmodel.jepa import Objective
from evophys_lib.worldmodel.training import TrainingConfig

Change = Callable[[Profile], Profile]


@dataclass(frozen=True)
class Budget:
    """What a variant may spend, as shares of the profile's.

    steps: of pretraining and of fine-tuning; generations: of the search in parameter
    space. The probe measures, so it is fitted in full.
    """

    steps: float = 0.25
    generations: float = 0.5


BUDGET = Budget()
"""Twenty-two variants with three seeds each then fit into an hour on two cores at
laptop profile, and every curve is past its steepest part."""

PECLETS = (1.0, 10.0)
"""Where both physics matter and the merge is scored."""


class Group(Enum):
    """Which question a variant belongs to."""

    INGREDIENTS = "ingredients"
    ENCODERS = "encoders"
    FINETUNING = "fine-tuning"


MERGED = (Group.ENCODERS, Group.FINETUNING)
"""Groups whose experts are merged too; the others' are only diagnosed."""


@dataclass(frozen=True)
class Variant:
    """One thing done differently.

    name: of its folder and rows; label: what is different; groups: the questions it
    answers; change: the profile with that difference.
    """

    name: str
    label: str
    groups: tuple[Group, ...]
    change: Change

    @property
    def merged(self) -> bool:
        """Whether its experts are merged."""
        return any(group in MERGED for group in self.groups)


def at_budget(profile: Profile) -> Profile:
    """The profile with the steps and generations that a variant may spend."""
    ps = profile.ps
    generations = max(1, round(BUDGET.generations * ps.generations))
    return replace(
        profile,
        jepa=_steps(profile.jepa, BUDGET.steps),
        finetune=_steps(profile.finetune, BUDGET.steps),
        ps=SearchSize(generations, ps.popsize),
    )


def _steps(config: Any, share: float) -> Any:
    """A configuration whose `training` takes a share of its steps."""
    training: TrainingConfig = config.training
    steps = max(1, round(share * training.steps))
    return replace(config, training=replace(training, steps=steps))


def _encoder(**changes: Any) -> Change:
    return lambda p: replace(p, encoder=replace(p.encoder, **changes))


def _jepa(**changes: Any) -> Change:
    return lambda p: replace(p, jepa=replace(p.jepa, **changes))


def _finetune(**changes: Any) -> Change:
    return lambda p: replace(p, finetune=replace(p.finetune, **changes))


def _sampling(**changes: Any) -> Change:
    return lambda p: replace(p, sampling=replace(p.sampling, **changes))


def _geometry(geometry: Geometry) -> Change:
    """Of the blocks of both networks."""
    return lambda p: replace(
        p,
        encoder=replace(p.encoder, geometry=geometry),
        predictor=replace(p.predictor, geometry=geometry),
    )


def _finetune_steps(share: float) -> Change:
    return lambda p: replace(p, finetune=_steps(p.finetune, share))


def _finetune_rate(factor: float) -> Change:
    def change(p: Profile) -> Profile:
        training = p.finetune.training
        rate = factor * training.learning_rate
        return _finetune(training=replace(training, learning_rate=rate))(p)

    return change


def _longest_unroll(p: Profile) -> Profile:
    return _finetune(unrolls=(max(p.finetune.unrolls),))(p)


def _without_skip(change: Change) -> Change:
    return lambda p: change(_encoder(skip=False)(p))


_INGREDIENT, _ENCODER = (Group.INGREDIENTS,), (Group.ENCODERS,)
_FINETUNING = (Group.FINETUNING,)
_ABSOLUTE = Geometry(positions=Positions.ABSOLUTE)
_RANDOM = _jepa(objective=Objective.RANDOM)

DEFAULT = Variant("default", "default", tuple(Group), lambda p: p)
VARIANTS = (
    DEFAULT,
    Variant("no-skip", "no linear skip", _INGREDIENT, _encoder(skip=False)),
    Variant("vicreg", "VICReg anchor", _INGREDIENT, _jepa(anchor=Anchor.VICREG)),
    Variant("sigreg", "SIGReg anchor", _INGREDIENT, _jepa(anchor=Anchor.SIGREG)),
    Variant("no-anchor", "no anchor", _INGREDIENT, _jepa(anchor=Anchor.NONE)),
    Variant("no-ema", "no EMA", _INGREDIENT, _jepa(ema=False)),
    Variant("absolute", "absolute positions", _INGREDIENT, _geometry(_ABSOLUTE)),
    Variant(
        "no-neighbours", "MLP without neighbours", _INGREDIENT,
        _geometry(Geometry(neighbours=False)),
    ),
    Variant("no-shifts", "no circular shifts", _INGREDIENT, _sampling(shifts=False)),
    Variant("uniform", "windows uniform in time", _INGREDIENT, _sampling(early=1.0)),
    Variant("one-step-jepa", "one-step pretraining", _INGREDIENT, _jepa(unroll=1)),
    Variant(
        "one-step", "one-step fine-tuning", _INGREDIENT, _finetune(unrolls=(1,))
    ),
    Variant(
        "longest-unroll", "longest unroll throughout", _INGREDIENT, _longest_unroll
    ),
    Variant("averaging", "weights averaged", _INGREDIENT, _finetune(averaging=0.98)),
    Variant(
        "push-forward", "push-forward", _INGREDIENT, _finetune(push_forward=True)
    ),
    Variant(
        "autoencoder", "autoencoder", _ENCODER,
        _jepa(objective=Objective.AUTOENCODER),
    ),
    Variant("random-isometry", "random isometry", _ENCODER, _RANDOM),
    Variant(
        "random-transformer", "random transformer", _ENCODER, _without_skip(_RANDOM)
    ),
    Variant("steps-quarter", "steps × 1/4", _FINETUNING, _finetune_steps(0.25)),
    Variant("steps-four", "steps × 4", _FINETUNING, _finetune_steps(4.0)),
    Variant("rate-0.3", "learning rate × 0.3", _FINETUNING, _finetune_rate(0.3)),
    Variant("rate-3", "learning rate × 3", _FINETUNING, _finetune_rate(3.0)),
)  # fmt: skip
BY_NAME = {variant.name: variant for variant in VARIANTS}


def variants(names: list[str] | None = None) -> tuple[Variant, ...]:
    """The variants of these names in declared order, all if none are given.

    ParameterError for a name that is not declared.
    """
    for name in names or ():
        if name not in BY_NAME:
            raise ParameterError(
                "variant", name, f"one of {', '.join(BY_NAME)}", "Correct the name."
            )
    return tuple(v for v in VARIANTS if not names or v.name in names)


def profile_of(variant: Variant, base: Profile) -> Profile:
    """The profile that a variant runs with: `base` at the budget, then the change."""
    return variant.change(at_budget(base))


def origin(variant: Variant, base: Profile) -> Variant:
    """The first variant with the same encoder, θ₀ and probe; often itself."""
    wanted = _world_model(profile_of(variant, base))
    return next(v for v in VARIANTS if _world_model(profile_of(v, base)) == wanted)


def _world_model(profile: Profile) -> tuple[object, ...]:
    """What decides encoder and θ₀."""
    return profile.encoder, profile.predictor, profile.jepa, profile.sampling
