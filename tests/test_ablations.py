"""Declared variants: each changes what it says and nothing else."""

from dataclasses import asdict

import pytest

from evophys_lib import profiles
from evophys_lib.diagnosis import variants
from evophys_lib.diagnosis.variants import BY_NAME, DEFAULT, VARIANTS, Group
from evophys_lib.errors import ParameterError

CHANGED = {
    "default": set(),
    "no-skip": {"encoder.skip"},
    "vicreg": {"jepa.anchor"},
    "sigreg": {"jepa.anchor"},
    "no-anchor": {"jepa.anchor"},
    "no-ema": {"jepa.ema"},
    "absolute": {"encoder.geometry.positions", "predictor.geometry.positions"},
    "no-neighbours": {"encoder.geometry.neighbours", "predictor.geometry.neighbours"},
    "no-shifts": {"sampling.shifts"},
    "uniform": {"sampling.early"},
    "one-step-jepa": {"jepa.unroll"},
    "one-step": {"finetune.unrolls"},
    "longest-unroll": {"finetune.unrolls"},
    "averaging": {"finetune.averaging"},
    "push-forward": {"finetune.push_forward"},
    "autoencoder": {"jepa.objective"},
    "random-isometry": {"jepa.objective"},
    "random-transformer": {"jepa.objective", "encoder.skip"},
    "steps-quarter": {"finetune.training.steps"},
    "steps-four": {"finetune.training.steps"},
    "rate-0.3": {"finetune.training.learning_rate"},
    "rate-3": {"finetune.training.learning_rate"},
}


def leaves(tree: dict, path: str = "") -> dict[str, object]:
    """Every number of a configuration by its dotted path."""
    found = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            found |= leaves(value, f"{path}{key}.")
        else:
            found[f"{path}{key}"] = value
    return found


@pytest.mark.parametrize("base", [profiles.LAPTOP, profiles.SMOKE])
def test_a_variant_differs_from_the_default_in_the_declared_fields(base):
    default = leaves(asdict(variants.profile_of(DEFAULT, base)))
    changed = {}
    for variant in VARIANTS:
        own = leaves(asdict(variants.profile_of(variant, base)))
        assert own.keys() == default.keys()
        changed[variant.name] = {key for key in own if own[key] != default[key]}
    assert changed == CHANGED


def test_the_default_is_the_profile_at_the_budget():
    laptop, budget = profiles.LAPTOP, variants.BUDGET
    own = variants.profile_of(DEFAULT, laptop)
    before, after = leaves(asdict(laptop)), leaves(asdict(own))
    shares = {
        "jepa.training.steps": budget.steps,
        "finetune.training.steps": budget.steps,
        "ps.generations": budget.generations,
    }
    assert {key for key in before if before[key] != after[key]} == shares.keys()
    for key, share in shares.items():
        assert after[key] == round(share * before[key])


def test_every_question_has_its_variants_and_the_default():
    count = {group: sum(group in v.groups for v in VARIANTS) for group in Group}
    assert count == {Group.INGREDIENTS: 15, Group.ENCODERS: 4, Group.FINETUNING: 5}
    assert DEFAULT.groups == tuple(Group)
    merged = {v.name for v in VARIANTS if v.merged}
    expected = {v.name for v in VARIANTS if v.groups != (Group.INGREDIENTS,)}
    assert merged == expected


def test_what_only_fine_tunes_shares_the_default_world_model():
    shared = {
        v.name
        for v in VARIANTS
        if variants.origin(v, profiles.LAPTOP) == DEFAULT and v != DEFAULT
    }
    assert shared == {
        name
        for name, fields in CHANGED.items()
        if fields and all(field.startswith("finetune.") for field in fields)
    }
    for variant in VARIANTS:
        if variant.name not in shared:
            assert variants.origin(variant, profiles.LAPTOP) == variant


def test_names_are_chosen_in_declared_order_or_refused():
    assert variants.variants() == VARIANTS
    chosen = variants.variants(["sigreg", "default"])
    assert [v.name for v in chosen] == ["default", "sigreg"]
    with pytest.raises(ParameterError, match="variant = 'sigrag' .* one of default"):
        variants.variants(["sigrag"])
    assert len(BY_NAME) == len(VARIANTS)
