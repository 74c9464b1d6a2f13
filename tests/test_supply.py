"""What is imported is declared, what is declared is used, and licences are told."""

import ast
import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version
from test_environment import PINNED

from licences import EXTRAS, closure, environment, licence, project

ROOT = Path(__file__).resolve().parent.parent
PROJECT = project()
GROUPS = {"library": PROJECT["dependencies"]} | PROJECT["optional-dependencies"]
TOOLS = {
    "jupyterlab": "book/running.md",
    "jupyter-book": "Makefile",
    "pytest": "Makefile",
    "pytest-xdist": "Makefile",
    "coverage": "Makefile",
    "nbval": "Makefile",
    "ruff": "tests/test_lint.py",
    "mypy": "tests/test_lint.py",
    "playwright": "tests/test_browser.py",
}
"""Packages that are run, or imported if they are there, and where that is asked."""
BY_HAND = {"cosmic-ray", "dfols"}
"""What only scripts need, which say how to install it."""
TOLD = json.loads((ROOT / "book/evidence/licences.json").read_text(encoding="utf-8"))


def names(*groups):
    """Packages that groups of pyproject.toml ask for themselves."""
    return {canonicalize_name(Requirement(t).name) for g in groups for t in GROUPS[g]}


def imported(*folders):
    """Packages from elsewhere that the files of these folders import."""
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    own = {path.stem for folder in folders for path in (ROOT / folder).iterdir()}
    own |= {path.stem for path in (ROOT / "book" / "_ext").glob("*.py")}
    known, found = packages_distributions(), set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module.partition(".")[0])
            elif isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
    found -= own | {"evophys_lib"} | sys.stdlib_module_names
    return {canonicalize_name(known.get(top, [top])[0]) for top in found}


def cells(folder):
    """The code of all notebooks of a folder."""
    read = [json.loads(p.read_text("utf-8")) for p in (ROOT / folder).glob("*.ipynb")]
    return "\n".join(
        "".join(cell["source"]) for notebook in read for cell in notebook["cells"]
    )


def test_what_the_library_imports_is_declared():
    assert imported("evophys_lib") <= names(*GROUPS.keys() - {"test"})


def test_what_tests_benchmarks_and_the_book_import_is_declared():
    assert imported("tests", "benchmarks", "book") - names(*GROUPS) <= BY_HAND


def test_what_is_declared_is_used():
    used = imported("evophys_lib", "tests", "benchmarks", "book")
    unused = names(*GROUPS) - used - TOOLS.keys()
    assert {name for name in unused if name not in cells("notebooks")} == set()
    for name, place in TOOLS.items():
        assert name in (ROOT / place).read_text(encoding="utf-8").lower()


def test_wandb_comes_with_the_comparator_alone():
    without = [text for group in ("library", "book", "test") for text in GROUPS[group]]
    assert "wandb" not in closure(without)
    assert "wandb" in closure(GROUPS["comparator"])


def test_installed_packages_agree():
    check = [sys.executable, "-m", "pip", "check", "--disable-pip-version-check"]
    done = subprocess.run(check, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("group", ["library", *EXTRAS])
def test_every_package_has_told_its_licence(group):
    """Another Python or build of torch brings some that the list does not know."""
    listed = {entry["name"]: entry["licence"] for entry in TOLD["packages"]}
    try:
        wanted = closure(GROUPS[group])
    except PackageNotFoundError as absent:
        pytest.skip(f"{group} is not installed: {absent}")
    if environment() == TOLD["environment"]:
        assert wanted <= listed.keys(), "run benchmarks/licences.py"
    assert all(listed.values())


@pytest.mark.parametrize("entry", TOLD["packages"], ids=lambda entry: entry["name"])
def test_told_versions_are_the_pinned_ones(entry):
    pin = PINNED.get(entry["name"])
    if pin is not None:
        (version,) = pin.specifier
        assert Version(version.version) == Version(entry["version"])


def test_a_licence_is_read_from_what_a_package_says():
    assert licence("numpy").startswith("BSD-3-Clause")  # an expression
    assert licence("scipy") == "BSD License"  # a classifier
    assert licence("psutil") == "BSD-3-Clause"  # a line
