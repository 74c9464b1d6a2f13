"""How good the world model is: at home, beside others, and without an ingredient."""
