"""EvoPhysWM: evolutionary merging of physical world models."""

__version__ = "0.1.0"
