"""The stages in order, each a function: inputs → artifact, made once."""
