"""The page on which one types an equation: one file that needs nothing beside it.

`book/typed/page.html` with its style, its scripts and the rollouts of `book/evidence`
in their places.
"""

import json
from pathlib import Path

from sphinx.application import Sphinx

BOOK = Path(__file__).resolve().parents[1]
SCRIPTS = ("grammar.js", "spectral.js", "page.js")
PAGE = "book/typed_equation.html"
"""Where it lies in the book."""


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("build-finished", write)
    return {"parallel_read_safe": True}


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the page beside the others."""
    if error is None and app.builder.format == "html":
        (Path(app.outdir) / PAGE).write_text(page(), encoding="utf-8")


def page() -> str:
    """The page as one text."""
    room = BOOK / "typed"
    read = {p.name: p.read_text(encoding="utf-8") for p in room.iterdir()}
    data = (BOOK / "evidence" / "rollouts.json").read_text(encoding="utf-8")
    json.loads(data)  # no page without data
    return (
        read["page.html"]
        .replace("/*STYLE*/", read["page.css"])
        .replace("/*DATA*/", data.replace("<", r"\u003c"))
        .replace("/*SCRIPT*/", "\n".join(read[name] for name in SCRIPTS))
    )
