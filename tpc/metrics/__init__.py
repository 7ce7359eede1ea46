"""How good answers are: accuracies, spans, and which class is taken for which."""
