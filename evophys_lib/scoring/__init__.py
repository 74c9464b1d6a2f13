"""What models are worth: forecasts, scores, costs, an artifact each; results.json."""
