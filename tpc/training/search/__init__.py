"""A search over the discrete choices of a network, where gradients stop helping."""
