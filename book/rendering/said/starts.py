"""What it matters where a search along directions starts, on the page of directions."""

from rendering.said.facts import Facts, Ratios, better, open_at, worse
from rendering.said.in_short import HEADLINE
from rendering.said.sentence import Sentence, alone
from rendering.starts import ORIGINS, OWN, RANDOM

SOURCE = "starts"
LACKING: dict[str, set[float]] = {
    "": set(),
    "_from_base": set(),
    "_from_parent": set(),
    "_from_ps": {0.1},
}
"""Where random directions are not told apart from the experts', by start."""


def _over_soup(said: Facts, kind: str, origin: str) -> Ratios:
    """From this start over the same from the soup."""
    return said.over(f"{kind}_from_{origin}", kind, source=SOURCE)


def _random(said: Facts, start: str) -> Ratios:
    """Random directions over the experts', from one start."""
    return said.over(f"{RANDOM}{start}", f"{OWN}{start}", source=SOURCE)


PARAGRAPHS = alone(
    Sentence(
        """It matters little. From each of the three, directions end within a sixth of
        where they end from the soup: from θ₀ up to a tenth above it at Pe = 1 and 10,
        from θ₀ and from the better parent a seventh below it at Pe = 100, and elsewhere
        not told apart.""",
        lambda said: (
            (base := _over_soup(said, OWN, "base")).keys() == HEADLINE
            and worse(base) == {1.0, 10.0}
            and max(base[pe].centre for pe in (1.0, 10.0)) < 1.1
            and better(base) == {100.0}
            and better(parent := _over_soup(said, OWN, "parent")) == {100.0}
            and all(0.84 < told[100.0].centre < 0.875 for told in (base, parent))
            and not worse(parent)
            and open_at(_over_soup(said, OWN, "ps")) == HEADLINE
            and all(
                5 / 6 < told.centre < 7 / 6
                for origin in ORIGINS
                for told in _over_soup(said, OWN, origin).values()
            )
        ),
    ),
    Sentence(
        """Random directions do depend on it: at Pe = 0.1 they err two fifths less from
        the better parent and from PS than from the soup, at Pe = 1 and 10 a third more
        from θ₀.""",
        lambda said: (
            all(
                (told := _over_soup(said, RANDOM, origin)[0.1]).lower
                and 0.55 < told.centre < 0.62
                for origin in ("parent", "ps")
            )
            and worse(base := _over_soup(said, RANDOM, "base")) == {1.0, 10.0}
            and all(1.3 < base[pe].centre < 1.37 for pe in (1.0, 10.0))
        ),
    ),
    Sentence(
        """From every start they do worse than the experts', by 1.2 to 2.1 times, but
        from PS at Pe = 0.1, where the two are not told apart: what the experts have
        learnt is worth a factor wherever a search begins.""",
        lambda said: all(
            worse(told := _random(said, start)) == HEADLINE - lacking
            and all(1.15 < one.centre < 2.15 for one in told.values())
            for start, lacking in LACKING.items()
        ),
    ),
)
