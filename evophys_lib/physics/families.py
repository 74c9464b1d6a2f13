"""Which equations models are trained on, and which one merges are tested on."""

SOURCES = ("heat", "burgers")
"""The families of the book, in the order of experts: what spreads, what carries."""
TARGET = "advection-diffusion"
"""What no model is trained on."""
