"""How one model is drawn wherever it appears.

Colours are Okabe & Ito's (2008), of which orange, sky and yellow are darkened until
they are legible on white as on the book's dark pages (a contrast of 3); those of the
main models are told apart under every common colour blindness, and line and marker
tell models apart without colour. Parents and what is derived from them alone share a
colour: vermillion for heat, blue for Burgers.
"""

from dataclasses import dataclass

BLACK, GREY = "#000000", "#7f7f7f"
VERMILLION, BLUE, GREEN = "#d55e00", "#0072b2", "#009e73"
BROWN, SKY, PURPLE, OLIVE = "#994c10", "#3c97cf", "#cc79a7", "#8f8600"


@dataclass(frozen=True)
class Look:
    """Colour, line and marker."""

    color: str
    linestyle: str = "-"
    marker: str = "o"
    linewidth: float = 1.6
