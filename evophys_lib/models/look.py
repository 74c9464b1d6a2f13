"""How one model is drawn wherever it appears.

Colours are Okabe & Ito's (2008), told apart under every common colour blindness;
line and marker tell models apart without colour. Parents and what is derived from
them alone share a colour: vermillion for heat, blue for Burgers.
"""

from dataclasses import dataclass

BLACK, GREY = "#000000", "#7f7f7f"
VERMILLION, BLUE, GREEN = "#d55e00", "#0072b2", "#009e73"
ORANGE, SKY, PURPLE, YELLOW = "#e69f00", "#56b4e9", "#cc79a7", "#d9c600"


@dataclass(frozen=True)
class Look:
    """Colour, line and marker."""

    color: str
    linestyle: str = "-"
    marker: str = "o"
    linewidth: float = 1.6
