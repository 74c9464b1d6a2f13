"""Ruff finds nothing, in modules and in notebooks; types hold; imports run one way."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "evophys_lib"
ROOMS = (
    "physics",
    "store",
    "worldmodel",
    "comparators",
    "merge",
    "evaluate",
    "study",
    "models",
    "scoring",
    "diagnosis",
    "discovery",
    "sweep",
    "figures",
    "commands",
)
"""Whoever stands here may import what stands before."""


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]],
    ids=["ruff check", "ruff format", "mypy"],
)
def test_nothing_is_found(command):
    found = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout + found.stderr


def imported(path: Path) -> set[str]:
    """The rooms that a file of the library imports, typing aside."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    names = set()
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    parts = [name.split(".") for name in names]
    return {p[1] for p in parts if p[0] == "evophys_lib" and len(p) > 1} & set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_rooms_before_it(room):
    allowed = set(ROOMS[: ROOMS.index(room) + 1])
    for path in (LIBRARY / room).rglob("*.py"):
        assert imported(path) <= allowed, path


def test_every_room_has_its_place():
    rooms = {p.parent.name for p in LIBRARY.glob("*/__init__.py")}
    assert rooms == set(ROOMS)
