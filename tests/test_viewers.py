"""What pages show by sliders is what was computed, and what the book's tables say."""

import json
import re
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tiny import PECLET

import look
import tables
from evophys_lib.evaluate import evidence, findings
from evophys_lib.evaluate.metrics import nrmse, squared_errors
from evophys_lib.models import registry
from evophys_lib.scoring import forecasts
from evophys_lib.study import training
from evophys_lib.study.scene import scene
from evophys_lib.study.sight import fitness_of, sight
from viewers import forecasts as told
from viewers import landscape, routes, source, stills
from viewers.packing import pack, unpack

ROOT = tables.EVIDENCE.parent.parent
MOST = 1_500_000  # bytes
NEAR = 1.35
PARENTS = {"heat": (1.0, 0.0), "burgers": (0.0, 1.0)}


@pytest.fixture(scope="module")
def shown():
    """Every viewer's data, as pages have them."""
    return {
        name: json.loads((look.FOLDER / f"{name}.json").read_text("utf-8"))
        for name in look.VIEWERS
    }


# --- packing ------------------------------------------------------------------------

NUMBERS = arrays(
    np.float32, st.tuples(*[st.integers(1, 5)] * 3), elements=st.floats(-8, 8, width=32)
)


@given(NUMBERS, st.sampled_from((1, 2)))
def test_what_is_packed_comes_back_to_within_half_a_step(values, bytes_each):
    packed = json.loads(json.dumps(pack(values, bytes_each=bytes_each)))
    again = unpack(packed)
    assert again.shape == values.shape
    assert np.abs(again - values).max() <= 0.5 * packed["step"] * (1 + 1e-6) + 1e-9
    span = float(np.ptp(values))
    assert packed["step"] == pytest.approx(span / (256**bytes_each - 1) or 1.0)


def test_extremes_come_back_exactly():
    again = unpack(pack(np.array([[-3.0], [5.0], [1.0]]), bytes_each=1))
    assert again[:2].ravel() == pytest.approx([-3.0, 5.0], abs=1e-12)


# --- what is committed --------------------------------------------------------------


def test_the_models_are_those_that_come_with_the_repository(shown):
    shipped = ROOT / "models" / look.PROFILE / f"seed{look.SEED}" / "models"
    for data in shown.values():
        origin = data["provenance"]
        assert (origin["profile"], origin["seed"]) == (look.PROFILE, look.SEED)
        for record in shipped.glob("*.record.json"):
            name = f"models/{record.name.removesuffix('.record.json')}"
            digest = json.loads(record.read_text())["sha256"]
            assert origin["sha256"][name] == digest
        assert all(re.fullmatch("[0-9a-f]{64}", d) for d in origin["sha256"].values())


def test_viewers_are_light(shown):
    scripts = ROOT / "book/_static/viewers"
    for name in shown:
        files = [look.FOLDER / f"{name}.json", scripts / "viewers.css"]
        files += [scripts / f"{s}.js" for s in ("viewers", "curves", name)]
        assert sum(path.stat().st_size for path in files) < MOST
        assert all(len(path.read_text().splitlines()) < 300 for path in files[1:])


def test_errors_are_near_those_of_the_evidence(shown):
    """Its models have the same recipe and seed, but are of another processor."""
    found = evidence.read(tables.EVIDENCE / "sweep")
    rows = found.scores[found.scores["seed"] == look.SEED]
    known = findings.nrmse(
        evidence.Evidence(rows, found.searches, found.costs, {}), "t50"
    )
    data = shown["forecasts"]
    assert data["frames"][-1] == 50
    for p, peclet in enumerate(data["peclet"]):
        errors = {name: data["nrmse"][name][p][-1] for name in data["nrmse"]}
        assert errors.keys() - known[peclet].keys() == {told.DIRECTIONS}  # other seeds
        for name in errors.keys() - {told.DIRECTIONS}:
            ratio = errors[name] / known[peclet][name][look.SEED]
            assert 1 / NEAR < ratio < NEAR, (name, peclet)


def test_fields_err_as_much_as_the_curves_say(shown):
    """Of few trajectories, so not to the digit."""
    data = shown["forecasts"]
    fields = unpack(data["fields"])
    for m, name in enumerate(list(data["models"])[1:], start=1):
        for p, units in enumerate(data["initial_std"]):
            wrong = squared_errors(fields[m, p, :, -1], fields[0, p, :, -1])
            error = np.sqrt(wrong.mean() / np.square(units).mean())
            assert 1 / 3 < error / data["nrmse"][name][p][-1] < 3, (name, p)
        assert np.array_equal(
            fields[m, :, :, 0], fields[0, :, :, 0]
        )  # the context's last


def test_searches_end_where_they_can(shown):
    """PS below its plane, soft paths below their corners, DFS below its starts."""
    plane, paths = shown["landscape"], shown["routes"]
    for p, peclet in enumerate(plane["peclet"]):
        assert plane["ps"][p]["fitness"] < np.min(plane["fitness"][p])
        q = paths["peclet"].index(peclet)
        ends = [paths["fitness"][q][0], paths["fitness"][q][-1]]
        known = [at_grid(plane, p)(pair) for pair in PARENTS.values()]
        assert ends == pytest.approx(known, rel=1e-4)
        assert paths["dfs"][q]["fitness"] <= min(ends) * (1 + 1e-4)
        assert paths["soft"][q]["fitness"] < min(paths["fitness"][q])


def at_grid(data, p, what="fitness"):
    """The value at a pair (λ_heat, λ_Burgers)."""
    lam = data["lambda"]
    return lambda pair: data[what][p][lam.index(pair[1])][lam.index(pair[0])]


def test_what_the_page_says_of_the_pictures_holds(shown):
    """The sentences beside the viewers, in `book/look.md`."""
    errors = shown["forecasts"]["nrmse"]
    last = {name: [curve[-1] for curve in rows] for name, rows in errors.items()}
    assert last["heat"][0] < last["burgers"][0]
    assert last["heat"][-1] > last["burgers"][-1]
    plane = shown["landscape"]
    lowest = [np.array(f).argmin() % len(plane["lambda"]) for f in plane["fitness"]]
    assert lowest == sorted(lowest, reverse=True) and lowest[0] > lowest[-1]
    paths = shown["routes"]
    at = paths["peclet"].index(stills.PECLET)
    mixed = np.array(paths["fitness"][at][1:-1])
    parents = paths["fitness"][at][0], paths["fitness"][at][-1]
    assert (mixed > max(parents)).mean() > 0.9
    assert paths["soft"][at]["fitness"] < min(paths["fitness"][at])


# --- how it is made -----------------------------------------------------------------


@pytest.fixture(scope="module")
def folder(finished_study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("looked")
    shutil.copytree(finished_study.folder, folder, dirs_exist_ok=True)
    return folder


@pytest.fixture
def small(study, monkeypatch):
    """Viewers of a study of seconds: two λ, one Péclet number, few trajectories."""
    monkeypatch.setattr(source, "PECLET", (PECLET,))
    monkeypatch.setattr(source, "HELD_OUT", 2)
    monkeypatch.setattr(stills, "PECLET", PECLET)
    monkeypatch.setattr(landscape, "LOW", 0.0)
    monkeypatch.setattr(landscape, "HIGH", 1.0)
    monkeypatch.setattr(landscape, "STEPS", 2)
    return study


def test_forecasts_are_those_that_are_scored(small, monkeypatch):
    monkeypatch.setattr(told, "MODELS", ("heat", "ps", "dfs"))
    data = told.make(small)
    fields, seen = unpack(data["fields"]), scene(small, PECLET)
    reach = data["fields"]["step"] / 2 + 1e-6
    models = registry.named(small.profile, ("heat", "ps", "dfs"))
    for m, model in enumerate(models.values(), start=1):
        made = forecasts.forecast(small, PECLET, model).fields[:, : told.TRAJECTORIES]
        shown = fields[m, 0].swapaxes(0, 1)  # (H + 1, K, N)
        assert np.abs(shown[1:] - made.numpy()).max() <= reach
        now = seen.fields[: told.TRAJECTORIES, seen.now].numpy()
        assert np.abs(shown[0] - now).max() <= reach


def test_corners_of_the_landscape_are_base_and_experts(small):
    data, seen = landscape.make(small), sight(small, PECLET).fitness()
    model, held = training.world_model(small), source.held_out(small, PECLET)
    weights = {(0.0, 0.0): model.base}
    weights |= {PARENTS[n]: w for n, w in training.experts(small).items()}
    for pair, w in weights.items():
        known = fitness_of(model, w, seen)
        assert at_grid(data, 0)(pair) == pytest.approx(known, rel=1e-3)
    made = registry.of(small.profile)["heat"].make(small, PECLET).predict(held).fields
    known = nrmse(made[-1].numpy(), held.truth[-1].numpy(), held.fields[:, 0].numpy())
    assert at_grid(data, 0, "error")((1.0, 0.0)) == pytest.approx(known, rel=1e-3)
    assert "landscape" in str(landscape.make(small)["provenance"])
    assert stills.landscape(data).axes[0].get_title() == f"Pe = {PECLET:g}"


def test_ends_of_the_routes_are_the_experts(small):
    data, seen = routes.make(small), sight(small, PECLET).fitness()
    fields, model = unpack(data["fields"])[:, 0], training.world_model(small)
    held = source.held_out(small, PECLET)
    for place, (name, w) in zip((0, -1), training.experts(small).items(), strict=True):
        known = fitness_of(model, w, seen)
        assert data["fitness"][0][place] == pytest.approx(known, rel=1e-3)
        made = registry.of(small.profile)[name].make(small, PECLET).predict(held)
        row = place + 1 if place == 0 else len(data["paths"])
        apart = np.abs(fields[row, 1:] - made.fields[:, 0].numpy()).max()
        assert apart <= data["fields"]["step"] / 2 * (1 + 1e-3) + 1e-6
    assert stills.routes(data).axes
