"""Every sentence that a page says of the evidence is borne out by it."""

import re

import pytest

import tables
from rendering import said
from rendering.paired import Ratio
from rendering.said import front, in_short
from rendering.said.facts import (
    Facts,
    better,
    mostly_better,
    open_at,
    within,
    worse,
)
from rendering.said.sentence import Paragraph, Sentence, written

ROOT = tables.EVIDENCE.parent.parent
SENTENCES = [
    pytest.param(sentence, id=f"{place}: {' '.join(sentence.words.split())[:60]}")
    for place, paragraphs in said.PLACES.items()
    for paragraph in paragraphs
    for sentence in paragraph.sentences
]
RATIOS = {
    0.1: Ratio(0.8, 0.7, 0.9),
    1.0: Ratio(0.9, 0.8, 1.1),
    2.0: Ratio(0.7, 0.5, 0.99),
    10.0: Ratio(1.3, 1.1, 1.5),
    100.0: Ratio(1.2),
}


@pytest.fixture(scope="module")
def facts():
    return Facts(tables.EVIDENCE)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_holds(sentence, facts):
    assert sentence.holds(facts)


def test_the_finding_has_five_sentences():
    assert len(in_short.FINDING) == 5


def test_the_readme_says_what_holds_and_nothing_else():
    text = (ROOT / "README.md").read_text("utf-8")
    told = text.partition("## What it finds")[2].partition("![")[0]
    expected = " ".join(" ".join(s.words.split()) for s in front.README)
    assert " ".join(told.split()) == expected
    places = [*said.PLACES["answer"], *said.PLACES["front"]]
    held = {s.words for ps in places for s in ps.sentences}
    assert {s.words for s in front.README} <= held


def test_the_readme_shows_training_and_both_horizons():
    text = (ROOT / "README.md").read_text("utf-8")
    assert re.findall(r"!\[[^]]*\]\(([^)]*)\)", text) == [
        "book/evidence/sweep_curves.png"
    ]


@pytest.mark.parametrize(
    ("page", "heading", "places"),
    [
        ("answer.md", "## In short", ["in_short"]),
        ("answer.md", "## Beyond the claims", ["more"]),
        ("intro.md", "# Can two physics", ["answer"]),
        ("intro.md", "## What else it finds", ["front"]),
        ("search_quality.md", "## What it means", ["searches"]),
        ("status.md", "## What surprised", ["surprises", "measured"]),
        ("directions.md", "## The ladder", ["ladder", "starts"]),
        ("directions.md", "## By whom searched", ["optimisers", "optimisers_in_all"]),
        ("directions.md", "## One merge against one network", ["regimes", "outside"]),
        ("directions.md", "## One merge against one network", ["choices"]),
        ("answer.md", "### Better than both parents", ["limits", "first_step"]),
        ("failed.md", "## Where the claims were wrong", ["wrong"]),
        ("intro.md", "## What else it finds", ["where"]),
        ("status.md", "## What falls short", ["lacking", "lacking_more"]),
        ("classical.md", "# Without a world model", ["classical"]),
        ("classical.md", "## Targets that ask more", ["asking"]),
        ("claims.md", "**Primary.**", ["claims_near"]),
        ("claims.md", "**Secondary.**", ["claims_four_points"]),
        ("claims.md", "## The verdicts", ["claims_four_runs"]),
        (
            "claims.md",
            "**Corrected later.**",
            ["claims_bootstrap", "claims_nine_points"],
        ),
        ("performance.md", "## A study from nothing", ["side_by_side"]),
        ("performance.md", "## How fast", ["arithmetic", "compiling"]),
        ("performance.md", "## How the cost grows", ["growth"]),
        ("world_model.md", "## Against the targets", ["paper"]),
        ("world_model.md", "## Among other ways", ["ways"]),
        ("ablations.md", "### What the encoder keeps", ["ablation_ranks"]),
        ("ablations.md", "### What the experts make", ["ablation_unrolls"]),
        ("ablations.md", "### Merging material", ["ablation_angles"]),
        ("ablations.md", "## How long, how fast?", ["ablation_farther"]),
    ],
)
def test_pages_include_what_is_tested(page, heading, places):
    text = (tables.EVIDENCE.parent / page).read_text("utf-8")
    section = text.partition(heading)[2].partition("\n## ")[0]
    for place in places:
        assert f"{{include}} evidence/said_{place}.md" in section


def test_words_follow_from_intervals():
    assert better(RATIOS) == {0.1, 2.0} and worse(RATIOS) == {10.0}
    assert open_at(RATIOS) == {1.0, 100.0}  # one seed tells nothing
    assert not mostly_better(RATIOS)
    some = {pe: RATIOS[pe] for pe in (0.1, 1.0, 2.0)}
    assert mostly_better(some) and not mostly_better(dict([*some.items()][:2]))
    assert within([0.98, 1.03], 0.04) and not within([0.98, 1.05], 0.04)


def test_a_sentence_that_is_not_true_is_found_out(facts):
    """Turned around, the first one fails."""
    turned = Sentence(in_short.FINDING[0].words, lambda f: not f.claim()[1.0][1] < 0)
    assert not turned.holds(facts)


def test_no_line_begins_with_what_markdown_would_number():
    words = "worse at Pe = 1. Nor is it told apart at 100) or at 95 %. "
    for start in range(1, 90):
        sentence = Sentence(f"{'a' * start} {words * 4}", lambda facts: True)
        lines = written([Paragraph((sentence,))]).splitlines()
        assert not any(re.match(r" *(\d+[.)]|%|=)", line) for line in lines)


def test_links_and_formulas_survive_the_wrapping():
    words = "See [the evidence](answer.md) for $\\lambda$ " + "and so on " * 12
    one = Paragraph((Sentence(words, lambda f: True),))
    text = written([one, one])
    assert text.count("\n\n- ") == 1 and all(len(s) < 89 for s in text.splitlines())
    assert " ".join(text.split("\n\n")[0].removeprefix("- ").split()) == words.strip()
