"""What book/extend.md tells a reader to write runs, as it stands on the page."""

import re
from pathlib import Path

import pytest

from evophys_lib import parameters, profiles
from evophys_lib.discovery.systems import SYSTEMS
from evophys_lib.evaluate.scores import METRICS
from evophys_lib.models.registry import MODELS
from evophys_lib.physics.equations import EQUATIONS

PAGE = Path(__file__).resolve().parent.parent / "book" / "extend.md"
SECTIONS = {
    text.partition("\n")[0]: re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    for text in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
}
WORKED = [title for title, blocks in SECTIONS.items() if blocks]


REGISTRIES = (EQUATIONS, MODELS, METRICS, SYSTEMS, profiles.PROFILES)


@pytest.fixture(autouse=True)
def untouched():
    """What a reader adds is taken away again."""
    names, before = list(parameters.PROFILES), [dict(one) for one in REGISTRIES]
    yield
    parameters.PROFILES[:] = names
    for registry, entries in zip(REGISTRIES, before, strict=True):
        registry.clear()
        registry.update(entries)


@pytest.mark.parametrize("title", WORKED)
def test_a_worked_example_runs(title, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "reader"}
    for block in SECTIONS[title]:
        exec(compile(block, f"extend.md, {title}", "exec"), namespace)


def test_the_page_has_the_examples_it_promises():
    assert {
        "Another equation",
        "Another way to merge",
        "Another metric",
        "Another search",
        "Another system to discover",
    } <= set(WORKED)


def test_a_new_system_takes_at_most_fifty_lines():
    first = SECTIONS["Another system to discover"][0]
    assert "SYSTEMS[" in first
    assert len(first.splitlines()) <= 50


def test_every_file_that_the_page_names_is_there():
    text = PAGE.read_text(encoding="utf-8")
    library = PAGE.parents[1] / "evophys_lib"
    named = set(re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py)`", text))
    assert len(named) > 20
    assert {name for name in named if not (library / name).is_file()} == set()
