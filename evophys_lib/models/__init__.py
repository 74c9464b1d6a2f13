"""Every model of the book by name: one registry, one function each."""
