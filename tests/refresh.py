"""Renew stored outputs: `refresh.py references` or `refresh.py notebooks`.

Names of notebooks behind that renew these alone.

references: tests/notebooks/, run at smoke profile in an empty outputs folder, on one
thread and without progress bars. nbval compares every later run with them.

notebooks: notebooks/, with their own parameters, that is at laptop profile. They are
what the book shows.

The durations that are kept are those of a run that found all it needs: pages add what
making takes. Either renews all that it was asked for or, when a cell fails, none.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import nbformat
from repeatable import REPEATABLE

from evophys_lib.errors import EvoPhysError
from evophys_lib.notebooks import FOLDER, NOTEBOOKS, run
from evophys_lib.store.artifacts import artifacts_below
from evophys_lib.store.disk import outputs_root
from evophys_lib.store.shipped import SCRATCH_VARIABLE

REFERENCES = Path(__file__).resolve().parent / "notebooks"


def renew(
    destination: Path,
    parameters: dict[str, object],
    *,
    durations: bool,
    names: Sequence[str] = NOTEBOOKS,
) -> None:
    """Run notebooks and put the executed ones into `destination`.

    durations: keep how long each cell took, which the book shows; references do
    without, so that they change only when an output does.
    """
    with tempfile.TemporaryDirectory() as scratch:
        executed = []
        for name in names:
            print(name, flush=True)
            path = Path(scratch) / f"{name}.ipynb"
            there = artifacts_below(outputs_root())
            run(name, parameters, path)
            if durations and artifacts_below(outputs_root()) != there:
                run(name, parameters, path)
            executed.append(nbformat.read(path, as_version=4))
    destination.mkdir(exist_ok=True)
    for name, notebook in zip(names, executed, strict=True):
        nbformat.write(stripped(notebook, durations), destination / f"{name}.ipynb")


def stripped(notebook: nbformat.NotebookNode, durations: bool) -> nbformat.NotebookNode:
    """Without what says when, where and by which interpreter it was run."""
    record = notebook.metadata.pop("papermill", {})
    if durations:
        notebook.metadata["papermill"] = {"duration": record.get("duration")}
    notebook.metadata["language_info"] = {
        "name": "python",
        "pygments_lexer": "ipython3",
    }
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    for index, cell in enumerate(notebook.cells):
        timing = cell.metadata.pop("papermill", {})
        cell.metadata.pop("execution", None)
        if durations and cell.cell_type == "code":
            cell.metadata["papermill"] = {"duration": timing.get("duration")}
        if not cell.metadata.get("tags", True):
            del cell.metadata["tags"]
        cell["id"] = f"cell-{index}"
    return notebook


def main(what: str, *names: str) -> None:
    """Renew `references` or `notebooks`, all or some."""
    chosen = names or NOTEBOOKS
    if what == "references":
        with tempfile.TemporaryDirectory() as outputs:
            os.environ |= REPEATABLE | {"EVOPHYS_OUTPUTS": outputs}
            renew(REFERENCES, {"profile": "smoke"}, durations=False, names=chosen)
    else:
        os.environ |= {"TQDM_DISABLE": "1", SCRATCH_VARIABLE: "1"}
        renew(FOLDER, {}, durations=True, names=chosen)


if __name__ == "__main__":
    if sys.argv[1:2] not in (["references"], ["notebooks"]):
        sys.exit(__doc__)
    if unknown := set(sys.argv[2:]) - set(NOTEBOOKS):
        sys.exit(f"error: no such notebook: {', '.join(sorted(unknown))}")
    try:
        main(*sys.argv[1:])
    except EvoPhysError as error:
        sys.exit(f"error: {error}")
