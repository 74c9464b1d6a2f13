"""Solvers: exact Fourier and Cole–Hopf, and ETDRK4 as independent reference."""
