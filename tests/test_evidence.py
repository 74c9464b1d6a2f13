"""The evidence of a sweep: what its tables say, and which are refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sweeping import GRID, TABLES
from tiny import PECLET, study_in

from evophys_lib.errors import ArtifactError
from evophys_lib.evaluate import evidence, findings, metrics, scores, verdicts
from evophys_lib.evaluate.verdicts import Route
from evophys_lib.models import coefficients, registry, routes
from evophys_lib.profiles import LAPTOP
from evophys_lib.scoring import forecasts, report
from evophys_lib.scoring import scores as scoring
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.study import data
from evophys_lib.sweep import collecting

BOOK = collecting.STORED.parent
SINGLE = 1e-6  # scores are stored in single precision


def test_rows_are_the_scores_of_the_pipeline(swept, monkeypatch):
    monkeypatch.setenv(disk.OUTPUTS_VARIABLE, "")
    study = study_in(swept)
    found = evidence.read(swept / "evidence")
    table = found.scores.set_index(["model", "metric"])["value"]
    relative = {at: findings.nrmse(found, at)[PECLET] for at in ("t5", "t50")}
    told = report.model_scores(study, PECLET, forecasts.told(study))
    assert told.keys() == relative["t5"].keys() == relative["t50"].keys()
    for model, pooled in told.items():
        derived = {f"{m}_{at}" for m in ("mse", "nrmse") for at in relative}
        for at, errors in relative.items():
            squared = table[model, f"squared_error_{at}"]
            assert np.isclose(squared.mean(), pooled[f"mse_{at}"], rtol=SINGLE)
            error = errors[model][study.seed]
            assert np.isclose(error, pooled[f"nrmse_{at}"], rtol=SINGLE)
        assert derived <= pooled.keys()
        for metric in pooled.keys() - derived:
            assert table.loc[[(model, metric)]].item() == np.float32(pooled[metric])
    _, initial = forecasts.truth(study, PECLET)
    variance = table[scores.TRUTH, scores.INITIAL_VARIANCE]
    assert np.array_equal(variance, metrics.variances(initial).astype(np.float32))


def test_a_forecast_is_told_by_the_equation_that_it_obeys(swept):
    table = evidence.read(swept / "evidence").scores
    speeds = table[
        (table["model"] == scores.TRUTH) & (table["metric"] == "advection_speed")
    ]
    assert np.allclose(speeds["value"], 0.1 * np.sqrt(PECLET), atol=1e-6)
    heat = table[
        (table["model"] == "oracle_heat") & (table["metric"] == "advection_speed")
    ]
    assert np.allclose(heat["value"], 0.0, atol=1e-6)


def test_costs_are_those_of_the_budget(swept):
    costs = evidence.read(swept / "evidence").costs
    told = costs.set_index(["model", "quantity"])["value"]
    size = GRID.profile.ps
    assert told["ps", "evaluations"] == size.generations * size.popsize
    assert told["ps", "trajectories"] == GRID.profile.sizes.search
    assert told["soup"].eq(0.0).all() and told["dfs", "seconds"] > 0


def test_verdicts_are_those_of_the_pipelines_own_numbers(swept, monkeypatch):
    monkeypatch.setenv(disk.OUTPUTS_VARIABLE, "")
    study = study_in(swept)
    models = registry.named(study.profile, ("heat", "burgers", "ps", "dfs", "ps_dfs"))
    told = {
        name: scoring.scores(study, PECLET, model)["metrics"]["squared_error_t50"]
        for name, model in models.items()
    }
    paths = routes.dfs(study, PECLET).found.paths
    lam = coefficients.ps(study, PECLET).found.coefficients
    expected = verdicts.judge(
        errors={PECLET: {name: [_single(np.array(e))] for name, e in told.items()}},
        coefficients={PECLET: [lam["heat"]]},
        routes=[Route(0, PECLET, o, tuple(p.layers())) for o, p in paths.items()],
    )
    assert evidence.judge(evidence.read(swept / "evidence")) == expected


def test_the_tables_say_where_they_come_from(swept):
    path = swept / "evidence" / evidence.SCORES
    table = pq.read_table(path)
    assert table.schema.equals(evidence.SCHEMAS[evidence.SCORES])
    codecs = pq.ParquetFile(path).metadata.row_group(0).column(0).compression
    assert codecs == "ZSTD"
    rows = table.to_pandas()
    keys = ["seed", "pe", "model", "metric", "trajectory"]
    assert rows[keys].equals(rows[keys].sort_values(keys, ignore_index=True))
    assert not rows.duplicated(keys).any()
    provenance = evidence.read(swept / "evidence").provenance
    assert provenance["profile"]["sizes"]["search"] == 4
    assert provenance["seeds"] == [0] and provenance["peclets"] == [PECLET]
    assert {"torch", "distributed", "python"} <= provenance["versions"].keys()
    for name, digest in provenance["sha256"].items():
        assert store.digest_of(swept / "smoke" / name) == digest
    assert "seed0/models/world_model.safetensors" in provenance["sha256"]


def test_trajectories_are_told_one_by_one_where_something_is_asked_of_them(
    swept, monkeypatch
):
    monkeypatch.setenv(disk.OUTPUTS_VARIABLE, "")
    study, models = study_in(swept), GRID.kinds[data.USUAL]
    table = evidence.read(swept / "evidence").scores
    for name, model in models.items():
        rows = table[
            (table["model"] == name) & (table["metric"] == "squared_error_t50")
        ]
        told = scoring.scores(study, PECLET, model)["metrics"]["squared_error_t50"]
        expected = told if model.apart else [np.mean(told)]
        assert np.allclose(rows["value"], expected, rtol=SINGLE)
        assert rows["trajectory"].notna().all() == model.apart
        fitted = set(table.loc[table["model"] == name, "metric"]) & {*scores.EQUATION}
        assert bool(fitted) == model.apart
    apart = {name for name, model in models.items() if model.apart}
    assert {"heat", "burgers", "ps", "dfs", "ps_dfs"} < apart < models.keys()
    errors = evidence.squared_errors(evidence.read(swept / "evidence"))[PECLET]
    sizes = {name: len(errors[name][0]) for name in models}
    assert all(n == (8 if name in apart else 1) for name, n in sizes.items())


def test_the_books_evidence_is_small_and_holds_nothing_that_follows_from_the_rest():
    folders = [path.parent for path in BOOK.glob("*/" + evidence.DOCUMENT)]
    sizes = [(f / name).stat().st_size for f in folders for name in evidence.SCHEMAS]
    assert len(folders) >= 4 and sum(sizes) < 3e6
    for folder in folders:
        rows = evidence.read(folder).scores
        assert not set(rows["metric"]) & scores.derived(LAPTOP.horizons)
        each = set(rows.loc[rows["trajectory"].notna(), "model"])
        assert not [name for name in each if "@" in name]
        assert all(n == scores.TRUTH or registry.entry(n).apart for n in each)


def test_a_diverged_model_is_infinitely_wrong():
    truth = np.sin(np.linspace(0, 6, 18)) * np.ones((10, 3, 1))
    predicted = truth.copy()
    predicted[-1, 1] = np.nan
    case = scores.Case(predicted, truth, truth[0], None, interval=0.01, fitted=3)
    found = scores.measured(case, LAPTOP.horizons, truth=False)
    each = {
        at: [collecting._number(e) for e in found[f"squared_error_{at}"]]
        for at in ("t5", "t50")
    }
    assert each == {"t5": [0.0, 0.0, 0.0], "t50": [0.0, np.inf, 0.0]}
    assert found["nrmse_t5"] == 0.0 and found["nrmse_t50"] is None
    assert collecting._number(None) == np.inf


@pytest.mark.parametrize("name", TABLES)
def test_damaged_evidence_is_refused(there, name):
    path = there / "evidence" / name
    path.write_bytes(path.read_bytes()[:-20] + b"\n")
    with pytest.raises(ArtifactError, match=name):
        evidence.read(there / "evidence")


def test_other_columns_are_refused(tmp_path, monkeypatch):
    other = evidence.SCHEMAS[evidence.SCORES].append(pa.field("note", pa.string()))
    with monkeypatch.context() as patch:
        patch.setitem(evidence.SCHEMAS, evidence.SCORES, other)
        evidence.write(tmp_path, [], [], [], {})
    with pytest.raises(ArtifactError, match="has other columns than seed, pe, model"):
        evidence.read(tmp_path)


def test_rows_in_another_order_give_equal_bytes(swept, tmp_path):
    read = evidence.read(swept / "evidence")
    rows = [
        table.astype(object).where(table.notna(), None).to_dict("records")[::-1]
        for table in (read.scores, read.searches, read.costs)
    ]
    for table in rows:
        for row in table:
            for key in ("seed", "trajectory", "position"):
                if row.get(key) is not None:
                    row[key] = int(row[key])
    evidence.write(tmp_path, *rows, read.provenance)
    for name in TABLES:
        assert (tmp_path / name).read_bytes() == (
            swept / "evidence" / name
        ).read_bytes()


def test_a_study_shows_its_own_evidence_where_no_sweep_of_its_profile_is_stored(
    there, monkeypatch
):
    study = study_in(there)
    own = collecting.evidence_for(study, stored=there / "nothing")
    whole = evidence.read(there / "evidence")
    pd.testing.assert_frame_equal(own.scores, whole.scores)
    stored = collecting.evidence_for(study, stored=there / "evidence")
    assert stored.provenance == whole.provenance

    def refuse(grid, folder):
        raise AssertionError(f"collected {grid.profile.horizon_steps} steps")

    monkeypatch.setattr(collecting.grids, "missing", lambda grid: [])
    monkeypatch.setattr(collecting, "collect", refuse)
    other = replace(study.profile, horizon_steps=9, horizon_frames=(5, 45))
    with pytest.raises(AssertionError, match="collected 9 steps"):
        collecting.evidence_for(
            replace(study, profile=other), stored=there / "evidence"
        )


def _single(errors: np.ndarray) -> np.ndarray:
    """What is left of them in the tables."""
    return errors.astype(np.float32).astype(float)
