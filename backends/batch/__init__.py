"""What the backends for many sequences at once share: storage, tables, folding, fixed point."""
