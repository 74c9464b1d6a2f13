"""How long a page takes: to read, from its words, and to run, from measurement.

A notebook keeps how long its last run took, which found what it shows made already.
What making takes is measured in `book/evidence`: data and training of one study in
`results.json`, models as the mean over seeds, each as long as its own process.
"""

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx

WORDS_A_MINUTE = 200
PROSE = (nodes.paragraph, nodes.title, nodes.term)
EVIDENCE = Path(__file__).resolve().parents[1] / "evidence"
TRAINED = {
    "01_simulate": ("data/train/sources", "data/validation/", "data/test/sources"),
    "02_pretrain": ("models/world_model", "models/probe"),
    "03_finetune": ("models/expert_", "models/comparators/"),
}
"""What a notebook makes, by how the paths of its artifacts begin."""
SEARCHED = {
    "04_ps": ((10.0,), ("ps", "random_search")),
    "05_dfs": ((10.0,), ("dfs", "best_path", "soft_paths")),
    "06_combined": ((10.0,), ("ps_dfs",)),
    "07_analysis": ((0.1, 1.0, 100.0), ("ps", "random_search", "dfs", "ps_dfs")),
    "08_directions": (
        (10.0,),
        ("directions_few", "directions", "directions_random", "directions_of_pe_k16"),
    ),
}
"""At which Pe a notebook makes which models."""
COSTS = ("sweep", "ladder", "directions")
"""Folders of the evidence that have their costs."""


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("doctree-read", tell)
    return {"parallel_read_safe": True}


def tell(app: Sphinx, document: nodes.document) -> None:
    """Put a line below the title of a page."""
    title = next(document.findall(nodes.title), None)
    if title is None:
        return
    path = Path(app.env.doc2path(app.env.docname))
    told = [f"Read: {math.ceil(words(document) / WORDS_A_MINUTE)} min"]
    if path.suffix == ".ipynb":
        told += running(json.loads(path.read_text("utf-8")), path.stem)
    line = nodes.paragraph("", " · ".join(told), classes=["times"])
    title.parent.insert(title.parent.index(title) + 1, line)


def words(document: nodes.document) -> int:
    """Of prose; neither code and its outputs nor tables count."""
    return sum(
        len(node.astext().split())
        for node in document.findall(lambda n: isinstance(n, PROSE))
        if not within(node, nodes.table) and not is_in_output(node)
    )


def within(node: nodes.Node, kind: type[nodes.Element]) -> bool:
    """Whether a node lies in one of a kind."""
    return node is not None and (isinstance(node, kind) or within(node.parent, kind))


def is_in_output(node: nodes.Node) -> bool:
    """Whether a node is what a cell of code shows."""
    return node is not None and (
        "cell_output" in getattr(node, "attributes", {}).get("classes", ())
        or is_in_output(node.parent)
    )


def running(notebook: dict[str, Any], name: str) -> list[str]:
    """What the last run took, and what the notebook makes if it is not there."""
    took = notebook["metadata"].get("papermill", {}).get("duration")
    told = [] if took is None else [f"Run: {duration(took)}"]
    if told and (making := made_in(name)):
        told[0] += f" if all is there, {duration(took + making)} if it makes its part"
    return told


def made_in(name: str) -> float:
    """Seconds of what a notebook makes itself."""
    if name in TRAINED:
        spent = json.loads((EVIDENCE / "results.json").read_text("utf-8"))["timings_s"]
        return sum(s for path, s in spent.items() if path.startswith(TRAINED[name]))
    peclets, models = SEARCHED.get(name, ((), ()))
    costs = pd.concat(pd.read_parquet(EVIDENCE / f / "costs.parquet") for f in COSTS)
    costs = costs[(costs["quantity"] == "seconds") & costs["pe"].isin(peclets)]
    each = costs[costs["model"].isin(models)].groupby(["pe", "model"])["value"].mean()
    return float(each.sum())


def duration(seconds: float) -> str:
    """In the unit that suits it."""
    if seconds < 50:
        return f"{max(5, 5 * math.ceil(seconds / 5))} s"
    return f"{math.ceil(seconds / 60)} min"
