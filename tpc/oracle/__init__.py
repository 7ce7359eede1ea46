"""Programs that answer as an oracle does: a function, a command, or an ordinary Transformer."""
