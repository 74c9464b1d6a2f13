"""Rivals are compared by the statistics that the page names, and at equal budgets."""

import shutil

import numpy as np
import pytest
from lineages import fitness_towards, lineage
from plain import plain
from tiny import PECLET, study_in

import rivals
import search_quality
import tables
from comparing import choose, compare, curve, holm, improvements, quartiles
from evophys_lib.errors import ParameterError
from evophys_lib.merge import dfs, ps
from evophys_lib.merge.parameter_space import TASK_ARITHMETIC
from evophys_lib.merge.search import Budget
from evophys_lib.physics.splits import Split
from evophys_lib.study import data
from rendering import search_quality as rendering

# --- statistics ----------------------------------------------------------------------


@pytest.mark.parametrize("stride", [1, 3])
def test_improvements_are_the_whole_curve(stride):
    history = np.random.default_rng(0).exponential(size=50)
    history[[0, 7, 8]] = np.inf
    steps = improvements(history, stride=stride)
    values = [fitness for _, fitness in steps]
    assert values == sorted(values, reverse=True) and len(set(values)) == len(values)
    best = curve(steps, 50 * stride)
    expected = np.minimum.accumulate(history)
    np.testing.assert_array_equal(best[stride - 1 :: stride], expected)
    assert np.isinf(best[: stride - 1]).all()


def test_quartiles_keep_what_is_not_known_yet():
    values = np.array([[np.inf, 1.0], [np.inf, 2.0], [np.inf, 3.0]])
    np.testing.assert_array_equal(quartiles(values)[:, 0], np.inf)
    np.testing.assert_array_equal(quartiles(values)[:, 1], [1.5, 2.0, 2.5])


def test_equal_rivals_are_equal_and_swapped_ones_reciprocal():
    rng = np.random.default_rng(1)
    a, b = rng.lognormal(size=(2, 10))
    same = compare(a, a)
    assert (same.ratio, same.interval, same.p) == (1.0, (1.0, 1.0), 1.0)
    there, back = compare(a, b), compare(b, a)
    assert there.p == pytest.approx(back.p)
    assert there.ratio * back.ratio == pytest.approx(1.0)
    assert there.interval[0] <= there.ratio <= there.interval[1]


def test_a_rival_that_always_wins_has_the_least_p_that_n_seeds_allow():
    default = np.linspace(1.0, 2.0, 10)
    won = compare(default * np.linspace(0.80, 0.98, 10), default)
    assert won.p == pytest.approx(2 / 2**10)  # both signs, all 2ⁿ arrangements
    assert won.ratio == pytest.approx(np.sqrt(0.88 * 0.90))
    assert won.interval[1] < 1


def test_holm_by_hand():
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.9}) == pytest.approx(
        {"a": 0.04, "c": 0.09, "b": 0.09, "d": 0.9}
    )
    assert holm({}) == {}


def test_the_default_is_the_leader_or_the_cheapest_that_ties_with_it():
    rng = np.random.default_rng(2)
    best = np.linspace(1.0, 1.1, 10)
    noise = np.exp(0.05 * rng.standard_normal(10))
    fitness = {"leader": best, "close": 1.001 * best * noise, "far": 1.3 * best}
    cheap = {"leader": 2.0, "close": 1.0, "far": 0.1}
    choice = choose(fitness, cheap)
    assert (choice.leader, choice.chosen) == ("leader", "close")
    assert choice.tied == ("leader", "close")
    assert choose(fitness, cheap | {"close": 3.0}).chosen == "leader"


# --- rivals --------------------------------------------------------------------------


def objectives():
    f = lineage()
    fitness = fitness_towards(f.predictor, f.experts["burgers"], steps=5)
    return (
        ps.Objective(f, fitness, TASK_ARITHMETIC, ps.Coefficients(), 0),
        dfs.Objective(f.predictor, f.experts, f.names, fitness, dfs.Routes()),
    )


@pytest.mark.parametrize("objective", objectives(), ids=["PS", "DFS"])
def test_the_horizons_of_an_objective_average_to_its_value(objective):
    candidates = rivals.Uniform(objective.space, 6, 0).ask()
    values = rivals.finite(objective.per_horizon(candidates).mean(1).numpy())
    np.testing.assert_array_equal(values, objective(candidates))


@pytest.mark.parametrize("objective", objectives(), ids=["PS", "DFS"])
def test_early_rejection_keeps_the_better_half_and_the_order_of_the_rest(objective):
    candidates = rivals.CmaEs(objective.space, 9, 0).ask()
    candidates[4, objective.space.binary] = 0  # an empty path: never finite
    early = rivals.shortened(objective, rivals.REJECTING)(candidates)
    told = rivals.Rejecting(objective)(candidates)
    kept, rejected = np.split(np.argsort(early, kind="stable"), [5])
    np.testing.assert_allclose(told[kept], objective(candidates)[kept], rtol=1e-12)
    assert told[kept].max() < told[rejected].min()
    np.testing.assert_array_equal(told[rejected], np.sort(told[rejected]))
    if objective.space.binary.any():
        assert np.isinf(told[4])


def test_early_rejection_survives_a_generation_without_a_valid_candidate():
    _, objective = objectives()
    candidates = rivals.CmaEs(objective.space, 6, 0).ask()
    candidates[:, objective.space.binary] = 0
    assert np.isinf(rivals.Rejecting(objective)(candidates)).all()


def test_a_short_horizon_foretells_what_it_should():
    first = np.random.default_rng(3).permutation(12) + 1.0
    same = first[:, None] * np.ones(6)
    told = rivals.foretelling([same, 2 * same])
    assert told[2] == {"spearman": pytest.approx(1.0), "best_kept": 1.0}
    opposite = np.concatenate([same[:, :2], 100 / same[:, 2:]], axis=1)
    told = rivals.foretelling([opposite])
    assert told[2] == {"spearman": pytest.approx(-1.0), "best_kept": 0.0}
    invalid = same.copy()
    invalid[3:] = np.inf
    assert rivals.foretelling([invalid])[3]["spearman"] == pytest.approx(1.0)
    assert rivals.foretelling([np.ones((4, 6))]) == {}


def test_every_rival_spends_the_same_budget():
    objective, _ = objectives()
    for name in ("uniform", "gradient", "gradient-free-of-charge", "cma-es-rejecting"):
        done = search_quality.ALL[name].run(objective, Budget(2, 12))
        assert done.found.history.size * done.stride == 24, name


# --- the benchmark, from a study to its tables ---------------------------------------


@pytest.fixture(scope="module")
def measured(finished_study, tmp_path_factory):
    """The file of a few rivals over two seeds, and how it was made."""
    folder = tmp_path_factory.mktemp("quality")
    shutil.copytree(finished_study.folder, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVOPHYS_OUTPUTS", "")
        study, path = study_in(folder), folder / "search_quality.json"
        fixed = search_quality.settings(study, PECLET, "cpu")
        document = search_quality.open_document(path, fixed)
        names = ["cma-es", "uniform", "optuna-cma-es", "gradient", "cma-es-rejecting"]
        cases = search_quality.missing(document["rows"], names, 2)
        failed = search_quality.measure(study, PECLET, path, document, cases, 1)
        assert failed == []
        yield study, path, fixed, names


def test_a_second_start_has_nothing_left_and_more_seeds_only_the_new(measured):
    _, path, fixed, names = measured
    rows = search_quality.open_document(path, fixed)["rows"]
    assert len(rows) == 2 * (5 + 4)  # no gradient over paths
    assert search_quality.missing(rows, names, 2) == []
    assert {c.seed for c in search_quality.missing(rows, names, 3)} == {2}
    with pytest.raises(ParameterError, match="study_seed"):
        search_quality.open_document(path, fixed | {"study_seed": 1})


def test_rows_agree_with_themselves_and_repeat(measured):
    study, path, fixed, _ = measured
    rows = search_quality.open_document(path, fixed)["rows"]
    for row in rows:
        spent, best = row["improvements"][-1]
        assert best == row["fitness"] and spent <= fixed["evaluations"][row["space"]]
        assert row["held_out"] != row["fitness"]
    starts = [
        row["improvements"][0][1]
        for row in rows
        if row["space"] == "PS" and row["rival"] != "cma-es-rejecting"
    ]
    # Every rival begins where all begin; autograd attends by another kernel.
    assert starts == pytest.approx([starts[0]] * len(starts), rel=1e-6)
    again = search_quality.run_case(
        study, PECLET, search_quality.Case("DFS", "cma-es", 1)
    )
    (row,) = [
        r for r in rows if (r["space"], r["rival"], r["seed"]) == ("DFS", "cma-es", 1)
    ]
    assert again["fitness"] == row["fitness"] and again["held_out"] == row["held_out"]
    assert [list(step) for step in again["improvements"]] == row["improvements"]


def test_held_out_trajectories_are_for_validation_and_no_others(measured):
    study, *_ = measured
    seen = data.target(study, Split.VALIDATION, PECLET)
    unseen = data.held_out(study, PECLET)
    assert unseen.split is Split.VALIDATION and unseen.peclet == PECLET
    assert len(unseen) == study.profile.sizes.validation
    assert not np.isin(unseen.amplitude, seen.amplitude).any()


def test_the_page_says_what_the_rows_say(measured):
    _, path, fixed, _ = measured
    document = search_quality.open_document(path, fixed)
    text = rendering.search_quality(document)
    assert text.count("| default |") == 4  # two spaces, searched on and held out
    assert text.count("By the rule: **") == 2
    chosen = [t.split("**")[0] for t in text.split("By the rule: **")[1:]]
    assert not any("gradient" in name or "rejecting" in name for name in chosen)
    by_label = {rival.label: name for name, rival in rivals.RIVALS.items()}
    rule = {
        space: by_label[name] for space, name in zip(("PS", "DFS"), chosen, strict=True)
    }
    departing = sum(rule[space] != document["default"][space] for space in rule)
    assert text.count("departs from it") == departing
    obedient = rendering.search_quality(document | {"default": rule})
    assert "departs" not in obedient
    other = {space: "optuna-cma-es" for space in rule}
    assert other == rule or "departs" in rendering.search_quality(
        document | {"default": other}
    )
    assert "rejecting early" in text and "rank correlation" in text
    assert "By the rule" not in rendering.search_quality(document | {"rows": []})
    curves = rendering.curves(document, "PS")
    assert set(curves) == {
        rivals.RIVALS[n].label
        for n in ("cma-es", "uniform", "optuna-cma-es", "gradient")
    }
    assert all(c.shape == (3, fixed["evaluations"]["PS"]) for c in curves.values())


def test_the_book_gets_the_page_and_the_picture(measured, tmp_path):
    _, path, *_ = measured
    (tmp_path / path.name).write_bytes(path.read_bytes())
    tables.main(tmp_path)
    assert "smoke" in (tmp_path / "search_quality.md").read_text(encoding="utf-8")
    page = (tables.EVIDENCE.parent / "search_quality.md").read_text(encoding="utf-8")
    assert f"{{figure}} evidence/{tables.QUALITY_PICTURE}" in page
    assert (tmp_path / tables.QUALITY_PICTURE).stat().st_size > 10_000


def test_only_common_seeds_are_compared(measured):
    _, path, fixed, _ = measured
    document = search_quality.open_document(path, fixed)
    rows = [
        r for r in document["rows"] if (r["rival"], r["seed"]) != ("uniform", 1)
    ] + [r | {"seed": 5} for r in document["rows"][:1]]
    common = rendering.by_rival(document | {"rows": rows}, "PS")
    assert {r["seed"] for found in common.values() for r in found} == {0}


def test_a_rival_that_fails_is_named_and_the_others_go_on(measured, tmp_path, capsys):
    study, _, fixed, _ = measured
    cases = [search_quality.Case("PS", name, 0) for name in ("none", "uniform")]
    path = tmp_path / "search_quality.json"
    document = search_quality.open_document(path, fixed)
    failed = search_quality.measure(study, PECLET, path, document, cases, 1)
    assert failed == ["PS, none, seed 0: KeyError: 'none'"]
    assert [r["rival"] for r in document["rows"]] == ["uniform"]
    assert "2 of 2: PS, uniform" in capsys.readouterr().out


def test_over_studies_a_rival_is_paired_by_study(measured):
    """Held out 2 and 8 over 1 and 2 of the default: ratios 2 and 4, mean 2√2."""
    _, path, fixed, _ = measured
    document = search_quality.open_document(path, fixed)

    def study(seed, default, rival):
        fitness = {"cma-es": default, "uniform": rival}
        rows = [
            {"space": "PS", "rival": name, "seed": s, "held_out": value * factor}
            for name, value in fitness.items()
            for s, factor in enumerate((0.5, 1.0, 3.0))  # the median counts
        ]
        told = {"study_seed": seed, "rows": rows, "peclet": 10.0}
        return document | told | {"default": dict.fromkeys(("PS", "DFS"), "cma-es")}

    text = plain(rendering.over_studies([study(5, 1.0, 2.0), study(6, 2.0, 8.0)]))
    (line,) = [r for r in text.splitlines() if r.startswith("| random search")]
    assert line.split("|")[2].strip().startswith("2.83 (")
    assert "2 studies" in text and "Pe = 10" in text and "DFS" not in text


def test_each_study_and_number_has_a_file_of_its_own():
    assert search_quality.file_of(5, 0.1) == "pe0.1_seed5.json"
    cases = search_quality.missing([], ["cma-es"], 1, ["PS"])
    assert [case.space for case in cases] == ["PS"]
