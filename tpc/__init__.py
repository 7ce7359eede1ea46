"""tpc, the Transformer Program compiler: train or import, read, optimise, emit, prove equal."""

__version__ = "0.1.0"
