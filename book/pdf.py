"""The whole book as one PDF: Sphinx's single page, printed by Chromium, offline.

    python book/pdf.py [OUT]

OUT is `_build/pdf/book.pdf` if it is left out. Formulas are set by the MathJax of
`book/_static`; what is folded on screen is unfolded on paper, but for the library's
reference. Needs Chromium on PATH and playwright, which the tests need, too.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILDER = Path(sys.executable).with_name("jupyter-book")
OPTIONS = ["--all", "-W", "-n", "--keep-going", "--builder", "singlehtml"]
PAGES = "_build/singlehtml"
SET = "() => MathJax.startup.promise.then(() => true)"
UNFOLD = """() => document.querySelectorAll('details:not(.api)')
  .forEach(folded => { folded.open = true })"""
SCALE = 0.8
"""Of the letters on screen: so that a line of code fits the paper."""
FOOTER = (
    '<div style="font-size: 8px; width: 100%; text-align: center">'
    '<span class="pageNumber"></span></div>'
)


def single_page(folder: Path) -> Path:
    """Render the book into one HTML page below `folder`.

    Sphinx writes it where the first chapter would be, with links as from the root.
    """
    command = [BUILDER, "build", ROOT, *OPTIONS, "--path-output", folder]
    subprocess.run(command, check=True)
    pages = folder / PAGES
    return shutil.copy(pages / "book/intro.html", pages / "whole.html")


def printed(page: Path, out: Path) -> None:
    """Print a page as Chromium does, when its formulas are set."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("error: no chromium on PATH. On Debian: apt-get install chromium")
    out.parent.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as started:
        browser = started.chromium.launch(
            executable_path=chromium, args=["--no-sandbox"]
        )
        tab = browser.new_page(offline=True, color_scheme="light")
        tab.set_default_timeout(300_000)
        tab.goto(page.as_uri())
        tab.evaluate(SET)
        tab.evaluate(UNFOLD)
        margin = dict.fromkeys(("top", "bottom", "left", "right"), "18mm")
        tab.pdf(
            path=out,
            format="A4",
            scale=SCALE,
            margin=margin,
            outline=True,
            tagged=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
        )
        browser.close()


def main(out: Path = ROOT / "_build/pdf/book.pdf") -> None:
    """Render and print the book; say where it lies."""
    printed(single_page(out.parent), out)
    print(out)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
