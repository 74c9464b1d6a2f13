"""The book builds without a warning, shows every chapter, and reads offline."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
PAGES = [TOC["root"]] + [
    chapter["file"] for part in TOC["parts"] for chapter in part["chapters"]
]


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    """The folder of the built pages."""
    out = tmp_path_factory.mktemp("book")
    builder = Path(sys.executable).with_name("jupyter-book")
    options = ["--all", "-W", "-n", "--keep-going", "--path-output", str(out)]
    build = subprocess.run(
        [builder, "build", ".", *options], cwd=ROOT, capture_output=True, text=True
    )
    assert build.returncode == 0, build.stdout + build.stderr
    return out / "_build" / "html"


@pytest.mark.parametrize("page", PAGES)
def test_a_chapter_is_there_and_loads_nothing_from_the_network(html, page):
    text = (html / f"{page}.html").read_text()
    loaded = r"<(?:script|img|iframe)[^>]* src=\"(?:https?:)?//|<link[^>]*"
    loaded += r"(?:stylesheet|preload)[^>]* href=\"(?:https?:)?//"
    assert not re.findall(loaded, text)
    assert "Traceback (most recent call last)" not in text


@pytest.mark.parametrize("page", PAGES)
def test_a_chapter_loads_only_files_that_are_there(html, page):
    path = html / f"{page}.html"
    for target in re.findall(
        r"<(?:script|img)[^>]* src=\"([^\"#?]+)", path.read_text()
    ):
        if not target.startswith("data:"):
            assert (path.parent / target).resolve().is_file(), target


def test_formulas_are_set_by_files_of_the_book(html):
    assert (html / "_static/mathjax/tex-chtml.js").is_file()
    assert "mathjax/tex-chtml.js" in (html / f"{PAGES[0]}.html").read_text()
