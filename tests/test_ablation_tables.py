"""The tables of ingredients say what was measured, seed by seed."""

import pytest
from plain import plain

from rendering import ablations

SEEDS = (0, 1, 2)
GROUPS = ["ingredients", "encoders", "fine-tuning"]


def row(variant, seed, factor=1.0):
    """Scores that differ between seeds, `factor` times the default's."""
    level = factor * (1 + seed)
    home = {"nrmse_t5": 0.01 * level, "nrmse_t50": 0.1 * level}
    compared = {
        "cosine": 0.1,
        "opposed": 0.4,
        "relative_norms": {"heat": 0.02, "burgers": 0.03},
    }
    models = {n: {"nrmse_t50": 0.2 * level} for n in ("heat", "burgers", "soup", "ps")}
    merge = {"models": models, "advantage": {"field": 0.5, "latent": 2.0}}
    return {
        "variant": variant,
        "seed": seed,
        "world_model": {
            "probe_floor_nrmse": {"heat": 0.001 * level, "burgers": 0.002 * level},
            "heat": home,
            "burgers": home,
            "rankme_fluctuation": 2.5,
        },
        "material": {"overall": compared, "layers": [compared] * 3, "barrier": 0.0},
        "merges": {"1": merge, "10": merge},
    }


def measured(rows=None):
    """A document of a default and two variants, one worse by half, one the same."""
    factors = {"default": 1.0, "worse": 1.5, "same": 1.0}
    return {
        "profile": "laptop",
        "peclets": [1.0, 10.0],
        "budget": {
            "shares": {"steps": 0.25, "generations": 0.5},
            "pretraining_steps": 250,
            "finetuning_steps": 100,
            "probe_steps": 300,
            "ps_generations": 20,
            "ps_popsize": 12,
        },
        "variants": [
            {"name": n, "label": f"the {n}", "groups": GROUPS, "world_model": n}
            for n in factors
        ],
        "rows": rows or [row(n, s, f) for n, f in factors.items() for s in SEEDS],
    }


def line(text, start, which=0):
    """Cells of the line that starts with a label."""
    found = [x for x in plain(text).splitlines() if x.startswith(f"| {start} |")]
    return [cell.strip() for cell in found[which].strip("|").split("|")]


def test_a_mean_stands_with_its_interval_and_a_ratio_with_its_own():
    text = ablations.floors(measured())
    # 1, 2, 3 thousandths: s = 0.001, t = 4.303 for three seeds
    assert line(text, "the default")[1] == "0.0020 ± 0.0025"
    assert line(text, "the worse", 1)[1] == "**1.50 (1.5–1.5)**"
    assert line(text, "the same", 1)[1] == "="


def test_floors_are_shown_of_variants_with_an_encoder_of_their_own():
    run = measured()
    run["variants"][2]["world_model"] = "default"
    assert "the same" not in ablations.floors(run)
    assert "the same" in ablations.experts(run)


def test_a_sentence_per_horizon_names_what_the_seeds_decide():
    told = ablations.decided(measured()).split("\n\n")
    assert [t.partition(",")[0] for t in told] == [
        "Error at t + 5",
        "Error at t + 50",
    ]
    for text in told:
        assert "larger with *the worse*; smaller with *none*" in text
        assert "Not decided by these seeds: the same." in text


def test_one_seed_gives_no_interval_and_decides_nothing():
    run = measured([row("default", 0), row("worse", 0, 1.5), row("same", 0)])
    text = ablations.experts(run)
    assert "±" not in text and "**" not in text
    assert line(text, "the worse", 1)[1] == "1.50"
    assert "larger with *none*; smaller with *none*" in ablations.decided(run)


def test_a_diverged_seed_is_left_out_and_counted():
    rows = [row("default", s) for s in SEEDS] + [row("same", s) for s in SEEDS]
    rows += [{"variant": "worse", "seed": s, "diverged": "at step 3"} for s in (0, 1)]
    rows += [row("worse", 2, 1.5)]
    text = ablations.floors(measured(rows))
    label = "the worse (1 of 3 seeds)"
    assert line(text, label)[1:] == ["0.00450", "0.00900", "2.50"]
    assert line(text, "the worse")[1] == "1.50"
    rows[-1]["world_model"]["heat"] = {"nrmse_t5": None, "nrmse_t50": None}
    assert line(ablations.experts(measured(rows)), label)[1] == "–"


@pytest.mark.parametrize("draw", [ablations.encoders, ablations.finetuning])
def test_merges_are_compared_between_variants_and_with_their_parents(draw):
    text = plain(draw(measured()))
    for pe in ("1", "10"):
        errors = text[text.index(f"on the target at Pe = {pe}:") :]
        assert line(errors, "the default")[1] == "0.40 ± 0.50"
        ratios = line(text[text.index(f"| PS at Pe = {pe} |") :], "the worse")[1:]
        assert ratios[0] == "**1.50 (1.5–1.5)**"
        assert ratios[1] == "**0.500 (0.50–0.50)**"
        assert ratios[2] == "**2.00 (2.0–2.0)**"


def test_the_budget_and_the_material_are_stated():
    assert "250 steps of pretraining and 100 of fine-tuning" in ablations.budget(
        measured()
    )
    cells = line(ablations.material(measured()), "the default")
    means = [cell.split(" ± ")[0] for cell in cells[1:6]]
    assert means == ["0.0200", "0.0300", "0.100", "0.400", "0.00"]
    assert "block 1" in ablations.finetuning(measured())


def test_the_picture_has_a_row_per_variant():
    figure = ablations.picture(measured())
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["the worse", "the same"]
