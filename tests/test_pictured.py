"""Every picture's text in words is the one that is held, and what it says is seen."""

import re
from dataclasses import dataclass, replace
from functools import cache

import pytest

import tables
from rendering.said.facts import Facts
from rendering.said.pictured import PICTURES, Picture
from rendering.said.seen import holding
from rendering.said.sentence import Sentence

BOOK = tables.EVIDENCE.parent
FIGURE = re.compile(
    r"^```\{figure\} evidence/(?P<file>\S+)\n(?P<options>(?::.*\n|[ \t]+\S.*\n)*)", re.M
)
ALT = re.compile(r"^:alt:(.*(?:\n(?!:).*)*)", re.M)
IMAGE = re.compile(r"!\[(?P<alt>[^]]*)\]\(book/evidence/(?P<file>[^)]*)\)")
SENTENCES = [
    pytest.param(
        sentence, id=f"{page}, {file}: {' '.join(sentence.words.split())[:50]}"
    )
    for (page, file), picture in PICTURES.items()
    for sentence in picture.seen
]
LAYERS = (*range(8), "head")
PAIRS = (
    ("heat", "burgers"),
    ("lambda_heat", "lambda_burgers"),
    *((f"heat:{i}", f"burgers:{i}") for i in LAYERS),
    ("ps", "plenty"),
    ("dfs", "ensemble"),
    ("ps_dfs", "persistence"),
    ("plenty", "directions_few"),
    *((f"ps_k{k}", f"few_shot_k{k}") for k in (1, 4, 64)),
    ("directions", "directions_per_expert"),
    *((f"directions_of_pe_k{k}", f"pooled_burgers_k{k}") for k in (16, 64)),
    ("truth_with_noise", "soup"),
    ("format", "match"),
    ("exponent", "factor"),
    ("cma-es", "uniform"),
    ("PS", "DFS"),
    ("no-skip", "absolute"),
)
"""Names that change places, so that what is said of one is said of the other."""
COLUMNS = ("model", "method", "quantity", "layer")


@dataclass(frozen=True)
class Exchanged(Facts):
    """The same numbers under exchanged names."""

    def found(self, source):
        return exchanged_tables(super().found(source))

    def document(self, name):
        told = super().document(name)
        return exchanged(told, exchange({*strings(told)}))


def exchange(known):
    """By name, of the pairs of which both are known; the first of a name counts."""
    named = {}
    for pair in PAIRS:
        if {*pair} <= known - named.keys():
            named |= {pair[0]: pair[1], pair[1]: pair[0]}
    return named


def strings(told):
    """All in a document."""
    if isinstance(told, dict):
        yield from (
            text for pair in told.items() for part in pair for text in strings(part)
        )
    elif isinstance(told, list):
        yield from (text for value in told for text in strings(value))
    elif isinstance(told, str):
        yield told


def exchanged(told, named):
    """A document, or a part of one."""
    if isinstance(told, dict):
        return {named.get(key, key): exchanged(v, named) for key, v in told.items()}
    if isinstance(told, list):
        return [exchanged(value, named) for value in told]
    return named.get(told, told) if isinstance(told, str) else told


@cache
def exchanged_tables(found):
    def renamed(table):
        columns = {name: table[name] for name in COLUMNS if name in table}
        return table.assign(
            **{n: c.replace(exchange({*c.dropna()})) for n, c in columns.items()}
        )

    names = ("scores", "searches", "costs")
    return replace(found, **{name: renamed(getattr(found, name)) for name in names})


def shown():
    """Page, file and text of every picture that pages and the README show."""
    for page in sorted(BOOK.glob("*.md")):
        for figure in FIGURE.finditer(page.read_text("utf-8")):
            alt = ALT.search(figure["options"])
            yield page.name, figure["file"], alt[1] if alt else ""
    readme = (BOOK.parent / "README.md").read_text("utf-8")
    yield from (("README.md", i["file"], i["alt"]) for i in IMAGE.finditer(readme))


@pytest.fixture(scope="module")
def facts():
    return Facts(tables.EVIDENCE)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_is_said_is_seen(sentence, facts):
    assert sentence.holds(facts)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_what_is_said_is_not_seen_under_other_names(sentence):
    assert not sentence.holds(Exchanged(tables.EVIDENCE))


def test_every_picture_has_the_text_that_is_held():
    held = {place: picture.alt for place, picture in PICTURES.items()}
    assert {(page, file): " ".join(alt.split()) for page, file, alt in shown()} == held


def test_no_picture_escapes():
    """None is shown in another way, and none twice on a page."""
    pages = [*BOOK.glob("*.md"), BOOK.parent / "README.md"]
    texts = [page.read_text("utf-8") for page in pages]
    ways = r"\{(?:figure|image)|!\[|<img\b"
    assert sum(len(re.findall(ways, text)) for text in texts) == len(PICTURES)
    assert len([*shown()]) == len(PICTURES)


def test_texts_are_short_and_whole_sentences():
    for place, picture in PICTURES.items():
        assert len(picture.alt) <= 500, place
        for part in (picture.drawn, *(s.words for s in picture.seen)):
            assert part.strip().endswith("."), place


def test_a_text_is_what_is_drawn_and_what_is_seen():
    one, other = (Sentence(f"{n}\n  more.", lambda f: True) for n in ("One", "Two"))
    assert Picture("A\n  curve.", (one, other)).alt == "A curve. One more. Two more."
    assert Picture("A curve.").alt == "A curve."


def test_a_sentence_that_is_turned_around_fails(facts):
    """Of the first claim: that PS lies below both parents nowhere."""
    said = PICTURES["answer.md", "sweep_parents.png"].seen[0]
    turned = Sentence(said.words, lambda f: not f.claim()[1.0][1] < 0)
    assert said.holds(facts) and not turned.holds(facts)


@pytest.mark.parametrize(
    ("shares", "found"), [((0.2, 0.5), False), ((-0.1, 0.1), True), ((0.0, 0.3), True)]
)
def test_an_interval_holds_its_ends(shares, found):
    assert (holding({1.0: shares}, 0.0) == {1.0}) == found
    assert not holding({1.0: None}, 0.0)
