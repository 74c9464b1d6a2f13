"""Scores in physical space and the verdicts drawn from them."""
