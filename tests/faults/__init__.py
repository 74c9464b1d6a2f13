"""Faults injected for real, and what became of them: `python -m tests.faults`."""
