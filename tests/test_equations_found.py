"""Terms that models obey: the command from end to end, its artifacts, its tables."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from plain import plain
from tiny import PECLET, tiny

from evophys_lib import profiles
from evophys_lib.__main__ import main
from evophys_lib.diagnosis import equations
from evophys_lib.errors import ParameterError
from evophys_lib.evaluate.scores import TRUTH
from evophys_lib.evaluate.sparse_regression import DIFFUSION, TERMS, THRESHOLDS, Path
from evophys_lib.physics.equations import peclet_path
from evophys_lib.store import disk
from evophys_lib.study.study import open_study
from rendering import equations as rendering

NAMES = (*equations.EXACT, "heat", "burgers")


@pytest.fixture(scope="module")
def written(finished_study, tmp_path_factory):
    """What `equations` wrote of a tiny study, read, and the folder it worked in."""
    folder = tmp_path_factory.mktemp("equations")
    shutil.copytree(finished_study.folder, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(disk.OUTPUTS_VARIABLE, str(folder))
        patch.setitem(profiles.PROFILES, "smoke", tiny(profiles.SMOKE))
        line = ["equations", "--profile", "smoke", "--seeds", "0", "--models", *NAMES]
        assert main(line) == 0
        yield json.loads((folder / "smoke" / "equations.json").read_text("utf-8"))


def test_a_row_for_every_model_and_the_truth_has_the_targets_equation(written):
    assert [row["model"] for row in written["rows"]] == list(NAMES)
    truth = written["rows"][0]
    speed, diffusivity = peclet_path(PECLET)
    assert written["target"] == {
        f"{PECLET:g}": {"advection_speed": speed, "diffusivity": diffusivity}
    }
    told = truth["fitted"]
    assert told["advection_speed"] == pytest.approx(speed, rel=1e-3)
    (terms,) = rendering.terms_of(written, PECLET, TRUTH)
    assert terms[DIFFUSION] == pytest.approx(diffusivity, rel=0.02)


def test_steps_are_where_terms_change(written):
    for row in written["rows"]:
        steps = row["path"]
        thresholds = [step["threshold"] for step in steps]
        assert thresholds[0] == THRESHOLDS[0]
        assert thresholds == sorted(set(thresholds))
        assert all(set(step["terms"]) <= set(TERMS) for step in steps)
        assert all(
            list(one["terms"]) != list(other["terms"])
            for one, other in zip(steps[:-1], steps[1:], strict=True)
        )


def test_an_equation_is_kept_and_one_of_other_settings_is_refused(written, monkeypatch):
    monkeypatch.setattr(equations.sparse_regression, "discover", None)
    study = open_study("smoke", 0)
    kept = equations.row(study, PECLET, "heat")
    assert kept == written["rows"][NAMES.index("heat")]
    fewer = replace(study.profile, equation_trajectories=2)
    with pytest.raises(Exception, match="other settings"):
        equations.row(replace(study, profile=fewer), PECLET, "heat")


def test_a_name_that_no_model_has_is_refused(written):
    with pytest.raises(ParameterError, match="hot"):
        equations.checked(open_study("smoke", 0), ("heat", "hot"))
    assert main(["equations", "--profile", "smoke", "--models", "hot"]) == 2


def test_a_diverged_rollout_has_terms_that_nobody_knows():
    nothing = np.full((1, len(TERMS)), np.nan)
    (step,) = equations._steps(Path(np.array([0.1]), nothing, nothing[:, 0]))
    assert list(step["terms"]) == list(TERMS)


# --- tables --------------------------------------------------------------------------


def of_seeds(model, *paths):
    """Rows of a model at Pe = 1, where U = α = 0.1."""
    fitted = {"advection_speed": 0.1, "diffusivity": 0.1, "steepening": 0.0}
    return [
        {"seed": seed, "pe": 1.0, "model": model, "fitted": fitted, "path": path}
        for seed, path in enumerate(paths)
    ]


def steps(*terms):
    """A step at every threshold 0.01, 0.02 …"""
    return [
        {"threshold": 0.01 * (i + 1), "explained": 1.0, "terms": told}
        for i, told in enumerate(terms)
    ]


RIGHT = {"v_x": -0.1004, "v_xx": 0.0996}
MORE = {"v²": 3.0, **RIGHT, "v v_x": -0.2}
FOUND = {
    "target": {"1": {"advection_speed": 0.1, "diffusivity": 0.1}},
    "terms": list(TERMS),
    "thresholds": [0.01, 0.02, 0.03],
    "threshold": 0.02,
    "rows": [
        *of_seeds(equations.NOISY, *(steps(MORE, RIGHT, {}) for _ in range(2))),
        *of_seeds("ps", steps(MORE, MORE), steps(RIGHT, {"v_xx": 0.1})),
    ],
}


def cells(text, first):
    """Of the row that begins with a cell."""
    (line,) = [row for row in plain(text).splitlines() if row.startswith(f"| {first} ")]
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_exact_data_meet_the_target_if_terms_are_right_and_coefficients_near():
    told = cells(rendering.exact(FOUND), "Pe = 1")
    assert told[0] == "v_x, v_xx (2 of 2)"
    assert [cell.split()[0] for cell in told[1:3]] == ["0.40", "0.40"]
    assert told[3] == "met"
    lost = FOUND | {"threshold": 0.03}
    assert cells(rendering.exact(lost), "Pe = 1")[1:] == [
        "not found", "not found", "**missed**"
    ]  # fmt: skip
    far = FOUND | {"target": {"1": {"advection_speed": 0.11, "diffusivity": 0.1}}}
    assert cells(rendering.exact(far), "Pe = 1")[3] == "**missed**"


def test_terms_that_neither_parent_nor_target_has_are_bold():
    most = {"rows": of_seeds("ps", *2 * [steps(MORE, MORE)], steps(RIGHT, {"v": 1.0}))}
    (told,) = cells(rendering.support(FOUND | most), "PS")
    assert told == "0 of 3: **v²**, v v_x"
    none = {"rows": of_seeds("ps", *(steps(RIGHT, {"v_xx": 0.1}) for _ in range(2)))}
    assert cells(rendering.support(FOUND | none), "PS") == ["0 of 2: no v_x"]
    assert cells(rendering.support(FOUND), "PS") == ["0 of 2"]
    assert cells(rendering.support(FOUND), "truth with noise") == ["2 of 2"]


def test_coefficients_say_how_many_seeds_have_them():
    told = cells(rendering.coefficients(FOUND), "PS")
    assert told[0] == "0.100 (1 of 2)"
    assert told[1] == told[3] == "0.100"
    assert told[4] == "0.200 (1 of 2)"


def test_a_place_counts_what_was_not_found_as_nothing():
    place = rendering.place(FOUND, "1", "ps")
    assert place[rendering.SPEED][0] == pytest.approx(1.004 / 2)
    assert place[rendering.GAMMA][0] == pytest.approx(0.1)
    assert place[rendering.DIFFUSIVITY][0] == pytest.approx((0.996 + 1) / 2)


def test_invented_are_terms_of_neither_parent_nor_target_by_share_of_seeds():
    found = rendering.invented(FOUND, 1.0, "ps")
    assert set(found) == set(TERMS) - {"v_x", "v_xx", "v v_x"}
    assert found["v²"] == 0.5 and found["v"] == 0.0
    assert not any(rendering.invented(FOUND, 1.0, equations.NOISY).values())
    marks = rendering.places(FOUND).axes[2].collections
    (sizes,) = [m.get_sizes() for m in marks]
    assert len(sizes) == 1
