"""The book builds without a warning, shows every chapter, and reads offline."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from plain import plain

ROOT = Path(__file__).resolve().parent.parent
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
PAGES = [TOC["root"]] + [
    chapter["file"] for part in TOC["parts"] for chapter in part["chapters"]
]


@pytest.mark.parametrize("page", PAGES)
def test_a_chapter_is_there_and_loads_nothing_from_the_network(html, page):
    text = (html / f"{page}.html").read_text()
    loaded = r"<(?:script|img|iframe)[^>]* src=\"(?:https?:)?//|<link[^>]*"
    loaded += r"(?:stylesheet|preload)[^>]* href=\"(?:https?:)?//"
    assert not re.findall(loaded, text)
    assert "Traceback (most recent call last)" not in text


@pytest.mark.parametrize("page", PAGES)
def test_a_chapter_loads_only_files_that_are_there(html, page):
    path = html / f"{page}.html"
    for target in re.findall(
        r"<(?:script|img)[^>]* src=\"([^\"#?]+)", path.read_text()
    ):
        if not target.startswith("data:"):
            assert (path.parent / target).resolve().is_file(), target


@pytest.mark.parametrize("page", PAGES)
def test_a_page_weighs_no_more_than_three_megabytes(html, page):
    path = html / f"{page}.html"
    text = path.read_text()
    asked = r"<(?:script|img)[^>]* src=\"([^\"#?]+)|<link[^>]* href=\"([^\"#?]+\.css)"
    files = {path} | {
        (path.parent / target).resolve()
        for found in re.findall(asked, text)
        for target in found
        if target and not target.startswith("data:")
    }
    assert sum(file.stat().st_size for file in files) <= 3_000_000


def test_formulas_are_set_by_files_of_the_book(html):
    assert (html / "_static/mathjax/tex-chtml.js").is_file()
    assert "mathjax/tex-chtml.js" in (html / f"{PAGES[0]}.html").read_text()


class Elements(HTMLParser):
    """What a page links to and shows, and the places in it that links can name."""

    def __init__(self, path):
        super().__init__()
        self.links, self.pictures, self.places = [], [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        self.places |= {told.get("id"), told.get("name")}
        if tag == "a" and told.get("href"):
            self.links.append(told["href"])
        if tag == "img":
            self.pictures.append(told)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_within_the_book_leads_somewhere(html, page):
    path = html / f"{page}.html"
    for link in Elements(path).links:
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        assert target.is_file(), link
        if parts.fragment and target.suffix == ".html":
            assert unquote(parts.fragment) in Elements(target).places, link


@pytest.mark.parametrize(
    ("page", "term", "name"),
    [
        ("directions", "heat expert", "heat expert"),
        ("classical", "DMD", "DMD, k = 16"),
        ("directions", "c(Pe)", "c(Pe), k = 4"),
    ],
)
def test_the_name_of_a_model_in_a_table_leads_to_the_glossary(html, page, term, name):
    text = plain((html / f"book/{page}.html").read_text())
    found = re.findall(rf'href="glossary.html#([^"]*)">{re.escape(name)}<', text)
    (place,) = {*found}
    glossary = (html / "book/glossary.html").read_text()
    entry = glossary.partition(f'id="{place}"')[2].partition("</dt>")[0]
    assert entry.startswith(f">{term}<")


@pytest.mark.parametrize("page", PAGES)
def test_every_picture_says_in_words_what_it_shows(html, page):
    for picture in Elements(html / f"{page}.html").pictures:
        assert len(picture.get("alt") or "") >= 10, picture["src"]
        if page.startswith("notebooks/"):
            assert re.search(r"\d", picture["alt"]), picture


@pytest.mark.parametrize("page", PAGES)
def test_every_picture_has_a_caption(html, page):
    """But those that stand in the place of viewers, in sentences that explain them."""
    text = (html / f"{page}.html").read_text()
    pictures = Elements(html / f"{page}.html").pictures
    captioned = r"<figure[^>]*>\s*<img[^>]*/>\s*<figcaption>.*?\S.*?</figcaption>"
    found = len(re.findall(captioned, text, re.DOTALL)) + text.count("data-viewer=")
    assert found == len(pictures)
    assert "caption-number" not in text


@pytest.mark.parametrize("page", PAGES)
def test_no_two_places_of_a_page_have_one_name(html, page):
    ids = re.findall(
        r"<[a-z][^>]*\sid=\"([^\"]+)\"", (html / f"{page}.html").read_text()
    )
    assert len(ids) == len(set(ids))


def test_diagrams_are_drawings_in_the_page_that_say_what_they_show(html):
    page = (html / "book/method.html").read_text()
    drawn = re.findall(r"<svg class=\"diagram\".*?</svg>", page, re.DOTALL)
    assert len(drawn) == 2
    for svg in drawn:
        (name,) = re.findall(r"role=\"img\" aria-labelledby=\"(\S+)\"", svg)
        (told,) = re.findall(rf"<title id=\"{name}\">(.*?)</title>", svg)
        assert len(told) > 100
        for word in set(re.findall(r"<text[^>]*>(heat|Burgers|merge|probe)<", svg)):
            assert word in told, word
