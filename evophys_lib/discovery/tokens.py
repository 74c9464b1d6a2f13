"""What a right side may consist of, and how much of it, before anything parses it.

The alphabet is that of the grammar: numbers, names, + − * / ** and parentheses.
Strings, attributes, subscripts, comparisons and keywords of Python cannot even be
spelt, and neither length nor nesting can exhaust a parser.
"""

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass

from evophys_lib.errors import HypothesisError

LENGTH = 400
"""Characters of one right side; the longest law of the systems has 40."""
TOKENS = 160
NESTING = 12
"""Parentheses within parentheses."""
SIGNS = 2
"""Signs in a row: a - -b is one too many for a reader, and harmless."""
DIGITS = 20
"""Characters of one number."""
NUMBER = 1e6
"""Largest number, written or computed from numbers."""

_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<power>\*\*)|(?P<operator>[-+*/()])"
)
_ADVICE = {
    "^": "a power is written **",
    "=": "an equation has one =",
    "−": "minus is written -",
    "·": "a product is written *",
    ",": "each function takes one argument",
    ".": "names have no attributes",
}


@dataclass(frozen=True)
class Token:
    """A piece of text; start: its first character, counted from 0."""

    kind: str
    text: str
    start: int


def check(text: str, offset: int = 0) -> None:
    """HypothesisError unless a text stays within alphabet and bounds.

    offset: of the text in what its author wrote, added to the columns told.
    """
    if len(text) > LENGTH:
        raise HypothesisError(
            f"a right side has at most {LENGTH} characters, not {len(text)}",
            offset + LENGTH + 1,
        )
    depth, signs, last = 0, 0, None
    for count, token in enumerate(_tokens(text, offset), 1):
        column = offset + token.start + 1
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        signs = signs + 1 if token.text in "+-" else 0
        if count > TOKENS:
            raise HypothesisError(f"more than {TOKENS} words and signs", column)
        if depth > NESTING:
            raise HypothesisError(f"parentheses nest deeper than {NESTING}", column)
        if depth < 0:
            raise HypothesisError("this ) closes nothing", column)
        if signs > SIGNS:
            raise HypothesisError(f"more than {SIGNS} signs in a row", column)
        _beside(last, token, column)
        last = token
    if last is None:
        raise HypothesisError("nothing stands on the right of =", offset + 1)
    if depth:
        raise HypothesisError("a ( is never closed", offset + len(text))


def _tokens(text: str, offset: int) -> Iterator[Token]:
    position = 0
    while position < len(text):
        if text[position] in " \t":
            position += 1
            continue
        column = offset + position + 1
        match = _TOKEN.match(text, position)
        if match is None or not text.isascii() and not match[0].isascii():
            character = text[position]
            advice = _ADVICE.get(character, "only numbers, names, + - * / ** and ()")
            raise HypothesisError(f"{character!r} has no meaning: {advice}", column)
        kind = str(match.lastgroup)
        token = Token(kind, match[0], position)
        if kind == "number":
            _check_number(token.text, column)
        if kind == "name" and keyword.iskeyword(token.text):
            raise HypothesisError(f"{token.text} cannot be a name", column)
        yield token
        position = match.end()


def _check_number(text: str, column: int) -> None:
    if len(text) > DIGITS:
        raise HypothesisError(f"a number has at most {DIGITS} characters", column)
    if float(text) > NUMBER:
        raise HypothesisError(f"{text} is larger than {NUMBER:g}", column)


def _beside(last: Token | None, token: Token, column: int) -> None:
    """Two operands need an operator between them."""
    starts = token.kind in ("number", "name") or token.text == "("
    if last is None or not starts:
        return
    called = last.kind == "name" and token.text == "("
    ends = last.kind in ("number", "name") or last.text == ")"
    if ends and not called:
        raise HypothesisError(
            f"{token.text} follows {last.text} without an operator: write *", column
        )
