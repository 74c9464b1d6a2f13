"""Figures that only the book's pages show: data in, a matplotlib Figure out."""
