"""A declared sample of mutants of three rooms, each against the tests of its room.

    python -m tests.mutants [--each 80] [--again] [--out book/evidence/mutants.json]

Needs cosmic-ray, which mutates, beside the packages of the tests:
`pip install cosmic-ray`. A copy is mutated, never the checkout. A mutant is killed if a
test fails, or if the tests take more than three times the processor time, and half a
minute, that they take unharmed. What the file holds already is kept, so the same line
goes on after an interruption; `--again` tries the survivors anew. Why one that survives
may, its entry says under `why`, in words.
"""

import argparse
import ast
import json
import os
import random
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from itertools import islice
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
    "physics": "equations initial_conditions solvers dataset simulate_command",
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


def possible(root: Path, room: str) -> list[MutationSpec]:
    """All mutants of a room, those of annotations aside, in a fixed order."""
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
    return sorted(
        kept,
        key=lambda s: (str(s.module_path), s.start_pos, s.operator_name, s.occurrence),
    )


def mutated(spec: MutationSpec) -> tuple[str, Entry]:
    """The source of a mutant, and what tells it from the others."""
    source = spec.module_path.read_text(encoding="utf-8")
    operator = get_operator(spec.operator_name)(**spec.operator_args)
    changed = mutate_code(source, operator, spec.occurrence)
    assert changed is not None, spec
    entry = {
        "module": "/".join(spec.module_path.parts[-2:]),
        "line": spec.start_pos[0],
        **difference(source, changed),
    }
    return changed, entry


def difference(before: str, after: str) -> Entry:
    """The first line that differs, as it `was` and `became`."""
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    was, became = next((a, b) for a, b in pairs if a != b)
    return {"was": was.strip(), "became": became.strip()}


def tests_of(root: Path, module: str) -> list[list[str]]:
    """Test files of the module's room: its own, then those that name it."""
    room, name = module.split("/")
    word = Path(name).stem
    left = [root / "tests" / f"test_{stem}.py" for stem in TESTS[room].split()]
    own = [file for file in left if file.stem == f"test_{word}"]
    left = [file for file in left if file not in own]
    near = [file for file in left if word in file.read_text(encoding="utf-8")]
    return [[str(file) for file in files] for files in (own, near) if files]


def survives(root: Path, module: str, seconds: int) -> tuple[bool, float]:
    """Whether all tests pass, in child processes, and their processor time."""
    spent = 0.0
    for files in tests_of(root, module):
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


def trials(root: Path, each: int) -> Iterator[tuple[Path, str, Entry]]:
    """The sampled mutants, of each room in turn: path, source, entry."""
    rooms = [possible(root, room) for room in TESTS]
    for every in rooms:
        random.Random(SEED).shuffle(every)
    for specs in islice(zip(*rooms, strict=False), each):
        for every, spec in zip(rooms, specs, strict=True):
            source, entry = mutated(spec)
            yield spec.module_path, source, entry | {"of": len(every)}


def write(path: Path, source: str) -> None:
    """A module, without the bytecode of what it was, which can be as old and long."""
    path.write_text(source, encoding="utf-8")
    for stale in path.parent.glob(f"__pycache__/{path.stem}.*"):
        stale.unlink()


def same(one: Entry, other: Entry) -> bool:
    """Whether two entries tell of one mutant."""
    return all(one[key] == other[key] for key in ("module", "was", "became"))


def campaign(root: Path, each: int, known: list[Entry], again: bool) -> Iterator[Entry]:
    """Every sampled mutant with whether it was `killed`."""
    limits: dict[str, int] = {}
    for path, source, entry in tqdm(
        list(trials(root, each)), unit="mutant", disable=False
    ):
        before = next((old for old in known if same(old, entry)), {})
        entry |= {key: before[key] for key in ("killed", "why") if key in before}
        if "killed" not in entry or (again and not entry["killed"]):
            room, unharmed = path.parent.name, path.read_text(encoding="utf-8")
            if room not in limits:
                passes, used = survives(root, entry["module"], seconds=3600)
                assert passes, f"the tests of {room} fail unharmed"
                limits[room] = int(3 * used + 30)
            write(path, source)
            alive, _ = survives(root, entry["module"], limits[room])
            write(path, unharmed)
            entry["killed"] = not alive
        if entry["killed"]:
            entry.pop("why", None)
        yield entry


def main() -> None:
    """Run the campaign; the file is written anew after every mutant."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--each", type=int, default=80, help="mutants of each room")
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
        done: list[Entry] = []
        for entry in campaign(root, asked.each, known, asked.again):
            done.append(entry)
            rest = [old for old in known if not any(same(old, new) for new in done)]
            text = json.dumps({"seed": SEED, "mutants": [*done, *rest]}, indent=1)
            asked.out.write_text(text + "\n", encoding="utf-8")
        asked.out.write_text(
            json.dumps({"seed": SEED, "mutants": done}, indent=1) + "\n",
            encoding="utf-8",
        )
    print(asked.out)


if __name__ == "__main__":
    main()
