"""The physics and its data: numpy and scipy only, nothing of any model."""
