"""The notebooks as documents: alike in both folders, complete, clean, readable.

nbval runs them; here is what it does not look at.
"""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from evophys_lib.notebooks import CHECKS, NOTEBOOKS
from evophys_lib.receipts import code_cells

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (ROOT / "notebooks", ROOT / "tests" / "notebooks")
WIDTH = 75
MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:home|root|tmp|usr|var|work|opt|Users)/\w")

LINES = 15
"""A method worked by hand takes no more in a cell."""
BY_HAND = NOTEBOOKS[1:7]

every_notebook = pytest.mark.parametrize("name", NOTEBOOKS)
in_both_folders = pytest.mark.parametrize("folder", FOLDERS, ids=("book", "smoke"))


def read(folder, name):
    return nbformat.read(folder / f"{name}.ipynb", as_version=4)


def tagged(notebook, tag):
    return [c for c in notebook.cells if tag in c.metadata.get("tags", ())]


def outputs(notebook):
    return [o for c in notebook.cells for o in c.get("outputs", ())]


def pictures(cell):
    return [o for o in cell.get("outputs", ()) if "image/png" in o.get("data", {})]


def captions(notebook):
    """By the code of the cell that draws what they stand below."""
    return {
        c.source: c.metadata.mystnb.figure.caption
        for c in notebook.cells
        if "figure" in c.metadata.get("mystnb", {})
    }


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
def test_a_picture_has_a_text_in_its_place_and_one_caption(folder, name):
    notebook = read(folder, name)
    told = captions(notebook)
    for cell in filter(pictures, notebook.cells):
        (picture,) = pictures(cell)
        alt, caption = picture.metadata["image/png"]["alt"], told[cell.source]
        assert re.fullmatch(r"[A-Zλ].{50,}\.", caption), caption
        assert caption not in alt and alt not in caption
    assert len(set(told.values())) == len(told)


@every_notebook
def test_captions_are_the_same_in_both_folders(name):
    book, smoke = (captions(read(folder, name)) for folder in FOLDERS)
    assert book == smoke
    drawn = {c.source for c in read(FOLDERS[0], name).cells if pictures(c)}
    assert drawn == book.keys()


@in_both_folders
@every_notebook
def test_it_asserts_what_must_hold(folder, name):
    notebook = read(folder, name)
    solved = {c.source for c in tagged(notebook, "solution")}
    last = [code for code in code_cells(notebook) if code not in solved][-1]
    assert re.search(r"^\s*assert ", last, re.MULTILINE)


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


@in_both_folders
@every_notebook
def test_imports_and_the_check_of_parameters_are_folded(folder, name):
    """On pages by the tag, in JupyterLab by what it keeps of a cell itself."""
    notebook = read(folder, name)
    folded = [c.source for c in tagged(notebook, "hide-input")]
    hidden = [c.metadata.jupyter for c in tagged(notebook, "hide-input")]
    assert all(told.source_hidden for told in hidden)
    code = code_cells(notebook)
    assert folded[0] == code[0] and "import" in code[0]
    assert "check_parameters(globals()" in folded[1]


@pytest.mark.parametrize("name", BY_HAND)
def test_its_method_is_worked_by_hand_once_in_short_cells(name):
    cells = read(FOLDERS[0], name).cells
    heads = [
        i
        for i, c in enumerate(cells)
        if re.search(r"^##+ .*[Bb]y hand", c.source, re.M)
    ]
    (start,) = heads
    worked = []
    for cell in cells[start + 1 :]:
        if cell.cell_type != "code":
            break
        worked.append(cell.source)
    assert worked and any(re.search(r"assert|allclose", code) for code in worked)
    sizes = [len([x for x in code.splitlines() if x.strip()]) for code in worked]
    assert max(sizes) <= LINES


@in_both_folders
@every_notebook
def test_exercises_have_folded_solutions_that_check_themselves(folder, name):
    cells = read(folder, name).cells
    (asked,) = [i for i, c in enumerate(cells) if c.source.startswith("## Exercises")]
    solved = cells[asked + 1 :]
    count = len(re.findall(r"^\d\. ", cells[asked].source, re.MULTILINE))
    assert len(solved) == count in (2, 3)
    for cell in solved:
        assert {"hide-cell", "solution"} <= set(cell.metadata.tags)
        assert cell.metadata.jupyter.source_hidden
        assert re.search(r"^ *assert ", cell.source, re.MULTILINE)
