"""Benchmarks measure what they say: rivals agree, counts and fits are the formulas'."""

import json
import shutil
import subprocess
from dataclasses import replace

import compiling
import first_look
import numpy as np
import pytest
import roofline
import scaling
import search
import torch
from torch.func import functional_call

import judging
import measuring
import products
from evophys_lib.discovery import ordinary
from evophys_lib.discovery.environment import Environment
from evophys_lib.discovery.ordinary import EVALUATIONS
from evophys_lib.discovery.systems import SYSTEMS
from evophys_lib.merge.parameter_space import TASK_ARITHMETIC
from evophys_lib.profiles import PROFILES, SearchSize
from evophys_lib.worldmodel.predictor import Predictor
from evophys_lib.worldmodel.rollout import rollout
from rendering import benchmarks
from stand_ins import (
    Size,
    candidates,
    in_parameter_space,
    lineage_and_fitness,
    over_paths,
)

SMOKE = PROFILES["smoke"]
TINY = replace(
    SMOKE,
    sizes=replace(SMOKE.sizes, search=2),
    predictor=replace(SMOKE.predictor, tokens=4, latent=6, width=8, heads=2),
    ps=SearchSize(generations=2, popsize=4),
    dfs=SearchSize(generations=2, popsize=4),
    horizon_steps=2,
    horizon_frames=(5, 10),
)


def products_of_a_pass(config, tokens_seen: int, blocks: int) -> tuple[int, int]:
    """(embed, whole) operations of the predictor's products on B · S tokens, by hand.

    Per token: embed 2DW, head 2WD; a block has queries, keys and values 6W², scores
    and mixture 4SW, output 2W², and the MLP on three neighbours 12W² + 4W².
    """
    w, d, s = config.width, config.latent, config.tokens
    embed = 2 * d * w * tokens_seen
    block = (6 * w * w + 4 * s * w + 2 * w * w + 16 * w * w) * tokens_seen
    return embed, 2 * embed + blocks * block


def test_operations_are_those_of_the_formula_forward_and_back():
    config = TINY.predictor
    predictor = Predictor(config)
    z = torch.randn(3, config.tokens, config.latent)
    embed, whole = products_of_a_pass(config, 3 * config.tokens, config.blocks)
    assert roofline.operations(lambda: predictor(z)) == whole
    # a product costs two more for its gradients; z itself needs none
    assert roofline.operations(lambda: predictor(z).sum().backward()) == (
        3 * whole - embed
    )


def test_products_that_are_repeated_alone_are_all_there_were():
    config = TINY.predictor
    predictor, z = Predictor(config), torch.randn(3, config.tokens, config.latent)
    _, whole = products_of_a_pass(config, 3 * config.tokens, config.blocks)
    with products.Recorder() as recorded, torch.no_grad():
        predictor(z)
    counted = 0
    for (_, *shapes), count in recorded.counts.items():
        tensors = [shape for shape, _ in filter(_is_matrix, shapes)]
        if len(tensors) == 3 and len(tensors[0]) == 4:  # queries, keys, values
            rows, heads, tokens, width = tensors[0]
            counted += count * 4 * rows * heads * tokens**2 * width
        else:
            left, right = tensors[-2:]
            counted += count * 2 * np.prod(left) * right[-1]
    assert counted == whole
    with products.Recorder() as again, torch.no_grad():
        for call in recorded.calls.values():
            call()
    assert {*again.counts} == {*recorded.counts}  # each is what it was


def _is_matrix(argument):
    return isinstance(argument, tuple) and len(argument[0]) > 1


def test_operations_of_a_generation_are_those_of_its_candidates():
    lineage, fitness = lineage_and_fitness(Size.of(TINY), "cpu")
    config, seen = TINY.predictor, 2 * TINY.predictor.tokens
    ps = in_parameter_space(lineage, fitness, TASK_ARITHMETIC)
    _, whole = products_of_a_pass(config, seen, config.blocks)
    drawn = candidates(ps, 5)
    assert roofline.operations(lambda: ps(drawn)) == 5 * TINY.horizon_steps * whole
    dfs = over_paths(lineage, fitness)
    drawn = candidates(dfs, 4)
    lengths = [len(dfs.path(c).route()) for c in drawn]
    assert min(lengths) > 0
    expected = sum(products_of_a_pass(config, seen, n)[1] for n in lengths)
    assert roofline.operations(lambda: dfs(drawn)) == TINY.horizon_steps * expected


def test_all_ways_give_the_same_fitness(tmp_path):
    for contest in search.contests(TINY, "cpu", tmp_path).values():
        together, *others = (way(contest.candidates) for way in contest.ways.values())
        assert len(contest.ways) == 3
        for other in others:
            assert np.allclose(other, together, rtol=1e-5)


def test_paths_with_scales_and_repeated_layers_go_over_the_disk_too(tmp_path):
    dfs = search.contests(TINY, "cpu", tmp_path)["DFS"]
    drawn = np.random.default_rng(1).uniform(0.5, 1.5, dfs.candidates.shape)
    bits = dfs.space.binary
    drawn[:, bits] = np.random.default_rng(2).integers(0, 2, drawn[:, bits].shape)
    drawn[0, bits] = 0  # a path without layers is never valid
    together, over_disk = (dfs.ways[w](drawn) for w in ("together", "on_disk"))
    assert together[0] == over_disk[0] == np.inf
    assert np.allclose(over_disk[1:], together[1:], rtol=1e-5)


def test_rivals_are_timed_in_turns_after_a_round_to_warm_up():
    calls = []
    rivals = {name: lambda name=name: calls.append(name) for name in "ab"}
    timed = measuring.best_seconds(rivals, repeats=2)
    assert calls == ["a", "b"] * 3
    assert all(0 <= spent < 0.1 for spent in timed.values())


def test_figures_are_printed_and_written(tmp_path, capsys):
    out = tmp_path / "new" / "x.json"
    measuring.finish({"a": 1.5}, "a table", out)
    assert json.loads(out.read_text()) == {"a": 1.5}
    assert capsys.readouterr().out == "a table\n"


def test_an_exact_power_law_is_found_where_it_holds():
    """Below the upper half something else may go on."""
    values = [1, 2, 4, 8, 16, 32, 64, 128]
    spent = [1.0] * 4 + [0.02 * v**1.5 for v in values[4:]]
    found = scaling.exponent(values, spent)
    assert found["exponent"] == pytest.approx(1.5, abs=1e-12)
    assert found["interval"] == pytest.approx([1.5, 1.5], abs=1e-6)
    assert found["factor"] == pytest.approx(0.02)
    assert found["from"] == 16


def test_the_interval_holds_the_exponent_as_often_as_it_says():
    """95 % of 300 noisy power laws, within four standard errors."""
    rng = np.random.default_rng(0)
    values, laws = [1, 2, 3, 4, 8, 16, 32, 64], 300
    held = 0
    for noise in rng.normal(0, 0.1, size=(laws, len(values))):
        low, high = scaling.exponent(values, np.exp(noise) * values)["interval"]
        held += low <= 1 <= high
    assert abs(held / laws - 0.95) < 4 * (0.95 * 0.05 / laws) ** 0.5


@pytest.mark.parametrize("axis", scaling.AXES)
def test_one_size_varies_and_the_others_are_the_profiles(axis):
    for value, size, popsize in scaling.sizes(SMOKE, axis):
        found = {
            "trajectories": size.trajectories,
            "candidates": popsize,
            "blocks": size.predictor.blocks,
            "cells": size.predictor.tokens * SMOKE.encoder.patch,
            "steps": size.steps,
        }
        usual = {
            "trajectories": SMOKE.sizes.search,
            "candidates": SMOKE.ps.popsize,
            "blocks": SMOKE.predictor.blocks,
            "cells": SMOKE.encoder.grid,
            "steps": SMOKE.horizon_steps,
        }
        assert found == usual | {axis: value}


def test_the_rollouts_to_compile_are_the_library_s():
    """One model, C stacked, and a gradient: by steps as by `rollout`."""
    works = compiling.workloads(TINY, "cpu")
    predictor = Predictor(TINY.predictor)

    def step(weights, z):
        return functional_call(predictor, weights, (z,))

    for label, work in works.items():
        with torch.no_grad():
            rolled = rollout(predictor, work.weights, work.z0, work.steps)
        assert compiling.difference(work.run(step), rolled[-1]) < 1e-6, label
    assert works["rollout of a PS generation"].z0.shape[0] == TINY.ps.popsize
    one, other = torch.tensor([1.0, -4.0]), torch.tensor([1.0, -3.0])
    assert compiling.difference(one, other) == 0.25


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_costly_answer_can_be_read_and_spends_what_a_judge_allows(
    system, monkeypatch
):
    environment, spent = Environment(), []
    seen = environment.reset(judging.SEED, system)
    numeric = ordinary.numeric

    def counted(*given):
        slopes = numeric(*given)
        return lambda *states: spent.append(1) or slopes(*states)

    monkeypatch.setattr(ordinary, "numeric", counted)
    (turn,) = environment.step(*judging.hardest(system)).history
    assert turn.verdict is not None, turn.mismatch
    if not seen.system.vocabulary.field:
        assert len(spent) >= 0.9 * EVALUATIONS


def test_steps_of_the_judge_are_timed_against_their_aims():
    row = {"system": "free_fall", "kind": "ordinary", "law_s": 0.01, "hardest_s": 0.04}
    slow = row | {"system": "heat", "kind": "field", "hardest_s": 0.3}
    found = {"machine": "m", "aims": judging.AIMS, "rows": [row, slow]}
    one, other = benchmarks.judging(found).splitlines()[2:4]
    assert one.startswith("| free fall | 10.0 | 40.0 | 50 | met")
    assert "**missed**" in other
    assert judging.step("spring", "d2x/dt2 = -k*x", {"k": 4.0}) > 0.0


# --- the first look -----------------------------------------------------------------

MAKEFILE = """env:
\ttest -z "$$EVOPHYS_OUTPUTS" && touch made
look: env
\tmkdir -p outputs && echo '{picture}' > outputs/page.html
"""


def repository(folder, picture):
    """What can be cloned, with the targets that the first look asks for."""
    folder.mkdir()
    (folder / "Makefile").write_text(MAKEFILE.format(picture=picture))
    own = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b"]
    for told in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "all"]):
        subprocess.run([*own, *told], check=True)
    return folder


@pytest.mark.skipif(
    not (shutil.which("git") and shutil.which("make")), reason="no git or no make"
)
def test_a_first_look_is_what_is_committed_and_ends_with_a_picture(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("EVOPHYS_OUTPUTS", "elsewhere")
    source = repository(tmp_path / "with", '<img src="data:image/png;base64,">')
    (source / "Makefile").write_text("look:\n\tfalse\n")  # not committed
    spent = first_look.measure(source, tmp_path / "clone")
    assert list(spent) == ["clone", "environment", "notebook and page"]
    assert min(spent.values()) > 0 and (tmp_path / "clone" / "made").exists()
    source = repository(tmp_path / "without", "<p>")
    with pytest.raises(LookupError, match="no page with a picture"):
        first_look.measure(source, tmp_path / "other")


def test_a_first_look_is_told_whole_and_by_step():
    told = benchmarks.first_look(
        {
            "machine": "a machine",
            "device": "cpu",
            "threads": 2,
            "seconds": {"clone": 1.6, "environment": 90.0, "notebook and page": 29.0},
        }
    )
    assert told.startswith(
        "From a fresh clone to the first picture: 121\u00a0s (clone 2"
    )
    assert told.endswith("on a machine (cpu, 2 threads).\n")
