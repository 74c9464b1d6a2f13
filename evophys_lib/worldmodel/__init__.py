"""The latent world model: encoder, predictor, probe and their training."""
