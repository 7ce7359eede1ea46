"""The story of a program in plain words, made from the program alone: what `tpc explain` tells."""
