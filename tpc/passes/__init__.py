"""Passes: from a program to a simpler one with the same answers. One file a pass."""
