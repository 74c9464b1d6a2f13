"""The notebooks as documents: alike in both folders, complete, clean, readable.

nbval runs them; here is what it does not look at.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from evophys_lib.notebooks import CHECKS, NOTEBOOKS, code_cells

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (ROOT / "notebooks", ROOT / "tests" / "notebooks")
WIDTH = 75
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:home|root|tmp|usr|var|work|opt|Users)/\w")

every_notebook = pytest.mark.parametrize("name", NOTEBOOKS)
in_both_folders = pytest.mark.parametrize("folder", FOLDERS, ids=("book", "smoke"))


def read(folder, name):
    return nbformat.read(folder / f"{name}.ipynb", as_version=4)


def tagged(notebook, tag):
    return [c for c in notebook.cells if tag in c.metadata.get("tags", ())]


def outputs(notebook):
    return [o for c in notebook.cells for o in c.get("outputs", ())]


@in_both_folders
def test_the_series_is_there_and_nothing_else(folder):
    assert sorted(path.stem for path in folder.glob("*.ipynb")) == sorted(NOTEBOOKS)


@every_notebook
def test_the_smoke_reference_holds_the_same_code(name):
    book, smoke = (code_cells(read(folder, name)) for folder in FOLDERS)
    assert book == smoke


@every_notebook
def test_the_book_shows_the_defaults_and_the_reference_is_smoke(name):
    book, smoke = (tagged(read(f, name), "injected-parameters") for f in FOLDERS)
    assert book == []
    (injected,) = smoke
    assert injected.source.split() == ["#", "Parameters", "profile", "=", '"smoke"']


@in_both_folders
@every_notebook
def test_it_has_parameters_and_checks_them_next(folder, name):
    notebook = read(folder, name)
    (cell,) = tagged(notebook, "parameters")
    values = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(cell.source).body
    }
    assert {"profile": "laptop", "seed": 0}.items() <= values.items()
    assert values.keys() <= CHECKS.keys()
    code = code_cells(notebook)
    assert "check_parameters(globals()" in code[code.index(cell.source) + 1]


@in_both_folders
@every_notebook
def test_it_was_run_in_order_and_to_the_end(folder, name):
    cells = [c for c in read(folder, name).cells if c.cell_type == "code"]
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1))


@in_both_folders
@every_notebook
def test_it_shows_a_figure_and_neither_error_nor_warning(folder, name):
    shown = outputs(read(folder, name))
    assert any("image/png" in o.get("data", {}) for o in shown)
    assert not [o for o in shown if o.output_type == "error"]
    assert not [o for o in shown if o.get("name") == "stderr"]


@in_both_folders
@every_notebook
def test_it_asserts_what_must_hold(folder, name):
    assert re.search(r"^\s*assert ", code_cells(read(folder, name))[-1], re.MULTILINE)


@every_notebook
def test_no_line_of_code_is_wider_than_the_page(name):
    lines = "\n".join(code_cells(read(FOLDERS[0], name))).splitlines()
    assert [line for line in lines if len(line) > WIDTH] == []


@in_both_folders
@every_notebook
def test_nothing_names_the_machine_it_was_run_on(folder, name):
    notebook = read(folder, name)
    texts = [
        str(value)
        for output in outputs(notebook)
        for value in (
            output.get("text", ""),
            *(v for k, v in output.get("data", {}).items() if k != "image/png"),
        )
    ]
    assert [text for text in texts if MACHINE_PATH.search(text)] == []
    assert not {"input_path", "output_path"} & set(
        notebook.metadata.get("papermill", {})
    )
