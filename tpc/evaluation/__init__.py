"""How good programs are: scores on rows, sizes, longer sequences."""
