"""What pages say about themselves: times, terms, the reference, buttons, the PDF."""

import ast
import json
import re
import shutil
from types import SimpleNamespace

import pytest
from docutils import nodes

import api
import launch
import pdf
import terms
import times
from evophys_lib.models import registry
from evophys_lib.notebooks import FOLDER, NOTEBOOKS
from evophys_lib.profiles import LAPTOP

BOOK = pdf.ROOT / "book"
HUB = "https://github.com/someone/evophyswm"


def glossary():
    """The terms, as they are written."""
    lines = (BOOK / "glossary.md").read_text("utf-8").splitlines()
    marks = [i for i, line in enumerate(lines) if line.startswith("```")]
    blocks = zip(marks[::2], marks[1::2], strict=True)
    inside = [line for a, b in blocks for line in lines[a + 1 : b]]
    return [line for line in inside if line and not line.startswith(" ")]


def test_every_name_of_a_table_is_in_the_glossary_and_none_twice():
    labels = {terms.COUNTED.sub("", m.label) for m in registry.of(LAPTOP).values()}
    assert labels <= set(glossary())
    assert len(glossary()) == len(set(glossary()))


def test_names_in_tables_lead_to_the_glossary(html):
    page = (html / "book/answer.html").read_text("utf-8")
    (anchor,) = set(re.findall(r'href="(\S+)">one λ on a line</a>', page))
    place, _, name = anchor.partition("#")
    assert f'id="{name}"' in (html / "book" / place).read_text("utf-8")


def test_prose_is_counted_and_nothing_else():
    text = nodes.paragraph("", "four words of prose")
    cell = nodes.container("", nodes.paragraph("", "shown"), classes=["cell_output"])
    row = nodes.table("", nodes.paragraph("", "5 6"))
    assert times.words(nodes.section("", text, cell, row)) == 4


def test_every_page_says_how_long_it_takes(html):
    for page in (*BOOK.glob("*.md"), *FOLDER.glob("*.ipynb")):
        name = page.relative_to(pdf.ROOT).with_suffix(".html")
        assert 'class="times">Read: ' in (html / name).read_text("utf-8"), name


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_says_how_long_its_last_run_took(name):
    notebook = json.loads((FOLDER / f"{name}.ipynb").read_text("utf-8"))
    assert times.running(notebook, name)[0].startswith("Run: ")


@pytest.mark.parametrize("name", [*times.TRAINED, *times.SEARCHED])
def test_what_a_notebook_makes_was_measured(name, monkeypatch):
    whole = times.made_in(name)
    assert whole > 5
    if name in times.SEARCHED:
        peclets, models = times.SEARCHED[name]
        each = []
        for model in models:
            monkeypatch.setitem(times.SEARCHED, name, (peclets, (model,)))
            each.append(times.made_in(name))
        assert min(each) > 0 and sum(each) == pytest.approx(whole)


def test_durations_are_rounded_up():
    told = [times.duration(s) for s in (0.1, 7.3, 49.0, 50.0, 61.0)]
    assert told == ["5 s", "10 s", "50 s", "1 min", "2 min"]


def test_the_reference_has_whatever_says_what_it_is(html):
    page = (html / "book/api.html").read_text("utf-8")
    rooms = re.findall(r"```\{api\} (\w+)", (BOOK / "api.md").read_text("utf-8"))
    shown = {path for room in rooms for path in api.modules(room)}
    left = {p for p in api.LIBRARY.rglob("*.py") if "commands" not in p.parts}
    assert {p.name for p in left - shown} <= {
        "__init__.py", "__main__.py", "extensions.py", "kernel.py", "page.py",
    }  # fmt: skip
    for path in shown:
        for node in api.public(api.parsed(path)):
            assert f'id="{api.name_of(path)}.{node.name}"' in page


def test_a_signature_is_as_it_is_called():
    source = '''
class A(B):
    """A."""
    x: int
    y: Sequence[float] = (1, 2)
    def f(self, a, /, b: dict[str, int], *, c=(1, 2)) -> None:
        """F."""
    @property
    def g(self) -> int:
        """G."""
'''
    (made,) = api.public(ast.parse(source))
    f, g = api.public(made)
    assert api.signature(made) == "class A(x: int, y: Sequence[float] = (1, 2))"
    assert api.signature(f) == "f(a, /, b: dict[str, int], *, c=(1, 2)) -> None"
    assert api.signature(g) == "g -> int"


@pytest.mark.parametrize(
    ("address", "launched"),
    [
        ("", set()),
        ("https://example.org/a", {"mybinder.org"}),
        (HUB, {"mybinder.org", "colab"}),
    ],
)
def test_buttons_are_there_when_they_lead_somewhere(address, launched):
    config = SimpleNamespace(html_theme_options={"repository_url": address})
    launch.offer(None, config)
    options = config.html_theme_options
    told = " ".join(map(str, options["launch_buttons"].values()))
    assert all(options[button] is bool(address) for button in launch.BUTTONS)
    assert {host for host in ("mybinder.org", "colab") if host in told} == launched


def test_no_page_has_a_button_that_leads_nowhere(html):
    page = (html / "notebooks/05_dfs.html").read_text("utf-8")
    assert "mybinder" not in page and "colab" not in page


@pytest.mark.skipif(
    not (shutil.which("chromium") or shutil.which("chromium-browser")),
    reason="no chromium on PATH: nothing is printed",
)
def test_a_page_is_printed_with_its_formulas(html, tmp_path):
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    out = tmp_path / "new" / "page.pdf"
    pdf.printed(html / "book/notation.html", out)
    printed = out.read_bytes()
    assert printed.startswith(b"%PDF-") and b"MathJax" in printed
