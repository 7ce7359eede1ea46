"""Proof by exhaustion where that is affordable, honest sampling elsewhere."""
