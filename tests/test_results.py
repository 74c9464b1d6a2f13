"""results.json: the round trip, and that each violation is refused by name."""

import json
import math
import os
from copy import deepcopy

import pytest
from repeatable import comparable

from evophys_lib.errors import ArtifactError
from evophys_lib.evaluate import results, schema
from evophys_lib.evaluate.results import METRICS, MODELS
from evophys_lib.physics.families import SOURCES


def entry(metrics=METRICS, **changes):
    values = {
        "advection_speed": 0.1,
        "diffusivity": 0.1,
        "models": {
            name: {metric: 0.1 * (i + 1) for i, metric in enumerate(metrics)}
            for name in MODELS
        },
        "coefficients": {
            "heat": [0.5, 0.25, 1 / 3],
            "burgers": [0.5, 0.75, 2 / 3],
        },
        "dfs_order": "AB",
        "dfs_path": ("heat:0", "burgers:12"),
    }
    return results.peclet_entry(**(values | changes))


def document(**changes):
    verdict = {"verdict": "undecided", "statistic": None}
    values = {
        "profile": "smoke",
        "seed": 3,
        "device": "cpu",
        "versions": {"numpy": "2.0"},
        "timings_s": {"simulate": 1},
        "world_model": {
            "probe_floor_nrmse": {"heat": 0.01, "burgers": 0.02},
            "heat": {"nrmse_t5": 0.1, "nrmse_t50": 0.2},
            "burgers": {"nrmse_t5": 0.1, "nrmse_t50": 0.2},
            "rankme": 57,
        },
        "peclet": {0.1: entry(), 10: entry(note="further keys are fine")},
        "verdicts": dict.fromkeys(("primary", "secondary", "tertiary"), verdict),
    }
    return results.build(**(values | changes))


def test_names_are_those_of_the_contract():
    references = {"persistence", "base", "heat", "burgers", "soup", "ensemble"}
    searched = {"random_search", "ps", "dfs", "ps_dfs"}
    assert set(MODELS) == references | searched | {"oracle_heat", "oracle_burgers"}
    assert len(MODELS) == 12 and len(METRICS) == 10


def test_round_trip_is_exact_and_canonical(tmp_path):
    made = document(extra={"b": [1, None], "a": True})
    path = tmp_path / "results.json"
    results.write(made, path)
    read = results.read(path)
    assert read == made
    assert read["peclet"]["0.1"]["lambda"]["heat"][2] == 1 / 3  # every digit kept
    shuffled = dict(reversed(list(made.items())))
    assert results.encode(shuffled) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("peclet", "key"), [(0.1, "0.1"), (10, "10"), (100.0, "100"), (0.3, "0.3")]
)
def test_peclet_keys(peclet, key):
    assert results.peclet_key(peclet) == key


def test_diverged_scores_are_null():
    models = deepcopy(entry()["models"])
    models["dfs"]["mse_t50"], models["dfs"]["nrmse_t50"] = math.inf, math.nan
    made = document(peclet={1.0: entry(models=models)})
    text = results.encode(made)
    assert "NaN" not in text and "Infinity" not in text
    assert json.loads(text)["peclet"]["1"]["models"]["dfs"]["mse_t50"] is None


def test_comparable_leaves_out_what_is_not_reproduced():
    first = document()
    second = document(device="cuda", timings_s={"simulate": 9.0}, versions={})
    assert first != second
    assert comparable(first) == comparable(second)
    assert set(first) - set(comparable(first)) == {
        "device",
        "timings_s",
        "versions",
    }


def place(path, value):
    """A change that sets the entry at a path of keys."""

    def change(made):
        *parents, last = path.split("/")
        for parent in parents:
            made = made[parent]
        made[last] = value

    return change


def removal(path):
    """A change that takes the entry at a path of keys away."""

    def change(made):
        *parents, last = path.split("/")
        for parent in parents:
            made = made[parent]
        del made[last]

    return change


VIOLATIONS = [
    (place("profile", "huge"), "profile: 'huge'"),
    (place("seed", -1), "seed: -1"),
    (place("seed", True), "seed: True"),
    (place("device", ""), "device: ''"),
    (place("versions", []), r"versions: \[\]"),
    (place("versions/numpy", 2.0), r"versions\.numpy: 2\.0"),
    (place("timings_s/simulate", -1.0), r"timings_s\.simulate: -1\.0"),
    (place("peclet", {}), r"peclet: \{\}"),
    (place("peclet/0.10", entry()), r"peclet\.0\.10: the key"),
    (place("peclet/ten", entry()), r"peclet\.ten: the key"),
    (place("peclet/-1", entry()), r"peclet\.-1: the key"),
    (place("peclet/inf", entry()), r"peclet\.inf: the key"),
    (place("peclet/1", {}), r"peclet\.1\.models: missing"),
    (place("peclet/0.1/advection_speed", "fast"), r"0\.1\.advection_speed: 'fast'"),
    (removal("peclet/0.1/models/ps"), r"models\.ps: missing"),
    (removal("peclet/0.1/models/ps/mse_t5"), r"models\.ps\.mse_t5: missing"),
    (place("peclet/0.1/models/ps/mse_t5", math.inf), r"models\.ps\.mse_t5: inf"),
    (place("peclet/0.1/models/ps/mse_t5", math.nan), r"models\.ps\.mse_t5: nan"),
    (place("peclet/0.1/models/ps/mse_t5", True), r"models\.ps\.mse_t5: True"),
    (place("peclet/0.1/models/mine", {}), r"models\.mine\.mse_t5: missing"),
    (place("peclet/0.1/lambda/heat", [1.0]), r"0\.1\.lambda: 1 and 3 layers"),
    (place("peclet/0.1/lambda/heat", []), r"lambda\.heat: \[\]"),
    (place("peclet/0.1/lambda/heat", [None, 1, 2]), r"lambda\.heat\.0: None"),
    (removal("peclet/0.1/lambda/burgers"), r"lambda\.burgers: missing"),
    (removal("peclet/0.1/lambda"), r"peclet\.0\.1\.lambda: missing"),
    (place("peclet/0.1/dfs/order", "heat first"), r"dfs\.order: 'heat first'"),
    (place("peclet/0.1/dfs/path", []), r"dfs\.path: \[\]"),
    (place("peclet/0.1/dfs/path", ["heat:0", "soup:1"]), r"dfs\.path: soup"),
    (place("peclet/0.1/dfs/path", ["heat:01"]), r"dfs\.path\.0: 'heat:01'"),
    (removal("peclet/0.1/dfs"), r"peclet\.0\.1\.dfs: missing"),
    (
        removal("world_model/probe_floor_nrmse/heat"),
        r"probe_floor_nrmse\.heat: missing",
    ),
    (place("world_model/burgers/nrmse_t50", None), r"burgers\.nrmse_t50: None"),
    (removal("world_model/rankme"), r"world_model\.rankme: missing"),
    (place("verdicts/primary/verdict", "maybe"), r"primary\.verdict: 'maybe'"),
    (removal("verdicts/tertiary"), r"verdicts\.tertiary: missing"),
    (place("further", float("nan")), "further entry"),
    (place("further", object()), "further entry"),
]


@pytest.mark.parametrize(("change", "message"), VIOLATIONS)
def test_each_violation_is_refused_by_name(change, message):
    made = deepcopy(document())
    change(made)
    with pytest.raises(ArtifactError, match=message):
        results.encode(made)


@pytest.mark.parametrize("key", list(document()))
def test_each_missing_key_is_refused_by_name(key):
    made = document()
    del made[key]
    with pytest.raises(ArtifactError, match=f"{key}: missing"):
        results.validate(made)


def test_many_violations_are_named_together_and_counted():
    with pytest.raises(ArtifactError, match=r"models\.base: missing.*and 2 more"):
        document(peclet={1.0: entry(models={})})


@pytest.mark.parametrize("foreign", [None, [], 3, "results"])
def test_what_is_not_an_object_is_refused(foreign):
    with pytest.raises(ArtifactError, match="results: .* is not of type 'object'"):
        results.validate(foreign)


SOON = ["t10", "t50"]
AT_SOON = schema.metrics(SOON)


def of_other_horizons():
    """A document that tells where forecasts were scored: not where the book does."""
    errors = {f"nrmse_{horizon}": 0.1 for horizon in SOON}
    made = document()
    return document(
        horizons=SOON,
        world_model=made["world_model"] | {"heat": errors, "burgers": errors},
        peclet={1.0: entry(AT_SOON)},
    )


def test_the_scores_required_are_those_of_the_horizons_that_are_named():
    assert "mse_t10" in AT_SOON and not any(name.endswith("_t5") for name in AT_SOON)
    made = of_other_horizons()
    results.validate(made)
    with pytest.raises(ArtifactError, match=r"persistence\.mse_t5: missing"):
        results.validate({k: v for k, v in made.items() if k != "horizons"})


@pytest.mark.parametrize("name", AT_SOON)
def test_each_score_at_the_horizons_named_is_required(name):
    made = of_other_horizons()
    del made["peclet"]["1"]["models"]["dfs"][name]
    with pytest.raises(ArtifactError, match=rf"1\.models\.dfs\.{name}: missing"):
        results.validate(made)


@pytest.mark.parametrize("family", SOURCES)
def test_the_world_model_is_scored_at_the_horizons_named_too(family):
    made = of_other_horizons()
    made["world_model"][family] = {"nrmse_t5": 0.1, "nrmse_t50": 0.2}
    with pytest.raises(ArtifactError, match=rf"{family}\.nrmse_t10: missing"):
        results.validate(made)


def test_a_damaged_file_is_refused_by_name(tmp_path):
    path = tmp_path / "results.json"
    text = results.encode(document())
    path.write_text(text[: len(text) // 2])
    with pytest.raises(ArtifactError, match=r"results\.json"):
        results.read(path)
    path.write_text(text.replace('"undecided"', '"maybe"', 1))
    with pytest.raises(ArtifactError, match=r"results\.json.*maybe"):
        results.read(path)


def test_nothing_is_written_when_the_document_is_invalid(tmp_path):
    made = document() | {"seed": -1}
    with pytest.raises(ArtifactError, match="seed"):
        results.write(made, tmp_path / "results.json")
    assert os.listdir(tmp_path) == []
