"""An executed notebook as one HTML page that needs nothing beside it but MathJax."""

from html import escape
from pathlib import Path
from string import Template

MATHJAX = Path(__file__).resolve().parents[1] / "book/_static/mathjax/tex-chtml.js"
PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; }
body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem;
  font: 1rem/1.5 system-ui, sans-serif; }
img { max-width: 100%; height: auto; }
@media (max-width: 40rem) { img { max-width: none; width: 40rem; } }
p.caption { font-size: 0.9rem; opacity: 0.8; }
a.anchor-link { display: none; }
:is(pre, .output_subarea, mjx-container) { overflow-x: auto; }
td, th { padding: 0 0.5rem; }
</style>
<script>MathJax = {tex: {inlineMath: [["$$", "$$"]]}}</script>
<script defer src="$mathjax"></script>
</head>
<body>
$body
</body>
</html>
""")


def write_page(executed: Path) -> Path:
    """Write it beside the executed notebook, without code, prompts, bars, solutions.

    The caption of a figure is in the metadata of its cell, where myst-nb looks for it.

    Raises ArtifactError if the folder cannot be written.
    """
    import nbformat
    from nbconvert import HTMLExporter
    from nbformat.v4 import new_markdown_cell

    from evophys_lib.store.disk import write_text

    notebook = nbformat.read(executed, as_version=4)
    kept = [c for c in notebook.cells if "solution" not in c.metadata.get("tags", ())]
    notebook.cells = []
    for cell in kept:
        outputs = cell.get("outputs", [])
        cell["outputs"] = [o for o in outputs if o.get("name") != "stderr"]
        notebook.cells.append(cell)
        if any("image/png" in o.get("data", {}) for o in outputs):
            caption = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption")
            told = f'<p class="caption">{escape(caption or "")}</p>'
            notebook.cells.append(new_markdown_cell(told))
    exporter = HTMLExporter(
        template_name="basic", exclude_input=True, exclude_output_prompt=True
    )
    body, _ = exporter.from_notebook_node(notebook)
    path = executed.with_suffix(".html")
    page = PAGE.substitute(
        title=escape(executed.stem), mathjax=MATHJAX.as_uri(), body=body
    )
    write_text(path, page)
    return path
