"""Training: recipe, loop, checkpoints, run directories."""
