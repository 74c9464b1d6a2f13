"""What the book's pages need to be read by ear, by keyboard and from a disk.

Figures say in their outputs' metadata what they show, where JupyterLab and nbconvert
look for it; myst-nb looks in the metadata of the cell. Tables that scroll take the
focus, so that arrow keys reach them; references are no list to those who listen, since
they lack items. The theme asks for its fonts ahead of time as from another host, which
a browser refuses a page that lies on a disk, and twice for a library to run code with,
which lies elsewhere and has no button here. It draws icons by fonts and a second time
by a script that weighs as much as all else on a page.
"""

import json
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

SCROLLING = '<div class="pst-scrollable-table-container">'
FOCUSABLE = '<div class="pst-scrollable-table-container" tabindex="0">'
LIST = '<div role="list" class="citation-list">'
FOLDED = '<summary aria-label="Toggle hidden content">'
THEBE = re.compile(
    r"\s*<script[^>]*>[^<]*THEBE_JS_URL[^<]*</script>"
    r"|\s*<script[^>]*sphinx-thebe\.js[^>]*></script>"
)
ICONS = re.compile(r'\s*<script src="[^"]*/fontawesome/[^"]*"></script>')
PRELOADED = re.compile(r'\s*<link rel="preload" as="(?:font|script)"[^>]*>')


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("builder-inited", set_formulas)
    app.connect("builder-inited", leave_uncounted)
    app.connect("source-read", carry_over)
    app.connect("build-finished", mend)
    return {"parallel_read_safe": True}


def set_formulas(app: Sphinx) -> None:
    """The single page has formulas, whether or not its first chapter has."""
    if app.builder.name == "singlehtml":
        app.registry.html_assets_policy = "always"


def leave_uncounted(app: Sphinx) -> None:
    """Figures are spoken of where they stand; Jupyter Book would number some."""
    app.config.numfig = False


def carry_over(app: Sphinx, page: str, source: list[str]) -> None:
    """Copy the text of every output to its cell, before the notebook is parsed."""
    if app.env.doc2path(page).endswith(".ipynb"):
        notebook = json.loads(source[0])
        for cell in notebook["cells"]:
            for told in filter(None, map(text_of, cell.get("outputs", ()))):
                cell["metadata"].setdefault("mystnb", {})["image"] = {"alt": told}
        source[0] = json.dumps(notebook)


def text_of(output: dict[str, Any]) -> str | None:
    """What an output's picture shows, if it says so."""
    text: str | None = output.get("metadata", {}).get("image/png", {}).get("alt")
    return text


def mend(app: Sphinx, error: Exception | None) -> None:
    """Rewrite the pages as said above."""
    if error is None and app.builder.format == "html":
        for page in Path(app.outdir).rglob("*.html"):
            text = page.read_text(encoding="utf-8")
            text = text.replace(SCROLLING, FOCUSABLE)
            text = text.replace(FOLDED, "<summary>")  # its words are its name
            text = text.replace(LIST, '<div class="citation-list">')
            text = ICONS.sub("", THEBE.sub("", PRELOADED.sub("", text)))
            page.write_text(text, encoding="utf-8")
