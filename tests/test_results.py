"""results.json: the round trip, and that each violation is refused by name."""

import json
import math
import os
from copy import deepcopy

import pytest

from evophys_lib.errors import ArtifactError
from evophys_lib.evaluate import results
from evophys_lib.evaluate.results import METRICS, MODELS


def entry(**changes):
    values = {
        "advection_speed": 0.1,
        "diffusivity": 0.1,
        "models": {
            name: {metric: 0.1 * (i + 1) for i, metric in enumerate(METRICS)}
            for name in MODELS
        },
        "lambda_heat": [0.5, 0.25, 1 / 3],
        "lambda_burgers": [0.5, 0.75, 2 / 3],
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
    assert results.comparable(first) == results.comparable(second)
    assert set(first) - set(results.comparable(first)) == {
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
    (place("profile", "huge"), "profile"),
    (place("seed", -1), "seed"),
    (place("seed", True), "seed"),
    (place("device", ""), "device"),
    (place("versions", []), "versions: missing"),
    (place("versions/numpy", 2.0), r"versions\.numpy"),
    (place("timings_s/simulate", -1.0), r"timings_s\.simulate"),
    (place("peclet", {}), "peclet: empty"),
    (place("peclet/0.10", {}), r"peclet\.0\.10: the key"),
    (place("peclet/ten", {}), r"peclet\.ten: the key"),
    (place("peclet/0.1/advection_speed", "fast"), r"0\.1\.advection_speed"),
    (removal("peclet/0.1/models/ps"), r"models\.ps: missing"),
    (removal("peclet/0.1/models/ps/mse_t5"), r"models\.ps\.mse_t5"),
    (place("peclet/0.1/models/ps/mse_t5", math.inf), r"models\.ps\.mse_t5"),
    (place("peclet/0.1/models/mine", {}), r"models\.mine\.mse_t5"),
    (place("peclet/0.1/lambda/heat", [1.0]), "1 and 3 layers"),
    (place("peclet/0.1/lambda/heat", []), r"lambda\.heat"),
    (place("peclet/0.1/lambda/heat", [None, 1, 2]), r"lambda\.heat"),
    (removal("peclet/0.1/lambda"), r"lambda\.burgers"),
    (place("peclet/0.1/dfs/order", "heat first"), r"dfs\.order"),
    (place("peclet/0.1/dfs/path", []), r"dfs\.path"),
    (place("peclet/0.1/dfs/path", ["heat:0", "soup:1"]), r"soup:1"),
    (place("peclet/0.1/dfs/path", ["heat:01"]), r"heat:01"),
    (removal("peclet/0.1/dfs"), r"dfs\.path"),
    (removal("world_model/probe_floor_nrmse/heat"), r"probe_floor_nrmse\.heat"),
    (place("world_model/burgers/nrmse_t50", None), r"burgers\.nrmse_t50"),
    (removal("world_model/rankme"), "rankme"),
    (place("verdicts/primary/verdict", "maybe"), r"primary\.verdict: 'maybe'"),
    (removal("verdicts/tertiary"), r"tertiary\.verdict"),
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
    with pytest.raises(ArtifactError, match=key):
        results.validate(made)


def test_many_violations_are_named_together_and_counted():
    with pytest.raises(ArtifactError, match=r"models\.base: missing.*and \d+ more"):
        document(peclet={1.0: entry(models={})})


@pytest.mark.parametrize("foreign", [None, [], 3, "results"])
def test_what_is_not_an_object_is_refused(foreign):
    with pytest.raises(ArtifactError, match="not an object"):
        results.validate(foreign)


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
