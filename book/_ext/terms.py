"""Names in the first column of tables lead to the glossary."""

import re

from docutils import nodes
from sphinx.application import Sphinx

COUNTED = re.compile(r", k\s=\s\d+(?:, draw \d+)?$")


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("doctree-resolved", lead)
    return {"parallel_read_safe": True}


def lead(app: Sphinx, document: nodes.document, page: str) -> None:
    """Link every first cell of a row whose text is a term."""
    told = app.env.get_domain("std").get_objects()
    terms = {name: (doc, at) for name, _, kind, doc, at, _ in told if kind == "term"}
    for row in document.findall(nodes.row):
        first = next(row.findall(nodes.paragraph), None)
        name = COUNTED.sub("", first.astext()) if first else ""
        if name in terms and not isinstance(row.parent, nodes.thead):
            place, anchor = terms[name]
            address = f"{app.builder.get_relative_uri(page, place)}#{anchor}"
            link = nodes.reference("", "", internal=True, refuri=address)
            link.extend(first.children)
            first.children = []
            first += link
