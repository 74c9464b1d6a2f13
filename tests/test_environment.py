"""pyproject.toml, constraints.txt and environment.yml say the same."""

import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import evophys_lib

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
DIRECT = [
    *PROJECT["dependencies"],
    *(line for extra in EXTRAS.values() for line in extra),
]
CONSTRAINTS = [
    Requirement(line)
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
PINNED = {canonicalize_name(pin.name): pin for pin in CONSTRAINTS}
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]


@pytest.mark.parametrize("text", DIRECT)
def test_what_is_asked_for_is_pinned_within_its_range(text):
    wanted = Requirement(text)
    (pin,) = PINNED[canonicalize_name(wanted.name)].specifier
    assert pin.operator == "=="
    assert Version(pin.version) in wanted.specifier


def test_each_package_is_pinned_once():
    assert len(PINNED) == len(CONSTRAINTS)


def test_conda_gets_python_and_pip_and_leaves_the_rest_to_pip():
    python, pip, lines = CONDA
    assert pip == "pip"
    name, _, version = python.partition("=")
    assert name == "python"
    assert Version(version) in SpecifierSet(PROJECT["requires-python"])
    assert list(lines) == ["pip"]


def test_the_pip_lines_of_conda_are_those_of_the_makefile():
    constraint, editable = CONDA[-1]["pip"]
    option, file = constraint.split()
    assert option == "-c"
    assert (ROOT / file).is_file()
    option, target = editable.split()
    assert option == "-e"
    assert Requirement(target.replace(".", "evophys-lib", 1)).extras == set(EXTRAS)
    assert (
        f"pip install --no-input {constraint} -e '{target}'"
        in (ROOT / "Makefile").read_text()
    )


def test_the_citation_names_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == evophys_lib.__version__
    assert citation["license"] == PROJECT["license"]["text"]
