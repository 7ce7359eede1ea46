"""Properties of programs: a small language for what all inputs should have, and its decision."""
