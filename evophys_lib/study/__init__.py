"""One run, from a profile and a seed: data, world model, experts, what each may see."""
