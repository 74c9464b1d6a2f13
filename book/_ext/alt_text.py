"""Figures of notebooks keep their alternative text in the book.

A figure says in its output's metadata what it shows, where JupyterLab and nbconvert
look for it; myst-nb looks in the metadata of the cell.
"""

import json
from typing import Any

from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("source-read", carry_over)
    return {"parallel_read_safe": True}


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
