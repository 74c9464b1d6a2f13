"""Every page as a browser shows it from a disk, without a network.

Wide and narrow, light and dark: no error, no request to elsewhere, nothing wider than
the page but what scrolls, nothing that axe-core calls a serious obstacle. Sliders move
what they should, by keys alone.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from test_book import PAGES

import look
from viewers.packing import unpack

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
LIVE = "() => [...document.querySelectorAll('.viewer')].every(v => v.dataset.ready)"
DRAWN = """viewer => {
  const all = part => [...viewer.querySelectorAll(`.viewer-stage ${part}`)]
  return [...all('canvas').map(c => c.toDataURL()), ...all('path, circle, image')
    .map(e => e.outerHTML), ...all('.viewer-summary').map(e => e.textContent)]
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
    tab.wait_for_function(LIVE)
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


# --- sliders ------------------------------------------------------------------------

VIEWER = pytest.mark.parametrize("viewer", look.VIEWERS)
EVERY = 97  # of the numbers unpacked: the way from the browser is long


@pytest.fixture
def looked(html, tab):
    """The tab with the page of viewers, all of them drawn."""
    tab.told.clear()
    tab.goto((html / "book/look.html").as_uri())
    tab.wait_for_function(LIVE)
    yield tab
    assert tab.told == []


def drawn(root):
    return root.evaluate(DRAWN)


@VIEWER
def test_keys_move_every_slider_and_it_moves_the_pictures(looked, viewer):
    root = looked.locator(f"[data-viewer={viewer}]")
    sliders = root.locator("input[type=range]").all()
    assert sliders and all(s.evaluate("s => s.labels.length") == 1 for s in sliders)
    for slider in sliders:
        place = slider.evaluate("s => s.value === s.max ? 1 : 0")
        there, back = (("ArrowRight", "ArrowLeft"), ("ArrowLeft", "ArrowRight"))[place]
        told, before = slider.get_attribute("aria-valuetext"), drawn(root)
        slider.press(there)
        moved = slider.get_attribute("aria-valuetext")
        assert moved != told and drawn(root) != before
        output = slider.evaluate("s => s.previousElementSibling.textContent")
        assert output == moved
        outline = "s => getComputedStyle(s).outlineStyle"
        assert slider.evaluate(outline) == "solid"  # whoever uses keys sees where
        slider.press(back)
        assert slider.get_attribute("aria-valuetext") == told
        assert drawn(root) == before


@VIEWER
def test_a_list_changes_the_pictures(looked, viewer):
    root = looked.locator(f"[data-viewer={viewer}]")
    for options in root.locator("select").all():
        before = drawn(root)
        options.select_option(index=1)
        assert drawn(root) != before
        options.select_option(index=0)
        assert drawn(root) == before


def test_curves_go_and_come_by_their_names(looked):
    root = looked.locator("[data-viewer=forecasts]")
    lines = root.locator(".viewer-plots path")
    before = lines.count()
    box = root.get_by_role("checkbox", name="PS")
    box.press("Space")
    assert lines.count() == before - 3  # of one model in three plots
    box.press("Space")
    assert lines.count() == before


def test_the_point_of_the_landscape_is_taken_by_hand(looked):
    root = looked.locator("[data-viewer=landscape]")
    heat, burgers = root.locator("input[type=range]").all()[1:]
    ground = root.locator(".viewer-ground image")
    ground.scroll_into_view_if_needed()
    box = ground.bounding_box()
    looked.mouse.click(box["x"] + box["width"] - 3, box["y"] + 3)
    assert [s.get_attribute("aria-valuetext") for s in (heat, burgers)] == ["1.5"] * 2
    looked.mouse.click(box["x"] + 3, box["y"] + box["height"] - 3)
    assert [s.get_attribute("aria-valuetext") for s in (heat, burgers)] == ["−0.5"] * 2


def test_blocks_change_experts_one_by_one(looked):
    root = looked.locator("[data-viewer=routes]")
    blocks = root.locator("button[data-depth]").all()
    burgers = root.get_by_role("button", name="Burgers expert", exact=True)
    assert burgers.get_attribute("aria-pressed") == "false"
    for block in blocks:
        assert "heat expert" in block.inner_text()
        before = drawn(root)
        block.press("Enter")
        assert "Burgers expert" in block.inner_text() and drawn(root) != before
    assert burgers.get_attribute("aria-pressed") == "true"
    root.get_by_role("button", name="soft paths").press("Enter")
    assert all("×" in block.inner_text() for block in blocks)


@VIEWER
def test_pages_unpack_what_was_packed(looked, viewer):
    data = json.loads((look.FOLDER / f"{viewer}.json").read_text("utf-8"))
    some = f"(_, i) => i % {EVERY} === 0"
    unpacked = f"async it => [...(await Viewers.unpack(it)).values].filter({some})"
    found = np.array(looked.evaluate(unpacked, data["fields"]))
    wanted = unpack(data["fields"]).ravel()[::EVERY]
    np.testing.assert_allclose(found, wanted, atol=1e-6)


@VIEWER
def test_a_picture_stands_there_on_paper_and_without_scripts(html, looked, viewer):
    root = looked.locator(f"[data-viewer={viewer}]")
    assert not root.get_by_role("img").first.evaluate("i => i.tagName === 'IMG'")
    looked.emulate_media(media="print")
    assert root.locator("img").is_visible()
    assert not root.locator(".viewer-stage").is_visible()
    looked.emulate_media(media="screen")
    still = looked.context.browser.new_context(java_script_enabled=False)
    page = still.new_page()
    page.goto((html / "book/look.html").as_uri())
    assert page.locator(f"[data-viewer={viewer}] img").is_visible()
    still.close()
