"""What book/extend.md tells a reader to write runs, as it stands on the page."""

import re
from pathlib import Path

import pytest

from evophys_lib.physics.equations import EQUATIONS

PAGE = Path(__file__).resolve().parent.parent / "book" / "extend.md"
SECTIONS = {
    text.partition("\n")[0]: re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)
    for text in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
}
WORKED = [title for title, blocks in SECTIONS.items() if blocks]


@pytest.fixture
def registry():
    before = dict(EQUATIONS)
    yield EQUATIONS
    EQUATIONS.clear()
    EQUATIONS.update(before)


@pytest.mark.parametrize("title", WORKED)
def test_a_worked_example_runs(title, registry, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "reader"}
    for block in SECTIONS[title]:
        exec(compile(block, f"extend.md, {title}", "exec"), namespace)


def test_the_page_has_the_examples_it_promises():
    assert {"Another equation", "Another way to merge"} <= set(WORKED)
