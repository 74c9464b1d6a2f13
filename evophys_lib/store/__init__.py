"""Artifacts on disk: made once, written whole, checked before use, read once."""
