"""Renew stored outputs: `refresh.py references` or `refresh.py notebooks`.

references: tests/notebooks/, run at smoke profile in an empty outputs folder, on one
thread and without progress bars. nbval compares every later run with them.

notebooks: notebooks/, with their own parameters, that is at laptop profile. They are
what the book shows.

Either renews all or, when a cell fails, none.
"""

import os
import sys
import tempfile
from pathlib import Path

import nbformat
from repeatable import REPEATABLE

from evophys_lib.errors import EvoPhysError
from evophys_lib.notebooks import FOLDER, NOTEBOOKS, run
from evophys_lib.store.shipped import SCRATCH_VARIABLE

REFERENCES = Path(__file__).resolve().parent / "notebooks"


def renew(destination: Path, parameters: dict[str, object], *, durations: bool) -> None:
    """Run the notebooks and put the executed ones into `destination`.

    durations: keep how long each cell took, which the book shows; references do
    without, so that they change only when an output does.
    """
    with tempfile.TemporaryDirectory() as scratch:
        executed = []
        for name in NOTEBOOKS:
            print(name, flush=True)
            path = run(name, parameters, Path(scratch) / f"{name}.ipynb")
            executed.append(nbformat.read(path, as_version=4))
    destination.mkdir(exist_ok=True)
    for name, notebook in zip(NOTEBOOKS, executed, strict=True):
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


def main(what: str) -> None:
    """Renew `references` or `notebooks`."""
    if what == "references":
        with tempfile.TemporaryDirectory() as outputs:
            os.environ |= REPEATABLE | {"EVOPHYS_OUTPUTS": outputs}
            renew(REFERENCES, {"profile": "smoke"}, durations=False)
    else:
        os.environ |= {"TQDM_DISABLE": "1", SCRATCH_VARIABLE: "1"}
        renew(FOLDER, {}, durations=True)


if __name__ == "__main__":
    if sys.argv[1:] not in (["references"], ["notebooks"]):
        sys.exit(__doc__)
    try:
        main(sys.argv[1])
    except EvoPhysError as error:
        sys.exit(f"error: {error}")
