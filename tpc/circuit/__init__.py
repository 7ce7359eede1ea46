"""The circuit that a program is: its slices, its graph, what inputs exercise, its export."""
