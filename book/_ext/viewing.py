"""Pages with sliders: `viewer` puts data of book/evidence/look and scripts in a page.

    ```{viewer} forecasts
    What the picture shows, for those who do not see it.
    ```

On paper and without scripts the picture beside the data stands there.
"""

import json
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

FOLDER = "/book/evidence/look"
SHARED = ("viewers", "curves")
"""Scripts that every viewer needs."""


class Viewer(SphinxDirective):
    """A viewer by name; its content is the text in place of the picture."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """The picture, the data and the scripts; then where the data come from."""
        (name,), told = self.arguments, " ".join(self.content)
        relative, path = self.env.relfn2path(f"{FOLDER}/{name}.json")
        self.env.note_dependency(relative)
        text = Path(path).read_text(encoding="utf-8")
        root = "../" * self.env.docname.count("/")
        scripts = "".join(
            f'<script defer src="{root}_static/viewers/{script}.js"></script>'
            for script in (*SHARED, name)
        )
        label, inert = escape(told), text.replace("</", r"<\/")
        opened = f'<div class="viewer" data-viewer="{name}" data-label="{label}">'
        data = f'<script type="application/json">{inert}</script>'
        note = nodes.paragraph("", self.source_of(json.loads(text)))
        note["classes"].append("viewer-note")
        return [
            nodes.raw("", opened, format="html"),
            nodes.image(uri=f"{FOLDER}/{name}.png", alt=told),
            nodes.raw("", f"{data}</div>{scripts}", format="html"),
            note,
        ]

    @staticmethod
    def source_of(data: dict) -> str:
        """Which study it is, and how exact."""
        origin, reach = data["provenance"], data["fields"]["step"] / 2
        return (
            f"Seed {origin['seed']} at {origin['profile']} profile; fields are "
            f"rounded, to within {reach:.1g}."
        )


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_directive("viewer", Viewer)
    return {"parallel_read_safe": True}
