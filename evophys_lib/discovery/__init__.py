"""Equations as text: read safely, simulated, judged against trajectories.

    system ──reset──▶ trajectory, hint
    "u_t = -U*u_x + alpha*u_xx", {U: 1, alpha: 0.01} ──step──▶ reward, mismatch, history

A hypothesis is a text and values of its parameters. `hypothesis` reads it into SymPy
without executing it, `units` checks its dimensions, `simulation` solves it, `verifier`
compares with what was observed, `mismatch` tells the difference in a sentence,
`rewards` weighs it. `systems` holds what can be asked about, `environment` the game of
eight turns; `served` puts it behind OpenEnv and on a page; `agents` are programs that
play, and `language` lets a language model do so. Nothing here is judged by a model, and
nothing but `rollouts` and the training in `language` imports torch.
"""
