"""Many trainings: planned in a file, run by an engine, one row each, resumed wherever they stop."""
