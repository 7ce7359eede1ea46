"""Small programs from tables and examples: decision lists, covers, linear separation, costs."""
