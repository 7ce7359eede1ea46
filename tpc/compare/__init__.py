"""Comparing two programs: their nodes, the cells of their tables, and their answers."""
