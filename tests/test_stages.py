"""Where the time of a study went, whatever else its folder holds."""

from test_results import document

from rendering.study import stages

OWN = {
    "data/train/sources": 10.0,
    "data/test/pe10/target": 1.0,
    "models/world_model": 20.0,
    "models/expert_heat": 5.0,
    "merges/pe10/ps": 40.0,
    "forecasts/pe10/ps": 2.0,
    "forecasts/target_pe10": 1.0,
    "forecasts/source_heat": 1.0,
}
OTHERS = {
    "merges/pe5/ps": 100.0,
    "data/test/pe5/target": 100.0,
    "data/shifted/passive_pe10/target": 100.0,
    "data/train/pe10/target": 100.0,
    "data/held_out/pe10/target": 100.0,
    "baselines/pe10/plenty": 100.0,
    "models/comparators/fno_heat": 100.0,
    "forecasts/comparators_heat": 100.0,
    "forecasts/pe10/plenty": 100.0,
    "forecasts/passive_pe10": 100.0,
    "sweep/pe10/models": 100.0,
}


def test_only_what_the_study_makes_is_counted():
    run = document()
    models = next(iter(run["peclet"].values()))
    run["peclet"] = {"10": models}
    text = stages(run | {"timings_s": OWN})
    assert "| pretraining | 20.0 |" in text and "| searches | 40.0 |" in text
    assert "| forecasts | 4.0 |" in text and "| data | 11.0 |" in text
    assert stages(run | {"timings_s": OWN | OTHERS}) == text
