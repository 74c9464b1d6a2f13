"""Letters of formulas stand in the table of symbols, and k counts one thing."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "book" / "notation.md"
PAGES = [*(ROOT / "book").glob("*.md"), *(ROOT / "notebooks").glob("*.ipynb")]
SOURCES = sorted((ROOT / "evophys_lib").rglob("*.py"))
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$]+?)\$", re.DOTALL)
WORDS = re.compile(
    r"\\(?:text|mathrm|operatorname\*?|begin|end)\{[^}]*\}|\\[A-Za-z]+\*?(?<!{)"
)
GREEK = re.compile(
    r"\\(alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|"
    r"rho|sigma|tau|phi|varphi|chi|psi|omega|ell|Delta|Theta|Omega)(?![A-Za-z])"
)
NOT_A_LETTER = {"O"}
"""Of an order of growth."""
OF_SOMETHING_ELSE = re.compile(
    r"\bk[ -](?:frames|steps|stages|layers|modes|generations|waves|seeds)\b"
    r"|\b(?:stride|mode|modes|wavenumber|stage|step|generation|seed) \$?k\b|seed<k>"
)


def prose(path):
    """What a page says, code aside."""
    if path.suffix == ".md":
        text = path.read_text("utf-8")
    else:
        cells = nbformat.read(path, as_version=4).cells
        text = "\n\n".join(c.source for c in cells if c.cell_type == "markdown")
    text = re.sub(r"^(`{3,})(?!\{).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", text)


def letters(text):
    """Of formulas, by their names in TeX; words and functions aside."""
    formulas = " ".join(a or b for a, b in FORMULA.findall(text))
    greek = set(GREEK.findall(formulas))
    return greek | set(re.findall(r"[A-Za-z]", WORDS.sub(" ", formulas))) - NOT_A_LETTER


def test_letters_are_found_and_words_are_not():
    text = (
        r"$\lambda_{e,l}\, \mathrm{Pe}$ and $$\frac{u}{\text{spread}} = \sin 2\pi x$$"
    )
    assert letters(text) == {"lambda", "e", "l", "u", "x"}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_every_letter_stands_in_the_table(page):
    assert letters(prose(page)) <= letters(TABLE.read_text("utf-8"))


def test_no_symbol_has_two_rows():
    rows = re.findall(r"^\| ([^|]*\$[^|]*) \|", TABLE.read_text("utf-8"), re.MULTILINE)
    symbols = [symbol for row in rows for symbol in re.findall(r"\$[^$]+\$", row)]
    assert len(symbols) == len(set(symbols)) > 50


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_k_counts_trajectories_alone_on_pages(page):
    assert not OF_SOMETHING_ELSE.findall(prose(page))


def test_k_counts_trajectories_alone_in_docstrings():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                told = ast.get_docstring(node) or ""
                assert not OF_SOMETHING_ELSE.findall(told), path
