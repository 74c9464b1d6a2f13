"""A language model as a player: what it reads, writes and is rewarded for.

    prompt ──model──▶ "because: … law: …" ──judge──▶ five rewards

`prompts` writes what is known of an episode, `judging` weighs what comes back, both
without any model. `tiny` makes a tokenizer and a small model with random weights,
`training` teaches: first to write what the random grammar writes, then by group
relative policy optimisation (GRPO; Shao et al. 2024, arXiv:2402.03300) to write what is
rewarded. These two need the extra `language`.
"""
