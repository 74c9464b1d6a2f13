"""A declared sample of mutants of three rooms, each against the tests of its room.

    python -m tests.mutants [--each 67] [--again] [--out book/evidence/mutants.json]

Needs cosmic-ray, which mutates, beside the packages of the tests:
`pip install cosmic-ray`. A copy is mutated, never the checkout. A mutant is killed if a
test fails, or if the tests take more than three times the processor time, and half a
minute, that all of its room take unharmed. What is no Python is no mutant. What the
file holds already is kept while its line stands, so the same line goes on after an
interruption; `--again` tries the survivors anew. Why one that survives may, its entry
says under `why`, in words.
"""

import argparse
import ast
import json
import os
import resource
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from repeatable import REPEATABLE  # noqa: E402

os.environ.update(REPEATABLE)  # before numpy and torch are imported

import h5py  # noqa: E402, F401 — what children need is imported once
import hypothesis  # noqa: E402, F401
import jsonschema  # noqa: E402, F401
import optuna  # noqa: E402, F401
import pandas  # noqa: E402, F401
import pyarrow.parquet  # noqa: E402, F401
import pytest  # noqa: E402
import safetensors.torch  # noqa: E402, F401
import scipy.stats  # noqa: E402, F401
import torch  # noqa: E402, F401
from cosmic_ray.commands import init as enumerate_mutants  # noqa: E402
from cosmic_ray.mutating import mutate_code  # noqa: E402
from cosmic_ray.plugins import get_operator  # noqa: E402
from cosmic_ray.work_db import WorkDB, use_db  # noqa: E402
from cosmic_ray.work_item import MutationSpec  # noqa: E402
from tqdm import tqdm  # noqa: E402

TESTS = {
    "physics": (
        "equations initial_conditions solvers reaction dataset simulate_command "
        "untrusted"
    ),
    "merge": (
        "affine merge_properties merge_reference slerp task_vectors tied sparsify "
        "model_stock random_vectors soft_paths parameter_space least_squares gradient "
        "fitness fewer_numbers directions data_flow diagnostics merge_searches search"
    ),
    "evaluate": (
        "metrics gap intervals oracles verdicts composition findings equation results "
        "sparse_regression"
    ),
}
"""The fast test files of each room."""
SEED = 0
Entry = dict[str, Any]
Mutant = tuple[Path, str, Entry]
"""The module, its source as changed, and what is told of it."""


def annotations(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """From where to where types are told, which no test can tell from others."""
    nodes = [
        told
        for node in ast.walk(ast.parse(source))
        for told in (getattr(node, "annotation", None), getattr(node, "returns", None))
        if told is not None
    ]
    return [
        ((n.lineno, n.col_offset), (n.end_lineno or 0, n.end_col_offset or 0))
        for n in nodes
    ]


def line_of(spec: MutationSpec) -> str:
    """The line that is changed."""
    lines = spec.module_path.read_text(encoding="utf-8").splitlines()
    return lines[spec.start_pos[0] - 1].strip()


def in_order(mutants: list[MutationSpec]) -> list[MutationSpec]:
    """In an order drawn by SEED; a mutant keeps its place when other lines change."""
    met: Counter[str] = Counter()
    places = {}
    for spec in sorted(mutants, key=lambda s: (s.start_pos, s.occurrence)):
        where = SEED, spec.module_path.parts[-2:], line_of(spec), spec.start_pos[1]
        what = repr((where, spec.operator_name, sorted(spec.operator_args.items())))
        met[what] += 1  # of two that are alike, the first and the second
        places[sha256(f"{what} {met[what]}".encode()).hexdigest()] = spec
    return [places[digest] for digest in sorted(places)]


def possible(root: Path, room: str) -> list[MutationSpec]:
    """All mutants of a room, those of annotations aside, in their order."""
    modules = sorted((root / "evophys_lib" / room).glob("*.py"))
    told = {path: annotations(path.read_text(encoding="utf-8")) for path in modules}
    with use_db(":memory:", WorkDB.Mode.create) as database:
        enumerate_mutants(modules, database, {})
        every = [item.mutations[0] for item in database.work_items]
    kept = [
        spec
        for spec in every
        if not any(a <= spec.start_pos < b for a, b in told[spec.module_path])
    ]
    return in_order(kept)


def mutated(spec: MutationSpec) -> tuple[str, Entry]:
    """The source of a mutant, and what tells it from the others."""
    source = spec.module_path.read_text(encoding="utf-8")
    operator = get_operator(spec.operator_name)(**spec.operator_args)
    changed = mutate_code(source, operator, spec.occurrence)
    assert changed is not None, spec
    pairs = zip(source.splitlines(), changed.splitlines(), strict=False)
    entry = {
        "module": "/".join(spec.module_path.parts[-2:]),
        "line": spec.start_pos[0],
        "was": line_of(spec),
        "became": next(b for a, b in pairs if a != b).strip(),
    }
    return changed, entry


def is_python(source: str) -> bool:
    """Whether it can be read as a module; no test is needed to notice if not."""
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def files_of(root: Path, room: str) -> list[str]:
    """Test files of a room."""
    return [str(root / "tests" / f"test_{stem}.py") for stem in TESTS[room].split()]


def tests_of(root: Path, module: str) -> list[list[str]]:
    """Of those of its room, the test file of a module, then those that name it."""
    room, name = module.split("/")
    word = Path(name).stem
    own = [file for file in files_of(root, room) if Path(file).stem == f"test_{word}"]
    rest = [file for file in files_of(root, room) if file not in own]
    near = [file for file in rest if word in Path(file).read_text(encoding="utf-8")]
    return [files for files in (own, near) if files] or [rest]


def survives(root: Path, groups: list[list[str]], seconds: int) -> tuple[bool, float]:
    """Whether all tests pass, in child processes, and their processor time."""
    spent = 0.0
    for files in groups:
        child = os.fork()
        if child == 0:
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 1)
            os.dup2(nothing, 2)
            os.chdir(root)
            sys.path.insert(0, str(root))
            os._exit(int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *files])))
        _, status, used = os.wait4(child, 0)
        spent += used.ru_utime + used.ru_stime
        if status != 0:
            return False, spent
    return True, spent


def write(path: Path, source: str) -> None:
    """A module, without the bytecode of what it was, which can be as old and long."""
    path.write_text(source, encoding="utf-8")
    for stale in path.parent.glob(f"__pycache__/{path.stem}.*"):
        stale.unlink()


def same(one: Entry, other: Entry) -> bool:
    """Whether two entries tell of one mutant."""
    return all(one[key] == other[key] for key in ("module", "was", "became"))


def stands(root: Path, entry: Entry) -> bool:
    """Whether the line that was changed is still there."""
    path = root / "evophys_lib" / entry["module"]
    return path.exists() and entry["was"] in path.read_text(encoding="utf-8")


def untold(every: list[MutationSpec], told: list[Entry]) -> Iterator[Mutant]:
    """Mutants in their order, but for those that are told of."""
    for spec in every:
        source, entry = mutated(spec)
        if is_python(source) and not any(same(entry, old) for old in told):
            yield spec.module_path, source, entry | {"of": len(every)}


def survivor(every: list[MutationSpec], entry: Entry) -> Mutant:
    """A mutant that is told of, to be tried anew."""
    there = [spec for spec in every if line_of(spec) == entry["was"]]
    found = ((spec.module_path, *mutated(spec)) for spec in there)
    path, source, _ = next(mutant for mutant in found if same(mutant[2], entry))
    return path, source, entry


def trials(root: Path, each: int, told: list[Entry], again: bool) -> Iterator[Mutant]:
    """What is to be tried: survivors anew, then of each room in turn what it lacks."""
    rooms = {room: possible(root, room) for room in TESTS}
    fresh = []
    for room, every in rooms.items():
        of_room = [old for old in told if old["module"].startswith(f"{room}/")]
        if again:
            yield from (survivor(every, old) for old in of_room if not old["killed"])
        fresh.append(islice(untold(every, told), max(0, each - len(of_room))))
    in_turn = chain.from_iterable(zip_longest(*fresh))
    yield from (mutant for mutant in in_turn if mutant is not None)


def campaign(root: Path, mutants: Iterable[Mutant]) -> Iterator[Entry]:
    """Every mutant with whether it was `killed`."""
    limits: dict[str, int] = {}
    for path, source, entry in tqdm(mutants, unit="mutant", disable=False):
        room, unharmed = path.parent.name, path.read_text(encoding="utf-8")
        if room not in limits:
            passes, used = survives(root, [files_of(root, room)], seconds=3600)
            assert passes, f"the tests of {room} fail unharmed"
            limits[room] = int(3 * used + 30)
        write(path, source)
        alive, _ = survives(root, tests_of(root, entry["module"]), limits[room])
        write(path, unharmed)
        yield {k: v for k, v in entry.items() if alive or k != "why"} | {
            "killed": not alive
        }


def main() -> None:
    """Run the campaign; the file is written anew after every mutant."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--each", type=int, default=67, help="mutants of each room")
    parser.add_argument("--again", action="store_true", help="try survivors anew")
    parser.add_argument("--out", type=Path, default=Path("book/evidence/mutants.json"))
    asked = parser.parse_args()
    known = json.loads(asked.out.read_text())["mutants"] if asked.out.exists() else []
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        for name in ("evophys_lib", "tests", "book", "benchmarks", "models"):
            shutil.copytree(HERE.parent / name, root / name)
        shutil.copy(HERE.parent / "pyproject.toml", root)
        os.environ["PYTHONPATH"] = str(root)
        told = [old for old in known if stands(root, old)]
        for entry in campaign(root, trials(root, asked.each, told, asked.again)):
            told[:] = [*(old for old in told if not same(old, entry)), entry]
            text = json.dumps({"seed": SEED, "mutants": told}, indent=1)
            asked.out.write_text(text + "\n", encoding="utf-8")
    print(asked.out)


if __name__ == "__main__":
    main()
