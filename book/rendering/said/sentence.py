"""A sentence and what must be true for it to stand."""

import re
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rendering.said.facts import Facts
from rendering.text import SPACE, TIED

LISTED = re.compile(r" (?=\d+[.)](?: |$))")
"""The space before a number that would begin a list at the head of a line."""


@dataclass(frozen=True)
class Sentence:
    """words: as pages have them; holds: whether the evidence bears them out."""

    words: str
    holds: Callable[[Facts], bool]


@dataclass(frozen=True)
class Paragraph:
    """Sentences, as an item of a list if they are a point of their own."""

    sentences: tuple[Sentence, ...]
    point: bool = True


def alone(*sentences: Sentence) -> tuple[Paragraph, ...]:
    """A paragraph that is no point of a list."""
    return (Paragraph(sentences, point=False),)


def written(paragraphs: Iterable[Paragraph]) -> str:
    """In Markdown."""
    texts = []
    for paragraph in paragraphs:
        words = " ".join(" ".join(s.words.split()) for s in paragraph.sentences)
        words = LISTED.sub(SPACE, TIED.sub(SPACE, words))
        marks = ("- ", "  ") if paragraph.point else ("", "")
        texts.append(
            textwrap.fill(
                words,
                width=88,
                initial_indent=marks[0],
                subsequent_indent=marks[1],
                break_long_words=False,
                break_on_hyphens=False,
            )
        )
    return "\n\n".join(texts) + "\n"
