"""What comes out equal when it is computed in another way, and what nearly so.

    python benchmarks/repeats.py [--profile smoke] [--out book/evidence/repeats.json]

Whole studies on the same data, each in a process of its own: the same again, with two
processes side by side, with two threads. Artifacts are compared by their SHA-256,
errors by their largest relative difference. Then rollouts of merged models, in ways
that are equal but for rounding: a whole generation at once or one by one, all
trajectories or each alone, on one thread or two.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from evophys_lib.merge.lineage import Lineage
from evophys_lib.merge.parameter_space import task_arithmetic
from evophys_lib.profiles import PROFILES, Profile
from evophys_lib.scoring import report
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.study import training
from evophys_lib.study.sight import sight
from evophys_lib.study.study import Study
from evophys_lib.worldmodel import device as devices
from evophys_lib.worldmodel.rollout import rollout, rollout_population, unstack
from measuring import finish, machine, options

GENERATION = 12
WAYS = {
    "the same again": {},
    "two processes side by side": {"processes": 2},
    "two threads": {"threads": 2},
}


def study_of(profile: Profile, processes: int = 1) -> Study:
    """Of seed 0, where $EVOPHYS_OUTPUTS says."""
    return Study(replace(profile, processes=processes), 0, torch.device("cpu"))


def run(name: str, folder: Path, *, threads: int = 1, processes: int = 1) -> None:
    """A whole study from nothing, in a process of its own."""
    own = {devices.THREADS_VARIABLE: str(threads), disk.OUTPUTS_VARIABLE: str(folder)}
    given = [__file__, "--profile", name, "--study", str(processes)]
    subprocess.run([sys.executable, *given], check=True, env=os.environ | own)


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 by path of every artifact of a study."""
    return {
        str(path.relative_to(folder)): store.digest_of(path)
        for path in store.artifacts_below(folder)
    }


def numbers(value: object, name: str = "") -> Iterator[tuple[str, float]]:
    """All numbers of a document, by where they stand."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from numbers(inner, f"{name}/{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from numbers(inner, f"{name}/{i}")
    elif isinstance(value, float):
        yield name, value


def difference(one: Mapping, other: Mapping) -> float:
    """max |a − b| / max(|a|, |b|) over the numbers of two documents."""
    first, second = dict(numbers(one)), dict(numbers(other))
    assert first.keys() == second.keys()
    pairs = ((value, second[name]) for name, value in first.items())
    apart = (abs(a - b) / max(abs(a), abs(b)) for a, b in pairs if a != b)
    return max(apart, default=0.0)


def errors(folder: Path) -> dict:
    """The scores in a study's results.json."""
    return json.loads((folder / "results.json").read_text())["peclet"]


def compare(one: Path, other: Path) -> dict[str, float]:
    """Two studies: artifacts, those that are equal, difference of the scores."""
    first, second = digests(one), digests(other)
    return {
        "files": len(first.keys() | second.keys()),
        "equal": sum(second.get(name) == digest for name, digest in first.items()),
        "scores": difference(errors(one), errors(other)),
    }


def relative(one: Tensor, other: Tensor) -> float:
    """max |a − b| / max |b|."""
    return float((one - other).abs().max() / other.abs().max())


def on(threads: int, roll: Callable[[], Tensor]) -> Tensor:
    """What a rollout gives on so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return roll()
    finally:
        torch.set_num_threads(before)


@torch.no_grad()
def rollouts(lineage: Lineage, z0: Tensor, steps: int) -> dict[str, float]:
    """Relative differences of rollouts that are equal but for rounding.

    Of a generation of merges with random λ from z_0 (B, S, D) over H steps.
    """
    shape = GENERATION, len(lineage.names), lineage.blocks + 1
    lam = torch.rand(shape, generator=devices.seeded(0)) * 2 - 0.5
    merged = task_arithmetic(lineage.base, lineage.vectors, lam, lineage.layers)
    predictor = lineage.predictor

    def whole() -> Tensor:
        return rollout_population(predictor, merged, z0, steps)

    once = on(1, whole)  # (H, C, B, S, D)
    singly = [rollout(predictor, w, z0, steps) for w in unstack(merged)]
    parts = [rollout_population(predictor, merged, z, steps) for z in z0.split(1)]
    return {
        "a generation at once, one by one": relative(torch.stack(singly, 1), once),
        "all trajectories, each alone": relative(torch.cat(parts, 2), once),
        "one thread, two": relative(on(2, whole), once),
        "the same again": relative(on(1, whole), once),
    }


def measure(name: str) -> dict:
    """All figures of the tables."""
    profile = PROFILES[name]
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        run(name, root / "first")
        os.environ[disk.OUTPUTS_VARIABLE] = str(root / "first")
        study, found = study_of(profile), {}
        for number, (way, how) in enumerate(WAYS.items()):
            other = root / str(number) / study.folder.relative_to(root / "first")
            shutil.copytree(study.data_folder, other / "data")
            run(name, root / str(number), **how)
            found[way] = compare(study.folder, other)
        devices.set_threads(1)
        fitness = sight(study, profile.peclets[0]).fitness()
        rolled = rollouts(training.lineage(study), fitness.z0, fitness.steps)
    return {
        "profile": name,
        "machine": machine(),
        "torch": torch.__version__,
        "studies": found,
        "rollouts": rolled,
    }


def main() -> None:
    """Measure, print and write; with --study, be one of the studies."""
    parser = options(__doc__, profile="smoke")
    parser.add_argument("--study", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.study is not None:
        devices.set_threads()
        report.make_results(study_of(PROFILES[asked.profile], asked.study))
        return
    figures = measure(asked.profile)
    finish(figures, json.dumps(figures, indent=2), asked.out)


if __name__ == "__main__":
    main()
