"""Merging: pure tensor functions first, then the searches over them."""
