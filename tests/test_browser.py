"""Every page as a browser shows it from a disk, without a network.

Wide and narrow, light and dark: no error, no request to elsewhere, nothing wider than
the page but what scrolls, nothing that axe-core calls a serious obstacle.
"""

import shutil
from pathlib import Path

import pytest
from test_book import PAGES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = Path(__file__).with_name("axe") / "axe.min.js"
ALONE = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"]
WIDE, NARROW = 1400, 400
VIEWS = [(width, scheme) for width in (WIDE, NARROW) for scheme in ("light", "dark")]

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium on PATH: pages are not looked at"
)
playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: install '.[test]'"
)

TYPESET = "() => window.MathJax ? MathJax.startup.promise.then(() => true) : true"
TOO_WIDE = """() => {
  const edge = document.documentElement.clientWidth + 1
  const scrolls = e => ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)
  const inside = e => e && (scrolls(e) || inside(e.parentElement))
  return [...document.querySelectorAll('article.bd-article *')]
    .filter(e => e.getBoundingClientRect().width > 0)
    .filter(e => e.getBoundingClientRect().right > edge && !inside(e.parentElement))
    .map(e => e.outerHTML.slice(0, 120))
}"""
OBSTACLES = """async () => {
  const found = await axe.run(
    {exclude: ['.search-button-field']},  // the theme's: a key's name in its label
    {resultTypes: ['violations'], preload: false})
  return found.violations
    .filter(v => ['serious', 'critical'].includes(v.impact))
    .map(v => [v.id, ...v.nodes.slice(0, 3).map(n => n.html.slice(0, 200))])
}"""


@pytest.fixture(scope="module")
def browser():
    """A browser that finds no host."""
    with playwright.sync_playwright() as started:
        yield started.chromium.launch(executable_path=CHROMIUM, args=ALONE)


@pytest.fixture(scope="module", params=VIEWS, ids=lambda view: "-".join(map(str, view)))
def tab(browser, request):
    """A tab of one width and scheme; `told` collects errors and requests."""
    width, scheme = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True
    )
    opened = context.new_page()
    opened.told = []
    opened.on("console", lambda m: m.type == "error" and opened.told.append(m.text))
    opened.on("pageerror", lambda error: opened.told.append(str(error)))
    opened.on("request", lambda asked: opened.told.extend(elsewhere(asked.url)))
    yield opened
    context.close()


def elsewhere(url):
    """The address, unless it is a file or lies in the page itself."""
    return [] if url.startswith(("file:", "data:", "blob:")) else [url]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_from_disk_fits_and_puts_nothing_in_the_way(html, tab, page):
    tab.told.clear()
    tab.goto((html / f"{page}.html").as_uri())
    tab.evaluate(TYPESET)
    assert tab.told == []
    root = "document.documentElement"
    assert tab.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
    assert tab.evaluate(TOO_WIDE) == []
    if tab.viewport_size["width"] == WIDE:  # colours and names are the same at both
        tab.add_script_tag(path=AXE)
        assert tab.evaluate(OBSTACLES) == []


def test_dark_is_dark(html, tab):
    """The scheme that is asked for decides the colours."""
    tab.goto((html / f"{PAGES[0]}.html").as_uri())
    dark = tab.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(background.removeprefix("rgb(").split(",")[0])
    assert red < 64 if dark else red > 192
