"""Receipts of executed notebooks: what was run need not run again.

An executed notebook has been run if it is the file that its receipt names, from the
same code, and all is there that was when it ended, with the same bytes.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evophys_lib.errors import ArtifactError
from evophys_lib.physics import files


def has_been_run(source: Path, executed: Path) -> bool:
    """Whether a receipt says of an executed notebook what is true of it now."""
    from evophys_lib.study.upkeep import inventory

    try:
        receipt = files.read_json(path_of(executed))
        told = receipt.pop("artifacts").items()
        there = inventory(study_folder(executed)).items()
        return bool(told <= there and receipt == _receipt(source, executed))
    except (OSError, ValueError, LookupError, AttributeError, TypeError, ArtifactError):
        return False  # whatever is wrong with it, running it puts it right


def write(source: Path, executed: Path) -> None:
    """Leave beside an executed notebook what it was made of and what was there."""
    from evophys_lib.store.disk import canonical_json, write_text
    from evophys_lib.study.upkeep import inventory

    there = {"artifacts": inventory(study_folder(executed))}
    text = canonical_json(_receipt(source, executed) | there)
    write_text(path_of(executed), text)


def _receipt(source: Path, executed: Path) -> dict[str, str]:
    import nbformat

    code = "\n".join(code_cells(nbformat.read(source, as_version=4)))
    return {
        "notebook": files.sha256(executed),
        "code": files.sha256_of(code.encode()),
    }


def path_of(executed: Path) -> Path:
    """Where the receipt of an executed notebook lies."""
    return executed.with_name(f"{executed.name}.receipt.json")


def study_folder(executed: Path) -> Path:
    """The folder of the study that a notebook was executed for."""
    return executed.parent.parent


def code_cells(notebook: Mapping[str, Any]) -> list[str]:
    """The code of a notebook, less the cell that papermill injects."""
    return [
        cell["source"]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        and "injected-parameters" not in cell["metadata"].get("tags", ())
    ]
